//! What a user is told about a team.

use crate::framework::diagnostic::Diagnostic;
use crate::framework::path::Path;
use crate::wandb::{Error, Kind, Storage};

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
            "Check `base_url` in the provider block, or WANDB_BASE_URL; the name's DNS entry, the port, the certificate, the proxy and the firewall."
                .to_owned(),
        ),
        Kind::Interrupted => (
            format!("the connection to {host} broke off before the answer; the server may have acted."),
            "Run the command again: it looks first what is there.".to_owned(),
        ),
        Kind::Redirected(to) => (
            format!("{host} sends requests on to {to}, where the API key must not go."),
            "Set `base_url` to the address of the W&B server itself; a login page or a proxy in between must let the API through.".to_owned(),
        ),
        Kind::Garbage => (
            format!("{host} answered with something that is not W&B's."),
            "Check `base_url`: it is the address of the W&B server itself, and no login page or proxy may be in between.".to_owned(),
        ),
    }
}

/// The team that is to be made is there already.
#[must_use]
pub fn exists(name: &str, id: &str) -> Diagnostic {
    Diagnostic::error(
        format!("The team {name:?} exists already"),
        format!(
            "W&B has a team of that name, with the id {id}. Nothing was made: the storage of a team that exists cannot be changed.\n\nTo manage it \
             here, import it:\n\n    terraform import RESOURCE_ADDRESS {name}\n\nIf its storage is another one, choose another name for the new team."
        ),
    )
    .at(Path::of("team"))
}

/// The name is taken by something that the key cannot see.
#[must_use]
pub fn taken(name: &str, error: &Error) -> Diagnostic {
    Diagnostic::error(
        format!("The name {name:?} is taken"),
        format!(
            "W&B has a team or a user of that name which this key does not see: names are unique on the whole server. No team was made.\n\nChoose another \
             name; or, if the team is in another organization of yours, make that one the default of the key's owner (W&B, \"User settings\", \"Default \
             API organization\") and import it.\n\n{error}"
        ),
    )
    .at(Path::of("team"))
}

/// The server refused to make the team.
#[must_use]
pub fn refused(name: &str, provider: &str, error: &Error) -> Diagnostic {
    Diagnostic::error(
        format!("W&B refused to make the team {name:?}"),
        format!(
            "No team was made. W&B looks whether it can reach the bucket before it makes a team on it; its own words are below.\n\nCheck that the bucket \
             exists, and that its policy lets W&B in: `wandb_byob_bucket` does both. On a dedicated or self-managed W&B the bucket's address must also be among the \
             supported file stores (the variable GORILLA_SUPPORTED_FILE_STORES of the server, which is read when it starts; on Dedicated Cloud W&B's staff \
             sets it) before a team can use a storage of {provider}.\n\n{error}"
        ),
    )
    .at(Path::of("storage_bucket"))
}

/// W&B's own test found that it cannot use the bucket.
#[must_use]
pub fn unusable(name: &str, findings: &[String]) -> Diagnostic {
    Diagnostic::error(
        format!("W&B cannot use the storage of the team {name:?}"),
        format!(
            "W&B tried the bucket before the team was made, and found:\n\n  - {}\n\nNo team was made. Repair the bucket and apply again: a team that is \
             made keeps its storage for ever.",
            findings.join("\n  - ")
        ),
    )
    .at(Path::of("storage_bucket"))
}

/// W&B's own test warned of something.
#[must_use]
pub fn storage_warning(name: &str, finding: &str) -> Diagnostic {
    Diagnostic::warning(
        format!("W&B warns of the storage of the team {name:?}"),
        format!("W&B tried the bucket before the team was made, and warns: {finding}"),
    )
    .at(Path::of("storage_bucket"))
}

/// W&B's own test could not be run.
#[must_use]
pub fn untested(name: &str, error: &Error) -> Diagnostic {
    Diagnostic::warning(
        format!("W&B could not try the storage of the team {name:?} beforehand"),
        format!(
            "The server has no test of a bucket that this key may use ({error}). W&B looked whether the bucket is there when it made the team."
        ),
    )
}

