//! Between the attributes of the resource and what W&B and the store need.

use std::collections::{BTreeMap, BTreeSet};

use super::place::{self, Place};
use super::schema::WITH_KEY;
use crate::clouds::Cloud;
use crate::clouds::s3::Encryption;
use crate::framework::diagnostic::Diagnostics;
use crate::framework::private::Private;
use crate::framework::resource::Applied;
use crate::framework::value::Value;
use crate::messages;
use crate::provider::{Configuration, Unready};
use crate::requirements::{
    AwsWish, CREATION_TAG, CorsWish, KeyWish, Known, Verdict, Wish, principals,
};
use crate::wandb::Deployment;

/// What the private state remembers under these names.
const NOT_OFFERED: &str = "not_offered";
pub(super) const UNFINISHED: &str = "unfinished";
pub(super) const IMPORTED: &str = "imported";
pub(super) const UNTRIED: &str = "untried";
const FORMER_KEY: &str = "former_key";

/// The entry of `requirements` for the bucket itself.
const BUCKET: &str = "bucket";

/// How that entry begins while the bucket's creation has not ended.
const HALF_MADE: &str = "unfinished: its creation failed and could not be undone";

/// The name of the bucket; empty while unknown.
pub(super) fn name(object: &Value) -> String {
    object.get("name").as_str().unwrap_or_default().to_owned()
}

/// What the owner wants, of an object whose wishes are known.
///
/// # Errors
/// When the address of W&B cannot be used.
pub(super) fn wish(object: &Value, configuration: &Configuration) -> Result<Wish, Diagnostics> {
    let days = |attribute: &str| {
        object
            .get(attribute)
            .as_i64()
            .and_then(|days| i32::try_from(days).ok())
            .unwrap_or(0)
    };
    let cors = object.get("cors");
    let aws = aws_wish(object, configuration);
    Ok(Wish {
        encryption: encryption(object, aws.as_ref()),
        cors: CorsWish {
            origins: cors.get("allowed_origins").strings().into_iter().collect(),
            max_age_seconds: cors
                .get("max_age_seconds")
                .as_i64()
                .and_then(|age| i32::try_from(age).ok())
                .unwrap_or(0),
            front_end: configuration.front_end()?,
        },
        versioning: object.get("versioning").as_bool().unwrap_or(false),
        noncurrent_days: days("noncurrent_version_expiration_days"),
        abort_days: days("abort_incomplete_uploads_days"),
        tags: object.get("tags_all").string_map(),
        // The mark of a create that never ended is nobody's by now.
        retired_tags: BTreeSet::from([CREATION_TAG.to_owned()]),
        path: object.get("path").as_str().map(str::to_owned),
        aws,
    })
}

fn encryption(object: &Value, aws: Option<&AwsWish>) -> Option<Encryption> {
    let block = place::block(object);
    let algorithm = block.get("encryption").as_str()?.to_owned();
    Some(match aws {
        Some(aws) => Encryption {
            bucket_key: aws.key != KeyWish::None,
            key_id: aws.key.arn().map(str::to_owned),
            algorithm,
        },
        None => Encryption {
            algorithm,
            key_id: block.get("kms_key_id").as_str().map(str::to_owned),
            bucket_key: false,
        },
    })
}

/// Writes into what W&B is told the address of our own key, or that there is none yet.
pub(super) fn set_own_key(object: &mut Value, own: Option<&str>) {
    let key = told_key(object, &Value::optional_string(own));
    for (told, attribute) in [
        ("storage_bucket", "kms_key_id"),
        ("instance_settings", "kms_key"),
    ] {
        let mut inner = object.get(told).clone();
        inner.set(attribute, key.clone());
        object.set(told, inner);
    }
}

fn aws_wish(object: &Value, configuration: &Configuration) -> Option<AwsWish> {
    if place::cloud(object) != Some(Cloud::Aws) {
        return None;
    }
    let (block, name) = (place::block(object), name(object));
    let partition = place::partition(&place::region(object).unwrap_or_default());
    Some(AwsWish {
        bucket_arn: format!("arn:{partition}:s3:::{name}"),
        principals: wandb_principals(object, configuration),
        https_only: block.get("https_only").as_bool().unwrap_or(false),
        key: key_wish(object),
        former: None,
    })
}

/// Who W&B is for the bucket: as it says itself, or by how W&B runs. Empty where nobody knows.
pub(super) fn wandb_principals(object: &Value, configuration: &Configuration) -> BTreeSet<String> {
    let named = place::block(object).get("principal_arns").strings();
    if !named.is_empty() {
        return named.into_iter().collect();
    }
    let by_deployment = deployment(object, configuration).and_then(principals::aws);
    by_deployment.map(str::to_owned).into_iter().collect()
}

/// The key of the bucket: the one that is given, or our own, whose address stands in what W&B is told.
pub(super) fn key_wish(object: &Value) -> KeyWish {
    let block = place::block(object);
    if block.get("encryption").as_str() != Some(WITH_KEY) {
        return KeyWish::None;
    }
    match block.get("kms_key_arn").as_str() {
        Some(given) => KeyWish::Given(given.to_owned()),
        None => {
            let own = object.get("storage_bucket").get("kms_key_id");
            KeyWish::Own(own.as_str().map(str::to_owned))
        }
    }
}

/// The key of the object as it must be told to W&B; `own` is the address of our own key, unknown while it is not made.
fn told_key(object: &Value, own: &Value) -> Value {
    let block = place::block(object);
    match place::valid_cloud(object) {
        Cloud::S3Compatible => block.get("kms_key_id").clone(),
        Cloud::Aws => {
            let (algorithm, given) = (block.get("encryption"), block.get("kms_key_arn"));
            match (algorithm.as_str(), given.is_null()) {
                _ if algorithm.is_unknown() => Value::unknown(),
                (Some(WITH_KEY), true) => own.clone(),
                (Some(WITH_KEY), false) => given.clone(),
                _ => Value::Null,
            }
        }
    }
}

