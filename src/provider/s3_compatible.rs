//! `s3_compatible = { … }` of the provider block: the S3-compatible store that buckets live in.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use secrecy::SecretString;
use url::Url;

use super::setting::Setting;
use crate::clouds::key_pair;
use crate::clouds::s3::{Bucket, Client, Settings};
use crate::framework::diagnostic::Diagnostics;
use crate::framework::path::Path;
use crate::framework::schema::Attribute;
use crate::framework::value::Value;
use crate::messages;

/// What W&B's own script for MinIO uses, and what such stores answer to when they know no regions.
const DEFAULT_REGION: &str = "us-east-1";

/// Tries of one request: enough to sit out a restart of one node, few enough to end within any time limit.
const ATTEMPTS: u32 = 4;

/// The store of the provider block. Nothing is looked at and no connection is made before a bucket needs it.
#[derive(Default)]
pub struct Store {
    endpoint: Setting<String>,
    region: Setting<String>,
    access_key: Setting<String>,
    secret_key: Setting<SecretString>,
    path_style: Setting<bool>,
    ca_bundle: Setting<String>,
    clients: Mutex<BTreeMap<String, Client>>,
}

/// The store cannot be used now.
pub enum Unready {
    /// That part of the provider block is known only after apply.
    Unknown(&'static str),
    /// Something is missing or wrong.
    Wrong(Diagnostics),
}

/// The attribute of the provider block.
pub(super) fn attribute() -> Attribute {
    let attributes = vec![
        Attribute::string("endpoint").rule(endpoint_rule).described(
            "Address of the store's S3 port, such as `https://minio.example.com`. Default: the environment variable `WANDB_S3_ENDPOINT`.",
        ),
        Attribute::string("region").described(
            "Region that requests are signed for. Default: the environment variable `WANDB_S3_REGION`, then `us-east-1`. Only a \
             store with a region of its own minds.",
        ),
        Attribute::string("access_key").described(
            "Access key. Default: the environment variable `WANDB_S3_ACCESS_KEY`. Variables and files of AWS are never used for it.",
        ),
        Attribute::string("secret_key")
            .sensitive()
            .described("Secret key. Default: the environment variable `WANDB_S3_SECRET_KEY`."),
        Attribute::bool("path_style").described(
            "Whether a bucket is addressed as `host/bucket`; otherwise as `bucket.host`, which needs DNS names for it. Default `true`.",
        ),
        Attribute::string("ca_bundle").described(
            "Certificates of the authorities that sign the store's certificate, in PEM: the text, or the path of a file. They are \
             trusted beside those of this machine.",
        ),
    ];
    Attribute::single("s3_compatible", attributes).described("The S3-compatible store, such as MinIO or Ceph, that buckets with `s3_compatible` live in.")
}

/// What can be said of the block before it is used: half a key pair.
pub(super) fn validate(block: &Value, environment: &dyn Fn(&str) -> Option<String>) -> Diagnostics {
    let access = Setting::text(block.get("access_key")).or(|| environment("WANDB_S3_ACCESS_KEY"));
    let secret = Setting::secret(block.get("secret_key"))
        .or(|| environment("WANDB_S3_SECRET_KEY").map(Into::into));
    match (access, secret) {
        (Setting::Set(_), Setting::Unset) => {
            messages::provider::half_a_key_pair("secret_key").into()
        }
        (Setting::Unset, Setting::Set(_)) => {
            messages::provider::half_a_key_pair("access_key").into()
        }
        _ => Diagnostics::none(),
    }
}

impl Store {
    /// Takes the block, and the environment where it is silent.
    pub(super) fn new(block: &Value, environment: &dyn Fn(&str) -> Option<String>) -> Self {
        Self {
            endpoint: Setting::text(block.get("endpoint")).or(|| environment("WANDB_S3_ENDPOINT")),
            region: Setting::text(block.get("region")).or(|| environment("WANDB_S3_REGION")),
            access_key: Setting::text(block.get("access_key"))
                .or(|| environment("WANDB_S3_ACCESS_KEY")),
            secret_key: Setting::secret(block.get("secret_key"))
                .or(|| environment("WANDB_S3_SECRET_KEY").map(Into::into)),
            path_style: Setting::flag(block.get("path_style")),
            ca_bundle: Setting::text(block.get("ca_bundle")),
            clients: Mutex::default(),
        }
    }

    /// Whether the block says where the store is, now or after apply.
    pub(super) fn has_endpoint(&self) -> bool {
        !matches!(self.endpoint, Setting::Unset)
    }

    /// The address of the store.
    ///
    /// # Errors
    /// When it is missing, wrong or not known yet.
    pub fn endpoint(&self) -> Result<Url, Unready> {
        if self.endpoint.is_unknown() {
            return Err(Unready::Unknown("`s3_compatible.endpoint`"));
        }
        let Some(text) = self.endpoint.as_ref() else {
            return Err(Unready::Wrong(messages::provider::no_endpoint().into()));
        };
        parse_endpoint(text).map_err(|fault| {
            let path = Path::of("s3_compatible").attribute("endpoint");
            Unready::Wrong(messages::provider::bad_endpoint(path, &shown(text), fault).into())
        })
    }

