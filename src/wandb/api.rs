//! Requests to the W&B server: who asks, how often, and what the lack of an answer means.

use std::sync::OnceLock;
use std::time::Duration;

use aws_smithy_http_client::Connector;
use aws_smithy_runtime_api::client::http::HttpConnector;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value as Json;
use tokio::sync::OnceCell;
use tokio::time::{sleep, timeout};
use url::Url;

use super::ApiKey;
use super::answer::{Answer, Raw, is_of_scim};
use super::error::{Error, Kind};
use super::login::Login;
use super::pauses;
use crate::transport::{Transport, host_and_port};

/// Longer than a working server needs for an answer and its body.
const ANSWER: Duration = Duration::from_secs(60);

/// Tries of a request that may be sent again.
const ATTEMPTS: u32 = 5;

/// A list of 9999 teams or members is a few megabytes (W&B SCIM page, "itemsPerPage"); ten times that is no answer of W&B's.
const LARGEST: usize = 64 << 20;

/// The W&B server, with a key.
pub struct Api {
    base: Url,
    host: String,
    pub(super) key: ApiKey,
    transport: Transport,
    connector: OnceLock<Connector>,
    /// How SCIM takes the key, once that was found out.
    pub(super) login: OnceCell<Login>,
    /// The name of the key's owner, where an older server had to be asked for it.
    pub(super) user: OnceLock<String>,
}

/// A request.
pub(super) struct Request<'a> {
    pub(super) operation: &'static str,
    pub(super) method: &'static str,
    /// After the address of the server, with the query.
    pub(super) path: String,
    pub(super) body: Option<&'a Json>,
    /// The state of the thing that the request is meant for.
    pub(super) etag: Option<&'a str>,
    pub(super) again: Again,
}

/// When a request may be sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Again {
    /// Whoever sends it decides.
    Never,
    /// When the server put it off and did nothing of it.
    WhenPutOff,
    /// Doing it twice does no more than doing it once.
    Always,
}

impl Request<'_> {
    /// A question, which may be asked again.
    pub(super) fn get(operation: &'static str, path: String) -> Self {
        Self {
            operation,
            method: "GET",
            path,
            body: None,
            etag: None,
            again: Again::Always,
        }
    }
}

