//! Between the attributes of the resource and what W&B and the store need.

use std::collections::{BTreeMap, BTreeSet};

use crate::clouds::s3::Encryption;
use crate::framework::private::Private;
use crate::framework::resource::Applied;
use crate::framework::value::Value;
use crate::messages;
use crate::provider::{Configuration, Unready};
use crate::requirements::{CorsWish, Known, Verdict, Wish};
use crate::wandb::{Address, Deployment, Scheme};

/// The cloud part of the id.
pub(super) const CLOUD: &str = "s3_compatible";

/// What the private state remembers under these names.
const NOT_OFFERED: &str = "not_offered";
pub(super) const UNFINISHED: &str = "unfinished";
pub(super) const IMPORTED: &str = "imported";
pub(super) const UNTRIED: &str = "untried";

/// The entry of `requirements` for the bucket itself.
const BUCKET: &str = "bucket";

/// How that entry begins while the bucket's creation has not ended.
const HALF_MADE: &str = "unfinished: its creation failed and could not be undone";

/// The name of the bucket; empty while unknown.
pub(super) fn name(object: &Value) -> String {
    object.get("name").as_str().unwrap_or_default().to_owned()
}

/// The region the resource itself names.
pub(super) fn region(object: &Value) -> Option<String> {
    object.get(CLOUD).get("region").as_str().map(str::to_owned)
}

/// What the owner wants, of an object whose wishes are known.
pub(super) fn wish(object: &Value, front_end: String) -> Wish {
    let days = |attribute: &str| {
        object
            .get(attribute)
            .as_i64()
            .and_then(|days| i32::try_from(days).ok())
            .unwrap_or(0)
    };
    let cors = object.get("cors");
    let cloud = object.get(CLOUD);
    let algorithm = cloud.get("encryption").as_str().map(str::to_owned);
    Wish {
        encryption: algorithm.map(|algorithm| Encryption {
            algorithm,
            key_id: cloud.get("kms_key_id").as_str().map(str::to_owned),
        }),
        cors: CorsWish {
            origins: cors.get("allowed_origins").strings().into_iter().collect(),
            max_age_seconds: cors
                .get("max_age_seconds")
                .as_i64()
                .and_then(|age| i32::try_from(age).ok())
                .unwrap_or(0),
            front_end,
        },
        versioning: object.get("versioning").as_bool().unwrap_or(false),
        noncurrent_days: days("noncurrent_version_expiration_days"),
        abort_days: days("abort_incomplete_uploads_days"),
        tags: object.get("tags_all").string_map(),
        retired_tags: BTreeSet::new(),
        path: object.get("path").as_str().map(str::to_owned),
    }
}

/// Fills in what follows from the configuration alone: it is known at plan time, wherever its inputs are.
pub(super) fn derive(object: &mut Value, configuration: &Configuration) {
    let (name, path) = (object.get("name").clone(), object.get("path").clone());
    let id = name.as_str().map_or_else(Value::unknown, |name| {
        Value::String(format!("{CLOUD}/{name}"))
    });
    let tags_all = tags_all(object.get("tags"), &configuration.default_tags);
    let place = place(object, configuration);
    let (address, bucket, instance) = match (&place, name.as_str(), path.is_unknown()) {
        (Some(place), Some(name), false) => {
            let path = path.as_str().map(str::to_owned);
            (
                place.address(name, path.clone()),
                place.storage_bucket(name, path.as_deref()),
                place.instance_settings(name, path),
            )
        }
        _ => (Value::unknown(), Value::unknown(), Value::unknown()),
    };
    let instance = match deployment(object, configuration) {
        Some(Deployment::MultiTenant) => Value::Null,
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

fn tags_all(tags: &Value, defaults: &Value) -> Value {
    if tags.is_unknown() || defaults.is_unknown() {
        return Value::unknown();
    }
    let entries = |value: &Value| value.entries().cloned().unwrap_or_default();
    let mut all = entries(defaults);
    all.extend(entries(tags));
    Value::Map(all)
}

/// Where the bucket is, as W&B must be told.
struct Place {
    host: String,
    tls: bool,
    region: String,
    kms_key: Option<String>,
}

fn place(object: &Value, configuration: &Configuration) -> Option<Place> {
    let cloud = object.get(CLOUD);
    if cloud.is_unknown()
        || cloud.get("region").is_unknown()
        || cloud.get("kms_key_id").is_unknown()
    {
        return None;
    }
    let store = &configuration.s3_compatible;
    let endpoint = store.endpoint().ok()?;
    let region = match region(object) {
        Some(region) => region,
        None => store.region().ok()?,
    };
    let host = endpoint.host_str().unwrap_or_default();
    Some(Place {
        host: endpoint
            .port()
            .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")),
        tls: endpoint.scheme() == "https",
        region,
        kms_key: cloud.get("kms_key_id").as_str().map(str::to_owned),
    })
}

impl Place {
    fn address(&self, name: &str, path: Option<String>) -> Value {
        let address = Address {
            scheme: Scheme::S3,
            host: Some(self.host.clone()),
            bucket: name.to_owned(),
            path,
            region: Some(self.region.clone()),
            tls: self.tls.then_some(true),
        };
        Value::String(address.to_string())
    }

    /// W&B's SCIM API takes a MinIO bucket as `host[:port]/bucket` (W&B's own chart tests name it so).
    fn storage_bucket(&self, name: &str, path: Option<&str>) -> Value {
        Value::object([
            ("name", Value::String(format!("{}/{name}", self.host))),
            ("provider", "MINIO".into()),
            ("path", Value::optional_string(path)),
            ("kms_key_id", Value::Null),
            ("aws_external_id", Value::Null),
            ("azure_tenant_id", Value::Null),
            ("azure_client_id", Value::Null),
        ])
    }

    /// In the spelling of W&B's Helm chart, where an S3-compatible store is `s3`.
    fn instance_settings(&self, name: &str, path: Option<String>) -> Value {
        Value::object([
            ("provider", "s3".into()),
            ("bucket_name", name.into()),
            ("path", Value::optional_string(path)),
            ("region", self.region.clone().into()),
            ("kms_key", Value::optional_string(self.kms_key.clone())),
            ("endpoint", self.host.clone().into()),
            ("tls", self.tls.into()),
            ("account", Value::Null),
            ("container", Value::Null),
        ])
    }
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
    Applied::failed(match unready {
        Unready::Unknown(what) => messages::provider::needed_now(what).into(),
        Unready::Wrong(diagnostics) => diagnostics,
    })
}
