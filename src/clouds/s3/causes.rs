//! Why there was no answer: what the causes of an error say.

use std::error::Error as StdError;
use std::io;

use aws_credential_types::provider::error::CredentialsError;

use crate::clouds::{Kind, TlsProblem};

/// By the first cause that says something.
pub(super) fn io_kind(error: &(dyn StdError + 'static)) -> Option<Kind> {
    cause_kind(error).or_else(|| by_words(&chain(error)))
}

fn cause_kind(error: &(dyn StdError + 'static)) -> Option<Kind> {
    if error.is::<CredentialsError>() {
        return Some(Kind::NoCredentials);
    }
    if let Some(tls) = error.downcast_ref::<rustls::Error>() {
        return Some(Kind::Tls(tls_problem(tls)));
    }
    let Some(io) = error.downcast_ref::<io::Error>() else {
        return cause_kind(error.source()?);
    };
    // An I/O error hides the error it was made of from its chain of causes.
    if let Some(kind) = io.get_ref().and_then(|inner| cause_kind(inner)) {
        return Some(kind);
    }
    match io.kind() {
        io::ErrorKind::TimedOut => Some(Kind::TimedOut),
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::UnexpectedEof => Some(Kind::Interrupted),
        io::ErrorKind::ConnectionRefused => Some(Kind::Unreachable),
        _ => cause_kind(error.source()?),
    }
}

/// hyper tells a connection that ended in the middle of a message only in words.
fn by_words(text: &str) -> Option<Kind> {
    let broken = [
        "connection closed before message completed",
        "end of file before message length reached",
        "IncompleteMessage",
    ];
    if broken.iter().any(|words| text.contains(words)) {
        return Some(Kind::Interrupted);
    }
    text.contains("invalid HTTP version parsed")
        .then_some(Kind::Garbage)
}

fn tls_problem(error: &rustls::Error) -> TlsProblem {
    use rustls::CertificateError::{NotValidForName, NotValidForNameContext, UnknownIssuer};
    match error {
        rustls::Error::InvalidMessage(_) => TlsProblem::PlaintextServer,
        rustls::Error::InvalidCertificate(UnknownIssuer) => TlsProblem::UntrustedCertificate,
        rustls::Error::InvalidCertificate(NotValidForName | NotValidForNameContext { .. }) => {
            TlsProblem::WrongName
        }
        // A self-signed certificate that is marked as an authority's is refused before its issuer is looked for.
        rustls::Error::InvalidCertificate(other)
            if format!("{other:?}").contains("CaUsedAsEndEntity") =>
        {
            TlsProblem::UntrustedCertificate
        }
        _ => TlsProblem::Other,
    }
}

/// All causes in one line, outermost first.
pub(super) fn chain(error: &(dyn StdError + 'static)) -> String {
    let mut texts = Vec::new();
    let mut cause = Some(error);
    while let Some(error) = cause {
        texts.push(error.to_string());
        cause = error.source();
    }
    texts.dedup();
    texts.join(": ")
}
