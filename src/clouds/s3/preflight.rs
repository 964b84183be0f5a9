//! What browsers may do: the CORS preflight (Fetch standard, "CORS-preflight fetch").

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;

use super::bucket::Bucket;
use super::presigned::{repeated, valid};
use crate::clouds::Error;

/// The request headers a browser asks leave for, as W&B's front end would.
const REQUEST_HEADERS: &str = "content-type";

/// What a browser is told when it asks whether it may send a request from another origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preflight {
    /// The origin that asked.
    pub origin: String,
    /// The method it asked for.
    pub method: String,
    /// The HTTP status; a browser takes any 2xx.
    pub status: u16,
    allow_origin: Option<String>,
    allow_methods: Option<String>,
    allow_headers: Option<String>,
}

impl Preflight {
    /// Whether the origin may ask at all.
    #[must_use]
    pub fn allows_origin(&self) -> bool {
        let allowed = self.allow_origin.as_deref();
        (200..300).contains(&self.status) && (allowed == Some("*") || allowed == Some(&self.origin))
    }

    /// Whether the method is allowed. `GET` needs no leave of its own (Fetch standard, "CORS-safelisted method").
    #[must_use]
    pub fn allows_method(&self) -> bool {
        let allowed = self.allow_methods.as_deref().unwrap_or_default();
        self.method == "GET" || listed(allowed, &self.method)
    }

    /// Whether the request headers are allowed.
    #[must_use]
    pub fn allows_headers(&self) -> bool {
        listed(
            self.allow_headers.as_deref().unwrap_or_default(),
            REQUEST_HEADERS,
        )
    }
}

/// Whether a header's list names it.
pub(super) fn listed(list: &str, wanted: &str) -> bool {
    list.split(',')
        .map(str::trim)
        .any(|entry| entry == "*" || entry.eq_ignore_ascii_case(wanted))
}

impl Bucket {
    /// What a browser is told that asks to send `method` from `origin` to an object of the bucket. Needs no credentials.
    ///
    /// # Errors
    /// When no answer came.
    pub async fn preflight(&self, origin: &str, method: &str) -> Result<Preflight, Error> {
        let url = self.presign(
            "PresignGetObject",
            self.client
                .sdk
                .get_object()
                .bucket(&self.name)
                .key("preflight")
                .presigned(valid()?)
                .await,
        )?;
        let url = url.uri().split('?').next().unwrap_or_default();
        let ask = async || {
            let mut request = HttpRequest::new(SdkBody::empty());
            self.prepare(&mut request, "OPTIONS", url)?;
            let headers = request.headers_mut();
            headers.insert("origin", origin.to_owned());
            headers.insert("access-control-request-method", method.to_owned());
            headers.insert("access-control-request-headers", REQUEST_HEADERS);
            let answer = self.send("Preflight", request).await?;
            match answer.status().as_u16() {
                // A fault that passes says nothing about what browsers may do.
                status @ (429 | 500 | 502..=504) => Err(self.refused("Preflight", status, &[])),
                _ => Ok(answer),
            }
        };
        let (answer, _) = repeated(ask).await?;
        let header = |name| answer.headers().get(name).map(str::to_owned);
        Ok(Preflight {
            origin: origin.to_owned(),
            method: method.to_owned(),
            status: answer.status().as_u16(),
            allow_origin: header("access-control-allow-origin"),
            allow_methods: header("access-control-allow-methods"),
            allow_headers: header("access-control-allow-headers"),
        })
    }
}
