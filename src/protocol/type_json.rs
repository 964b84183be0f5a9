//! Types as Terraform writes them: `"string"`, `["list","string"]`, `["object",{"a":"bool"}]`.

use serde_json::{Value as Json, json};

use crate::framework::types::Type;
use crate::protocol::DEEPEST;

/// Writes a type.
pub(super) fn encode(ty: &Type) -> Vec<u8> {
    to_json(ty).to_string().into_bytes()
}

/// The type in words, for messages.
pub(super) fn name(ty: &Type) -> String {
    match ty {
        Type::Bool => "bool".to_owned(),
        Type::Number => "number".to_owned(),
        Type::String => "string".to_owned(),
        Type::Dynamic => "any".to_owned(),
        Type::List(element) => format!("list of {}", name(element)),
        Type::Set(element) => format!("set of {}", name(element)),
        Type::Map(element) => format!("map of {}", name(element)),
        Type::Object(_) => "object".to_owned(),
        Type::Tuple(_) => "tuple".to_owned(),
    }
}

/// Reads a type.
pub(super) fn decode(bytes: &[u8]) -> Result<Type, String> {
    let json =
        serde_json::from_slice(bytes).map_err(|error| format!("a type is not JSON: {error}"))?;
    from_json(&json, 0)
}

/// Reads a type that stands inside other JSON.
pub(super) fn from_json(json: &Json, depth: usize) -> Result<Type, String> {
    let unknown = || format!("{json} is not a type");
    if depth > DEEPEST {
        return Err("a type is nested too deeply".to_owned());
    }
    match json {
        Json::String(word) => match word.as_str() {
            "bool" => Ok(Type::Bool),
            "number" => Ok(Type::Number),
            "string" => Ok(Type::String),
            "dynamic" => Ok(Type::Dynamic),
            _ => Err(unknown()),
        },
        Json::Array(parts) => match (parts.first().and_then(Json::as_str), parts.get(1)) {
            (Some("list"), Some(element)) => Ok(Type::list(from_json(element, depth + 1)?)),
            (Some("set"), Some(element)) => Ok(Type::set(from_json(element, depth + 1)?)),
            (Some("map"), Some(element)) => Ok(Type::map(from_json(element, depth + 1)?)),
            (Some("tuple"), Some(Json::Array(types))) => types
                .iter()
                .map(|ty| from_json(ty, depth + 1))
                .collect::<Result<_, _>>()
                .map(Type::Tuple),
            (Some("object"), Some(Json::Object(attributes))) => {
                let attributes = attributes
                    .iter()
                    .map(|(name, ty)| Ok::<_, String>((name.clone(), from_json(ty, depth + 1)?)));
                attributes.collect::<Result<_, _>>().map(Type::Object)
            }
            _ => Err(unknown()),
        },
        _ => Err(unknown()),
    }
}

fn to_json(ty: &Type) -> Json {
    match ty {
        Type::Bool => json!("bool"),
        Type::Number => json!("number"),
        Type::String => json!("string"),
        Type::Dynamic => json!("dynamic"),
        Type::List(element) => json!(["list", to_json(element)]),
        Type::Set(element) => json!(["set", to_json(element)]),
        Type::Map(element) => json!(["map", to_json(element)]),
        Type::Object(attributes) => {
            json!([
                "object",
                attributes
                    .iter()
                    .map(|(name, ty)| (name.clone(), to_json(ty)))
                    .collect::<serde_json::Map<_, _>>()
            ])
        }
        Type::Tuple(types) => json!(["tuple", types.iter().map(to_json).collect::<Vec<_>>()]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_written_as_terraform_reads_them_and_read_back() {
        let ty = Type::object([
            ("a", Type::list(Type::Bool)),
            ("b", Type::Tuple(vec![Type::Dynamic, Type::Number])),
        ]);
        let text = r#"["object",{"a":["list","bool"],"b":["tuple",["dynamic","number"]]}]"#;
        assert_eq!(String::from_utf8(encode(&ty)).unwrap(), text);
        assert_eq!(decode(text.as_bytes()).unwrap(), ty);
    }

    #[test]
    fn nonsense_is_no_type() {
        for text in [
            "",
            "\"text\"",
            "[]",
            "[\"list\"]",
            "{}",
            "[\"object\",[]]",
            "1",
        ] {
            assert!(decode(text.as_bytes()).is_err(), "{text}");
        }
    }
}
