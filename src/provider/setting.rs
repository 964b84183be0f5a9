//! A value of the provider block: set, left out, or known only after apply.

use secrecy::SecretString;

use crate::framework::value::Value;

/// A value, if there is one.
#[derive(Clone, Default)]
pub(super) enum Setting<T> {
    /// Nobody said anything.
    #[default]
    Unset,
    /// Known only after apply.
    Unknown,
    /// This.
    Set(T),
}

impl<T> Setting<T> {
    /// The value in the block, or else the one of the environment.
    pub(super) fn or(self, fallback: impl FnOnce() -> Option<T>) -> Self {
        match self {
            Self::Unset => fallback().map_or(Self::Unset, Self::Set),
            other => other,
        }
    }

    pub(super) fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown)
    }

    pub(super) fn as_ref(&self) -> Option<&T> {
        match self {
            Self::Set(value) => Some(value),
            Self::Unset | Self::Unknown => None,
        }
    }

    fn read(value: &Value, known: impl FnOnce(&Value) -> Option<T>) -> Self {
        if value.is_unknown() {
            Self::Unknown
        } else {
            known(value).map_or(Self::Unset, Self::Set)
        }
    }
}

impl Setting<String> {
    /// A string; an empty one counts as none, as an empty variable does.
    pub(super) fn text(value: &Value) -> Self {
        Self::read(value, |value| {
            value
                .as_str()
                .filter(|text| !text.is_empty())
                .map(str::to_owned)
        })
    }
}

impl Setting<SecretString> {
    /// A string that cannot be printed.
    pub(super) fn secret(value: &Value) -> Self {
        Self::read(value, |value| {
            value
                .as_str()
                .filter(|text| !text.is_empty())
                .map(SecretString::from)
        })
    }
}

impl Setting<bool> {
    /// A bool.
    pub(super) fn flag(value: &Value) -> Self {
        Self::read(value, Value::as_bool)
    }
}
