//! What Terraform's core leaves to providers to check in a configuration.
//!
//! Core converts types, refuses unknown names and missing required arguments. It lets through a value for a computed attribute,
//! an explicit null for a required one, and a write-only value to a client that would not keep it out of the state. Unknown values
//! are never wrong: they may still become right.

use super::diagnostic::{Diagnostic, Diagnostics};
use super::path::Path;
use super::schema::{Attribute, Kind, Mode, Nesting, Schema};
use super::value::Value;

/// Checks a configuration against its schema. `write_only_allowed` is what the client says of itself.
#[must_use]
pub fn validate(schema: &Schema, config: &Value, write_only_allowed: bool) -> Diagnostics {
    let mut check = Check {
        write_only_allowed,
        found: Diagnostics::none(),
    };
    if config.entries().is_some() {
        check.object(&schema.attributes, config, &Path::root(), Addressing::Exact);
    }
    if let Some(message) = &schema.deprecated {
        check
            .found
            .push(Diagnostic::warning("Deprecated", message.clone()));
    }
    check.found
}

/// Whether what is inside can be pointed at. Elements of a set cannot: a path ends at the set.
#[derive(Clone, Copy, PartialEq)]
enum Addressing {
    Exact,
    Within,
}

struct Check {
    write_only_allowed: bool,
    found: Diagnostics,
}

impl Check {
    fn object(
        &mut self,
        attributes: &[Attribute],
        object: &Value,
        path: &Path,
        addressing: Addressing,
    ) {
        for attribute in attributes {
            let at = match addressing {
                Addressing::Exact => path.attribute(attribute.name),
                Addressing::Within => path.clone(),
            };
            self.attribute(attribute, object.get(attribute.name), &at, addressing);
        }
    }

    fn attribute(
        &mut self,
        attribute: &Attribute,
        value: &Value,
        path: &Path,
        addressing: Addressing,
    ) {
        let name = attribute.name;
        if value.is_unknown() {
            return;
        }
        if value.is_null() {
            if attribute.mode == Mode::Required {
                let detail = format!(
                    "The attribute {name:?} is required, and null is no value for it. Give it one."
                );
                self.error("Missing value for a required attribute", detail, path);
            }
            return;
        }
        if attribute.mode == Mode::Computed {
            let detail = format!(
                "The attribute {name:?} is set by the provider. Remove it from the configuration."
            );
            self.error("Value for a read-only attribute", detail, path);
            return;
        }
        if attribute.write_only && !self.write_only_allowed {
            let detail = format!(
                "The attribute {name:?} is write-only: it never reaches a plan or a state. This needs Terraform 1.11 or OpenTofu 1.11, \
                 or later. Use a newer version, or leave the attribute out."
            );
            self.error("Write-only attributes are not supported here", detail, path);
        }
        if let Some(instead) = &attribute.deprecated {
            self.found.push(
                Diagnostic::warning(format!("{name:?} is deprecated"), instead.clone())
                    .at(path.clone()),
            );
        }
        for rule in &attribute.rules {
            self.found
                .append(rule(value, path).into_iter().map(named).collect());
        }
        self.inside(attribute, value, path, addressing);
    }

    fn inside(
        &mut self,
        attribute: &Attribute,
        value: &Value,
        path: &Path,
        addressing: Addressing,
    ) {
        let Kind::Nested(nesting, attributes) = &attribute.kind else {
            return;
        };
        match nesting {
            Nesting::Single => self.object(attributes, value, path, addressing),
            Nesting::List => {
                for (index, element) in value.elements().unwrap_or_default().iter().enumerate() {
                    let at = if addressing == Addressing::Exact {
                        path.index(index)
                    } else {
                        path.clone()
                    };
                    self.element(attributes, element, &at, addressing);
                }
            }
            Nesting::Map => {
                for (key, element) in value.entries().into_iter().flatten() {
                    let at = if addressing == Addressing::Exact {
                        path.key(key)
                    } else {
                        path.clone()
                    };
                    self.element(attributes, element, &at, addressing);
                }
            }
            Nesting::Set => {
                for element in value.elements().unwrap_or_default() {
                    self.element(attributes, element, path, Addressing::Within);
                }
            }
        }
    }

    fn element(
        &mut self,
        attributes: &[Attribute],
        element: &Value,
        path: &Path,
        addressing: Addressing,
    ) {
        if element.entries().is_some() {
            self.object(attributes, element, path, addressing);
        }
    }

