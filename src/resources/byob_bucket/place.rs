//! Where the bucket lives, and what W&B must be told of that.

use crate::clouds::Cloud;
use crate::clouds::aws::Partition;
use crate::framework::value::Value;
use crate::provider::{Configuration, Unready};
use crate::requirements::Target;
use crate::wandb::{Address, Scheme};

/// The cloud whose block the object has; none where it has none, or more than one.
pub(super) fn cloud(object: &Value) -> Option<Cloud> {
    let mut named = Cloud::ALL
        .into_iter()
        .filter(|cloud| !object.get(cloud.word()).is_null());
    let cloud = named.next()?;
    named.next().is_none().then_some(cloud)
}

/// The cloud of an object that has passed validation.
pub(super) fn valid_cloud(object: &Value) -> Cloud {
    cloud(object).unwrap_or(Cloud::S3Compatible)
}

/// The block of the object's cloud.
pub(super) fn block(object: &Value) -> &Value {
    object.get(valid_cloud(object).word())
}

/// Sets an attribute in the block of the object's cloud.
pub(super) fn set_in_block(object: &mut Value, attribute: &str, value: Value) {
    let word = valid_cloud(object).word();
    let mut block = object.get(word).clone();
    block.set(attribute, value);
    object.set(word, block);
}

/// The region that the object itself names.
pub(super) fn region(object: &Value) -> Option<String> {
    block(object).get("region").as_str().map(str::to_owned)
}

/// The id: the cloud and the name, which is also what an import takes.
pub(super) fn id(cloud: Cloud, name: &str) -> String {
    format!("{}/{name}", cloud.word())
}

/// The part of AWS that a region belongs to (AWS General Reference, "Amazon Resource Names").
pub(super) fn partition(region: &str) -> &'static str {
    Partition::of(region).name
}

/// The bucket of the object, ready to be worked on.
///
/// # Errors
/// What the provider block lacks, or does not know yet.
pub(super) async fn target(
    configuration: &Configuration,
    object: &Value,
) -> Result<Target, Unready> {
    let name = object.get("name").as_str().unwrap_or_default();
    let region = region(object);
    match valid_cloud(object) {
        Cloud::S3Compatible => Ok(Target {
            bucket: configuration
                .s3_compatible
                .bucket(name, region.as_deref())?,
            keys: None,
        }),
        Cloud::Aws => {
            configuration
                .aws
                .target(name, &region.unwrap_or_default())
                .await
        }
    }
}

/// Where the bucket is, in W&B's terms.
pub(super) struct Place {
    cloud: Cloud,
    host: String,
    tls: bool,
    region: String,
}

impl Place {
    /// None while something it follows from is not known.
    pub(super) fn of(object: &Value, configuration: &Configuration) -> Option<Self> {
        let cloud = cloud(object)?;
        let block = object.get(cloud.word());
        if block.is_unknown() || block.get("region").is_unknown() {
            return None;
        }
        match cloud {
            Cloud::S3Compatible => {
                let store = &configuration.s3_compatible;
                let endpoint = store.endpoint().ok()?;
                let host = endpoint.host_str().unwrap_or_default();
                Some(Self {
                    cloud,
                    host: endpoint
                        .port()
                        .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")),
                    tls: endpoint.scheme() == "https",
                    region: region(object).map_or_else(|| store.region().ok(), Some)?,
                })
            }
            Cloud::Aws => {
                let region = region(object)?;
                let domain = Partition::of(&region).domain;
                Some(Self {
                    cloud,
                    host: format!("s3.{region}.{domain}"),
                    tls: true,
                    region,
                })
            }
        }
    }

    pub(super) fn address(&self, name: &str, path: Option<String>) -> Address {
        Address {
            scheme: Scheme::S3,
            host: Some(self.host.clone()),
            bucket: name.to_owned(),
            path,
            region: Some(self.region.clone()),
            tls: self.tls.then_some(true),
            force_path_style: None,
        }
    }

    /// As W&B's SCIM API takes it. A MinIO bucket is `host[:port]/bucket` there (W&B's own chart tests name it so).
    pub(super) fn storage_bucket(&self, name: &str, path: Option<&str>, key: Value) -> Value {
        let (name, provider) = match self.cloud {
            Cloud::S3Compatible => (format!("{}/{name}", self.host), "MINIO"),
            Cloud::Aws => (name.to_owned(), "AWS"),
        };
        let key = match self.cloud {
            Cloud::S3Compatible => Value::Null,
            Cloud::Aws => key,
        };
        Value::object([
            ("name", Value::String(name)),
            ("provider", provider.into()),
            ("path", Value::optional_string(path)),
            ("kms_key_id", key),
            ("aws_external_id", Value::Null),
            ("azure_tenant_id", Value::Null),
            ("azure_client_id", Value::Null),
        ])
    }

    /// In the spelling of W&B's Helm chart, where an S3-compatible store is `s3`, too, with an endpoint of its own.
    pub(super) fn instance_settings(&self, name: &str, path: Option<String>, key: Value) -> Value {
        let address = self.address(name, path);
        // The chart knows where Amazon's S3 is.
        let endpoint = address.host.filter(|_| self.cloud == Cloud::S3Compatible);
        Value::object([
            ("provider", address.scheme.chart_word().into()),
            ("bucket_name", address.bucket.into()),
            ("path", Value::optional_string(address.path)),
            ("region", Value::optional_string(address.region)),
            ("kms_key", key),
            ("endpoint", Value::optional_string(endpoint)),
            ("tls", self.tls.into()),
            ("account", Value::Null),
            ("container", Value::Null),
        ])
    }
}