/// The server did not use the storage.
#[must_use]
pub fn ignored(name: &str, told: Option<&Storage>) -> Diagnostic {
    let on = told.map_or_else(
        || "the storage of the W&B instance".to_owned(),
        |told| format!("the storage {:?} ({})", told.name, told.provider),
    );
    Diagnostic::error(
        format!("The team {name:?} is not on its storage"),
        format!(
            "W&B made the team and did not put it on the storage that was asked for: it is on {on}. Servers older than W&B's interface for a team's storage \
             (2026) ignore it without a word. The team exists, is in the state, and can keep no data in your bucket.\n\nDelete the team in W&B's App \
             (\"Team settings\") before anybody uses it, forget it with `terraform state rm`, and update the W&B server or make the team in the App."
        ),
    )
    .at(Path::of("storage_bucket"))
}

/// Nobody can say whether the server used the storage.
#[must_use]
pub fn unverified(name: &str, error: &Error) -> Diagnostic {
    Diagnostic::warning(
        format!("The storage of the team {name:?} is not confirmed"),
        format!(
            "W&B made the team, and does not tell on which storage it is ({error}). Servers older than W&B's interface for a team's storage (2026) ignore \
             it without a word.\n\nLook in W&B's App before anybody uses the team: \"Team settings\" names its storage."
        ),
    )
}

/// Members that nobody knows.
#[must_use]
pub fn unknown_members(name: &str, words: &[String], now: &str) -> Diagnostic {
    let words = words.iter().map(|word| format!("{word:?}"));
    Diagnostic::error(
        format!("Unknown members of the team {name:?}"),
        format!(
            "W&B knows no user of the organization by {}. {now}\n\nName users by W&B's user id, user name or e-mail address. Service accounts cannot be \
             named here; those of the whole organization are in every team that this resource makes.",
            words.collect::<Vec<_>>().join(", ")
        ),
    )
    .at(Path::of("members"))
}

/// The answer to the request was lost, and no team is there.
#[must_use]
pub fn lost(name: &str, error: &Error) -> Diagnostic {
    Diagnostic::error(
        format!("Nobody knows yet whether the team {name:?} is made"),
        format!(
            "The answer of W&B was lost, and it shows no team of that name. The request was not sent again.\n\nApply again: it looks first. If the team is \
             there by then, import it.\n\n{error}"
        ),
    )
}

/// The answer to the request was lost, and nobody can look.
#[must_use]
pub fn unclear(name: &str, lost: &Error, error: &Error) -> Diagnostic {
    Diagnostic::error(
        format!("Nobody knows whether the team {name:?} was made"),
        format!(
            "The answer of W&B was lost, and looking for the team failed, too. The request was not sent again.\n\nApply again when W&B answers: it looks \
             first. If the team is there by then, import it.\n\n{lost}\n{error}"
        ),
    )
}

/// The answer to the request was lost, and a team is there that cannot be told from somebody else's.
#[must_use]
pub fn perhaps_ours(name: &str, id: &str, error: &Error) -> Diagnostic {
    Diagnostic::error(
        format!("The team {name:?} is there, and may be somebody else's"),
        format!(
            "It was not there a moment ago, the answer of W&B to making it was lost, and W&B does not tell that it is on this storage. It has the id \
             {id}.\n\nLook at it in W&B's App. If it is the one, import it:\n\n    terraform import RESOURCE_ADDRESS {name}\n\n{error}"
        ),
    )
}

/// The server does not say on which storage an imported team is.
#[must_use]
pub fn taken_from_configuration(name: &str) -> Diagnostic {
    Diagnostic::warning(
        format!("The storage of the team {name:?} is taken from the configuration"),
        "W&B does not tell all of a team's storage. What it does not tell is written into the state as the configuration has it, this once; see that it is \
         right: nothing would notice a difference.",
    )
    .at(Path::of("storage_bucket"))
}

/// Something that can never change would change.
#[must_use]
pub fn immutable(name: &str, path: &Path, protected: bool, stays: bool) -> Diagnostic {
    let why = match (protected, stays) {
        (true, _) => "The plan would replace the team, and `deletion_protection` holds.",
        (false, _) => {
            "The plan would replace the team, and with `on_destroy = \"retain\"` the old one would stay and keep its name."
        }
    };
    Diagnostic::error(
        format!("The team {name:?} cannot be changed so"),
        format!(
            "W&B: \"After a team is created, its storage cannot be changed\", and neither can its name. `{path}` is a part of that. {why}\n\nTake the \
             change back; or make a new team beside it, with another name, and move the work there. To give the team up with all its runs and artifacts, \
             set `deletion_protection = false` and `on_destroy = \"delete\"`, apply, and then change it."
        ),
    )
    .at(path.clone())
}

