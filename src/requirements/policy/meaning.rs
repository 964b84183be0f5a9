//! The parts of a statement, as they are meant.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

/// One value stands alone, as AWS's own examples have it.
pub(super) fn one_or_many(values: impl Iterator<Item = String>) -> Value {
    let mut values = values.map(Value::String).collect::<Vec<_>>();
    match values.len() {
        1 => values.remove(0),
        _ => Value::Array(values),
    }
}

pub(super) fn texts_at(statement: &Value, name: &str) -> Vec<String> {
    statement.get(name).map(texts).unwrap_or_default()
}

pub(super) fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(values) => values.iter().flat_map(texts).collect(),
        Value::Bool(value) => vec![value.to_string()],
        Value::Number(value) => vec![value.to_string()],
        Value::Null | Value::Object(_) => Vec::new(),
    }
}

/// Operators and keys of conditions with their values as sets; the case of keys does not count.
pub(super) fn condition(value: Option<&Value>) -> Value {
    let Some(Value::Object(operators)) = value else {
        return Value::Null;
    };
    let normal = operators.iter().map(|(operator, keys)| {
        let keys = keys.as_object().cloned().unwrap_or_default();
        let keys = keys.iter().map(|(key, values)| {
            let values = texts(values).into_iter().collect::<BTreeSet<_>>();
            (key.to_lowercase(), json!(values))
        });
        (operator.clone(), Value::Object(keys.collect()))
    });
    let normal = normal.collect::<Map<_, _>>();
    match normal.is_empty() {
        true => Value::Null,
        false => Value::Object(normal),
    }
}

/// An account number stands for the root of the account, whatever part of AWS the account is in.
pub(super) fn principal(text: &str) -> String {
    let is_account =
        |number: &str| number.len() == 12 && number.bytes().all(|b| b.is_ascii_digit());
    let root = text
        .strip_suffix(":root")
        .and_then(|arn| arn.split_once(":iam::"));
    match root {
        Some((partition, number)) if partition.starts_with("arn:aws") && is_account(number) => {
            number.to_owned()
        }
        _ => text.to_owned(),
    }
}

/// Whether there is a text that both patterns take in.
pub(super) fn overlap(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    // row[j]: whether what is left of `one` and other[j..] overlap; from the ends to the beginnings.
    let mut row = vec![false; other.len() + 1];
    for at in (0..=one.len()).rev() {
        let below = row.clone();
        for of in (0..=other.len()).rev() {
            row[of] = match (one.get(at), other.get(of)) {
                (None, None) => true,
                (Some(b'*'), letter) => below[of] || letter.is_some() && row[of + 1],
                (letter, Some(b'*')) => row[of + 1] || letter.is_some() && below[of],
                (Some(a), Some(b)) => (a == b || *a == b'?' || *b == b'?') && below[of + 1],
                (None, Some(_)) | (Some(_), None) => false,
            };
        }
    }
    row[0]
}

/// Whether the pattern, with `*` for anything and `?` for one character, takes in everything that the text (a pattern, too) does.
pub(super) fn fits(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut at, mut of) = (0, 0);
    let mut star = None;
    while of < text.len() {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, of));
                at += 1;
            }
            Some(byte) if *byte == text[of] || (*byte == b'?' && text[of] != b'*') => {
                at += 1;
                of += 1;
            }
            _ => match star {
                Some((back, from)) => {
                    star = Some((back, from + 1));
                    at = back + 1;
                    of = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|byte| *byte == b'*')
}
