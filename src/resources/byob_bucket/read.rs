//! What is true of the bucket now.

use super::model::{self, IMPORTED};
use super::place;
use crate::clouds::aws::Keys;
use crate::clouds::s3::Observed;
use crate::clouds::{Error, Kind};
use crate::framework::diagnostic::Diagnostics;
use crate::framework::operation::Operation;
use crate::framework::resource::{Applied, ReadRequest};
use crate::framework::value::Value;
use crate::messages;
use crate::provider::{Configuration, Unready};
use crate::requirements::key::is_seen_to_be_ours;
use crate::requirements::{AwsFacts, Facts, KeyWish, Target, Wish, observe_surely, verdicts};

/// Looks at the bucket: every question at the same time.
pub(super) async fn read(
    configuration: &Configuration,
    request: ReadRequest,
    operation: &Operation,
) -> Applied {
    let ReadRequest {
        mut state,
        mut private,
    } = request;
    let name = model::name(&state);
    let cloud = place::valid_cloud(&state);
    let target = match place::target(configuration, &state).await {
        Ok(target) => target,
        Err(Unready::Unknown(what)) => {
            return Applied::state(state, private).with(messages::provider::not_known_yet(what));
        }
        Err(Unready::Wrong(found)) => return Applied::failed(found),
    };
    let imported = private.get(IMPORTED).unwrap_or(false);
    private.remove(IMPORTED);
    let known = model::known(&private);
    let looked = operation.run(async {
        if imported {
            adopt_encryption(&target, &mut state)
                .await
                .map_err(Unread::Call)?;
        }
        let wish = model::wish(&state, configuration).map_err(Unread::Setting)?;
        let wish = model::with_former_key(wish, &private);
        let facts = observe_surely(&target, &wish, &known)
            .await
            .map_err(Unread::Call)?;
        Ok((wish, facts))
    });
    let looked = looked.await;
    let doing = format!("Reading the bucket {name:?}");
    let now = "The state is kept as it was.";
    let (wish, facts) = match looked {
        Ok(Ok(found)) => found,
        Ok(Err(Unread::Call(error))) if matches!(error.kind(), Kind::BucketAbsent) => {
            tracing::warn!(
                bucket = name,
                "the store says that the bucket does not exist"
            );
            return match model::key_wish(&state) {
                KeyWish::Own(Some(arn)) => {
                    Applied::gone().with(messages::key::without_bucket(&name, &arn))
                }
                _ => Applied::gone(),
            };
        }
        Ok(Err(Unread::Call(error))) => {
            return Applied::failed(messages::store::call_failed(cloud, &doing, now, &error));
        }
        Ok(Err(Unread::Setting(found))) => return Applied::failed(found),
        Err(cause) => {
            return Applied::failed(messages::store::interrupted(&doing, now, "read", cause));
        }
    };
    let verdicts = verdicts(&wish, &facts);
    let mut requirements = model::requirements(&verdicts, &private);
    if wish
        .aws
        .as_ref()
        .is_some_and(|aws| aws.principals.is_empty())
    {
        keep_grants(&mut requirements, state.get("requirements"));
    }
    state.set("requirements", requirements);
    write_back(&mut state, &wish, &facts);
    model::remember(&mut private, facts.known());
    if facts
        .aws
        .as_ref()
        .is_some_and(AwsFacts::has_lost_former_key)
    {
        model::forget_former_key(&mut private);
    }
    Applied::state(state, private)
}

/// Where the provider block does not know yet how W&B runs, nobody can judge what W&B is granted: it is as it was.
fn keep_grants(requirements: &mut Value, before: &Value) {
    for grant in ["policy", "kms_key_policy", "kms_former_key"] {
        if !before.get(grant).is_null() {
            requirements.set(grant, before.get(grant).clone());
        }
    }
}

/// Why a bucket could not be read.
enum Unread {
    Call(Error),
    Setting(Diagnostics),
}

