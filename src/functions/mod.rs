//! The pure functions a user can call (`provider::wandb::…`), one file for each. They touch nothing outside.

mod address_object;
#[cfg(test)]
mod catalogue;
mod helm_values;
mod parse_storage_address;
#[cfg(test)]
mod properties;
mod storage_address;
mod supported_file_stores;

use crate::framework::function::{Function, FunctionError};
use crate::framework::types::Type;
use crate::framework::value::Value;

/// All of them.
#[must_use]
pub fn all() -> Vec<Box<dyn Function>> {
    vec![
        Box::new(helm_values::HelmValues),
        Box::new(parse_storage_address::ParseStorageAddress),
        Box::new(storage_address::StorageAddress),
        Box::new(supported_file_stores::SupportedFileStores),
    ]
}

/// The error about the argument of that number, from 0.
fn wrong(argument: usize, text: impl Into<String>) -> FunctionError {
    FunctionError {
        text: text.into(),
        argument: Some(argument),
    }
}

/// An argument that is an object of which any attributes may be left out.
struct Object<'a> {
    value: &'a Value,
    argument: usize,
}

impl<'a> Object<'a> {
    /// Takes the argument of that number, if it is an object of attributes with these names alone.
    fn of(arguments: &'a [Value], argument: usize, names: &[&str]) -> Result<Self, FunctionError> {
        let value = match arguments.get(argument) {
            Some(Value::Dynamic(typed)) => &typed.1,
            Some(value) => value,
            None => &Value::Null,
        };
        let known = || format!("The attributes are {}", listed(names));
        let entries = value
            .entries()
            .ok_or_else(|| wrong(argument, format!("It is not an object. {}", known())))?;
        match entries.keys().find(|name| !names.contains(&name.as_str())) {
            Some(other) => Err(wrong(
                argument,
                format!("There is no attribute {other:?}. {}", known()),
            )),
            None => Ok(Self { value, argument }),
        }
    }

    fn text(&self, name: &str) -> Result<Option<String>, FunctionError> {
        match self.attribute(name) {
            Value::Null => Ok(None),
            Value::String(text) => Ok(Some(text.clone())),
            _ => Err(self.wrong(format!("`{name}` is not a string"))),
        }
    }

    /// A bool, or what Terraform itself would convert to one.
    fn flag(&self, name: &str) -> Result<Option<bool>, FunctionError> {
        let value = self.attribute(name);
        match (value, value.as_bool(), value.as_str()) {
            (Value::Null, ..) => Ok(None),
            (_, Some(flag), _) => Ok(Some(flag)),
            (_, _, Some("true")) => Ok(Some(true)),
            (_, _, Some("false")) => Ok(Some(false)),
            _ => Err(self.wrong(format!("`{name}` is neither true nor false"))),
        }
    }

    fn attribute(&self, name: &str) -> &'a Value {
        match self.value.get(name) {
            Value::Dynamic(typed) => &typed.1,
            value => value,
        }
    }

    fn wrong(&self, text: impl Into<String>) -> FunctionError {
        wrong(self.argument, text)
    }
}

fn listed(names: &[&str]) -> String {
    let quoted = names.iter().map(|name| format!("`{name}`"));
    quoted.collect::<Vec<_>>().join(", ")
}

/// An object type with these attributes.
fn object_type(texts: &[&'static str], flags: &[&'static str]) -> Type {
    let texts = texts.iter().map(|name| (*name, Type::String));
    let flags = flags.iter().map(|name| (*name, Type::Bool));
    Type::object(texts.chain(flags))
}
