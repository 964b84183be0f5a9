//! The plan that a schema's rules make, within what Terraform's core accepts.
//!
//! Source: Terraform's "resource instance change lifecycle", *PlanResourceChange*; core checks the result (`AssertPlanValid`).
//! The order is that of HashiCorp's plugin framework: defaults, write-only, unknown for computed, replacement.

use super::path::{Path, Step};
use super::schema::{Attribute, Kind, Nesting, Schema};
use super::value::Value;

/// Plans the object: what it will be, and the attributes whose change needs another one.
///
/// `proposed` is core's merge of configuration and prior state. All are null where there is nothing: `prior` on create, `config` and
/// `proposed` on destroy.
#[must_use]
pub fn plan(
    schema: &Schema,
    config: &Value,
    prior: &Value,
    proposed: &Value,
) -> (Value, Vec<Path>) {
    // "If the proposed new state is null, the planned new state must be null as well": a destroy.
    if proposed.is_null() {
        return (Value::Null, Vec::new());
    }
    let wanted = wanted_object(&schema.attributes, config, proposed);
    if wanted == *prior {
        return (prior.clone(), Vec::new());
    }
    let planned = fill_object(&schema.attributes, config, prior, &wanted);
    let replace = replacements(schema, prior, &planned);
    (planned, replace)
}

/// What is asked for, before anything is computed: defaults where the configuration is silent, and no write-only value, which
/// must be null in a plan.
fn wanted_object(attributes: &[Attribute], config: &Value, proposed: &Value) -> Value {
    Value::object(attributes.iter().map(|attribute| {
        let (config, proposed) = (config.get(attribute.name), proposed.get(attribute.name));
        (attribute.name, wanted(attribute, config, proposed))
    }))
}

fn wanted(attribute: &Attribute, config: &Value, proposed: &Value) -> Value {
    if attribute.write_only {
        return Value::Null;
    }
    if config.is_null() {
        return match &attribute.default {
            Some(default) => default.clone(),
            None => proposed.clone(),
        };
    }
    inside(
        attribute,
        config,
        proposed,
        &Value::Null,
        |attributes, config, proposed, _| wanted_object(attributes, config, proposed),
    )
}

/// What the provider will compute becomes unknown: "any attribute that is computed and not set in configuration" may differ
/// from the proposal, and one left null would be a promise that it stays null.
fn fill_object(attributes: &[Attribute], config: &Value, prior: &Value, wanted: &Value) -> Value {
    Value::object(attributes.iter().map(|attribute| {
        let (config, prior) = (config.get(attribute.name), prior.get(attribute.name));
        (
            attribute.name,
            fill(attribute, config, prior, wanted.get(attribute.name)),
        )
    }))
}

fn fill(attribute: &Attribute, config: &Value, prior: &Value, wanted: &Value) -> Value {
    if config.is_null() {
        let computed = attribute.is_computed() && attribute.default.is_none();
        return match (computed, attribute.stable && !prior.is_null()) {
            (true, true) => prior.clone(),
            (true, false) => Value::unknown(),
            (false, _) => wanted.clone(),
        };
    }
    inside(
        attribute,
        config,
        wanted,
        prior,
        |attributes, config, wanted, prior| fill_object(attributes, config, prior, wanted),
    )
}