/// What a bucket is encrypted with matters when it was asked for; of an imported one it is taken as it is.
async fn adopt_encryption(target: &Target, state: &mut Value) -> Result<(), Error> {
    let Observed::Set(found) = target.bucket.encryption().await? else {
        return Ok(());
    };
    let name = model::name(state);
    place::set_in_block(state, "encryption", Value::String(found.algorithm));
    let key = found.key_id;
    let Some(keys) = &target.keys else {
        place::set_in_block(state, "kms_key_id", Value::optional_string(key));
        return Ok(());
    };
    let key = match key {
        Some(id) => Some(address_of(keys, id).await?),
        None => None,
    };
    // A key that this provider made for the bucket is its own again; any other is somebody's.
    let own = match &key {
        Some(key) => is_seen_to_be_ours(keys, key, &name).await?,
        None => false,
    };
    if own {
        model::set_own_key(state, key.as_deref());
    } else {
        place::set_in_block(state, "kms_key_arn", Value::optional_string(key));
        model::set_own_key(state, None);
    }
    Ok(())
}

/// A bucket may name its key by an alias or by its bare id, which W&B's account could not resolve.
async fn address_of(keys: &Keys, id: String) -> Result<String, Error> {
    match keys.describe(&id).await {
        Ok(Some(key)) => Ok(key.arn),
        Ok(None) => Ok(id),
        // Somebody else's key that may be used and not be looked at.
        Err(error) if matches!(error.kind(), Kind::Forbidden) => Ok(id),
        Err(error) => Err(error),
    }
}

/// Writes into the attributes what the store tells of them, so that drift shows where people look. Where the store cannot tell,
/// the wish stays, and the verdict says so.
pub(super) fn write_back(state: &mut Value, wish: &Wish, facts: &Facts) {
    match &facts.versioning {
        Observed::Set(on) => state.set("versioning", (*on).into()),
        Observed::NotSet if facts.not_offered("versioning").is_none() => {
            state.set("versioning", false.into())
        }
        Observed::NotSet | Observed::Unsupported(_) => {}
    }
    if let Some((origins, max_age_seconds)) = facts.our_cors_rule() {
        let cors = [
            ("allowed_origins", Value::set_of_strings(origins)),
            ("max_age_seconds", Value::from(i64::from(max_age_seconds))),
        ];
        state.set("cors", Value::object(cors));
    }
    let days = [
        (
            "noncurrent_version_expiration_days",
            "noncurrent_version_expiration",
            facts.noncurrent_days(),
        ),
        (
            "abort_incomplete_uploads_days",
            "abort_incomplete_uploads",
            facts.abort_days(),
        ),
    ];
    for (attribute, requirement, found) in days {
        let told = !matches!(facts.lifecycle, Observed::Unsupported(_))
            && facts.not_offered(requirement).is_none();
        if let Some(days) = found.or_else(|| told.then_some(0)) {
            state.set(attribute, Value::from(i64::from(days)));
        }
    }
    if let Observed::Set(_) | Observed::NotSet = &facts.tags
        && facts.not_offered("tags").is_none()
    {
        write_back_tags(state, facts);
    }
    if wish.encryption.is_some() {
        write_back_encryption(state, wish, facts);
    }
}

/// Only our own keys: what others put beside them is theirs.
fn write_back_tags(state: &mut Value, facts: &Facts) {
    let found = match &facts.tags {
        Observed::Set(found) => found.clone(),
        Observed::NotSet | Observed::Unsupported(_) => Default::default(),
    };
    for attribute in ["tags", "tags_all"] {
        let Some(ours) = state.get(attribute).entries() else {
            continue;
        };
        let now = ours
            .keys()
            .filter_map(|key| Some((key.clone(), found.get(key)?.clone())))
            .collect::<Vec<_>>();
        state.set(attribute, Value::map_of_strings(now));
    }
}

fn write_back_encryption(state: &mut Value, wish: &Wish, facts: &Facts) {
    match &facts.encryption {
        Observed::Set(found) => {
            place::set_in_block(state, "encryption", Value::String(found.algorithm.clone()));
            let attribute = match wish.aws {
                Some(_) => "kms_key_arn",
                None => "kms_key_id",
            };
            // The store's own key, our own, and another spelling of the one that was asked for, are no drift of the attribute.
            let asked = place::block(state)
                .get(attribute)
                .as_str()
                .map(str::to_owned);
            if let (Some(asked), Some(key)) = (asked, &found.key_id)
                && !key.ends_with(&asked)
                && !asked.ends_with(key.as_str())
            {
                place::set_in_block(state, attribute, Value::String(key.clone()));
            }
        }
        Observed::NotSet if facts.not_offered("encryption").is_none() && wish.aws.is_none() => {
            place::set_in_block(state, "encryption", Value::Null)
        }
        Observed::NotSet | Observed::Unsupported(_) => {}
    }
}