impl Api {
    /// Of that server. It talks to nobody yet.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(base: &Url, key: ApiKey) -> Result<Self, Error> {
        let host = host_and_port(base);
        let transport = Transport::to(Some(base), None)
            .map_err(|words| Error::new(Kind::Unreachable, "Connect", &host).told(&words))?;
        Ok(Self {
            base: base.clone(),
            host,
            key,
            transport,
            connector: OnceLock::new(),
            login: OnceCell::new(),
            user: OnceLock::new(),
        })
    }

    /// Where the key came from, for messages.
    #[must_use]
    pub fn key_source(&self) -> &super::Source {
        &self.key.from
    }

    /// Asks SCIM.
    pub(super) async fn scim(&self, request: &Request<'_>) -> Result<Answer, Error> {
        if self.login.get().is_none() && request.again == Again::Always {
            // Almost every server knows the plain key: the first question finds that out on the way.
            let answer = self.repeated(request, &self.header(&Login::Bearer)).await?;
            if answer.status != 401 {
                if is_of_scim(&answer) {
                    // Another question may have found it out at the same time.
                    let _ = self.login.set(Login::Bearer);
                }
                return self.understood(request.operation, answer);
            }
        }
        let login = self.login.get_or_try_init(|| self.find_login()).await?;
        let answer = self.repeated(request, &self.header(login)).await?;
        self.understood(request.operation, answer)
    }

    /// Asks GraphQL, as W&B's own SDK does: always with basic authentication.
    pub(super) async fn graphql(&self, request: &Request<'_>) -> Result<Answer, Error> {
        let header = self.header(&Login::Basic("api".to_owned()));
        let answer = self.repeated(request, &header).await?;
        self.understood(request.operation, answer)
    }

    pub(super) fn error(&self, kind: Kind, operation: &'static str) -> Error {
        Error::new(kind, operation, &self.host)
    }

    /// Sends a request, again where that can do no harm and the failure may pass.
    pub(super) async fn repeated(
        &self,
        request: &Request<'_>,
        login: &SecretString,
    ) -> Result<Raw, Error> {
        let mut attempt = 1;
        loop {
            let sent = self.sent(request, login).await;
            let pause = match &sent {
                // The server did nothing of it.
                Ok(raw) if raw.status == 429 && request.again != Again::Never => {
                    raw.retry_after.or(Some(pauses::backoff(attempt)))
                }
                Ok(raw)
                    if matches!(raw.status, 500 | 502..=504) && request.again == Again::Always =>
                {
                    raw.retry_after.or(Some(pauses::backoff(attempt)))
                }
                Err(error)
                    if request.again == Again::Always
                        && matches!(error.kind(), Kind::TimedOut | Kind::Interrupted) =>
                {
                    Some(pauses::backoff(attempt))
                }
                _ => None,
            };
            match pause {
                Some(pause) if attempt < ATTEMPTS => {
                    tracing::info!(operation = request.operation, ?pause, "asking W&B again");
                    sleep(pause).await;
                    attempt += 1;
                }
                _ => return sent,
            }
        }
    }

    async fn sent(&self, request: &Request<'_>, login: &SecretString) -> Result<Raw, Error> {
        let operation = request.operation;
        let prepared = self.prepared(request, login);
        let prepared =
            prepared.map_err(|words| self.error(Kind::Refused, operation).told(&words))?;
        let exchange = async {
            let connector = self
                .connector
                .get_or_init(|| self.transport.connector(ANSWER));
            let answer = connector.call(prepared).await;
            self.read(
                operation,
                answer.map_err(|error| self.lost(operation, &error))?,
            )
            .await
        };
        let answered = timeout(ANSWER, exchange).await;
        let answered = answered.unwrap_or_else(|_| Err(self.error(Kind::TimedOut, operation)));
        tracing::debug!(operation, failed = answered.is_err(), "call to W&B ended");
        answered
    }

    fn prepared(&self, request: &Request<'_>, login: &SecretString) -> Result<HttpRequest, String> {
        let body = request.body.map(Json::to_string);
        let mut prepared = HttpRequest::new(body.map_or_else(SdkBody::empty, SdkBody::from));
        let words = |error: &dyn std::error::Error| error.to_string();
        prepared
            .set_method(request.method)
            .map_err(|error| words(&error))?;
        let base = self.base.as_str().trim_end_matches('/');
        prepared
            .set_uri(format!("{base}{}", request.path))
            .map_err(|error| words(&error))?;
        let headers = prepared.headers_mut();
        let of_scim = request.path.starts_with("/scim");
        let content = match of_scim {
            true => "application/scim+json",
            false => "application/json",
        };
        let mut plain = vec![("accept", content), ("user-agent", USER_AGENT)];
        if !of_scim {
            // As W&B's SDK does: an administrator sees teams that he is no member of.
            plain.push(("use-admin-privileges", "true"));
        }
        if request.body.is_some() {
            plain.push(("content-type", content));
        }
        plain.extend(request.etag.map(|etag| ("if-match", etag)));
        for (name, value) in plain {
            headers
                .try_insert(name.to_owned(), value.to_owned())
                .map_err(|error| words(&error))?;
        }
        // A key that no header can hold is refused before; the error would show it.
        headers
            .try_insert("authorization", login.expose_secret().to_owned())
            .map_err(|_| "the key has characters that cannot be sent".to_owned())?;
        Ok(prepared)
    }

    async fn read(&self, operation: &'static str, mut answer: HttpResponse) -> Result<Raw, Error> {
        let header = |name| answer.headers().get(name).map(str::to_owned);
        let status = answer.status().as_u16();
        let (etag, location) = (header("etag"), header("location"));
        let retry_after = header("retry-after").and_then(|text| pauses::asked_for(text.trim()));
        let mut stream = ByteStream::new(answer.take_body());
        let mut body = Vec::new();
        loop {
            match stream.next().await {
                None => break,
                Some(Ok(bytes)) if body.len() + bytes.len() <= LARGEST => {
                    body.extend_from_slice(&bytes);
                }
                Some(Ok(_)) => {
                    let words = "the answer is larger than any of W&B's";
                    return Err(self.error(Kind::Garbage, operation).told(words));
                }
                Some(Err(error)) => {
                    let lost = self.error(Kind::Interrupted, operation);
                    return Err(lost.with_status(status).told(&error.to_string()));
                }
            }
        }
        Ok(Raw {
            status,
            etag,
            retry_after,
            location,
            body,
        })
    }

    /// What it means that no answer came.
    fn lost(&self, operation: &'static str, error: &ConnectorError) -> Error {
        let words = causes(error);
        let never_sent = [
            "Connection refused",
            "dns error",
            "invalid peer certificate",
            "TLS handshake",
        ];
        let kind = if error.is_timeout() {
            Kind::TimedOut
        } else if never_sent.iter().any(|sign| words.contains(sign)) {
            Kind::Unreachable
        } else {
            Kind::Interrupted
        };
        self.error(kind, operation).told(&words)
    }
}

/// W&B lets administrators' calls pass only from clients it knows by this name (W&B SDK, `wandb/apis/public/api.py`).
const USER_AGENT: &str = concat!(
    "W&B Public Client terraform-provider-wandb/",
    env!("CARGO_PKG_VERSION")
);

/// All causes in one line, outermost first.
fn causes(error: &(dyn std::error::Error + 'static)) -> String {
    let mut texts = Vec::new();
    let mut cause = Some(error);
    while let Some(error) = cause {
        texts.push(error.to_string());
        cause = error.source();
    }
    texts.dedup();
    texts.join(": ")
}
