//! A bucket is not as the configuration wants it.

use crate::clouds::s3::Inventory;
use crate::clouds::{Cloud, Error};
use crate::framework::diagnostic::Diagnostic;
use crate::framework::path::Path;

/// A create found a bucket of that name.
#[must_use]
pub fn exists(name: &str, import_id: &str) -> Diagnostic {
    Diagnostic::error(
        format!("The bucket {name:?} exists already"),
        format!(
            "These credentials can use a bucket of that name, and this resource did not make it. Nothing was changed.\n\nIf it is the bucket \
             you mean, take it over with\n\n    terraform import wandb_byob_bucket.NAME {import_id}\n\nwhere NAME is the name of this \
             resource, or with an import block. If another resource of your configurations made it, it stays there: use that one. Otherwise choose another \
             name."
        ),
    )
    .at(Path::of("name"))
}

/// A create found a bucket of that name that belongs to somebody else.
#[must_use]
pub fn taken(name: &str) -> Diagnostic {
    Diagnostic::error(
        format!("The bucket name {name:?} is taken"),
        "A bucket of that name belongs to somebody else, and these credentials may not look at it. Nothing was changed.\n\nChoose another \
         name. If the bucket is yours, use the credentials of its owner.",
    )
    .at(Path::of("name"))
}

/// A create may not look at the name: the bucket is somebody else's, or the credentials lack a permission.
#[must_use]
pub fn taken_or_forbidden(cloud: Cloud, name: &str, error: &Error) -> Diagnostic {
    let doing = format!("Looking for the bucket {name:?}");
    let now = "Either a bucket of that name belongs to somebody else, or these credentials may not look. Nothing was made.";
    super::store::name_refused(cloud, &doing, now, error).at(Path::of("name"))
}

/// A create found a bucket of that name in another region.
#[must_use]
pub fn elsewhere(name: &str, region: Option<&str>, import_id: &str) -> Diagnostic {
    let place = region.map_or_else(
        || "in another region".to_owned(),
        |region| format!("in {region:?}"),
    );
    Diagnostic::error(
        format!("The bucket {name:?} exists already, {place}"),
        format!(
            "A bucket of that name is {place}, and names are shared by all regions. Nothing was changed.\n\nIf it is the bucket you mean, set \
             `aws.region` to its region and take it over with\n\n    terraform import wandb_byob_bucket.NAME {import_id}\n\nwhere NAME is the \
             name of this resource. Otherwise choose another name."
        ),
    )
    .at(Path::of("name"))
}

/// W&B's principal is in another part of AWS than the bucket; `named` says that the configuration names it.
#[must_use]
pub fn other_partition(region: &str, principal: &str, named: bool) -> Diagnostic {
    let (remedy, attribute) = match named {
        true => (
            "Name the principal of that part of AWS, or choose a region of the other.",
            "principal_arns",
        ),
        false => (
            "Choose a region elsewhere; or, for a W&B of your own there, set `aws.principal_arns` to its role.",
            "region",
        ),
    };
    Diagnostic::error(
        "W&B is in another part of AWS",
        format!(
            "The region {region:?} is in a part of AWS (partition) of its own, and accounts of another part cannot be granted anything there. W&B's \
             principal is {principal}.\n\n{remedy}"
        ),
    )
    .at(Path::of("aws").attribute(attribute))
}

/// Two creates of the same bucket ran at the same time, and the other one won.
#[must_use]
pub fn lost_race(name: &str, import_id: &str) -> Diagnostic {
    Diagnostic::error(
        format!("The bucket {name:?} was made by somebody else at the same moment"),
        format!(
            "Another run made the bucket while this one was at it. It belongs to that run; this one left it alone.\n\nLet one configuration \
             own the bucket. To hand it over to this one, remove it from the other's state (`terraform state rm`) and import it \
             here as {import_id:?}."
        ),
    )
    .at(Path::of("name"))
}

/// An import of a bucket that does not exist.
#[must_use]
pub fn import_absent(name: &str, error: &Error) -> Diagnostic {
    Diagnostic::error(
        format!("There is no bucket {name:?}"),
        format!(
            "AWS knows no bucket of that name. Nothing was imported.\n\nCheck the spelling of the import id: `aws/` and the name of the bucket, \
             nothing else.\n\n{error}"
        ),
    )
}

