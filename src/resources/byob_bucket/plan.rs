//! What is checked and decided before anything is touched.

use super::model::{self, UNTRIED};
use super::place;
use super::schema::WITH_KEY;
use crate::clouds::Cloud;
use crate::framework::diagnostic::{Diagnostic, Diagnostics};
use crate::framework::path::Path;
use crate::framework::resource::{Plan, PlanRequest};
use crate::framework::value::Value;
use crate::messages;
use crate::provider::{Configuration, Unready};
use crate::requirements::{KeyWish, REQUIREMENTS, Verdict};
use crate::resources::aws_rules::Arn;
use crate::wandb::Deployment;

/// Rules that concern more than one attribute.
pub(super) fn validate(config: &Value) -> Diagnostics {
    let mut found = one_place(config);
    let s3_compatible = config.get(Cloud::S3Compatible.word());
    found.append(validate_s3_compatible(s3_compatible));
    found.append(validate_aws(config, config.get(Cloud::Aws.word())));
    if config.get("deployment").as_str() == Some("multi-tenant") && !s3_compatible.is_null() {
        found.push(messages::provider::not_on_multi_tenant(Path::of(
            "deployment",
        )));
    }
    found
}

fn one_place(config: &Value) -> Diagnostics {
    let named = |cloud: &Cloud| !config.get(cloud.word()).is_null();
    let named = Cloud::ALL.into_iter().filter(named).collect::<Vec<_>>();
    match named.as_slice() {
        [] => {
            let detail = "Say where the bucket lives: set `aws = { region = \"us-east-1\" }` for AWS, or `s3_compatible = {}` for an S3-compatible \
                          store such as MinIO or Ceph, which the provider block names.";
            let path = Path::of(Cloud::S3Compatible.word());
            Diagnostic::error("The bucket has no place", detail)
                .at(path)
                .into()
        }
        [one, other]
            if [one, other]
                .iter()
                .all(|cloud| !config.get(cloud.word()).is_unknown()) =>
        {
            let (one, other) = (one.word(), other.word());
            let detail = format!(
                "Both `{one}` and `{other}` are set, and a bucket lives in one place. Keep one of them."
            );
            Diagnostic::error("The bucket has two places", detail)
                .at(Path::of(other))
                .into()
        }
        _ => Diagnostics::none(),
    }
}

fn validate_s3_compatible(block: &Value) -> Diagnostics {
    let (encryption, key) = (block.get("encryption"), block.get("kms_key_id"));
    if key.as_str().is_none() || encryption.is_unknown() || encryption.as_str() == Some(WITH_KEY) {
        return Diagnostics::none();
    }
    key_without_encryption(Cloud::S3Compatible, "kms_key_id")
}

fn key_without_encryption(cloud: Cloud, attribute: &str) -> Diagnostics {
    let detail = format!(
        "A key is only used with `encryption = {WITH_KEY:?}`. Set that, or remove `{attribute}`."
    );
    Diagnostic::error("A key without the encryption that uses it", detail)
        .at(Path::of(cloud.word()).attribute(attribute))
        .into()
}

