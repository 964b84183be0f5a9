//! What becomes of an operation's result: Terraform's core must get a whole object, the promises of the plan must be kept, and
//! nothing that exists may fall out of the state.
//!
//! Source: Terraform's "resource instance change lifecycle", *ApplyResourceChange* and *ReadResource*.

use super::diagnostic::Diagnostic;
use super::guard::{Panicked, panicked};
use super::operation::Operation;
use super::path::Path;
use super::private::Private;
use super::resource::Applied;
use super::schema::{Attribute, Kind, Nesting, Schema};
use super::server::StateOutput;
use super::value::Value;

type Result<T> = std::result::Result<T, Panicked>;

/// A create: nothing was there before.
pub(super) fn of_create(
    applied: Result<Applied>,
    schema: &Schema,
    planned: &Value,
    operation: &Operation,
) -> StateOutput {
    let applied = applied.unwrap_or_else(|panic| {
        let (state, private) = operation
            .recorded()
            .map_or_else(Default::default, |(state, private)| (Some(state), private));
        let now = if state.is_some() {
            "What was made until then is in the state."
        } else {
            "It may have made something that is not in the state."
        };
        Applied {
            state,
            private,
            diagnostics: panicked(&panic, now).into(),
        }
    });
    let mut output = plain(applied);
    if output.state.is_null() && !output.diagnostics.has_error() {
        output.diagnostics.push(bug(
            "The create ended without an object and without an error.",
            &Path::root(),
        ));
    }
    keep_promises(schema, planned, &mut output);
    output
}

/// An update: on failure the state before is what is known.
pub(super) fn of_update(
    applied: Result<Applied>,
    schema: &Schema,
    prior: Value,
    private: Private,
    planned: &Value,
    operation: &Operation,
) -> StateOutput {
    let applied = applied.unwrap_or_else(|panic| {
        let (state, private) = operation
            .recorded()
            .unwrap_or((prior.clone(), private.clone()));
        Applied {
            state: Some(state),
            private,
            diagnostics: panicked(&panic, "The state is kept.").into(),
        }
    });
    if applied.state.is_none() {
        let mut diagnostics = applied.diagnostics;
        if !diagnostics.has_error() {
            diagnostics.push(bug(
                "The update ended without an object and without an error.",
                &Path::root(),
            ));
        }
        return StateOutput {
            state: prior,
            private: private.to_bytes(),
            diagnostics,
        };
    }
    let mut output = plain(applied);
    keep_promises(schema, planned, &mut output);
    output
}

/// A delete: with an error the object is still there.
pub(super) fn of_delete(
    applied: Result<Applied>,
    private: Private,
    operation: &Operation,
) -> StateOutput {
    match applied {
        Ok(applied) if !applied.diagnostics.has_error() => StateOutput {
            state: Value::Null,
            private: Vec::new(),
            diagnostics: applied.diagnostics,
        },
        // No state with an error has core keep the object as it was, with its private state: of a replaced object the plan's private state is
        // that of its successor.
        Ok(applied) => StateOutput {
            state: applied.state.unwrap_or(Value::Null),
            private: private.to_bytes(),
            diagnostics: applied.diagnostics,
        },
        Err(panic) => {
            let (state, private) = operation.recorded().unwrap_or((Value::Null, private));
            StateOutput {
                state,
                private: private.to_bytes(),
                diagnostics: panicked(&panic, "The state is kept.").into(),
            }
        }
    }
}

/// A read: an error keeps the state; only a confirmed absence drops it.
pub(super) fn of_read(
    read: Result<Applied>,
    schema: &Schema,
    state: Value,
    private: Vec<u8>,
) -> StateOutput {
    match read {
        Ok(read) if !read.diagnostics.has_error() => {
            let mut output = plain(read);
            if !output.state.is_null() {
                complete(schema, &mut output);
            }
            output
        }
        Ok(read) => StateOutput {
            state,
            private,
            diagnostics: read.diagnostics,
        },
        Err(panic) => StateOutput {
            state,
            private,
            diagnostics: panicked(&panic, "The state is kept.").into(),
        },
    }
}

