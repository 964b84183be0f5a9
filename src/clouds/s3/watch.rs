//! Watches a call of the SDK for what its result does not tell: how often it was tried, and what kind of document came back.

use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_s3::config::interceptors::{
    BeforeDeserializationInterceptorContextRef, FinalizerInterceptorContextRef,
};
use aws_sdk_s3::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::AfterDeserializationInterceptorContextRef;
use aws_smithy_runtime_api::client::retries::RequestAttempts;

/// Seen of one call.
#[derive(Debug, Clone, Default)]
pub(in crate::clouds) struct Watch(Arc<Mutex<Seen>>);

/// What was seen.
#[derive(Debug, Clone, Default)]
pub(in crate::clouds) struct Seen {
    /// How often the request was sent.
    pub(in crate::clouds) attempts: u32,
    /// The name of the root element of the last answer, when it was XML.
    pub(super) root: Option<String>,
    /// The last answer had a body that is neither XML nor JSON, or a web page: it is none of a store's.
    pub(super) foreign: bool,
    /// The body of the last answer was JSON.
    pub(super) json: bool,
    /// The `Date` of the last answer.
    pub(super) date: Option<String>,
    /// The `Server` of the last answer.
    pub(super) server: Option<String>,
}

impl Seen {
    /// Whether the last answer is none of a service's.
    pub(in crate::clouds) fn is_foreign(&self) -> bool {
        self.foreign
    }

    /// Whether the last answer was a web page.
    pub(super) fn is_page(&self) -> bool {
        self.root
            .as_deref()
            .is_some_and(|root| root.eq_ignore_ascii_case("html"))
    }
}

impl Watch {
    pub(in crate::clouds) fn seen(&self) -> Seen {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn note(&self, note: impl FnOnce(&mut Seen)) {
        note(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Intercept for Watch {
    fn name(&self) -> &'static str {
        "Watch"
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let header = |name| context.response().headers().get(name).map(str::to_owned);
        let (date, server) = (header("date"), header("server"));
        self.note(|seen| (seen.date, seen.server) = (date, server));
        Ok(())
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let body = context.response().body().bytes().unwrap_or_default();
        // Some that imitate a service which speaks JSON say so that they have nothing to say.
        let nothing = body.trim_ascii() == b"null";
        let json = nothing || body.trim_ascii_start().starts_with(b"{");
        let root = root_element(body).filter(|_| !json);
        let text = root.is_none() && !json && !body.is_empty();
        self.note(|seen| {
            (seen.root, seen.json) = (root, json);
            seen.foreign = seen.is_page() || text;
        });
        Ok(())
    }

    fn read_after_execution(
        &self,
        _context: &FinalizerInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let attempts = bag
            .load::<RequestAttempts>()
            .map_or(1, RequestAttempts::attempts);
        self.note(|seen| seen.attempts = attempts);
        Ok(())
    }
}

/// The name of the first element of an XML document, without its namespace prefix.
pub(super) fn root_element(body: &[u8]) -> Option<String> {
    // The cut may go through a letter.
    let text = body
        .get(..body.len().min(1024))?
        .utf8_chunks()
        .next()?
        .valid();
    let start = text
        .match_indices('<')
        .find(|(at, _)| !text[at + 1..].starts_with(['?', '!']))?
        .0
        + 1;
    let name = text[start..]
        .split(|c: char| c.is_whitespace() || c == '>' || c == '/')
        .next()?;
    Some(name.rsplit(':').next()?.to_owned()).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_element_is_found_behind_a_prolog() {
        let body = b"<?xml version=\"1.0\"?>\n<ListBucketResult xmlns=\"x\"><Name>b</Name></ListBucketResult>";
        assert_eq!(root_element(body).as_deref(), Some("ListBucketResult"));
        assert_eq!(
            root_element(b"<s3:CORSConfiguration/>").as_deref(),
            Some("CORSConfiguration")
        );
        assert_eq!(root_element(b""), None);
        assert_eq!(root_element(b"not xml"), None);
        let cut_in_a_letter = format!("<ListBucketResult><Name>{}", "ж".repeat(600));
        assert_eq!(
            root_element(cut_in_a_letter.as_bytes()).as_deref(),
            Some("ListBucketResult")
        );
    }
}