fn validate_aws(config: &Value, block: &Value) -> Diagnostics {
    let mut found = Diagnostics::none();
    if block.entries().is_none() {
        return found;
    }
    let at = |attribute: &str| Path::of(Cloud::Aws.word()).attribute(attribute);
    let (encryption, key, create) = (
        block.get("encryption"),
        block.get("kms_key_arn"),
        block.get("create_kms_key"),
    );
    let with_key =
        encryption.is_null() || encryption.is_unknown() || encryption.as_str() == Some(WITH_KEY);
    if !with_key && key.as_str().is_some() {
        found.append(key_without_encryption(Cloud::Aws, "kms_key_arn"));
    }
    if !with_key && create.as_bool() == Some(true) {
        found.append(key_without_encryption(Cloud::Aws, "create_kms_key"));
    }
    if create.as_bool() == Some(true) && key.as_str().is_some() {
        let detail = "`kms_key_arn` names a key that exists, and `create_kms_key` asks for a new one. Remove one of them.";
        found.push(Diagnostic::error("Two keys for one bucket", detail).at(at("create_kms_key")));
    }
    if with_key && !encryption.is_unknown() && create.as_bool() == Some(false) && key.is_null() {
        let detail = format!(
            "With `encryption = {WITH_KEY:?}` and no key S3 would use its AWS-managed key, which W&B's account cannot use. Set `kms_key_arn`, remove \
             `create_kms_key`, or set `encryption = \"AES256\"`."
        );
        found.push(Diagnostic::error("No key that W&B could use", detail).at(at("create_kms_key")));
    }
    if let (Some(region), Some(arn)) = (
        block.get("region").as_str(),
        key.as_str().and_then(Arn::parse),
    ) && arn.service == "kms"
        && !arn.region.is_empty()
        && arn.region != region
    {
        let detail = format!(
            "The key is in {:?} and the bucket in {region:?}; S3 uses keys of the bucket's own region only. Give a key of that region.",
            arn.region
        );
        found.push(Diagnostic::error("A key of another region", detail).at(at("kms_key_arn")));
    }
    if config.get("deployment").as_str() == Some("self-managed")
        && block.get("principal_arns").is_null()
    {
        found.push(messages::provider::no_principal(true));
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
        } else if prior.get("force_destroy").as_bool() == Some(true) {
            plan.diagnostics.push(messages::bucket::takes_all(&name));
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
        tell_what_needs_somebody(&name, prior, plan);
        return;
    }
    refuse_the_impossible(configuration, config, prior, plan);
}

/// What the provider may not mend is no change, and a plan without a change would say nothing of it. An apply tells it at its end.
fn tell_what_needs_somebody(name: &str, prior: &Value, plan: &mut Plan) {
    let verdicts = prior.get("requirements").string_map();
    let open = verdicts
        .iter()
        .filter(|(_, verdict)| Verdict::says_needs_you(verdict));
    for (requirement, verdict) in open {
        let warning = messages::bucket::needs_you(name, requirement, verdict);
        plan.diagnostics.push(warning);
    }
}

/// Fills in everything that is known now.
fn complete(configuration: &Configuration, prior: &Value, plan: &mut Plan) {
    // Our own key stays with its bucket.
    let own_key = match model::key_wish(prior) {
        KeyWish::Own(Some(arn)) => arn.into(),
        _ => Value::unknown(),
    };
    model::derive(&mut plan.planned, configuration, &own_key);
    if prior.is_null() {
        plan.planned.set("requirements", Value::unknown());
        return;
    }
    let untried = plan.private.get(UNTRIED).unwrap_or(false);
    // Where the provider block is not known yet, what it gave before is the best guess, and no reason for a change. Beside another change it would
    // be a promise that the apply may have to break.
    let mut guess = plan.planned.clone();
    for attribute in [
        "storage_address",
        "storage_bucket",
        "instance_settings",
        "tags_all",
    ] {
        if guess.get(attribute).is_unknown() {
            guess.set(attribute, prior.get(attribute).clone());
        }
    }
    guess.set("requirements", planned_requirements(prior, &guess, untried));
    if guess == *prior {
        plan.planned = guess;
        return;
    }
    let on_aws = place::valid_cloud(&plan.planned) == Cloud::Aws;
    let open = on_aws
        && place::block(&plan.planned).get("principal_arns").is_null()
        && model::deployment_is_open(&plan.planned, configuration);
    let requirements = match open {
        true => Value::unknown(),
        false => planned_requirements(prior, &plan.planned, untried),
    };
    plan.planned.set("requirements", requirements);
}

/// What others put into a bucket stands against these under one path and not under another.
const ON_PATH: [&str; 2] = ["no_expiration", "policy"];