/// As it is.
pub(super) fn plain(applied: Applied) -> StateOutput {
    StateOutput {
        state: applied.state.unwrap_or(Value::Null),
        private: applied.private.to_bytes(),
        diagnostics: applied.diagnostics,
    }
}

fn keep_promises(schema: &Schema, planned: &Value, output: &mut StateOutput) {
    if output.state.is_null() {
        return;
    }
    complete(schema, output);
    // With an error the state says what is true, which need not be what was planned.
    if !output.diagnostics.has_error()
        && let Some(path) = broken_promise(planned, &output.state, &Path::root())
    {
        output.diagnostics.push(bug(
            &format!("After the apply `{path}` is not what the plan said."),
            &path,
        ));
    }
}

/// A state is wholly known and holds no write-only value.
fn complete(schema: &Schema, output: &mut StateOutput) {
    if !output.state.is_wholly_known() {
        output.state = without_unknowns(&output.state);
        if !output.diagnostics.has_error() {
            output.diagnostics.push(bug(
                "Something in the state is still unknown.",
                &Path::root(),
            ));
        }
    }
    output.state = without_write_only(&schema.attributes, &output.state);
}

fn without_unknowns(value: &Value) -> Value {
    match value {
        Value::Unknown(_) => Value::Null,
        Value::List(elements) => Value::List(elements.iter().map(without_unknowns).collect()),
        Value::Set(elements) => Value::Set(elements.iter().map(without_unknowns).collect()),
        Value::Tuple(elements) => Value::Tuple(elements.iter().map(without_unknowns).collect()),
        Value::Map(entries) => Value::Map(
            entries
                .iter()
                .map(|(key, value)| (key.clone(), without_unknowns(value)))
                .collect(),
        ),
        Value::Object(entries) => Value::Object(
            entries
                .iter()
                .map(|(key, value)| (key.clone(), without_unknowns(value)))
                .collect(),
        ),
        Value::Dynamic(typed) => {
            Value::Dynamic(Box::new((typed.0.clone(), without_unknowns(&typed.1))))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

fn without_write_only(attributes: &[Attribute], object: &Value) -> Value {
    let Value::Object(entries) = object else {
        return object.clone();
    };
    let mut entries = entries.clone();
    for attribute in attributes {
        let Some(value) = entries.get_mut(attribute.name) else {
            continue;
        };
        if attribute.write_only {
            *value = Value::Null;
        } else if let Kind::Nested(nesting, inner) = &attribute.kind {
            *value = match (nesting, &*value) {
                (Nesting::List, Value::List(elements)) => Value::List(
                    elements
                        .iter()
                        .map(|element| without_write_only(inner, element))
                        .collect(),
                ),
                (Nesting::Map, Value::Map(elements)) => Value::Map(
                    elements
                        .iter()
                        .map(|(key, element)| (key.clone(), without_write_only(inner, element)))
                        .collect(),
                ),
                (Nesting::Single, object) => without_write_only(inner, object),
                (_, other) => other.clone(),
            };
        }
    }
    Value::Object(entries)
}

/// The first place where a value that the plan knew came out otherwise.
fn broken_promise(planned: &Value, actual: &Value, path: &Path) -> Option<Path> {
    match (planned, actual) {
        (Value::Object(planned), Value::Object(actual)) => {
            planned.iter().find_map(|(name, value)| {
                broken_promise(
                    value,
                    actual.get(name).unwrap_or(&Value::Null),
                    &path.attribute(name),
                )
            })
        }
        (Value::Map(one), Value::Map(two)) if one.keys().eq(two.keys()) => {
            one.iter().find_map(|(key, value)| {
                broken_promise(value, two.get(key).unwrap_or(&Value::Null), &path.key(key))
            })
        }
        _ if planned.is_partly_unknown_version_of(actual) => None,
        _ => Some(path.clone()),
    }
}

fn bug(what: &str, path: &Path) -> Diagnostic {
    let diagnostic = Diagnostic::error(
        "The provider has a bug",
        format!(
            "{what} The state holds what is true now. Please report this with the configuration that led to it, and without any secrets."
        ),
    );
    if *path == Path::root() {
        diagnostic
    } else {
        diagnostic.at(path.clone())
    }
}
