//! Taking over a bucket that exists.

use super::model::{self, CLOUD, IMPORTED, UNTRIED};
use super::schema::schema;
use crate::framework::diagnostic::Diagnostic;
use crate::framework::private::Private;
use crate::framework::resource::Applied;
use crate::framework::schema::Kind;
use crate::framework::value::Value;
use crate::provider::Configuration;

/// Makes the first state of the id `s3_compatible/NAME`; the read that follows completes it.
pub(super) fn import(configuration: &Configuration, id: &str) -> Applied {
    let name = id
        .strip_prefix(CLOUD)
        .and_then(|rest| rest.strip_prefix('/'))
        .filter(|name| !name.is_empty() && !name.contains('/'));
    let Some(name) = name else {
        let detail = format!(
            "{id:?} names no bucket. Write the cloud and the name of the bucket: `{CLOUD}/NAME`."
        );
        return Applied::failed(Diagnostic::error("Invalid import id", detail));
    };
    // What no server knows starts with its default: the protection above all.
    let schema = schema();
    let mut state = schema.null_object();
    for attribute in &schema.attributes {
        if let Some(default) = &attribute.default {
            state.set(attribute.name, default.clone());
        }
    }
    let cloud = schema.attribute(CLOUD).map(|cloud| match &cloud.kind {
        Kind::Nested(_, attributes) => Value::object(
            attributes
                .iter()
                .map(|attribute| (attribute.name, Value::Null)),
        ),
        Kind::Plain(_) => Value::Null,
    });
    state.set(CLOUD, cloud.unwrap_or_default());
    state.set("name", name.into());
    model::derive(&mut state, configuration);
    if !state.is_wholly_known() {
        let detail = "The provider block is not wholly known, and an import needs all of it. Give it values that do not depend on resources.";
        return Applied::failed(Diagnostic::error(
            "The provider's configuration is not known",
            detail,
        ));
    }
    // Tags that are there already are somebody's; only what the configuration names becomes ours.
    state.set("tags_all", Value::Map(Default::default()));
    let mut private = Private::default();
    private.set(IMPORTED, true);
    private.set(UNTRIED, true);
    Applied::state(state, private)
}