/// Fills in what follows from the configuration alone: it is known at plan time, wherever its inputs are. `own_key` is the address of
/// our own key on AWS, unknown while it is not made.
pub(super) fn derive(object: &mut Value, configuration: &Configuration, own_key: &Value) {
    let (name, path) = (object.get("name").clone(), object.get("path").clone());
    let id = match (place::cloud(object), name.as_str()) {
        (Some(cloud), Some(name)) => Value::String(place::id(cloud, name)),
        _ => Value::unknown(),
    };
    let tags_all = tags_all(object.get("tags"), &configuration.default_tags);
    let place = Place::of(object, configuration);
    let key = told_key(object, own_key);
    let (address, bucket, instance) = match (&place, name.as_str(), path.is_unknown()) {
        (Some(place), Some(name), false) => {
            let path = path.as_str().map(str::to_owned);
            (
                place.address(name, path.clone()).to_string().into(),
                place.storage_bucket(name, path.as_deref(), key.clone()),
                place.instance_settings(name, path, key),
            )
        }
        _ => (Value::unknown(), Value::unknown(), Value::unknown()),
    };
    let instance = match deployment(object, configuration) {
        Some(Deployment::MultiTenant) => Value::Null,
        None if deployment_is_open(object, configuration) => Value::unknown(),
        _ => instance,
    };
    let derived = [
        ("id", id),
        ("tags_all", tags_all),
        ("storage_address", address),
        ("storage_bucket", bucket),
        ("instance_settings", instance),
    ];
    derived
        .into_iter()
        .for_each(|(attribute, value)| object.set(attribute, value));
}

/// How W&B runs, for this bucket.
pub(super) fn deployment(object: &Value, configuration: &Configuration) -> Option<Deployment> {
    match object.get("deployment").as_str() {
        Some(word) => word.parse().ok(),
        // An address of W&B that cannot be used is told where it is needed.
        None => configuration.deployment().ok().flatten(),
    }
}

/// Whether nobody knows yet how W&B runs.
pub(super) fn deployment_is_open(object: &Value, configuration: &Configuration) -> bool {
    let deployment = object.get("deployment");
    deployment.is_unknown() || deployment.is_null() && configuration.deployment_is_unknown()
}

fn tags_all(tags: &Value, defaults: &Value) -> Value {
    if tags.is_unknown() || defaults.is_unknown() {
        return Value::unknown();
    }
    let entries = |value: &Value| value.entries().cloned().unwrap_or_default();
    let mut all = entries(defaults);
    all.extend(entries(tags));
    Value::Map(all)
}

/// The map `requirements`.
pub(super) fn requirements(verdicts: &BTreeMap<&'static str, Verdict>, private: &Private) -> Value {
    let bucket = if is_unfinished(private) {
        HALF_MADE
    } else {
        "met"
    };
    let entries = verdicts
        .iter()
        .map(|(name, verdict)| ((*name).to_owned(), verdict.to_string()));
    Value::map_of_strings(entries.chain([(BUCKET.to_owned(), bucket.to_owned())]))
}

/// Whether the state is that of a bucket whose creation failed. Of a tainted object Terraform forgets the private state between plan and
/// apply, so the map says it too.
pub(super) fn is_half_made(state: &Value, private: &Private) -> bool {
    is_unfinished(private) || state.get("requirements").get(BUCKET).as_str() == Some(HALF_MADE)
}

fn is_unfinished(private: &Private) -> bool {
    private.get(UNFINISHED).unwrap_or(false)
}

/// The private state of a bucket whose creation failed.
pub(super) fn unfinished() -> Private {
    let mut private = Private::default();
    private.set(UNFINISHED, true);
    private
}

/// Remembers the bucket's own key when another one, or none, takes its place: objects from before need it still.
pub(super) fn remember_former_key(private: &mut Private, prior: &Value, now: &KeyWish) {
    if let KeyWish::Own(Some(before)) = key_wish(prior)
        && now.arn() != Some(before.as_str())
    {
        private.set(FORMER_KEY, before);
    }
}

/// Forgets the former key: it is gone, or the bucket's key again.
pub(super) fn forget_former_key(private: &mut Private) {
    private.remove(FORMER_KEY);
}

/// The key of its own that the bucket had before.
pub(super) fn former_key(private: &Private) -> Option<String> {
    private.get(FORMER_KEY)
}

/// The wish with the key that the bucket had before.
pub(super) fn with_former_key(mut wish: Wish, private: &Private) -> Wish {
    if let Some(aws) = &mut wish.aws {
        aws.former = former_key(private);
    }
    wish
}

/// What was learned of the store by trying.
pub(super) fn known(private: &Private) -> Known {
    private
        .get::<BTreeMap<String, String>>(NOT_OFFERED)
        .unwrap_or_default()
        .into()
}

/// Remembers what was learned of the store.
pub(super) fn remember(private: &mut Private, known: &Known) {
    if known.entries().is_empty() {
        private.remove(NOT_OFFERED);
    } else {
        private.set(NOT_OFFERED, serde_json::json!(known.entries()));
    }
}

/// The provider block does not allow to talk to the store.
pub(super) fn unready(unready: Unready) -> Applied {
    Applied::failed(unready_diagnostics(unready))
}

/// The same as messages.
pub(super) fn unready_diagnostics(unready: Unready) -> Diagnostics {
    match unready {
        Unready::Unknown(what) => messages::provider::needed_now(what).into(),
        Unready::Wrong(diagnostics) => diagnostics,
    }
}
