//! One error for all clouds: what kind it is decides whether to try again, whether state may go, and what the user is told.

use std::fmt;

/// What kind of failure it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// The answer's own code says that this bucket does not exist.
    BucketAbsent,
    /// "Not found" that does not say what: no reason to believe that the bucket is gone.
    NotFound,
    /// A bucket of that name exists and is the caller's own.
    AlreadyOwned,
    /// A bucket of that name exists and is somebody else's.
    OwnedByOther,
    /// The credentials are good, and this is not allowed to them.
    Forbidden,
    /// There is nobody to ask as: no credentials were found, or none could be had.
    NoCredentials,
    /// The access key is not known there.
    UnknownAccessKey,
    /// The secret key does not belong to the access key, or the request was changed on the way.
    SignatureMismatch,
    /// The credentials were good once.
    ExpiredCredentials,
    /// The request was signed for another region than the bucket's.
    WrongRegion {
        /// The right one, where the answer names it.
        expected: Option<String>,
    },
    /// The clocks differ too much for a signature to hold.
    ClockSkew {
        /// The server's time, where the answer names it.
        server: Option<String>,
        /// The time here.
        local: String,
    },
    /// The store has no such thing.
    Unsupported,
    /// A bucket with something in it cannot be deleted.
    BucketNotEmpty,
    /// The encryption key does not exist.
    KeyNotFound,
    /// A policy names a principal that is not known, or not known yet.
    UnknownPrincipal,
    /// Too many requests.
    Throttled,
    /// A fault of the server's own.
    Unavailable,
    /// Something else changes the same thing at the same time.
    Conflict,
    /// The request is wrong.
    Invalid,
    /// No answer in time.
    TimedOut,
    /// No connection: the request was not sent.
    Unreachable,
    /// The connection broke off; the server may have acted.
    Interrupted,
    /// No TLS connection.
    Tls(TlsProblem),
    /// An answer that is none of the cloud's.
    Garbage,
}

/// Why there is no TLS connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsProblem {
    /// Asked for TLS, and the server speaks plain HTTP.
    PlaintextServer,
    /// Spoke plain HTTP, and the server wants TLS.
    EncryptedServer,
    /// Nobody trusted signed the certificate.
    UntrustedCertificate,
    /// The certificate is for another name.
    WrongName,
    /// Anything else.
    Other,
}

/// A call that failed.
#[derive(Debug, Clone)]
pub struct Error {
    pub(super) kind: Kind,
    pub(super) operation: &'static str,
    pub(super) endpoint: String,
    pub(super) status: Option<u16>,
    pub(super) code: Option<String>,
    pub(super) message: Option<String>,
    pub(super) request_id: Option<String>,
    pub(super) attempts: u32,
}

impl Error {
    pub(super) fn new(kind: Kind, operation: &'static str, endpoint: &str) -> Self {
        Self {
            kind,
            operation,
            endpoint: endpoint.to_owned(),
            status: None,
            code: None,
            message: None,
            request_id: None,
            attempts: 1,
        }
    }

    /// With what a server said, made fit for a terminal.
    pub(super) fn told(
        mut self,
        code: Option<&str>,
        message: Option<&str>,
        request_id: Option<&str>,
    ) -> Self {
        self.code = code.and_then(shown);
        self.message = message.and_then(shown);
        self.request_id = request_id.and_then(shown);
        self
    }

    /// A refusal as a store words it, for the tests of those who tell the user about it.
    #[cfg(test)]
    pub(crate) fn sample(kind: Kind, status: u16, code: &str) -> Self {
        Self {
            status: Some(status),
            code: Some(code.to_owned()),
            message: Some("In the store's own words.".to_owned()),
            request_id: Some("17AB3F".to_owned()),
            attempts: 3,
            ..Self::new(kind, "PutBucketVersioning", "minio.example.com:9000")
        }
    }

    /// A call that was refused with these words.
    #[cfg(test)]
    pub(crate) fn refused(operation: &'static str, words: &str) -> Self {
        Self {
            operation,
            message: Some(words.to_owned()),
            ..Self::sample(Kind::Forbidden, 403, "AccessDenied")
        }
    }

    /// The same refusal of another kind.
    #[cfg(test)]
    pub(crate) fn known_as(self, kind: Kind, status: u16, code: &str) -> Self {
        Self {
            kind,
            status: Some(status),
            code: Some(code.to_owned()),
            ..self
        }
    }

    /// A call that got no answer.
    #[cfg(test)]
    pub(crate) fn unanswered(kind: Kind) -> Self {
        Self::new(kind, "PutBucketVersioning", "minio.example.com:9000")
    }

    /// What kind of failure it is.
    #[must_use]
    pub fn kind(&self) -> &Kind {
        &self.kind
    }

    /// The call, by the cloud's own name for it.
    #[must_use]
    pub fn operation(&self) -> &'static str {
        self.operation
    }

    /// Host and port that were called; never credentials or a query.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The HTTP status, when there was an answer.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.status
    }

    /// The cloud's own code.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    /// The cloud's id of the request, for its support.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// How often it was tried.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Whether the server may have done what was asked.
    #[must_use]
    pub fn is_ambiguous(&self) -> bool {
        matches!(
            self.kind,
            Kind::TimedOut | Kind::Interrupted | Kind::Unavailable | Kind::Garbage
        )
    }

    /// Whether the same request may succeed a little later.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        let passing = [
            Kind::TimedOut,
            Kind::Interrupted,
            Kind::Unavailable,
            Kind::Throttled,
            Kind::Conflict,
        ];
        passing.contains(&self.kind)
    }

    /// How the store said that it has no such thing: "501 NotImplemented".
    #[must_use]
    pub fn how(&self) -> String {
        let status = self.status.map(|status| status.to_string());
        let parts = [Some(self.operation.to_owned()), status, self.code.clone()];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }

    /// The same failure; where it says that the bucket does not exist, that is not to be believed.
    #[must_use]
    pub fn into_unconfirmed(self) -> Self {
        match self.kind {
            Kind::BucketAbsent => Self {
                kind: Kind::NotFound,
                ..self
            },
            _ => self,
        }
    }

    /// The same failure, known to mean that the store has no such thing.
    #[must_use]
    pub fn into_unsupported(self) -> Self {
        Self {
            kind: Kind::Unsupported,
            ..self
        }
    }
}

/// The longest that a server's words are repeated, in letters.
const WORDS: usize = 400;

/// A server's words on one line, without what would steer a terminal; none when nothing is left.
fn shown(words: &str) -> Option<String> {
    let plain = words.replace(char::is_control, " ");
    let line = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut short = line.chars().take(WORDS).collect::<String>();
    if short.len() < line.len() {
        short.push('…');
    }
    (!short.is_empty()).then_some(short)
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.operation)?;
        if let Some(status) = self.status {
            write!(f, " {status}")?;
        }
        if let Some(code) = &self.code {
            write!(f, " {code}")?;
        }
        match &self.message {
            Some(message) => write!(f, " {message}"),
            None if self.status.is_none() => write!(f, " {:?}", self.kind),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_servers_words_cannot_steer_a_terminal_or_fill_it() {
        assert_eq!(
            shown(" Access\u{1b}[2J\r\n denied ").as_deref(),
            Some("Access [2J denied")
        );
        assert_eq!(shown("\u{7}"), None);
        assert_eq!(shown(&"ж".repeat(1000)).unwrap().chars().count(), WORDS + 1);
    }
}
