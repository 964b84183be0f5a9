//! What Terraform's core does with a plan and a result: its merge, and its two checks.
//!
//! Source: the documents "Resource instance change lifecycle" and "Planning behaviors" of Terraform, and what its messages
//! "Provider produced invalid plan", "… inconsistent final plan" and "… inconsistent result after apply" demand.

use terraform_provider_wandb::framework::schema::{Attribute, Kind, Nesting};
use terraform_provider_wandb::framework::value::Value;

/// What is wrong, and where.
pub type Checked = Result<(), String>;

/// Core's merge of configuration and prior state: the configuration, and the prior value of what is computed and not configured.
pub fn proposed(attributes: &[Attribute], prior: &Value, config: &Value) -> Value {
    Value::object(attributes.iter().map(|attribute| {
        let (prior, config) = (prior.get(attribute.name), config.get(attribute.name));
        let keep = attribute.is_computed()
            && config.is_null()
            && !(attribute.is_configurable() && was_configured(attribute, prior));
        let value = match keep {
            true => prior.clone(),
            false => proposed_nested(attribute, prior, config),
        };
        (attribute.name, value)
    }))
}

/// A nested prior value with a value that only a configuration can have given: the configuration dropped it since.
fn was_configured(attribute: &Attribute, prior: &Value) -> bool {
    let Kind::Nested(nesting, attributes) = &attribute.kind else {
        return false;
    };
    objects(*nesting, prior).into_iter().any(|object| {
        attributes.iter().any(|inner| {
            let value = object.get(inner.name);
            (!inner.is_computed() && !value.is_null())
                || (inner.is_configurable() && was_configured(inner, value))
        })
    })
}

fn objects(nesting: Nesting, value: &Value) -> Vec<&Value> {
    match (nesting, value) {
        (_, Value::Null | Value::Unknown(_)) => Vec::new(),
        (Nesting::Single, object) => vec![object],
        (Nesting::Map, Value::Map(entries)) => entries.values().collect(),
        (_, collection) => collection.elements().unwrap_or_default().iter().collect(),
    }
}

fn proposed_nested(attribute: &Attribute, prior: &Value, config: &Value) -> Value {
    let Kind::Nested(_, attributes) = &attribute.kind else {
        return config.clone();
    };
    let merged = |prior: &Value, config: &Value| match config {
        Value::Object(_) => proposed(attributes, prior, config),
        other => other.clone(),
    };
    match config {
        Value::Object(_) => merged(prior, config),
        Value::List(configs) => {
            let priors = prior.elements().unwrap_or_default();
            let elements = configs.iter().enumerate();
            Value::List(
                elements
                    .map(|(index, config)| {
                        merged(priors.get(index).unwrap_or(&Value::Null), config)
                    })
                    .collect(),
            )
        }
        Value::Map(configs) => Value::Map(
            configs
                .iter()
                .map(|(key, config)| (key.clone(), merged(prior.get(key), config)))
                .collect(),
        ),
        // In a set nothing is computed, so there is nothing to keep.
        other => other.clone(),
    }
}

/// The check of every plan (`AssertPlanValid`).
pub fn plan_is_valid(
    attributes: &[Attribute],
    prior: &Value,
    config: &Value,
    planned: &Value,
) -> Checked {
    for attribute in attributes {
        let of = |value: &Value| value.get(attribute.name).clone();
        attribute_is_valid(attribute, &of(prior), &of(config), &of(planned))
            .map_err(|wrong| format!(".{}{wrong}", attribute.name))?;
    }
    Ok(())
}

fn attribute_is_valid(
    attribute: &Attribute,
    prior: &Value,
    config: &Value,
    planned: &Value,
) -> Checked {
    if attribute.write_only {
        return match planned.is_null() {
            true => Ok(()),
            false => Err(": a write-only value is in the plan".to_owned()),
        };
    }
    if planned == config || (planned == prior && !prior.is_null() && !config.is_null()) {
        return Ok(());
    }
    if config.is_null() {
        return match attribute.is_computed() {
            true => Ok(()),
            false => Err(format!(
                ": planned {planned:?} for an attribute that is not computed"
            )),
        };
    }
    if !attribute.is_configurable() {
        return Ok(());
    }
    let Kind::Nested(nesting, attributes) = &attribute.kind else {
        return Err(format!(
            ": planned {planned:?} is neither {config:?} nor {prior:?}"
        ));
    };
    let null = Value::Null;
    match (nesting, config, planned) {
        (Nesting::Single, Value::Object(_), Value::Object(_)) => {
            plan_is_valid(attributes, prior, config, planned)
        }
        (Nesting::List, Value::List(configs), Value::List(elements))
            if configs.len() == elements.len() =>
        {
            let priors = prior.elements().unwrap_or_default();
            configs
                .iter()
                .zip(elements)
                .enumerate()
                .try_for_each(|(index, (config, planned))| {
                    let prior = priors.get(index).unwrap_or(&null);
                    element_is_valid(attributes, prior, config, planned)
                })
        }
        (Nesting::Map, Value::Map(configs), Value::Map(elements))
            if configs.keys().eq(elements.keys()) =>
        {
            configs
                .iter()
                .zip(elements.values())
                .try_for_each(|((key, config), planned)| {
                    element_is_valid(attributes, prior.get(key), config, planned)
                })
        }
        (Nesting::Set, Value::Set(configs), Value::Set(elements))
            if configs.len() == elements.len() =>
        {
            Ok(())
        }
        _ => Err(format!(": planned {planned:?} does not fit {config:?}")),
    }
}

fn element_is_valid(
    attributes: &[Attribute],
    prior: &Value,
    config: &Value,
    planned: &Value,
) -> Checked {
    match (config, planned) {
        (Value::Object(_), Value::Object(_)) => plan_is_valid(attributes, prior, config, planned),
        _ if config == planned => Ok(()),
        _ => Err(format!("[]: planned {planned:?} does not fit {config:?}")),
    }
}

/// The check of a second plan against the first, and of a result against its plan (`AssertObjectCompatible`): what was known
/// stays, what was unknown may be anything.
pub fn is_compatible(planned: &Value, actual: &Value) -> Checked {
    let same = |same: bool| match same {
        true => Ok(()),
        false => Err(format!(": was {planned:?}, but now {actual:?}")),
    };
    match (planned, actual) {
        (Value::Unknown(_), _) => Ok(()),
        (Value::List(planned), Value::List(actual))
        | (Value::Tuple(planned), Value::Tuple(actual))
            if planned.len() == actual.len() =>
        {
            planned
                .iter()
                .zip(actual)
                .try_for_each(|(planned, actual)| is_compatible(planned, actual))
        }
        (Value::Map(planned), Value::Map(actual))
        | (Value::Object(planned), Value::Object(actual))
            if planned.keys().eq(actual.keys()) =>
        {
            planned
                .iter()
                .zip(actual.values())
                .try_for_each(|((key, planned), actual)| {
                    is_compatible(planned, actual).map_err(|wrong| format!(".{key}{wrong}"))
                })
        }
        // Every element that results is one that was planned. Fewer may come out: two unknown ones may turn out equal.
        (Value::Set(elements), Value::Set(results)) => same(
            results.len() <= elements.len()
                && results.iter().all(|actual| {
                    elements
                        .iter()
                        .any(|planned| is_compatible(planned, actual).is_ok())
                }),
        ),
        (Value::Dynamic(planned), Value::Dynamic(actual)) if planned.0 == actual.0 => {
            is_compatible(&planned.1, &actual.1)
        }
        _ => same(planned == actual),
    }
}