/// Every requirement will be met, but for what the store lacks and what somebody else must do. The verdict on a wish that
/// changes is only known when it was tried; so is what the store of an imported bucket offers.
fn planned_requirements(prior: &Value, planned: &Value, untried: bool) -> Value {
    let cloud = place::valid_cloud(planned);
    let key_to_come = planned.get("storage_bucket").get("kms_key_id").is_unknown();
    if cloud == Cloud::Aws && (key_to_come || asks_for_other_things(prior, planned)) {
        return Value::unknown();
    }
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
        let changes = wish_changes(cloud, key, prior, planned);
        let elsewhere = ON_PATH.contains(&key.as_str()) && prior.get("path") != planned.get("path");
        let open =
            changes && (untried || will_be != "met") || untried && text != "met" || elsewhere;
        *entry = if open {
            Value::unknown()
        } else {
            will_be.into()
        };
    }
    let block = place::block(planned);
    if block.get("encryption").is_null() {
        entries.remove("encryption");
    } else {
        entries
            .entry("encryption".to_owned())
            .or_insert_with(|| "met".into());
    }
    if block.get("https_only").as_bool() == Some(false) {
        entries.remove("https_only");
    }
    Value::Map(entries)
}

/// A change of these on AWS changes which requirements there are, and what a key that is given must allow.
fn asks_for_other_things(prior: &Value, planned: &Value) -> bool {
    let (before, after) = (place::block(prior), place::block(planned));
    let of_block = ["encryption", "kms_key_arn", "https_only", "principal_arns"];
    of_block
        .iter()
        .any(|name| before.get(name) != after.get(name))
        || prior.get("deployment") != planned.get("deployment")
}

fn wish_changes(cloud: Cloud, requirement: &str, prior: &Value, planned: &Value) -> bool {
    let path = REQUIREMENTS
        .iter()
        .find(|known| known.name == requirement)
        .and_then(|known| known.attribute_in(cloud));
    // What others put into a bucket may matter under one path and not under another.
    let path = path.unwrap_or_else(|| "path".to_owned());
    at(prior, &path) != at(planned, &path)
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
    let cloud = place::valid_cloud(&plan.planned);
    let ready = match cloud {
        Cloud::S3Compatible => configuration.s3_compatible.check(),
        Cloud::Aws => configuration.aws.check(),
    };
    match ready {
        Ok(()) | Err(Unready::Unknown(_)) => {}
        Err(Unready::Wrong(found)) => plan.diagnostics.append(found),
    }
    match configuration.deployment() {
        Err(found) => plan.diagnostics.append(found),
        Ok(by_provider) => match cloud {
            Cloud::S3Compatible => {
                let silent = config.get("deployment").is_null();
                if silent && by_provider == Some(Deployment::MultiTenant) {
                    let path = Path::of(cloud.word());
                    plan.diagnostics
                        .push(messages::provider::not_on_multi_tenant(path));
                }
            }
            Cloud::Aws => refuse_without_principal(configuration, plan),
        },
    }
    for requirement in REQUIREMENTS {
        let Some(attribute) = requirement.attribute_in(cloud) else {
            continue;
        };
        let entry = prior
            .get("requirements")
            .get(requirement.name)
            .as_str()
            .unwrap_or_default()
            .to_owned();
        if Verdict::says_not_offered(&entry) && is_asked_for(at(config, &attribute)) {
            let now = "Nothing was changed.";
            plan.diagnostics.push(messages::bucket::not_offered(
                &model::name(prior),
                &path_of(&attribute),
                &entry,
                now,
            ));
        }
    }
}

/// Somebody must be granted access, and it must be known who.
fn refuse_without_principal(configuration: &Configuration, plan: &mut Plan) {
    let planned = &plan.planned;
    let principals = place::block(planned).get("principal_arns");
    let open = principals.is_unknown() || planned.get("deployment").is_unknown();
    if open {
        return;
    }
    let known = model::wandb_principals(planned, configuration);
    if let Some(region) = place::region(planned)
        && let Some(stranger) = known
            .iter()
            .find(|arn| !is_in(place::partition(&region), arn))
    {
        let named = !principals.is_null();
        let stranger = messages::bucket::other_partition(&region, stranger, named);
        plan.diagnostics.push(stranger);
    }
    if !known.is_empty() {
        return;
    }
    match model::deployment(planned, configuration) {
        None if configuration.deployment_is_unknown() => {}
        deployment => plan
            .diagnostics
            .push(messages::provider::no_principal(deployment.is_some())),
    }
}

fn is_in(partition: &str, arn: &str) -> bool {
    Arn::parse(arn).is_none_or(|arn| arn.partition == partition)
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
