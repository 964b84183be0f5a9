//! What is true of the bucket now.

use super::model::{self, CLOUD, IMPORTED};
use crate::clouds::Kind;
use crate::clouds::s3::Observed;
use crate::framework::operation::Operation;
use crate::framework::resource::{Applied, ReadRequest};
use crate::framework::value::Value;
use crate::messages;
use crate::provider::{Configuration, Unready};
use crate::requirements::{Facts, Wish, observe, verdicts};

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
    let bucket = match configuration
        .s3_compatible
        .bucket(&name, model::region(&state).as_deref())
    {
        Ok(bucket) => bucket,
        Err(Unready::Unknown(what)) => {
            return Applied::state(state, private).with(messages::provider::not_known_yet(what));
        }
        Err(Unready::Wrong(found)) => return Applied::failed(found),
    };
    let front_end = match configuration.front_end() {
        Ok(front_end) => front_end,
        Err(found) => return Applied::failed(found),
    };
    let imported = private.get(IMPORTED).unwrap_or(false);
    private.remove(IMPORTED);
    let wish = model::wish(&state, front_end);
    let known = model::known(&private);
    let looked = operation.run(async {
        // What a bucket is encrypted with matters when it was asked for; of an imported one it is taken as it is.
        let encryption = async {
            if imported {
                bucket.encryption().await
            } else {
                Ok(Observed::NotSet)
            }
        };
        tokio::try_join!(observe(&bucket, &wish, &known), encryption)
    });
    let doing = format!("Reading the bucket {name:?}");
    let now = "The state is kept as it was.";
    let (facts, encryption) = match looked.await {
        Ok(Ok(found)) => found,
        Ok(Err(error)) if matches!(error.kind(), Kind::BucketAbsent) => {
            tracing::warn!(
                bucket = name,
                "the store says that the bucket does not exist"
            );
            return Applied::gone();
        }
        Ok(Err(error)) => {
            return Applied::failed(messages::store::call_failed(&doing, now, &error));
        }
        Err(cause) => {
            return Applied::failed(messages::store::interrupted(&doing, now, "read", cause));
        }
    };
    let verdicts = verdicts(&wish, &facts);
    state.set("requirements", model::requirements(&verdicts, &private));
    write_back(&mut state, &wish, &facts);
    if let Observed::Set(found) = encryption {
        set_in_cloud(&mut state, "encryption", Value::String(found.algorithm));
        set_in_cloud(
            &mut state,
            "kms_key_id",
            Value::optional_string(found.key_id),
        );
    }
    model::remember(&mut private, facts.known());
    Applied::state(state, private)
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
            set_in_cloud(state, "encryption", Value::String(found.algorithm.clone()));
            // The store's own key, and another spelling of the one that was asked for, are no drift.
            let asked = wish
                .encryption
                .as_ref()
                .and_then(|wish| wish.key_id.as_deref());
            if let (Some(asked), Some(key)) = (asked, &found.key_id)
                && !key.ends_with(asked)
            {
                set_in_cloud(state, "kms_key_id", Value::String(key.clone()));
            }
        }
        Observed::NotSet if facts.not_offered("encryption").is_none() => {
            set_in_cloud(state, "encryption", Value::Null)
        }
        Observed::NotSet | Observed::Unsupported(_) => {}
    }
}

fn set_in_cloud(state: &mut Value, attribute: &str, value: Value) {
    let mut cloud = state.get(CLOUD).clone();
    cloud.set(attribute, value);
    state.set(CLOUD, cloud);
}