    fn error(&mut self, summary: &str, detail: String, path: &Path) {
        self.found
            .push(Diagnostic::error(summary, detail).at(path.clone()));
    }
}

/// Terraform shows the line of an attribute at the top, and of one further in only that of the whole resource: such a message names it.
fn named(found: Diagnostic) -> Diagnostic {
    match &found.path {
        Some(path) if path.steps().len() > 1 => Diagnostic {
            detail: format!("`{path}`: {}", found.detail),
            ..found
        },
        _ => found,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::framework::types::Type;

    fn schema() -> Schema {
        let long = |value: &Value, path: &Path| match value.as_str() {
            Some("bad") => Diagnostic::error("Bad", "bad").at(path.clone()).into(),
            _ => Diagnostics::none(),
        };
        let inner = || {
            vec![
                Attribute::string("given").required().rule(long),
                Attribute::string("made").computed(),
            ]
        };
        Schema {
            attributes: vec![
                Attribute::string("name").required().rule(long),
                Attribute::string("id").computed(),
                Attribute::string("secret").write_only(),
                Attribute::bool("old").deprecated("Use `new`."),
                Attribute::new("tags", Type::map(Type::String)),
                Attribute::single("one", inner()),
                Attribute::nested("many", Nesting::List, inner()),
                Attribute::nested("some", Nesting::Set, inner()),
                Attribute::nested("named", Nesting::Map, inner()),
            ],
            ..Schema::default()
        }
    }

    fn config(changes: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
        let mut config = schema().null_object();
        config.set("name", "x".into());
        changes
            .into_iter()
            .for_each(|(name, value)| config.set(name, value));
        config
    }

    fn paths(config: &Value, write_only_allowed: bool) -> Vec<String> {
        let found = validate(&schema(), config, write_only_allowed);
        found
            .iter()
            .map(|diagnostic| diagnostic.path.clone().unwrap_or_default().to_string())
            .collect()
    }

    fn inner(given: Value, made: Value) -> Value {
        Value::object([("given", given), ("made", made)])
    }

    #[test]
    fn an_explicit_null_is_no_value_for_a_required_attribute() {
        assert_eq!(paths(&config([("name", Value::Null)]), true), ["name"]);
        assert_eq!(
            paths(&config([("one", inner(Value::Null, Value::Null))]), true),
            ["one.given"]
        );
    }

    #[test]
    fn a_computed_attribute_takes_no_value_at_any_depth() {
        assert_eq!(paths(&config([("id", "forced".into())]), true), ["id"]);
        let many = Value::List(vec![inner("x".into(), "forced".into())]);
        assert_eq!(paths(&config([("many", many)]), true), ["many[0].made"]);
        let named = Value::Map([("k".to_owned(), inner("x".into(), "forced".into()))].into());
        assert_eq!(
            paths(&config([("named", named)]), true),
            ["named[\"k\"].made"]
        );
    }

    #[test]
    fn a_path_ends_at_a_set() {
        let some = Value::Set(vec![inner("bad".into(), Value::Null)]);
        assert_eq!(paths(&config([("some", some)]), true), ["some"]);
    }

    #[test]
    fn unknown_values_are_never_wrong() {
        let unknown = Value::unknown;
        let all = schema()
            .attributes
            .iter()
            .map(|attribute| (attribute.name, unknown()))
            .collect::<Vec<_>>();
        assert!(paths(&Value::object(all), false).is_empty());
        assert!(
            paths(
                &config([
                    ("one", inner(unknown(), Value::Null)),
                    ("many", Value::List(vec![unknown()]))
                ]),
                true
            )
            .is_empty()
        );
        assert!(paths(&unknown(), true).is_empty());
    }

    #[test]
    fn write_only_values_need_a_client_that_knows_them() {
        let config = config([("secret", "s".into())]);
        assert!(paths(&config, true).is_empty());
        assert_eq!(paths(&config, false), ["secret"]);
        assert!(
            validate(&schema(), &config, false)
                .iter()
                .any(|found| found.detail.contains("OpenTofu 1.11"))
        );
    }

    #[test]
    fn a_deprecated_attribute_warns_when_it_is_set() {
        let found = validate(&schema(), &config([("old", true.into())]), true);
        assert!(!found.has_error() && !found.is_empty());
    }

    #[test]
    fn rules_are_asked_at_every_depth() {
        assert_eq!(
            paths(
                &config([
                    ("name", "bad".into()),
                    ("one", inner("bad".into(), Value::Null))
                ]),
                true
            ),
            ["name", "one.given"]
        );
    }
}