/// Goes into the nested objects of a value, with the configuration and the prior state of the same place.
fn inside(
    attribute: &Attribute,
    config: &Value,
    value: &Value,
    prior: &Value,
    object: impl Fn(&[Attribute], &Value, &Value, &Value) -> Value,
) -> Value {
    let Kind::Nested(nesting, attributes) = &attribute.kind else {
        return value.clone();
    };
    let one = |config: &Value, value: &Value, prior: &Value| match (config, value) {
        (Value::Object(_), Value::Object(_)) => object(attributes, config, value, prior),
        _ => value.clone(),
    };
    match (nesting, config, value) {
        (Nesting::Single, _, _) => one(config, value, prior),
        (Nesting::List, Value::List(configs), Value::List(values))
            if configs.len() == values.len() =>
        {
            let priors = prior.elements().unwrap_or_default();
            let elements = configs.iter().zip(values).enumerate();
            Value::List(
                elements
                    .map(|(index, (config, value))| {
                        one(config, value, priors.get(index).unwrap_or(&Value::Null))
                    })
                    .collect(),
            )
        }
        (Nesting::Map, Value::Map(configs), Value::Map(values)) => {
            let entries = values.iter().map(|(key, value)| {
                let config = configs.get(key).unwrap_or(&Value::Null);
                (key.clone(), one(config, value, prior.get(key)))
            });
            Value::Map(entries.collect())
        }
        // A set, in which nothing is computed (`Nesting::Set`), or what does not fit.
        _ => value.clone(),
    }
}

/// The attributes whose change needs another object.
///
/// An unknown value is no change: a replacement must not be planned on a suspicion. If the value that is known at apply differs,
/// this finds it there, and the apply refuses.
#[must_use]
pub fn replacements(schema: &Schema, prior: &Value, planned: &Value) -> Vec<Path> {
    let mut found = Vec::new();
    if !prior.is_null() {
        find_replacements(
            &schema.attributes,
            prior,
            planned,
            &Path::root(),
            &mut found,
        );
    }
    found.sort();
    found.dedup();
    found
}

/// The same without those that were null before.
#[must_use]
pub fn replacements_of_known(found: Vec<Path>, prior: &Value) -> Vec<Path> {
    let is_known = |path: &Path| {
        let before = path.steps().iter().fold(prior, |value, step| match step {
            Step::Attribute(name) => value.get(name),
            Step::Key(_) | Step::Index(_) => value,
        });
        !before.is_null()
    };
    found.into_iter().filter(is_known).collect()
}

fn find_replacements(
    attributes: &[Attribute],
    prior: &Value,
    planned: &Value,
    path: &Path,
    found: &mut Vec<Path>,
) {
    for attribute in attributes {
        let (before, after) = (prior.get(attribute.name), planned.get(attribute.name));
        if after.is_unknown() || attribute.write_only {
            continue;
        }
        let at = path.attribute(attribute.name);
        if attribute.requires_replace
            && before != after
            && !after.is_partly_unknown_version_of(before)
        {
            found.push(at);
            continue;
        }
        let Kind::Nested(Nesting::Single, attributes) = &attribute.kind else {
            continue;
        };
        match (before, after) {
            (Value::Object(_), Value::Object(_)) => {
                find_replacements(attributes, before, after, &at, found)
            }
            // The object appears or goes: it is the deepest thing that is there before and after.
            (Value::Null, Value::Object(_)) | (Value::Object(_), Value::Null) => {
                let mut inner = Vec::new();
                find_replacements(attributes, before, after, &at, &mut inner);
                if !inner.is_empty() {
                    found.push(at);
                }
            }
            _ => {}
        }
    }
}

impl Value {
    /// Whether it could still turn out to be `other`: equal wherever it is known.
    #[must_use]
    pub fn is_partly_unknown_version_of(&self, other: &Value) -> bool {
        match (self, other) {
            (Value::Unknown(_), _) => true,
            (Value::List(one), Value::List(two)) | (Value::Tuple(one), Value::Tuple(two)) => {
                one.len() == two.len()
                    && one
                        .iter()
                        .zip(two)
                        .all(|(one, two)| one.is_partly_unknown_version_of(two))
            }
            (Value::Map(one), Value::Map(two)) | (Value::Object(one), Value::Object(two)) => {
                one.len() == two.len()
                    && one.iter().all(|(key, value)| {
                        two.get(key)
                            .is_some_and(|two| value.is_partly_unknown_version_of(two))
                    })
            }
            (Value::Set(_), Value::Set(_)) => !self.is_wholly_known() || self == other,
            (Value::Dynamic(one), Value::Dynamic(two)) => {
                one.0 == two.0 && one.1.is_partly_unknown_version_of(&two.1)
            }
            _ => self == other,
        }
    }
}
