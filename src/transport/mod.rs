//! How bytes get to a cloud or to W&B: plain or TLS, through the proxy of the environment if it names one.

use std::time::Duration;

use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_runtime_api::client::http::{HttpConnectorSettings, SharedHttpClient};
use aws_smithy_types::timeout::TimeoutConfig;
use url::Url;

/// The SDK's own default; a host that takes longer is not there.
const CONNECT_TIMEOUT: Duration = Duration::from_millis(3100);

/// Longer than any of our small requests takes on a service that works.
pub(crate) const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(30);

/// How bytes get there. Cheap to clone; nothing is connected before a request needs it.
#[derive(Clone)]
pub(crate) enum Transport {
    /// No TLS.
    Plain,
    /// With these trusted authorities.
    Tls(TlsContext),
}

impl Transport {
    /// To an endpoint, by its scheme; TLS to a cloud's own.
    ///
    /// # Errors
    /// When no trusted authorities can be had, or a certificate is none; in words.
    pub(crate) fn to(endpoint: Option<&Url>, ca_bundle: Option<&[u8]>) -> Result<Self, String> {
        if endpoint.is_some_and(|endpoint| endpoint.scheme() != "https") {
            return Ok(Self::Plain);
        }
        let mut trust = TrustStore::default().with_native_roots(true);
        if let Some(pem) = ca_bundle {
            trust.add_pem_certificate(pem.to_vec());
        }
        let context = TlsContext::builder().with_trust_store(trust).build();
        context.map(Self::Tls).map_err(|error| error.to_string())
    }

    /// For a client of the SDK.
    pub(crate) fn sdk_client(&self) -> SharedHttpClient {
        let transport = self.clone();
        Builder::new().build_with_connector_fn(move |settings, _| {
            transport.connect(
                settings
                    .cloned()
                    .unwrap_or_else(|| HttpConnectorSettings::builder().build()),
            )
        })
    }

    /// For requests that the SDK does not send, whose answer may take that long to begin.
    #[must_use]
    pub(crate) fn connector(&self, answer: Duration) -> Connector {
        let limits = HttpConnectorSettings::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(answer)
            .build();
        self.connect(limits)
    }

    fn connect(&self, settings: HttpConnectorSettings) -> Connector {
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

/// The limits of every client of the SDK.
pub(crate) fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .build()
}

/// `host` or `host:port`.
pub(crate) fn host_and_port(endpoint: &Url) -> String {
    let host = endpoint.host_str().unwrap_or_default();
    endpoint
        .port()
        .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}
