//! Values as they rest in a state: JSON, read by the type.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::{DEEPEST, Malformed, type_json};
use crate::framework::path::Path;
use crate::framework::types::Type;
use crate::framework::value::Value;

/// Reads a value of that type. Attributes that the JSON lacks are null, those it has too many are passed over: the state may be
/// older or newer than the schema.
///
/// # Errors
/// Where the JSON is not such a value.
pub fn decode(bytes: &[u8], ty: &Type) -> Result<Value, Malformed> {
    let json = serde_json::from_slice(bytes).map_err(|error| {
        Malformed::new(&Path::root(), format!("the state is not JSON: {error}"))
    })?;
    value(&json, ty, &Path::root(), 0)
}

fn value(json: &Json, ty: &Type, path: &Path, depth: usize) -> Result<Value, Malformed> {
    if depth > DEEPEST {
        return Err(Malformed::new(path, "the value is nested too deeply"));
    }
    match (json, ty) {
        (Json::Null, _) => Ok(Value::Null),
        (Json::Bool(value), Type::Bool) => Ok(Value::Bool(*value)),
        (Json::Number(number), Type::Number) => number
            .to_string()
            .parse()
            .map(Value::Number)
            .map_err(|error| Malformed::new(path, format!("{error}"))),
        (Json::String(text), Type::Number) => text
            .parse()
            .map(Value::Number)
            .map_err(|error| Malformed::new(path, format!("{error}"))),
        (Json::String(text), Type::String) => Ok(Value::String(text.clone())),
        (Json::Array(elements), Type::List(ty)) => elements
            .iter()
            .enumerate()
            .map(|(index, element)| value(element, ty, &path.index(index), depth + 1))
            .collect::<Result<_, _>>()
            .map(Value::List),
        (Json::Array(elements), Type::Set(ty)) => elements
            .iter()
            .map(|element| value(element, ty, path, depth + 1))
            .collect::<Result<_, _>>()
            .map(Value::Set),
        (Json::Array(elements), Type::Tuple(types)) if elements.len() == types.len() => elements
            .iter()
            .zip(types)
            .enumerate()
            .map(|(index, (element, ty))| value(element, ty, &path.index(index), depth + 1))
            .collect::<Result<_, _>>()
            .map(Value::Tuple),
        (Json::Object(entries), Type::Map(ty)) => entries
            .iter()
            .map(|(key, entry)| Ok((key.clone(), value(entry, ty, &path.key(key), depth + 1)?)))
            .collect::<Result<_, _>>()
            .map(Value::Map),
        (Json::Object(entries), Type::Object(types)) => types
            .iter()
            .map(|(name, ty)| {
                Ok((
                    name.clone(),
                    value(
                        entries.get(name).unwrap_or(&Json::Null),
                        ty,
                        &path.attribute(name),
                        depth + 1,
                    )?,
                ))
            })
            .collect::<Result<BTreeMap<_, _>, _>>()
            .map(Value::Object),
        (Json::Object(entries), Type::Dynamic) => dynamic(entries, path, depth),
        _ => Err(Malformed::new(
            path,
            format!(
                "a value of another type than {} is in the state",
                type_json::name(ty)
            ),
        )),
    }
}

/// `{"value": …, "type": …}`
fn dynamic(
    entries: &serde_json::Map<String, Json>,
    path: &Path,
    depth: usize,
) -> Result<Value, Malformed> {
    let (Some(inner), Some(ty)) = (entries.get("value"), entries.get("type")) else {
        return Err(Malformed::new(
            path,
            "a dynamic value is in the state without its type",
        ));
    };
    let ty = type_json::from_json(ty, 0).map_err(|error| Malformed::new(path, error))?;
    match value(inner, &ty, path, depth + 1)? {
        Value::Null => Ok(Value::Null),
        value @ Value::Dynamic(_) => Ok(value),
        value => Ok(Value::Dynamic(Box::new((ty, value)))),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ty() -> Type {
        Type::object([
            ("name", Type::String),
            ("size", Type::Number),
            ("tags", Type::map(Type::String)),
            ("some", Type::set(Type::Number)),
            ("any", Type::Dynamic),
        ])
    }

    #[test]
    fn a_state_is_read_whatever_its_age() {
        let read = decode(
            br#"{ "name": "x", "gone": [1], "size": 12345678901234567890.5 }"#,
            &ty(),
        )
        .unwrap();
        assert_eq!(read.get("name"), &Value::from("x"));
        assert_eq!(
            read.get("size"),
            &Value::Number("12345678901234567890.5".parse().unwrap())
        );
        assert!(read.get("tags").is_null() && read.get("gone").is_null());
    }

    #[test]
    fn a_dynamic_value_brings_its_type() {
        let read = decode(
            br#"{"any":{"type":["list","string"],"value":["a"]}}"#,
            &ty(),
        )
        .unwrap();
        let expected = Value::Dynamic(Box::new((
            Type::list(Type::String),
            Value::List(vec!["a".into()]),
        )));
        assert_eq!(read.get("any"), &expected);
    }

    #[test]
    fn a_wrong_type_is_named_by_its_path() {
        let error = decode(br#"{"tags":{"team":5}}"#, &ty()).unwrap_err();
        assert_eq!(error.path.to_string(), "tags[\"team\"]");
    }

    proptest! {
        #[test]
        fn random_text_never_panics(text in "\\PC{0,200}") {
            let _ = decode(text.as_bytes(), &ty());
        }

        #[test]
        fn random_json_never_panics(key in "name|size|tags|some|any|x", text in "[\\[\\]{}\",:0-9a-z.eE+-]{0,60}") {
            let _ = decode(format!("{{\"{key}\":{text}}}").as_bytes(), &ty());
        }
    }
}