/// What was unknown at plan time is a change.
#[must_use]
pub fn changed_after_the_plan(name: &str) -> Diagnostic {
    Diagnostic::error(
        format!("The storage of the team {name:?} cannot be changed"),
        "A value that the plan did not know yet turned out to be another storage or another name than the team has, and neither can ever be changed. Nothing was \
         changed.\n\nPlan again: the values are known now, and the plan names what differs.",
    )
    .at(Path::of("storage_bucket"))
}

/// A plan or an apply would remove a protected team.
#[must_use]
pub fn protected(name: &str) -> Diagnostic {
    Diagnostic::error(
        format!("The team {name:?} is protected"),
        "`deletion_protection` holds. Nothing was changed.\n\nTo destroy it, set `deletion_protection = false`, apply, and destroy again. To keep the team and only \
         forget it, use `terraform state rm` or a `removed` block.",
    )
    .at(Path::of("deletion_protection"))
}

/// What a destroy leaves, or takes.
#[must_use]
pub fn end(name: &str, retained: bool) -> Diagnostic {
    let (summary, detail) = if retained {
        (
            format!("The team {name:?} will stay in W&B"),
            "With `on_destroy = \"retain\"` the destroy only forgets the team: it stays, with its storage, its runs and its name. W&B cannot use the bucket \
             after that is destroyed."
                .to_owned(),
        )
    } else {
        (
            format!("The team {name:?} will be deleted with everything in it"),
            "With `on_destroy = \"delete\"` its runs and artifacts are lost for ever. What is in the bucket stays there until the bucket itself goes.".to_owned(),
        )
    };
    Diagnostic::warning(summary, detail)
}

/// The server cannot delete a team.
#[must_use]
pub fn cannot_be_deleted(name: &str, error: &Error) -> Diagnostic {
    Diagnostic::error(
        format!("The team {name:?} cannot be deleted"),
        format!(
            "The W&B server has no function for it. The team is still there, and stays in the state.\n\nDelete it in W&B's App (\"Team settings\") and apply \
             again; or set `on_destroy = \"retain\"`, apply, and destroy again to only forget it.\n\n{error}"
        ),
    )
}

/// The storage is not offered on the multi-tenant cloud.
#[must_use]
pub fn unavailable(provider: &str) -> Diagnostic {
    Diagnostic::error(
        "W&B does not offer that storage here",
        format!(
            "On W&B's multi-tenant cloud a team can keep its data with AWS, GCP or COREWEAVE, not {provider}. Choose one of those, or a dedicated or \
             self-managed W&B."
        ),
    )
    .at(Path::of("storage_bucket").attribute("provider"))
}

/// The storage has no bucket or no provider.
#[must_use]
pub fn no_storage(name: &str) -> Diagnostic {
    Diagnostic::error(
        format!("The team {name:?} has no storage"),
        "`storage_bucket` needs at least `name` and `provider`.",
    )
    .at(Path::of("storage_bucket"))
}

/// The team went away.
#[must_use]
pub fn gone(name: &str) -> Diagnostic {
    Diagnostic::error(
        format!("The team {name:?} is gone"),
        "Somebody deleted it since the plan. Plan again.",
    )
}

/// There is no such team to import.
#[must_use]
pub fn no_such_team(id: &str) -> Diagnostic {
    Diagnostic::error(
        "No such team",
        format!(
            "W&B has no team with the name or id {id:?} that this key could see. On the multi-tenant cloud a key sees the teams of its owner's default \
             organization (W&B, \"User settings\", \"Default API organization\")."
        ),
    )
}

/// The team is there, and not in the organization of the key. `now` is what is true now.
#[must_use]
pub fn other_organization(name: &str, now: &str) -> Diagnostic {
    Diagnostic::error(
        format!("The team {name:?} is not in the key's organization"),
        format!(
            "W&B has a team of that name, and does not show it to this key as one of its organization. {now}\n\nUse the key that the team was made with; on \
             the multi-tenant cloud see which organization is the default of the key's owner (W&B, \"User settings\", \"Default API organization\"). If yours \
             was deleted and somebody else has the name now, forget it with `terraform state rm`."
        ),
    )
}
