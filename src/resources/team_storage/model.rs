//! Between the attributes of the resource and what W&B is told.

use std::collections::BTreeSet;

use crate::framework::diagnostic::{Diagnostic, Diagnostics};
use crate::framework::private::Private;
use crate::framework::value::Value;
use crate::messages;
use crate::provider::{Configuration, Unready};
use crate::wandb::{Api, Provider, Storage};

/// The end that leaves the team.
pub(super) const RETAIN: &str = "retain";

/// What the private state remembers: an import, of which the server may not have told everything.
const IMPORTED: &str = "imported";

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

pub(super) fn is_protected(object: &Value) -> bool {
    object.get("deletion_protection").as_bool() == Some(true)
}

/// Whether a destroy leaves the team.
pub(super) fn is_retained(object: &Value) -> bool {
    object.get("on_destroy").as_str() == Some(RETAIN)
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
    bucket.set(
        "kms_key_id",
        Value::optional_string(told.kms_key_id.clone()),
    );
    let external = told.aws_external_id.clone();
    bucket.set("aws_external_id", Value::optional_string(external));
    state.set("storage_bucket", bucket);
}

/// Whether what the server tells is what was asked for, as far as it tells.
pub(super) fn is_same(told: &Storage, asked: &Storage) -> bool {
    let key = |storage: &Storage| storage.kms_key_id.clone();
    let external = |storage: &Storage| storage.aws_external_id.clone();
    told.name == asked.name
        && told.provider == asked.provider
        && key(told) == key(asked)
        && external(told) == external(asked)
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

/// A warning that a test of W&B's own gave.
pub(super) fn finding(team: &str, message: &str) -> Diagnostic {
    messages::team::storage_warning(team, message)
}
