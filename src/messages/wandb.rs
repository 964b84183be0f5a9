//! A call to W&B failed.

use crate::framework::diagnostic::Diagnostic;
use crate::wandb::{Error, Kind};

/// A call to W&B failed. `doing` is what was being done and to what; `now` is what is true now, in whole sentences.
#[must_use]
pub fn call_failed(doing: &str, now: &str, error: &Error) -> Diagnostic {
    let (what, remedy) = explain(error);
    Diagnostic::error(
        format!("{doing} failed"),
        format!("{doing} failed: {what} {now}\n\n{remedy}\n\n{error}"),
    )
}

fn explain(error: &Error) -> (String, String) {
    let host = error.host();
    let say = |what: &str, remedy: &str| (what.to_owned(), remedy.to_owned());
    match error.kind() {
        Kind::Unauthorized => (
            format!("{host} does not accept the W&B API key."),
            "Check `api_key` in the provider block, WANDB_API_KEY and netrc, and that `base_url` is the server the key belongs to. Teams need the key of \
             an organization's administrator or of a service account of the whole organization; the key of a team's service account is refused."
                .to_owned(),
        ),
        Kind::Forbidden => say(
            "the W&B API key is not allowed to do that.",
            "Use the key of an organization's administrator or of a service account of the whole organization; the key of a team's service account, or of \
             a member, is refused. On the multi-tenant cloud a key acts for its owner's default organization: W&B, \"User settings\", \"Default API \
             organization\".",
        ),
        Kind::Absent | Kind::NotFound => (
            format!("{host} answered \"not found\"."),
            "Check `base_url`: it is the address of the W&B server itself. Servers without SCIM answer so, too: it is part of W&B's Enterprise license."
                .to_owned(),
        ),
        Kind::Exists => say("the name is taken.", "Choose another one, or import the team if it is yours."),
        Kind::Changed => say(
            "somebody else is changing the team at the same time.",
            "Apply again when they have ended.",
        ),
        Kind::Refused => say("the W&B server refused the request.", "Its own words are below."),
        Kind::NotOffered => say(
            "the W&B server has no such function.",
            "It may be an older version; do this in W&B's App.",
        ),
        Kind::Throttled => say(
            "the W&B server asked to slow down, again and again.",
            "Run the command again later, with a lower `-parallelism`.",
        ),
        Kind::Unavailable => say(
            "the W&B server had a fault of its own.",
            "Look at its log or its status page, and run the command again.",
        ),
        Kind::TimedOut => (
            format!("{host} did not answer in time."),
            "Check that the server is up and that no firewall drops the connection, and run the command again.".to_owned(),
        ),
        Kind::Unreachable => (
            format!("{host} cannot be reached."),
            "Check `base_url` in the provider block, or WANDB_BASE_URL: whether the server speaks https or http at that port; the name's DNS entry, the certificate, the \
             proxy and the firewall."
                .to_owned(),
        ),
        Kind::Interrupted => (
            format!("the connection to {host} broke off before the answer; the server may have acted."),
            "Run the command again: it looks first what is there.".to_owned(),
        ),
        Kind::Redirected(to) => (
            format!("{host} sends requests on to {to}, where the API key must not go unasked."),
            "Set `base_url` to the address of the W&B server itself, with https if that is where it sends you; a login page or a proxy in between must let the API \
             through."
                .to_owned(),
        ),
        Kind::Garbage => (
            format!("{host} answered with something that is not W&B's."),
            "Check `base_url`: it is the address of the W&B server itself, and no login page or proxy may be in between.".to_owned(),
        ),
    }
}
