//! Private state: what a resource remembers beside its state, unseen by the user.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value as Json};

/// Named JSON values. Terraform keeps them in the state file in the clear: no secrets.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Private(Map<String, Json>);

/// The private bytes in the state are not what this provider writes.
#[derive(Debug, thiserror::Error)]
#[error("the private part of the state is damaged: {0}")]
pub struct Damaged(#[from] serde_json::Error);

impl Private {
    /// Reads the bytes that Terraform kept; none is empty.
    ///
    /// # Errors
    /// When the bytes are not a JSON object.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Damaged> {
        if bytes.is_empty() {
            return Ok(Self::default());
        }
        Ok(Self(serde_json::from_slice(bytes)?))
    }

    /// The bytes for Terraform to keep; nothing is no bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        if self.0.is_empty() {
            return Vec::new();
        }
        Json::Object(self.0.clone()).to_string().into_bytes()
    }

    /// The value of that name, when it is there and has that shape.
    #[must_use]
    pub fn get<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        serde_json::from_value(self.0.get(name)?.clone()).ok()
    }

    /// Remembers a value under that name.
    pub fn set<T: Into<Json>>(&mut self, name: &str, value: T) {
        self.0.insert(name.to_owned(), value.into());
    }

    /// Forgets the value of that name.
    pub fn remove(&mut self, name: &str) {
        self.0.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_remembered_comes_back_and_nothing_is_no_bytes() {
        let mut private = Private::default();
        assert!(private.to_bytes().is_empty());
        private.set("unfinished", true);
        let read = Private::from_bytes(&private.to_bytes()).unwrap();
        assert_eq!(read.get::<bool>("unfinished"), Some(true));
        assert_eq!(read.get::<bool>("else"), None);
    }

    #[test]
    fn damaged_bytes_are_an_error_and_not_a_panic() {
        assert!(Private::from_bytes(b"\xff{").is_err());
        assert!(Private::from_bytes(b"[1]").is_err());
    }
}
