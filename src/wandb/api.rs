//! Requests to the W&B server: who asks, how often, and what the lack of an answer means.

use std::sync::OnceLock;
use std::time::Duration;

use aws_smithy_http_client::Connector;
use aws_smithy_runtime_api::client::http::HttpConnector;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value as Json;
use tokio::sync::OnceCell;
use tokio::time::{sleep, timeout};
use url::Url;

use super::ApiKey;
use super::error::{Error, Kind};
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
    key: ApiKey,
    transport: Transport,
    connector: OnceLock<Connector>,
    /// How SCIM takes the key, once that was found out.
    login: OnceCell<Login>,
}

/// How a key is shown to SCIM (W&B SCIM page, "Authentication").
#[derive(Debug, Clone)]
enum Login {
    /// As it is: servers from v0.79.0 on.
    Bearer,
    /// As the password of that user; a service account has no name.
    Basic(String),
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
    /// Doing it twice does no more than doing it once.
    pub(super) repeatable: bool,
}

/// An answer that is a success.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) body: Json,
    pub(super) etag: Option<String>,
}

/// What came back, whatever it says.
struct Raw {
    status: u16,
    etag: Option<String>,
    retry_after: Option<Duration>,
    location: Option<String>,
    body: Vec<u8>,
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
        })
    }

    /// Where the key came from, for messages.
    #[must_use]
    pub fn key_source(&self) -> &super::Source {
        &self.key.from
    }

    /// Asks SCIM.
    pub(super) async fn scim(&self, request: &Request<'_>) -> Result<Answer, Error> {
        if self.login.get().is_none() && request.repeatable {
            // Almost every server knows the plain key: the first question finds that out on the way.
            let answer = self.repeated(request, &self.header(&Login::Bearer)).await?;
            if answer.status != 401 {
                // Another question may have found it out at the same time.
                let _ = self.login.set(Login::Bearer);
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

    /// Older servers do not know the plain key, and want a user's key with the user's name: which form it is tells only a try.
    async fn find_login(&self) -> Result<Login, Error> {
        let operation = "GET /scim/Users";
        let look = Request {
            operation,
            method: "GET",
            path: "/scim/Users?filter=userName%20eq%20%22%22".to_owned(),
            body: None,
            etag: None,
            repeatable: true,
        };
        let nobody = Login::Basic(String::new());
        for login in [Login::Bearer, nobody] {
            let answer = self.repeated(&look, &self.header(&login)).await?;
            if answer.status != 401 {
                return Ok(login);
            }
        }
        let Some(user) = self.user_name().await? else {
            return Err(self.error(Kind::Unauthorized, operation).with_status(401));
        };
        let login = Login::Basic(user);
        let answer = self.repeated(&look, &self.header(&login)).await?;
        match answer.status {
            401 => Err(self.failure(operation, &answer)),
            _ => Ok(login),
        }
    }

    fn header(&self, login: &Login) -> SecretString {
        let key = self.key.key.expose_secret();
        match login {
            Login::Bearer => format!("Bearer {key}"),
            Login::Basic(user) => format!("Basic {}", STANDARD.encode(format!("{user}:{key}"))),
        }
        .into()
    }

    /// Sends a request, again where that can do no harm and the failure may pass.
    async fn repeated(&self, request: &Request<'_>, login: &SecretString) -> Result<Raw, Error> {
        let mut attempt = 1;
        loop {
            let sent = self.sent(request, login).await;
            let pause = match &sent {
                // The server did nothing of it.
                Ok(raw) if raw.status == 429 => raw.retry_after.or(Some(pauses::backoff(attempt))),
                Ok(raw) if matches!(raw.status, 500 | 502..=504) && request.repeatable => {
                    raw.retry_after.or(Some(pauses::backoff(attempt)))
                }
                Err(error)
                    if request.repeatable
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
            let connector = self.connector.get_or_init(|| self.transport.connector());
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
        let content = match request.path.starts_with("/scim") {
            true => "application/scim+json",
            false => "application/json",
        };
        let mut plain = vec![("accept", content), ("user-agent", USER_AGENT)];
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

    fn understood(&self, operation: &'static str, raw: Raw) -> Result<Answer, Error> {
        if !(200..300).contains(&raw.status) {
            return Err(self.failure(operation, &raw));
        }
        let body = match raw.body.is_empty() {
            true => Json::Null,
            false => serde_json::from_slice(&raw.body).map_err(|error| {
                let words = match is_page(&raw.body) {
                    true => "a web page".to_owned(),
                    false => format!("no sound JSON: {error}"),
                };
                self.error(Kind::Garbage, operation)
                    .with_status(raw.status)
                    .told(&words)
            })?,
        };
        Ok(Answer {
            body,
            etag: raw.etag,
        })
    }

    /// What an answer that is no success means.
    fn failure(&self, operation: &'static str, raw: &Raw) -> Error {
        let body = serde_json::from_slice::<Json>(&raw.body).ok();
        let words = body.as_ref().and_then(words_of);
        let kind = match raw.status {
            300..=399 => {
                let host = raw.location.as_deref().and_then(|to| Url::parse(to).ok());
                Kind::Redirected(
                    host.as_ref()
                        .map_or_else(|| "another path of the same host".to_owned(), host_and_port),
                )
            }
            401 => Kind::Unauthorized,
            403 => Kind::Forbidden,
            404 if words.is_some() => Kind::Absent,
            404 => Kind::NotFound,
            409 => Kind::Exists,
            412 => Kind::Changed,
            408 => Kind::TimedOut,
            429 => Kind::Throttled,
            500.. => Kind::Unavailable,
            _ => Kind::Refused,
        };
        let told = words.unwrap_or_else(|| match is_page(&raw.body) {
            true => "a web page".to_owned(),
            false => String::new(),
        });
        self.error(kind, operation)
            .with_status(raw.status)
            .told(&told)
    }
}

/// W&B lets administrators' calls pass only from clients it knows by this name (W&B SDK, `wandb/apis/public/api.py`).
const USER_AGENT: &str = concat!(
    "W&B Public Client terraform-provider-wandb/",
    env!("CARGO_PKG_VERSION")
);

/// What W&B says of an error: SCIM in `detail`, GraphQL in the first of `errors`, its other parts in `error`.
pub(super) fn words_of(body: &Json) -> Option<String> {
    let texts = [
        &body["detail"],
        &body["errors"][0]["message"],
        &body["error"],
    ];
    let text = texts.into_iter().find_map(Json::as_str);
    text.map(str::to_owned)
}

fn is_page(body: &[u8]) -> bool {
    body.trim_ascii_start().starts_with(b"<")
}

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
