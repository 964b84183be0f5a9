//! What a user is told about a team that is to be made.

use super::team::place;
use crate::framework::diagnostic::Diagnostic;
use crate::framework::path::Path;
use crate::wandb::{Error, Provider, Storage};

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
pub fn refused(name: &str, storage: &Storage, error: &Error) -> Diagnostic {
    let words = error.message().unwrap_or("it gave no reason");
    let words = words.trim_end_matches('.');
    Diagnostic::error(
        format!("W&B refused to make the team {name:?}"),
        format!(
            "W&B said: {words}. No team was made.\n\nIf that is about the storage: W&B looks whether it can reach the bucket before it makes a team on it. \
             Check that the bucket exists, and that its policy lets W&B in: `wandb_byob_bucket` does both. {}\n\n{error}",
            registration(storage)
        ),
    )
}

/// What must have been done on a W&B of one's own before a team can use a storage (W&B BYOB page, "Team level BYOB").
fn registration(storage: &Storage) -> String {
    let keys = match storage.provider {
        Provider::Minio => ", with W&B's keys for it",
        _ => "",
    };
    format!(
        "On a dedicated or self-managed W&B the address of {:?} (`wandb_byob_bucket.storage_address`{keys}, without the team's folder) must also be among the supported \
         file stores: the variable GORILLA_SUPPORTED_FILE_STORES of the server, which is read when it starts, so restart it; on Dedicated Cloud W&B's staff sets it.",
        storage.name
    )
}

/// W&B's own test found that it cannot use the bucket. `now` is what is true now.
#[must_use]
pub fn unusable(name: &str, storage: &Storage, findings: &[String], now: &str) -> Diagnostic {
    Diagnostic::error(
        format!("W&B cannot use the storage of the team {name:?}"),
        format!(
            "W&B tried the bucket before the team was made, and found:\n\n  - {}\n\n{now} Repair the bucket, or register it, and apply again: a team that is \
             made keeps its storage for ever. {}",
            findings.join("\n  - "),
            registration(storage)
        ),
    )
    .at(Path::of("storage_bucket"))
}