    /// The region of a bucket that names none.
    ///
    /// # Errors
    /// When it is not known yet.
    pub fn region(&self) -> Result<String, Unready> {
        match &self.region {
            Setting::Unknown => Err(Unready::Unknown("`s3_compatible.region`")),
            Setting::Set(region) => Ok(region.clone()),
            Setting::Unset => Ok(DEFAULT_REGION.to_owned()),
        }
    }

    /// Whether everything is there to talk to the store.
    ///
    /// # Errors
    /// What is missing, wrong or not known yet.
    pub fn check(&self) -> Result<(), Unready> {
        self.settings(None).map(drop)
    }

    /// A bucket of the store, there or not.
    ///
    /// # Errors
    /// What is missing, wrong or not known yet.
    pub fn bucket(&self, name: &str, region: Option<&str>) -> Result<Bucket, Unready> {
        let settings = self.settings(region)?;
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(&settings.region) {
            return Ok(client.bucket(name));
        }
        let client = Client::new(&settings).map_err(|error| {
            Unready::Wrong(
                messages::provider::bad_ca_bundle(&format!(
                    "The certificates cannot be used: {error}."
                ))
                .into(),
            )
        })?;
        clients.insert(settings.region, client.clone());
        Ok(client.bucket(name))
    }

    fn settings(&self, region: Option<&str>) -> Result<Settings, Unready> {
        let unknown = [
            (self.access_key.is_unknown(), "`s3_compatible.access_key`"),
            (self.secret_key.is_unknown(), "`s3_compatible.secret_key`"),
            (self.path_style.is_unknown(), "`s3_compatible.path_style`"),
            (self.ca_bundle.is_unknown(), "`s3_compatible.ca_bundle`"),
        ];
        if let Some((_, what)) = unknown.into_iter().find(|(unknown, _)| *unknown) {
            return Err(Unready::Unknown(what));
        }
        let endpoint = self.endpoint()?;
        let wrong = |diagnostic| Unready::Wrong(Diagnostics::from(diagnostic));
        let credentials = match (self.access_key.as_ref(), self.secret_key.as_ref()) {
            (Some(access_key), Some(secret_key)) => key_pair(access_key, secret_key, None),
            (None, None) => return Err(wrong(messages::provider::no_credentials())),
            (Some(_), None) => {
                return Err(wrong(messages::provider::half_a_key_pair("secret_key")));
            }
            (None, Some(_)) => {
                return Err(wrong(messages::provider::half_a_key_pair("access_key")));
            }
        };
        let region = region.map_or_else(|| self.region(), |region| Ok(region.to_owned()))?;
        let ca_bundle = self
            .ca_bundle
            .as_ref()
            .map(|bundle| certificates(bundle))
            .transpose();
        Ok(Settings {
            endpoint: Some(endpoint),
            region,
            credentials,
            path_style: self.path_style.as_ref().copied().unwrap_or(true),
            ca_bundle: ca_bundle
                .map_err(|fault| wrong(messages::provider::bad_ca_bundle(&fault)))?,
            attempts: ATTEMPTS,
        })
    }
}

pub(super) fn endpoint_rule(value: &Value, path: &Path) -> Diagnostics {
    let Some(text) = value.as_str().filter(|text| !text.is_empty()) else {
        return Diagnostics::none();
    };
    match parse_endpoint(text) {
        Ok(_) => Diagnostics::none(),
        Err(fault) => messages::provider::bad_endpoint(path.clone(), &shown(text), fault).into(),
    }
}

pub(super) fn parse_endpoint(text: &str) -> Result<Url, &'static str> {
    let url = Url::parse(text).map_err(|_| "is no address.")?;
    if !matches!(url.scheme(), "http" | "https") || !text.contains("://") {
        return Err("does not begin with http:// or https://.");
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err("has no host.");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("contains credentials, which belong in `access_key` and `secret_key`.");
    }
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        return Err("has more than scheme, host and port.");
    }
    Ok(url)
}

/// The text without what may be a password.
pub(super) fn shown(text: &str) -> String {
    match text.rsplit_once('@') {
        Some((_, host)) => format!("…@{host}"),
        None => text.to_owned(),
    }
}

/// PEM text as it is, or that of the file it names.
fn certificates(bundle: &str) -> Result<Vec<u8>, String> {
    let pem = if bundle.contains("-----BEGIN") {
        bundle.as_bytes().to_vec()
    } else {
        std::fs::read(bundle)
            .map_err(|error| format!("The file {bundle:?} cannot be read: {error}."))?
    };
    let found = CertificateDer::pem_slice_iter(&pem).collect::<Result<Vec<_>, _>>();
    match found {
        Ok(found) if !found.is_empty() => Ok(pem),
        Ok(_) => Err("It holds no certificate.".to_owned()),
        Err(error) => Err(format!("It is damaged: {error}.")),
    }
}
