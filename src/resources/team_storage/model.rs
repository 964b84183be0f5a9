//! Between the attributes of the resource and what W&B is told.

use std::collections::BTreeSet;

use crate::framework::diagnostic::Diagnostics;
use crate::framework::private::Private;
use crate::framework::value::Value;
use crate::messages;
use crate::provider::{Configuration, Unready};
use crate::wandb::{Api, Provider, Storage};

/// The end that leaves the team, and the one that does not.
pub(super) const RETAIN: &str = "retain";
pub(super) const DELETE: &str = "delete";

/// What the private state remembers: an import, of which the server may not have told everything.
const IMPORTED: &str = "imported";

/// What the plan of a create leaves for its apply: a destroy that is given it is part of a replacement.
const CREATES: &str = "creates";

/// The attributes of the object `storage_bucket`, in W&B's order.
const STORAGE: [&str; 7] = [
    "name",
    "provider",
    "path",
    "kms_key_id",
    "aws_external_id",
    "azure_tenant_id",
    "azure_client_id",
];

/// The name of the team; empty while unknown.
pub(super) fn team(object: &Value) -> &str {
    object.get("team").as_str().unwrap_or_default()
}

/// W&B's id of the team.
pub(super) fn id(object: &Value) -> &str {
    object.get("id").as_str().unwrap_or_default()
}

/// Whether the team may not be destroyed: unless that was clearly said.
pub(super) fn is_protected(object: &Value) -> bool {
    object.get("deletion_protection").as_bool() != Some(false)
}

/// Whether a destroy leaves the team: unless its deletion was clearly asked for.
pub(super) fn is_retained(object: &Value) -> bool {
    object.get("on_destroy").as_str() != Some(DELETE)
}

/// The members that are asked for; none where they are not managed.
pub(super) fn members(object: &Value) -> Option<BTreeSet<String>> {
    let members = object.get("members");
    (!members.is_null()).then(|| members.strings().into_iter().collect())
}

/// The storage as W&B is told it, `sub_path` and all; none where it is not known.
pub(super) fn storage(object: &Value) -> Option<Storage> {
    let bucket = object.get("storage_bucket");
    let text = |name: &str| bucket.get(name).as_str().map(str::to_owned);
    let provider = bucket.get("provider").as_str()?.parse::<Provider>().ok()?;
    Some(Storage {
        path: whole_path(object),
        kms_key_id: text("kms_key_id"),
        aws_external_id: text("aws_external_id"),
        azure_tenant_id: text("azure_tenant_id"),
        azure_client_id: text("azure_client_id"),
        ..Storage::new(text("name")?, provider)
    })
}

/// `storage_bucket.path` and `sub_path` after it.
pub(super) fn whole_path(object: &Value) -> Option<String> {
    let parts = [
        object.get("storage_bucket").get("path"),
        object.get("sub_path"),
    ];
    let parts = parts.into_iter().filter_map(Value::as_str);
    let path = parts.collect::<Vec<_>>().join("/");
    (!path.is_empty()).then_some(path)
}

/// Writes what the server tells of the storage into the state. It does not tell all: the rest stays as it was.
pub(super) fn set_storage(state: &mut Value, told: Option<&Storage>) {
    let Some(told) = told else {
        return state.set("storage_bucket", Value::Null);
    };
    let before = state.get("storage_bucket").clone();
    let mut bucket = Value::object(STORAGE.map(|name| (name, before.get(name).clone())));
    bucket.set("name", told.name.as_str().into());
    bucket.set("provider", Value::String(told.provider.to_string()));
    for (attribute, value) in [
        ("kms_key_id", &told.kms_key_id),
        ("aws_external_id", &told.aws_external_id),
    ] {
        if let Some(value) = value {
            bucket.set(attribute, value.as_str().into());
        }
    }
    state.set("storage_bucket", bucket);
}

