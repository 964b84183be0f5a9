//! A call to W&B that failed.

use std::fmt;
use std::time::Duration;

use super::pauses;

/// What kind of failure it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// The server takes the key for nobody's.
    Unauthorized,
    /// The key's owner may not do that.
    Forbidden,
    /// There is no such thing, in the server's own words.
    Absent,
    /// "Not found" that is none of W&B's own answers.
    NotFound,
    /// The name is taken.
    Exists,
    /// Somebody else changed it meanwhile.
    Changed,
    /// The server refuses the request, or what it asks for.
    Refused,
    /// The server has no such thing: it is older, or another.
    NotOffered,
    /// Too many requests.
    Throttled,
    /// A fault of the server's own.
    Unavailable,
    /// No answer in time.
    TimedOut,
    /// The request was not sent.
    Unreachable,
    /// The connection broke off; the server may have acted.
    Interrupted,
    /// The server sends the request to another address, where the key must not go.
    Redirected(String),
    /// An answer that is none of W&B's.
    Garbage,
}

/// A call that failed. No part of the key is in it.
#[derive(Debug, Clone)]
pub struct Error {
    kind: Kind,
    operation: &'static str,
    host: String,
    status: Option<u16>,
    message: Option<String>,
    /// How long the server asks to wait.
    retry_after: Option<Duration>,
}

/// The longest that a server's words are repeated, in letters.
const WORDS: usize = 400;

impl Error {
    pub(super) fn new(kind: Kind, operation: &'static str, host: &str) -> Self {
        Self {
            kind,
            operation,
            host: host.to_owned(),
            status: None,
            message: None,
            retry_after: None,
        }
    }

    pub(super) fn with_status(self, status: u16) -> Self {
        Self {
            status: Some(status),
            ..self
        }
    }

    pub(super) fn with_pause(self, retry_after: Option<Duration>) -> Self {
        Self {
            retry_after,
            ..self
        }
    }

    /// With what somebody said.
    pub(super) fn told(self, message: &str) -> Self {
        let short = in_short(message);
        Self {
            message: (!short.is_empty()).then_some(short),
            ..self
        }
    }

    /// A refusal as W&B words it, for the tests of those who tell the user about it.
    #[cfg(test)]
    pub(crate) fn sample(kind: Kind, status: u16, words: &str) -> Self {
        Self::new(kind, "POST /scim/Groups", "wandb.example.com")
            .with_status(status)
            .told(words)
    }

    /// What kind of failure it is.
    #[must_use]
    pub fn kind(&self) -> &Kind {
        &self.kind
    }

    /// The call: a method and a path, or the name of a GraphQL operation.
    #[must_use]
    pub fn operation(&self) -> &'static str {
        self.operation
    }

    /// Host and port that were called.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The HTTP status, where there was an answer.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.status
    }

    /// What the server said.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }

    /// How long to wait before the request is sent again that the server put off; none where it did not.
    #[must_use]
    pub fn put_off(&self, attempt: u32) -> Option<Duration> {
        let pause = || self.retry_after.unwrap_or_else(|| pauses::backoff(attempt));
        matches!(self.kind, Kind::Throttled).then(pause)
    }

    /// Whether the same question may be answered in a moment.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        matches!(
            self.kind,
            Kind::Throttled
                | Kind::Unavailable
                | Kind::TimedOut
                | Kind::Unreachable
                | Kind::Interrupted
        )
    }

    /// Whether the server may have done what was asked.
    #[must_use]
    pub fn is_ambiguous(&self) -> bool {
        matches!(
            self.kind,
            Kind::TimedOut | Kind::Interrupted | Kind::Unavailable | Kind::Garbage
        )
    }
}

/// Somebody's words, made fit for a terminal: one line of bounded length.
pub(super) fn in_short(words: &str) -> String {
    let plain = words.replace(char::is_control, " ");
    let line = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut short = line.chars().take(WORDS).collect::<String>();
    if short.len() < line.len() {
        short.push('…');
    }
    short
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}:", self.operation, self.host)?;
        if let Some(status) = self.status {
            write!(f, " {status}")?;
        }
        match &self.message {
            Some(message) => write!(f, " {message}"),
            None if self.status.is_none() => write!(f, " {:?}", self.kind),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {}