/// The same of a team that replaces another, where the bucket may be one that the plan makes.
#[must_use]
pub fn unusable_yet(name: &str, findings: &[String]) -> Diagnostic {
    Diagnostic::warning(
        format!("W&B cannot use the new storage of the team {name:?} now"),
        format!(
            "W&B tried the bucket that the new team would be on, and found:\n\n  - {}\n\nThe replacement deletes the old team first. If the new bucket is not sound by \
             then there will be neither. To be sure, make the bucket first (`terraform apply -target=…`), and plan again.",
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

/// W&B's own test could not be run. The words are the same for every team, so that Terraform tells it once.
#[must_use]
pub fn untested(error: &Error) -> Diagnostic {
    Diagnostic::warning(
        "W&B could not try the bucket beforehand",
        format!(
            "W&B's own test of a bucket gave no result ({error}). W&B looked whether the bucket is there when it made the team."
        ),
    )
}

/// The server did not use the storage.
#[must_use]
pub fn ignored(name: &str, told: Option<&Storage>) -> Diagnostic {
    let on = place(told);
    Diagnostic::error(
        format!("The team {name:?} is not on its storage"),
        format!(
            "W&B made the team and did not put it on the storage that was asked for: it is on {on}. Servers older than W&B's interface for a team's storage \
             (2026) ignore it without a word. The team exists, is in the state, and can keep no data in your bucket.\n\nDelete the team in W&B's App \
             (\"Team settings\") before anybody uses it, update the W&B server, and apply again: what is gone there is looked for and made anew. Or make the team \
             in the App and import it."
        ),
    )
    .at(Path::of("storage_bucket"))
}

/// The server made the team under another name.
#[must_use]
pub fn named_otherwise(asked: &str, name: &str) -> Diagnostic {
    Diagnostic::warning(
        format!("W&B named the team {name:?}"),
        format!(
            "The team was asked for as {asked:?}, and W&B made it as {name:?}. A team can never be renamed: set `team = {name:?}` in the configuration before the next \
             plan."
        ),
    )
    .at(Path::of("team"))
}

/// Nobody can say whether the server used the storage.
#[must_use]
pub fn unverified(name: &str, why: &str) -> Diagnostic {
    Diagnostic::warning(
        format!("The storage of the team {name:?} is not confirmed"),
        format!(
            "W&B made the team, and does not tell on which storage it is ({why}). Servers older than W&B's interface for a team's storage (2026) ignore \
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
            "W&B gave no answer to the request that would tell, and it shows no team of that name. The request was not sent again.\n\nApply again: it looks first. If the team is \
             there by then, import it.\n\n{error}"
        ),
    )
}

/// The answer to the request was lost, and nobody can look.
#[must_use]
pub fn unclear(name: &str, lost: &Error, why: &str) -> Diagnostic {
    Diagnostic::error(
        format!("Nobody knows whether the team {name:?} was made"),
        format!(
            "W&B gave no answer to the request that would tell, and looking for the team failed, too. The request was not sent again.\n\nApply again when W&B answers: it looks \
             first. If the team is there by then, import it.\n\n{lost}\n{why}"
        ),
    )
}

/// The answer to the request was lost, and a team is there that cannot be told from somebody else's. `told` is its storage, where W&B tells it.
#[must_use]
pub fn perhaps_ours(
    name: &str,
    id: &str,
    told: Option<&Option<Storage>>,
    error: &Error,
) -> Diagnostic {
    let on = match told {
        Some(told) => format!("W&B says that it is on {}", place(told.as_ref())),
        None => "W&B does not tell on which storage it is".to_owned(),
    };
    Diagnostic::error(
        format!("The team {name:?} is there, and may be somebody else's"),
        format!(
            "It was not there a moment ago, and W&B gave no answer to making it that would tell. {on}. It has the id {id}.\n\nLook at it in W&B's App. If it is the one, \
             import it:\n\n    terraform import RESOURCE_ADDRESS {name}\n\n{error}"
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

/// Half of what names a managed identity of Azure.
#[must_use]
pub fn half_an_identity(missing: &str) -> Diagnostic {
    Diagnostic::error(
        "Half of the Azure identity is missing",
        "W&B needs the tenant and the client id of its managed identity in Azure together. Set both, or neither.",
    )
    .at(Path::of("storage_bucket").attribute(missing))
}

/// A storage in Azure without its container. That the path begins with it follows from W&B's chart and is documented nowhere, so it stops nothing.
#[must_use]
pub fn no_container(has_sub_path: bool) -> Diagnostic {
    let folder = match has_sub_path {
        true => ", and `sub_path` is a folder in it",
        false => "",
    };
    let detail = format!(
        "The path of a storage in Azure begins with the container{folder}, as far as W&B's own charts show. Set `storage_bucket.path` to the container, unless your W&B \
         server takes it otherwise."
    );
    Diagnostic::warning("No container", detail).at(Path::of("storage_bucket").attribute("path"))
}

/// The name of a bucket has an address's form.
#[must_use]
pub fn address_for_a_name(name: &str, provider: &str) -> Diagnostic {
    let form = match provider {
        "MINIO" => FORM,
        "AZURE" => {
            "the name of the storage account alone; the container begins `storage_bucket.path`"
        }
        _ => "the name of the bucket alone; a folder goes into `sub_path`",
    };
    Diagnostic::error(
        "An address in place of a bucket's name",
        format!("{name:?} has a scheme, which no name of a bucket has. Write {form}."),
    )
    .at(Path::of("storage_bucket").attribute("name"))
}

/// The name of a bucket in a store of one's own has an unusual form. The usual one follows from W&B's chart and is documented nowhere, so it stops nothing.
#[must_use]
pub fn no_host(name: &str) -> Diagnostic {
    Diagnostic::warning(
        "No host and bucket of the store",
        format!(
            "{name:?} is not of the form {FORM}, which W&B's own charts use: W&B reaches a store of your own by its host, which stands before the bucket. A folder goes \
             into `sub_path`. Write it so, unless your W&B server takes it otherwise."
        ),
    )
    .at(Path::of("storage_bucket").attribute("name"))
}

const FORM: &str = "`host:port/bucket`, such as `minio.example.com:9000/bucket`";
