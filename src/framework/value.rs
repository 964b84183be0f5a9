//! Values in configurations, plans and states: known, null or not known yet.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::number::Number;
use super::types::Type;

/// A value whose type the schema knows.
///
/// Equality is what Terraform's core means by it: sets without order, numbers by value, refinements of an unknown ignored.
/// The order exists so that sets can be compared; it means nothing to a user.
#[derive(Debug, Clone, Default)]
pub enum Value {
    /// Absent.
    #[default]
    Null,
    /// Known only after apply, with what Terraform promises of it.
    Unknown(Refinement),
    /// `bool`
    Bool(bool),
    /// `number`
    Number(Number),
    /// `string`
    String(String),
    /// `list(T)`
    List(Vec<Value>),
    /// `set(T)`; the order means nothing.
    Set(Vec<Value>),
    /// `map(T)`
    Map(BTreeMap<String, Value>),
    /// An object or a nested attribute: every declared attribute is present, null where unset.
    Object(BTreeMap<String, Value>),
    /// `tuple([…])`
    Tuple(Vec<Value>),
    /// A known value of an attribute declared `dynamic`, with the type it brought.
    Dynamic(Box<(Type, Value)>),
}

/// What is already certain about an unknown value ("unknown value refinements" in Terraform's wire format).
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Refinement {
    /// It will not be null.
    pub not_null: bool,
    /// The text it will start with.
    pub prefix: Option<String>,
    /// The least number it can be, and whether that number itself is possible.
    pub least: Option<(Number, bool)>,
    /// The greatest number it can be, and whether that number itself is possible.
    pub greatest: Option<(Number, bool)>,
    /// The fewest elements it can have.
    pub fewest: Option<i64>,
    /// The most elements it can have.
    pub most: Option<i64>,
}

static NULL: Value = Value::Null;
static UNKNOWN: Value = Value::unknown();

impl Value {
    /// A value known only after apply, of which nothing is certain.
    #[must_use]
    pub const fn unknown() -> Self {
        Self::Unknown(Refinement {
            not_null: false,
            prefix: None,
            least: None,
            greatest: None,
            fewest: None,
            most: None,
        })
    }

    /// A set of strings.
    pub fn set_of_strings<S: Into<String>>(strings: impl IntoIterator<Item = S>) -> Self {
        Self::Set(
            strings
                .into_iter()
                .map(|text| Self::String(text.into()))
                .collect(),
        )
    }

    /// A map of strings.
    pub fn map_of_strings<K: Into<String>, V: Into<String>>(
        entries: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        Self::Map(
            entries
                .into_iter()
                .map(|(key, value)| (key.into(), Self::String(value.into())))
                .collect(),
        )
    }

