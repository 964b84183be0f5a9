//! A bucket in the values of W&B's Helm chart (`operator-wandb`, `global.bucket`).

use secrecy::{ExposeSecret, SecretString};

use super::address::{Address, Scheme, encoded};

impl Scheme {
    /// What the chart calls the kind of store (`operator-wandb`, `templates/_bucket.tpl`).
    #[must_use]
    pub fn chart_word(self) -> &'static str {
        match self {
            Self::Gs => "gcs",
            other => other.word(),
        }
    }
}

/// `name` and `path` of the chart's bucket, of which the chart makes the address `scheme://name/path`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChartPlace {
    /// The first part of the address: a host, an account or a bucket.
    pub name: String,
    /// The rest of it, percent-encoded: the chart takes it as it is.
    pub path: Option<String>,
}

impl ChartPlace {
    /// The two halves of the address. The region is left out: the chart has a value of its own for it.
    #[must_use]
    pub fn of(address: &Address) -> Self {
        let without_region = Address {
            region: None,
            ..address.clone()
        };
        let text = without_region.to_string();
        let place = text.split_once("://").map_or("", |(_, place)| place);
        let (name, path) = match place.split_once('/') {
            Some((name, path)) => (name, Some(path.to_owned())),
            None => (place, None),
        };
        Self {
            name: name.to_owned(),
            path,
        }
    }
}

/// A key as the chart's values and its Secret hold it: the chart puts it into the address as it is, but hands Azure's to the server
/// apart (`templates/_env.tpl`, `AZURE_STORAGE_KEY`).
#[must_use]
pub fn chart_key(scheme: Scheme, key: &SecretString) -> SecretString {
    match scheme {
        Scheme::Az => key.clone(),
        _ => encoded(key.expose_secret()).into(),
    }
}
