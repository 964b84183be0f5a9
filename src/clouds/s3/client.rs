//! The connection to a store.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::config::{
    AppName, BehaviorVersion, Credentials as SdkCredentials, Region, RequestChecksumCalculation,
    ResponseChecksumValidation, SharedHttpClient, StalledStreamProtectionConfig,
};
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_runtime_api::client::http::HttpConnectorSettings;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::bucket::Bucket;
use crate::clouds::{Error, Kind, TlsProblem};

/// The SDK's own default; a host that takes longer is not there.
const CONNECT_TIMEOUT: Duration = Duration::from_millis(3100);

/// Longer than any of our small requests takes on a store that works.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(30);

/// Where a store is and how to use it.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Scheme, host and port.
    pub endpoint: Url,
    /// The region that requests are signed for.
    pub region: String,
    /// Who asks.
    pub credentials: Credentials,
    /// `host/bucket/key` instead of `bucket.host/key`.
    pub path_style: bool,
    /// PEM certificates that are trusted beside those of the system.
    pub ca_bundle: Option<Vec<u8>>,
    /// How often a request is tried at most.
    pub attempts: u32,
}

/// A key pair. It cannot be printed.
#[derive(Clone)]
pub struct Credentials {
    /// The access key.
    pub access_key: String,
    /// The secret key.
    pub secret_key: SecretString,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(redacted)")
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
        let endpoint: Arc<str> = host_and_port(&settings.endpoint).into();
        let transport = Transport::new(settings, &endpoint)?;
        let key = &settings.credentials;
        let credentials = SdkCredentials::new(
            &key.access_key,
            key.secret_key.expose_secret(),
            None,
            None,
            "terraform-provider-wandb",
        );
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .operation_attempt_timeout(ATTEMPT_TIMEOUT)
            .build();
        let mut config = aws_sdk_s3::Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .endpoint_url(settings.endpoint.as_str())
            .region(Region::new(settings.region.clone()))
            .credentials_provider(credentials)
            .force_path_style(settings.path_style)
            // Stores that are not Amazon's know neither the newer checksums nor trailers.
            .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
            .response_checksum_validation(ResponseChecksumValidation::WhenRequired)
            .retry_config(RetryConfig::standard().with_max_attempts(settings.attempts))
            .timeout_config(timeouts)
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .http_client(transport.sdk_client());
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
        self.connector.get_or_init(|| {
            let limits = HttpConnectorSettings::builder()
                .connect_timeout(CONNECT_TIMEOUT)
                .read_timeout(ATTEMPT_TIMEOUT)
                .build();
            self.transport.connector(limits)
        })
    }
}

/// How bytes get there: plain or TLS, through the proxy of the environment if it names one.
#[derive(Clone)]
enum Transport {
    Plain,
    Tls(TlsContext),
}

impl Transport {
    fn new(settings: &Settings, endpoint: &str) -> Result<Self, Error> {
        if settings.endpoint.scheme() != "https" {
            return Ok(Self::Plain);
        }
        let mut trust = TrustStore::default().with_native_roots(true);
        if let Some(pem) = &settings.ca_bundle {
            trust.add_pem_certificate(pem.clone());
        }
        let context = TlsContext::builder().with_trust_store(trust).build();
        context.map(Self::Tls).map_err(|error| Error {
            message: Some(error.to_string()),
            ..Error::new(Kind::Tls(TlsProblem::Other), "Connect", endpoint)
        })
    }

    fn sdk_client(&self) -> SharedHttpClient {
        let transport = self.clone();
        Builder::new().build_with_connector_fn(move |settings, _| {
            transport.connector(
                settings
                    .cloned()
                    .unwrap_or_else(|| HttpConnectorSettings::builder().build()),
            )
        })
    }

    fn connector(&self, settings: HttpConnectorSettings) -> Connector {
        let builder = Connector::builder()
            .connector_settings(settings)
            .proxy_config(ProxyConfig::from_env());
        match self {
            Self::Plain => builder.build_http(),
            Self::Tls(context) => builder
                .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
                .tls_context(context.clone())
                .build(),
        }
    }
}

fn host_and_port(endpoint: &Url) -> String {
    let host = endpoint.host_str().unwrap_or_default();
    endpoint
        .port()
        .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}
