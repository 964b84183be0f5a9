//! What a user writes and sees of `wandb_team_storage`.

use std::time::Duration;

use super::model::{DELETE, RETAIN};
use crate::framework::diagnostic::{Diagnostic, Diagnostics};
use crate::framework::path::Path;
use crate::framework::schema::{Attribute, Schema};
use crate::framework::timeouts::Timeouts;
use crate::framework::types::Type;
use crate::framework::value::Value;
use crate::resources::rules;

/// The words of `on_destroy`.
const ENDS: [&str; 2] = [RETAIN, DELETE];

/// The words of `provider`, in capital letters only (W&B SCIM page, "Create team").
const PROVIDERS: [&str; 5] = ["COREWEAVE", "AWS", "AZURE", "GCP", "MINIO"];

/// The schema of `wandb_team_storage`.
pub(super) fn schema() -> Schema {
    let timeouts = Timeouts {
        create: Duration::from_secs(5 * 60),
        read: Duration::from_secs(2 * 60),
        update: Duration::from_secs(5 * 60),
        delete: Duration::from_secs(5 * 60),
    };
    let mut attributes = wishes();
    attributes.push(timeouts.attribute());
    attributes.extend(results());
    Schema {
        version: 0,
        description: "A W&B team that keeps its data in a bucket of your own.\n\n**The storage of a team can never be changed**, nor can its name. A change \
                      of either is refused at plan time while `deletion_protection` holds or the team would stay. Before the team is made the \
                      bucket is tried by W&B itself, where the server can do that; afterwards the storage is read back, where the server tells it."
            .to_owned(),
        deprecated: None,
        attributes,
        timeouts: Some(timeouts),
    }
}

fn wishes() -> Vec<Attribute> {
    vec![
        Attribute::string("team").required().requires_replace().rule(team_name).described(
            "Name of the team, which is also its entity and part of its URLs: lowercase letters, digits, hyphens and underscores, unique on the W&B \
             server. It can never be changed.",
        ),
        storage_bucket(),
        Attribute::string("sub_path").requires_replace().rule(rules::sub_path).described(
            "Folder for this team in the bucket, after `storage_bucket.path`. Several teams may share a bucket, each with a folder of its own. It can \
             never be changed.",
        ),
        Attribute::new("members", Type::set(Type::String)).rule(members).described(
            "The users in the team: W&B user ids, user names or e-mail addresses. Whoever else is in the team is removed; service accounts are left \
             alone. Not managed when absent.",
        ),
        Attribute::bool("deletion_protection").default(true).described(
            "Whether a plan that would destroy or replace the team is an error; a replacement that `-replace` or a taint asks for is refused by the apply. Default: \
             `true`. To destroy, set `false` and apply first.",
        ),
        Attribute::string("on_destroy")
            .default(RETAIN)
            .rule(rules::one_of("Unknown end", &ENDS))
            .described(
                "What a destroy does: `retain` (default) leaves the team as it is and only forgets it; `delete` deletes it with all its runs and \
                 artifacts, where the W&B server allows that.",
            ),
    ]
}

fn storage_bucket() -> Attribute {
    let text = |name, description: &str| {
        Attribute::string(name)
            .requires_replace()
            .rule(rules::not_empty)
            .described(description)
    };
    Attribute::single(
        "storage_bucket",
        vec![
            text(
                "name",
                "The bucket. For `AZURE` the storage account, for `MINIO` `host[:port]/bucket`.",
            )
            .required(),
            text(
                "provider",
                "Whose bucket it is: `AWS`, `GCP`, `AZURE`, `COREWEAVE` or `MINIO` (any other store that speaks S3).",
            )
            .required()
            .rule(rules::one_of("Unknown storage provider", &PROVIDERS)),
            text("path", "Folder in the bucket. For `AZURE` it begins with the container.").rule(rules::sub_path),
            text("kms_key_id", "Key that encrypts the bucket, such as the ARN of a KMS key."),
            text(
                "aws_external_id",
                "External id that W&B shows AWS, where the access that you gave W&B asks for one.",
            ),
            text(
                "azure_tenant_id",
                "Tenant of the managed identity in Azure. Needed with `azure_client_id`, unless the W&B server has a key for the storage account.",
            ),
            text("azure_client_id", "Client id of the managed identity in Azure; see `azure_tenant_id`."),
        ],
    )
    .required()
    .described(
        "The bucket, as `wandb_byob_bucket` gives it in its attribute of the same name. None of it can ever be changed.",
    )
}

fn results() -> Vec<Attribute> {
    vec![
        Attribute::string("id").computed().stable().described(
            "W&B's id of the team. An import takes it, or the name of the team.",
        ),
        Attribute::bool("storage_verified").computed().described(
            "Whether the W&B server confirmed that the team keeps its data in this bucket. `false` where the server does not tell, as older ones. What is never \
             confirmed: `path`, `sub_path` and the ids of Azure, which no server tells.",
        ),
    ]
}

/// Words that could name nobody.
fn members(value: &Value, path: &Path) -> Diagnostics {
    let empty =
        |word: &Value| word.is_null() || word.as_str().is_some_and(|word| word.trim().is_empty());
    if !value
        .elements()
        .is_some_and(|words| words.iter().any(empty))
    {
        return Diagnostics::none();
    }
    let detail = "A member is empty. Name users by W&B's user id, user name or e-mail address, or take the entry out.";
    Diagnostic::error("Empty member", detail)
        .at(path.clone())
        .into()
}

/// The two pages of W&B that say what a name may hold do not agree, so what neither allows is a warning.
fn team_name(value: &Value, path: &Path) -> Diagnostics {
    let Some(name) = value.as_str() else {
        return Diagnostics::none();
    };
    if name.trim().is_empty() {
        let detail = "A team needs a name: lowercase letters, digits, hyphens and underscores.";
        return Diagnostic::error("Invalid team name", detail)
            .at(path.clone())
            .into();
    }
    let usual = |letter: char| {
        letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-' || letter == '_'
    };
    if name.chars().all(usual) {
        return Diagnostics::none();
    }
    let detail = format!(
        "W&B documents lowercase letters, digits, hyphens and underscores for the name of a team; {name:?} has others. The server may refuse it, or \
         change it, and a team can never be renamed."
    );
    Diagnostic::warning("Unusual team name", detail)
        .at(path.clone())
        .into()
}
