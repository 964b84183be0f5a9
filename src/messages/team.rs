//! What a user is told about a team that is there.

use crate::framework::diagnostic::Diagnostic;
use crate::framework::path::Path;
use crate::wandb::{Error, Storage, Team};

/// Where a team is, in words.
pub(super) fn place(told: Option<&Storage>) -> String {
    told.map_or_else(
        || "the storage of the W&B instance".to_owned(),
        |told| format!("the storage {:?} ({})", told.name, told.provider),
    )
}

/// W&B tells of another storage than was asked for.
#[must_use]
pub fn on_another_storage(name: &str, told: Option<&Storage>, asked: &Storage) -> Diagnostic {
    let pairs = told.map(|told| {
        [
            ("kms_key_id", &told.kms_key_id, &asked.kms_key_id),
            (
                "aws_external_id",
                &told.aws_external_id,
                &asked.aws_external_id,
            ),
        ]
    });
    let differs = pairs.into_iter().flatten().filter_map(|pair| match pair {
        (attribute, Some(told), Some(asked)) if told != asked => {
            Some(format!(" `{attribute}` is {told:?}, and was {asked:?}."))
        }
        _ => None,
    });
    Diagnostic::warning(
        format!("The team {name:?} is on another storage"),
        format!(
            "W&B says that the team is on {}, and the state had {}.{} A team's storage can never be changed, so either the state or W&B's answer is wrong.\n\nLook \
             in W&B's App, \"Team settings\". If the team was made a moment ago and nobody used it, delete it there and apply again. If W&B is right, write its values \
             into the configuration; if the team is another one than the one you made, forget it with `terraform state rm`.",
            place(told),
            place(Some(asked)),
            differs.collect::<String>()
        ),
    )
    .at(Path::of("storage_bucket"))
}

/// What the server does not say of an imported team. `taken` are attributes.
#[must_use]
pub fn taken_from_configuration(name: &str, taken: &[String]) -> Diagnostic {
    Diagnostic::warning(
        format!("The storage of the team {name:?} is taken from the configuration"),
        format!(
            "W&B does not tell all of a team's storage. What it does not tell is written into the state as the configuration has it, this once: {}. See that it is \
             right: nothing would notice a difference.",
            taken.join(", ")
        ),
    )
    .at(Path::of("storage_bucket"))
}

/// A part of what can never change is known only after apply.
#[must_use]
pub fn may_turn_out_changed(name: &str, unknown: &[String]) -> Diagnostic {
    let unknown = unknown.iter().map(|path| format!("`{path}`"));
    Diagnostic::warning(
        format!("The storage of the team {name:?} is not known yet"),
        format!(
            "{} will be known only after apply. If it is then another than the team has, the apply stops before the team, since neither its storage nor its name can be \
             changed; what the plan changes before that stays changed.\n\nSee that the value stays the same, or make it known first (`terraform apply -target=…`) and \
             plan again.",
            unknown.collect::<Vec<_>>().join(", ")
        ),
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
        format!("The team {name:?} cannot be changed like that"),
        format!(
            "W&B: \"After a team is created, its storage cannot be changed\", and neither can its name. `{path}` is a part of that. {why}\n\nTake the \
             change back; or make a new team beside it, with another name, and move the work there. To give the team up with all its runs and artifacts, \
             set `deletion_protection = false` and `on_destroy = \"delete\"`, apply, and then change it. If the state is of another team than you mean, as after an import of \
             the wrong one, forget it with `terraform state rm`."
        ),
    )
    .at(path.clone())
}

/// A plan or an apply would remove a protected team.
#[must_use]
pub fn protected(name: &str) -> Diagnostic {
    Diagnostic::error(
        format!("The team {name:?} is protected"),
        "`deletion_protection` holds. Nothing was changed.\n\nTo destroy it, set `deletion_protection = false`, apply, and destroy again. To keep the team and only \
         forget it, use `terraform state rm` or a `removed` block. If the plan would replace it because it is tainted, `terraform untaint` keeps it.",
    )
    .at(Path::of("deletion_protection"))
}

/// A replacement was asked for, and the old team would stay.
#[must_use]
pub fn would_stay(name: &str) -> Diagnostic {
    Diagnostic::error(
        format!("The team {name:?} cannot be replaced"),
        "With `on_destroy = \"retain\"` the old team would stay and keep its name, so no new one could be made. Nothing was changed.\n\nIf the replacement is asked for by \
         `-replace`, leave that out; if by a taint, `terraform untaint` takes it back. To give the team up with all its runs and artifacts, set `on_destroy = \"delete\"` and \
         apply first.",
    )
    .at(Path::of("on_destroy"))
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

/// A team that is to be imported is on no bucket.
#[must_use]
pub fn on_no_bucket(name: &str) -> Diagnostic {
    Diagnostic::error(
        format!("The team {name:?} is on no bucket of its own"),
        "W&B says that the team keeps its data in the storage of the W&B instance, and a team's storage can never be changed. Nothing was imported: this resource is \
         for teams on a bucket.\n\nTo have a team on a bucket, make a new one with another name, and move the work there.",
    )
}

/// A word names one team, and is the id of another.
#[must_use]
pub fn two_teams(word: &str, named: &Team, other: &Team) -> Diagnostic {
    Diagnostic::error(
        "Two teams of that name or id",
        format!(
            "{word:?} is the name of the team with the id {}, and the id of the team {:?}. Nothing was imported.\n\nImport the first by its id, or the second by \
             its name.",
            named.id, other.name
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

/// The team is gone, and another one has its name.
#[must_use]
pub fn made_anew(name: &str, id: &str, now: &str) -> Diagnostic {
    Diagnostic::error(
        format!("The team {name:?} is another one now"),
        format!(
            "The team of the state is gone, and another one has its name, with the id {id}. {now}\n\nForget the old one with `terraform state rm`, and import the new \
             one if it is to be managed here."
        ),
    )
}