/// The attributes of which the server tells something else than was asked for. W&B documents neither that it tells a key and an external id nor that it
/// sets none by itself, so of these only what both sides name is compared.
pub(super) fn differences(told: &Storage, asked: &Storage) -> Vec<&'static str> {
    let differ =
        |told: &Option<String>, asked: &Option<String>, same: fn(&str, &str) -> bool| match (
            told, asked,
        ) {
            (Some(told), Some(asked)) => !same(told, asked),
            _ => false,
        };
    let found = [
        ("name", told.name != asked.name),
        ("provider", told.provider != asked.provider),
        (
            "kms_key_id",
            differ(&told.kms_key_id, &asked.kms_key_id, is_same_key),
        ),
        (
            "aws_external_id",
            differ(&told.aws_external_id, &asked.aws_external_id, |a, b| a == b),
        ),
    ];
    let found = found.into_iter().filter(|(_, differs)| *differs);
    found.map(|(name, _)| name).collect()
}

/// A key by its ARN and by its bare id is the same key.
fn is_same_key(one: &str, other: &str) -> bool {
    let id = |key: &str| key.rsplit('/').next().unwrap_or_default().to_owned();
    let bare = |key: &str| !key.contains('/');
    one == other || (bare(one) || bare(other)) && id(one) == id(other)
}

/// Notes in a plan that it makes a team.
pub(super) fn note_create(private: &mut Private) {
    private.set(CREATES, true);
}

/// Whether what the plan left is that of a plan that makes a team.
pub(super) fn creates(private: &Private) -> bool {
    private.get(CREATES).unwrap_or(false)
}

/// The private state of a team that was imported.
pub(super) fn imported() -> Private {
    let mut private = Private::default();
    private.set(IMPORTED, true);
    private
}

pub(super) fn is_imported(private: &Private) -> bool {
    private.get(IMPORTED).unwrap_or(false)
}

pub(super) fn forget_import(private: &mut Private) {
    private.remove(IMPORTED);
}

/// The W&B server of the provider block, with its key.
///
/// # Errors
/// What the provider block lacks, or does not know yet.
pub(super) fn api(configuration: &Configuration) -> Result<&Api, Diagnostics> {
    configuration.wandb().map_err(|unready| match unready {
        Unready::Unknown(what) => messages::provider::needed_now(what).into(),
        Unready::Wrong(found) => found,
    })
}

/// What was being done, and to which team, for messages.
pub(super) fn doing(what: &str, team: &str) -> String {
    format!("{what} the team {team:?}")
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const ARN: &str = "arn:aws:kms:eu-west-1:111122223333:key/12345678-1234-1234-1234-123456789012";
    const ID: &str = "12345678-1234-1234-1234-123456789012";

    fn on(name: &str, key: Option<&str>, external: Option<&str>) -> Storage {
        Storage {
            kms_key_id: key.map(str::to_owned),
            aws_external_id: external.map(str::to_owned),
            ..Storage::new(name.to_owned(), Provider::Aws)
        }
    }

    #[rstest]
    #[case::same(on("b", Some(ARN), Some("x")), on("b", Some(ARN), Some("x")), &[])]
    #[case::bare_key(on("b", Some(ID), None), on("b", Some(ARN), None), &[])]
    #[case::told_less(on("b", None, None), on("b", Some(ARN), Some("x")), &[])]
    #[case::told_more(on("b", Some(ARN), Some("x")), on("b", None, None), &[])]
    #[case::bucket(on("c", None, None), on("b", None, None), &["name"])]
    #[case::key(on("b", Some("arn:aws:kms:r:1:key/k"), None), on("b", Some(ARN), None), &["kms_key_id"])]
    #[case::region(on("b", Some(&ARN.replace("eu-west-1", "us-east-1")), None), on("b", Some(ARN), None), &["kms_key_id"])]
    #[case::external(on("b", None, Some("y")), on("b", None, Some("x")), &["aws_external_id"])]
    fn a_storage_differs_where_both_sides_name_something_and_not_the_same(
        #[case] told: Storage,
        #[case] asked: Storage,
        #[case] found: &[&str],
    ) {
        assert_eq!(differences(&told, &asked), found);
    }

    #[test]
    fn what_says_nothing_of_the_end_neither_destroys_nor_deletes() {
        for object in [Value::Null, Value::object([("on_destroy", Value::Null)])] {
            assert!(is_protected(&object) && is_retained(&object));
        }
    }
}
