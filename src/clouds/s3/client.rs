//! The connection to a store.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::config::{
    AppName, BehaviorVersion, Region, RequestChecksumCalculation, ResponseChecksumValidation,
    StalledStreamProtectionConfig,
};
use aws_smithy_http_client::Connector;
use url::Url;

use super::bucket::Bucket;
use crate::clouds::aws::Partition;
use crate::clouds::{self, Error};
use crate::transport::{ATTEMPT_TIMEOUT, Transport, host_and_port, timeouts};

/// Where a store is and how to use it.
#[derive(Clone)]
pub struct Settings {
    /// Scheme, host and port; none is Amazon's own in the region.
    pub endpoint: Option<Url>,
    /// The region that requests are signed for.
    pub region: String,
    /// Who asks.
    pub credentials: SharedCredentialsProvider,
    /// `host/bucket/key` instead of `bucket.host/key`.
    pub path_style: bool,
    /// PEM certificates that are trusted beside those of the system.
    pub ca_bundle: Option<Vec<u8>>,
    /// How often a request is tried at most.
    pub attempts: u32,
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("endpoint", &self.endpoint)
            .field("region", &self.region)
            .finish_non_exhaustive()
    }
}

/// A store. Cheap to clone; connections are shared and made when the first call needs one.
#[derive(Clone)]
pub struct Client {
    pub(super) sdk: aws_sdk_s3::Client,
    pub(super) endpoint: Arc<str>,
    transport: Transport,
    connector: Arc<OnceLock<Connector>>,
    minio: Arc<AtomicBool>,
}

impl Client {
    /// A client of that store. It talks to nobody yet.
    ///
    /// # Errors
    /// When a certificate of `ca_bundle` is none.
    pub fn new(settings: &Settings) -> Result<Self, Error> {
        let endpoint: Arc<str> = match &settings.endpoint {
            Some(endpoint) => host_and_port(endpoint).into(),
            None => {
                let domain = Partition::of(&settings.region).domain;
                format!("s3.{}.{domain}", settings.region).into()
            }
        };
        let transport = clouds::transport(
            settings.endpoint.as_ref(),
            settings.ca_bundle.as_deref(),
            &endpoint,
        )?;
        let mut config = aws_sdk_s3::Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new(settings.region.clone()))
            .credentials_provider(settings.credentials.clone())
            .force_path_style(settings.path_style)
            // Stores that are not Amazon's know neither the newer checksums nor trailers.
            .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
            .response_checksum_validation(ResponseChecksumValidation::WhenRequired)
            .retry_config(RetryConfig::standard().with_max_attempts(settings.attempts))
            .timeout_config(timeouts())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .http_client(transport.sdk_client());
        config.set_endpoint_url(settings.endpoint.as_ref().map(Url::to_string));
        config.set_app_name(
            AppName::new(concat!(
                "terraform-provider-wandb-",
                env!("CARGO_PKG_VERSION")
            ))
            .ok(),
        );
        Ok(Self {
            sdk: aws_sdk_s3::Client::from_conf(config.build()),
            endpoint,
            transport,
            connector: Arc::default(),
            minio: Arc::default(),
        })
    }

    /// A bucket of the store, there or not.
    #[must_use]
    pub fn bucket(&self, name: &str) -> Bucket {
        Bucket {
            client: self.clone(),
            name: name.to_owned(),
        }
    }

    /// Takes note of how the store calls itself.
    pub(super) fn note_server(&self, server: Option<&str>) {
        if server.is_some_and(|server| server.starts_with("MinIO")) {
            self.minio.store(true, Ordering::Relaxed);
        }
    }

    pub(super) fn is_minio(&self) -> bool {
        self.minio.load(Ordering::Relaxed)
    }

    /// For requests that the SDK does not send: pre-signed URLs and preflights.
    pub(super) fn connector(&self) -> &Connector {
        self.connector
            .get_or_init(|| self.transport.connector(ATTEMPT_TIMEOUT))
    }
}