    /// An object.
    pub fn object<'a>(attributes: impl IntoIterator<Item = (&'a str, Value)>) -> Self {
        Self::Object(
            attributes
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
        )
    }

    /// The text, or null.
    pub fn optional_string<S: Into<String>>(text: Option<S>) -> Self {
        text.map_or(Self::Null, |text| Self::String(text.into()))
    }

    /// Whether it is null.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Whether it is not known yet. Only this very value counts, not what is inside.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown(_))
    }

    /// Whether neither it nor anything inside is unknown.
    #[must_use]
    pub fn is_wholly_known(&self) -> bool {
        match self {
            Self::Unknown(_) => false,
            Self::List(elements) | Self::Set(elements) | Self::Tuple(elements) => {
                elements.iter().all(Self::is_wholly_known)
            }
            Self::Map(entries) | Self::Object(entries) => {
                entries.values().all(Self::is_wholly_known)
            }
            Self::Dynamic(typed) => typed.1.is_wholly_known(),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::String(_) => true,
        }
    }

    /// The attribute or map element of that name. Of null it is null, of unknown it is unknown.
    #[must_use]
    pub fn get(&self, name: &str) -> &Value {
        match self {
            Self::Map(entries) | Self::Object(entries) => entries.get(name).unwrap_or(&NULL),
            Self::Dynamic(typed) => typed.1.get(name),
            Self::Unknown(_) => &UNKNOWN,
            _ => &NULL,
        }
    }

    /// Sets an attribute of an object or an element of a map; of anything else it does nothing.
    pub fn set(&mut self, name: &str, value: Value) {
        if let Self::Map(entries) | Self::Object(entries) = self {
            entries.insert(name.to_owned(), value);
        }
    }

    /// The place of this kind of value among the kinds, for an order over all values.
    fn rank(&self) -> u8 {
        match self {
            Self::Null => 0,
            Self::Unknown(_) => 1,
            Self::Bool(_) => 2,
            Self::Number(_) => 3,
            Self::String(_) => 4,
            Self::List(_) => 5,
            Self::Set(_) => 6,
            Self::Map(_) => 7,
            Self::Object(_) => 8,
            Self::Tuple(_) => 9,
            Self::Dynamic(_) => 10,
        }
    }

    /// The text of a known string.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// A known bool.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// A known whole number that fits.
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Number(number) => number.as_i64(),
            _ => None,
        }
    }

    /// The elements of a known list, set or tuple.
    #[must_use]
    pub fn elements(&self) -> Option<&[Value]> {
        match self {
            Self::List(elements) | Self::Set(elements) | Self::Tuple(elements) => Some(elements),
            _ => None,
        }
    }

    /// The entries of a known map or object.
    #[must_use]
    pub fn entries(&self) -> Option<&BTreeMap<String, Value>> {
        match self {
            Self::Map(entries) | Self::Object(entries) => Some(entries),
            _ => None,
        }
    }

    /// The strings of a known list or set, leaving out what is null or unknown.
    #[must_use]
    pub fn strings(&self) -> Vec<String> {
        self.elements()
            .unwrap_or_default()
            .iter()
            .filter_map(|element| element.as_str().map(str::to_owned))
            .collect()
    }

    /// The strings of a known map, leaving out what is null or unknown.
    #[must_use]
    pub fn string_map(&self) -> BTreeMap<String, String> {
        let entries = self.entries().into_iter().flatten();
        entries
            .filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())))
            .collect()
    }
}

impl Ord for Value {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Bool(one), Self::Bool(two)) => one.cmp(two),
            (Self::Number(one), Self::Number(two)) => one.cmp(two),
            (Self::String(one), Self::String(two)) => one.cmp(two),
            (Self::List(one), Self::List(two)) | (Self::Tuple(one), Self::Tuple(two)) => {
                one.cmp(two)
            }
            (Self::Set(one), Self::Set(two)) => {
                let (mut one, mut two) = (
                    one.iter().collect::<Vec<_>>(),
                    two.iter().collect::<Vec<_>>(),
                );
                one.sort();
                two.sort();
                one.cmp(&two)
            }
            (Self::Map(one), Self::Map(two)) | (Self::Object(one), Self::Object(two)) => {
                one.cmp(two)
            }
            (Self::Dynamic(one), Self::Dynamic(two)) => one.cmp(two),
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

impl PartialOrd for Value {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Value {}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::String(text)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Number(value.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_equal_in_any_order_and_lists_are_not() {
        let (ab, ba) = (["a", "b"], ["b", "a"]);
        assert_eq!(Value::set_of_strings(ab), Value::set_of_strings(ba));
        let list = |texts: [&str; 2]| Value::List(texts.into_iter().map(Value::from).collect());
        assert_ne!(list(ab), list(ba));
    }

    #[test]
    fn nested_sets_are_equal_in_any_order() {
        let outer = |inner: [&str; 2]| {
            Value::Set(vec![
                Value::set_of_strings(inner),
                Value::set_of_strings(["b"]),
            ])
        };
        assert_eq!(outer(["a", "z"]), outer(["z", "a"]));
    }

    #[test]
    fn attributes_of_null_are_null_and_of_unknown_unknown() {
        assert!(Value::Null.get("any").is_null());
        assert!(Value::unknown().get("any").is_unknown());
    }
}
