//! What an answer of W&B means.

use std::time::Duration;

use serde_json::Value as Json;
use url::Url;

use super::api::Api;
use super::error::{Error, Kind};

/// An answer that is a success.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) body: Json,
    pub(super) etag: Option<String>,
}

/// What came back, whatever it says.
pub(super) struct Raw {
    pub(super) status: u16,
    pub(super) etag: Option<String>,
    pub(super) retry_after: Option<Duration>,
    pub(super) location: Option<String>,
    pub(super) body: Vec<u8>,
}

impl Api {
    /// The document of a success.
    pub(super) fn understood(&self, operation: &'static str, raw: Raw) -> Result<Answer, Error> {
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
    pub(super) fn failure(&self, operation: &'static str, raw: &Raw) -> Error {
        let body = serde_json::from_slice::<Json>(&raw.body).ok();
        let words = body.as_ref().and_then(|body| self.words_of(body));
        let kind = match raw.status {
            300..=399 => {
                let to = raw.location.as_deref().and_then(|to| Url::parse(to).ok());
                Kind::Redirected(to.map_or_else(
                    || "another path of the same host".to_owned(),
                    |to| to.origin().ascii_serialization(),
                ))
            }
            401 => Kind::Unauthorized,
            403 => Kind::Forbidden,
            404 if body.as_ref().is_some_and(is_error_of_scim) => Kind::Absent,
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
            .with_pause(raw.retry_after)
            .told(&told)
    }

    /// What W&B says of an error, without the key, should it repeat that: SCIM in `detail`, GraphQL in the first of `errors`, its other parts in `error`.
    pub(super) fn words_of(&self, body: &Json) -> Option<String> {
        let texts = [
            &body["detail"],
            &body["errors"][0]["message"],
            &body["error"],
        ];
        let text = texts.into_iter().find_map(Json::as_str);
        text.map(|text| self.without_key(text))
    }
}

/// Whether it is an answer of SCIM's, a success or a failure of its own: what a proxy says tells nothing of the key.
pub(super) fn is_of_scim(answer: &Raw) -> bool {
    let body = serde_json::from_slice::<Json>(&answer.body);
    match answer.status {
        200..300 => body.is_ok(),
        403 => true,
        _ => body.is_ok_and(|body| is_error_of_scim(&body)),
    }
}

/// Whether it has the form of SCIM's errors: another service may say "not found" in JSON, too (W&B SCIM page, "Error handling"; RFC 7644 §3.12).
fn is_error_of_scim(body: &Json) -> bool {
    const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";
    let schemas = body["schemas"].as_array().into_iter().flatten();
    let is_named = schemas.filter_map(Json::as_str).any(|name| name == ERROR);
    is_named || (body["detail"].is_string() && !body["status"].is_null())
}

fn is_page(body: &[u8]) -> bool {
    body.trim_ascii_start().starts_with(b"<")
}
