//! Taking over a bucket that exists.

use super::model::{self, IMPORTED, UNTRIED};
use super::place;
use super::schema::schema;
use crate::clouds::{Cloud, Kind as CloudKind};
use crate::framework::diagnostic::{Diagnostic, Diagnostics};
use crate::framework::operation::Operation;
use crate::framework::private::Private;
use crate::framework::resource::Applied;
use crate::framework::schema::{Attribute, Kind};
use crate::framework::value::Value;
use crate::messages;
use crate::provider::Configuration;

/// Makes the first state of the id `CLOUD/NAME`; the read that follows completes it.
pub(super) async fn import(
    configuration: &Configuration,
    id: &str,
    operation: &Operation,
) -> Applied {
    let Some((cloud, name)) = parse(id) else {
        let detail = format!(
            "{id:?} names no bucket. Write the cloud and the name of the bucket: `aws/NAME` or `s3_compatible/NAME`."
        );
        return Applied::failed(Diagnostic::error("Invalid import id", detail));
    };
    // What no server knows starts with its default: the protection above all.
    let schema = schema();
    let mut state = defaults(&schema.attributes);
    let block = schema
        .attribute(cloud.word())
        .map(|block| match &block.kind {
            Kind::Nested(_, attributes) => defaults(attributes),
            Kind::Plain(_) => Value::Null,
        });
    state.set(cloud.word(), block.unwrap_or_default());
    state.set("name", name.into());
    if cloud == Cloud::Aws {
        match region_of(configuration, name, operation).await {
            Ok(region) => place::set_in_block(&mut state, "region", region.into()),
            Err(found) => return Applied::failed(found),
        }
    }
    model::derive(&mut state, configuration, &Value::Null);
    if state.get("instance_settings").is_unknown() {
        // Nobody knows yet how W&B runs; the first plan that does shows it.
        state.set("instance_settings", Value::Null);
    }
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

fn parse(id: &str) -> Option<(Cloud, &str)> {
    let (word, name) = id.split_once('/')?;
    let cloud = Cloud::ALL.into_iter().find(|cloud| cloud.word() == word)?;
    (!name.is_empty() && !name.contains('/')).then_some((cloud, name))
}

/// An object with the defaults of its attributes, and null where there is none.
fn defaults(attributes: &[Attribute]) -> Value {
    Value::object(attributes.iter().map(|attribute| {
        let default = attribute.default.clone();
        (attribute.name, default.unwrap_or_default())
    }))
}

/// A bucket of AWS is in one region, which any region tells.
async fn region_of(
    configuration: &Configuration,
    name: &str,
    operation: &Operation,
) -> Result<String, Diagnostics> {
    let doing = format!("Looking for the region of the bucket {name:?}");
    let now = "Nothing was imported.";
    let found = operation.run(configuration.aws.find_region(name)).await;
    let found = found.map_err(|cause| messages::store::interrupted(&doing, now, "read", cause))?;
    match found.map_err(model::unready_diagnostics)? {
        Ok(region) => Ok(region),
        Err(error) if matches!(error.kind(), CloudKind::BucketAbsent) => {
            Err(messages::bucket::import_absent(name, &error).into())
        }
        Err(error) => Err(messages::store::call_failed(Cloud::Aws, &doing, now, &error).into()),
    }
}