/// A plan or an apply would remove a protected bucket.
#[must_use]
pub fn protected(name: &str, why: &str) -> Diagnostic {
    Diagnostic::error(
        format!("The bucket {name:?} is protected from deletion"),
        format!(
            "{why} and `deletion_protection` is true in the applied state. Nothing was changed.\n\nIf the bucket shall go, set \
             `deletion_protection = false`, apply that alone, and then repeat this. If it shall stay, undo the change that \
             brought this about; `terraform untaint` takes a taint back."
        ),
    )
    .at(Path::of("deletion_protection"))
}

/// A destroy will remove what is in the bucket, too.
#[must_use]
pub fn takes_all(name: &str) -> Diagnostic {
    Diagnostic::warning(
        format!("The bucket {name:?} will be destroyed with everything in it"),
        "`force_destroy` is true in the applied state: all objects, old versions and unfinished uploads go with the bucket, and W&B loses the data of the teams on it. To \
         keep them, set `force_destroy = false` and apply that first.",
    )
    .at(Path::of("force_destroy"))
}

/// A delete found something in the bucket.
#[must_use]
pub fn not_empty(name: &str, found: &Inventory) -> Diagnostic {
    Diagnostic::error(
        format!("The bucket {name:?} is not empty"),
        format!(
            "It holds {found}. The bucket and all that is in it are still there.\n\nRemoving them would destroy the data W&B keeps there. If that \
             is what you want, set `force_destroy = true`, apply, and then destroy again."
        ),
    )
    .at(Path::of("force_destroy"))
}

/// A wish written in the configuration that the store cannot keep.
#[must_use]
pub fn not_offered(name: &str, attribute: &Path, how: &str, now: &str) -> Diagnostic {
    Diagnostic::error(
        format!("The store cannot keep `{attribute}` of the bucket {name:?}"),
        format!(
            "The configuration sets `{attribute}`, and the store answers: {how}. {now}\n\nRemove the attribute to go without it, or use a \
             store that offers it."
        ),
    )
    .at(attribute.clone())
}

/// A requirement that was planned to be met is not.
#[must_use]
pub fn still_unmet(
    name: &str,
    requirement: &str,
    verdict: &str,
    attribute: Option<Path>,
    now: &str,
) -> Diagnostic {
    let diagnostic = Diagnostic::error(
        format!("The bucket {name:?} does not meet the requirement \"{requirement}\""),
        format!(
            "It should be met by now, and the store says: {verdict}. {now}\n\nLook at what else changes this bucket, and apply again."
        ),
    );
    match attribute {
        Some(path) => diagnostic.at(path),
        None => diagnostic,
    }
}

/// A requirement that somebody else must see to.
#[must_use]
pub fn needs_you(name: &str, requirement: &str, verdict: &str) -> Diagnostic {
    Diagnostic::warning(
        format!("The bucket {name:?} is not ready for W&B: \"{requirement}\""),
        format!("{verdict}. The provider may not do this. Everything else is in place."),
    )
}

/// The proof failed.
#[must_use]
pub fn unproven(name: &str, check: &str, cause: &str, remedy: &str, now: &str) -> Diagnostic {
    Diagnostic::error(
        format!("The bucket {name:?} does not work: {check}"),
        format!(
            "The bucket was tried through pre-signed URLs, as W&B uses it, with your credentials: {cause}. {now}\n\n{remedy} To go \
             without the proof, set `verify = false`."
        ),
    )
    .at(Path::of("verify"))
}

/// A create failed after the bucket was made, and the bucket could not be removed again.
#[must_use]
pub fn left_behind(name: &str, cause: &str) -> Diagnostic {
    Diagnostic::error(
        format!("The bucket {name:?} was made and could not be removed again"),
        format!(
            "The create failed, and so did undoing it: {cause}. The bucket exists, unfinished, and is in the state, marked as tainted.\n\nApply \
             again: Terraform removes the unfinished bucket if it is empty, and makes it anew. To keep it as it is, run `terraform \
             untaint` on this resource; the next plan shows what it lacks."
        ),
    )
}
