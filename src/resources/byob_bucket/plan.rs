//! What is checked and decided before anything is touched.

use super::model::{self, CLOUD, UNTRIED};
use super::schema::ENCRYPTIONS;
use crate::framework::diagnostic::{Diagnostic, Diagnostics};
use crate::framework::path::Path;
use crate::framework::resource::{Plan, PlanRequest};
use crate::framework::value::Value;
use crate::messages;
use crate::provider::{Configuration, Unready};
use crate::requirements::{REQUIREMENTS, Verdict};
use crate::wandb::Deployment;

/// Rules that concern more than one attribute.
pub(super) fn validate(config: &Value) -> Diagnostics {
    let mut found = Diagnostics::none();
    let cloud = config.get(CLOUD);
    if cloud.is_null() {
        let detail = "Say where the bucket lives: set `s3_compatible = {}` for an S3-compatible store such as MinIO or Ceph, which the provider block \
                      names.";
        found.push(Diagnostic::error("The bucket has no place", detail).at(Path::of(CLOUD)));
    }
    let (encryption, key) = (cloud.get("encryption"), cloud.get("kms_key_id"));
    let with_key = ENCRYPTIONS[1];
    if key.as_str().is_some() && !encryption.is_unknown() && encryption.as_str() != Some(with_key) {
        let detail = format!(
            "A key is only used with `encryption = {with_key:?}`. Set that, or remove `kms_key_id`."
        );
        found.push(
            Diagnostic::error("A key without the encryption that uses it", detail)
                .at(Path::of(CLOUD).attribute("kms_key_id")),
        );
    }
    if config.get("deployment").as_str() == Some("multi-tenant") && !cloud.is_null() {
        found.push(messages::provider::not_on_multi_tenant(Path::of(
            "deployment",
        )));
    }
    found
}

/// Completes the plan, or refuses it.
pub(super) fn plan(configuration: &Configuration, request: &PlanRequest, plan: &mut Plan) {
    let (prior, config) = (&request.prior, &request.config);
    let name = model::name(prior);
    let protected = prior.get("deletion_protection").as_bool() == Some(true)
        && !model::is_half_made(prior, &request.private);
    if plan.planned.is_null() {
        if protected {
            plan.diagnostics.push(messages::bucket::protected(
                &name,
                "The plan would destroy it,",
            ));
        }
        return;
    }
    if let Some(path) = plan.requires_replace.first().filter(|_| protected) {
        let why =
            format!("A change of `{path}` needs another bucket, the plan would destroy this one,");
        plan.diagnostics
            .push(messages::bucket::protected(&name, &why));
    }
    complete(configuration, prior, plan);
    if plan.planned == *prior {
        return;
    }
    refuse_the_impossible(configuration, config, prior, plan);
}

/// Fills in everything that is known now.
fn complete(configuration: &Configuration, prior: &Value, plan: &mut Plan) {
    model::derive(&mut plan.planned, configuration);
    if prior.is_null() {
        plan.planned.set("requirements", Value::unknown());
        return;
    }
    // Where the provider block is not known yet, what it gave before is the best guess, and no reason for a change.
    for attribute in [
        "storage_address",
        "storage_bucket",
        "instance_settings",
        "tags_all",
    ] {
        let same_inputs = ["name", "path", CLOUD, "tags"]
            .iter()
            .all(|input| plan.planned.get(input) == prior.get(input));
        if plan.planned.get(attribute).is_unknown() && same_inputs {
            plan.planned.set(attribute, prior.get(attribute).clone());
        }
    }
    let untried = plan.private.get(UNTRIED).unwrap_or(false);
    let requirements = planned_requirements(prior, &plan.planned, untried);
    plan.planned.set("requirements", requirements);
}

/// Every requirement will be met, but for what the store lacks and what somebody else must do. The verdict on a wish that
/// changes is only known when it was tried; so is what the store of an imported bucket offers.
fn planned_requirements(prior: &Value, planned: &Value, untried: bool) -> Value {
    let mut entries = prior
        .get("requirements")
        .entries()
        .cloned()
        .unwrap_or_default();
    for (key, entry) in &mut entries {
        let text = entry.as_str().unwrap_or_default();
        let will_be = if key == "bucket" {
            "met"
        } else {
            Verdict::planned(text)
        };
        let changes = wish_changes(key, prior, planned);
        let open = changes && (untried || will_be != "met") || untried && text != "met";
        *entry = if open {
            Value::unknown()
        } else {
            will_be.into()
        };
    }
    let encryption = planned.get(CLOUD).get("encryption");
    if encryption.is_null() {
        entries.remove("encryption");
    } else {
        entries
            .entry("encryption".to_owned())
            .or_insert_with(|| "met".into());
    }
    Value::Map(entries)
}

fn wish_changes(requirement: &str, prior: &Value, planned: &Value) -> bool {
    let path = REQUIREMENTS
        .iter()
        .find(|known| known.name == requirement)
        .and_then(|known| known.attribute);
    // What others put into a bucket may matter under one path and not under another.
    let path = path.unwrap_or("path");
    at(prior, path) != at(planned, path)
}

fn at<'a>(object: &'a Value, path: &str) -> &'a Value {
    path.split('.')
        .fold(object, |value, attribute| value.get(attribute))
}

/// What can be known now to fail later.
fn refuse_the_impossible(
    configuration: &Configuration,
    config: &Value,
    prior: &Value,
    plan: &mut Plan,
) {
    match configuration.s3_compatible.check() {
        Ok(()) | Err(Unready::Unknown(_)) => {}
        Err(Unready::Wrong(found)) => plan.diagnostics.append(found),
    }
    match configuration.deployment() {
        Err(found) => plan.diagnostics.append(found),
        Ok(Some(Deployment::MultiTenant)) if config.get("deployment").is_null() => {
            plan.diagnostics
                .push(messages::provider::not_on_multi_tenant(Path::of(CLOUD)));
        }
        Ok(_) => {}
    }
    for requirement in REQUIREMENTS {
        let Some(attribute) = requirement.attribute else {
            continue;
        };
        let entry = prior
            .get("requirements")
            .get(requirement.name)
            .as_str()
            .unwrap_or_default()
            .to_owned();
        if Verdict::says_not_offered(&entry) && is_asked_for(at(config, attribute)) {
            let now = "Nothing was changed.";
            plan.diagnostics.push(messages::bucket::not_offered(
                &model::name(prior),
                &path_of(attribute),
                &entry,
                now,
            ));
        }
    }
}

/// Whether the configuration itself asks for something the store must offer; "off" and "never" need nothing.
pub(super) fn is_asked_for(value: &Value) -> bool {
    match value {
        Value::Null | Value::Unknown(_) | Value::Bool(false) => false,
        Value::Number(_) => value.as_i64() != Some(0),
        Value::Map(entries) => !entries.is_empty(),
        _ => true,
    }
}

/// The attribute of a requirement as a path.
pub(super) fn path_of(attribute: &str) -> Path {
    attribute
        .split('.')
        .fold(Path::root(), |path, step| path.attribute(step))
}
