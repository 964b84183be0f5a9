//! An address with the keys to it.

use secrecy::{ExposeSecret, SecretString};

use super::{Address, AddressError, Scheme, encoded, parse};

/// An address with the keys to it, or without: only [`KeyedAddress::exposed`] prints it.
#[derive(Debug)]
pub struct KeyedAddress {
    address: Address,
    access_key: Option<SecretString>,
    secret_key: Option<SecretString>,
}

impl KeyedAddress {
    /// Joins an address and the keys to it. Of Azure there is a secret key alone; with Google they are a service account's e-mail
    /// address and its private key.
    ///
    /// # Errors
    /// When they make no address together.
    pub fn new(
        address: Address,
        access_key: Option<SecretString>,
        secret_key: Option<SecretString>,
    ) -> Result<Self, AddressError> {
        address.check()?;
        for (name, key) in [("access_key", &access_key), ("secret_key", &secret_key)] {
            if key
                .as_ref()
                .is_some_and(|key| key.expose_secret().is_empty())
            {
                return Err(AddressError::EmptyKey { key: name });
            }
        }
        let half = |missing| Err(AddressError::HalfAKeyPair { missing });
        match (address.scheme, &access_key, &secret_key) {
            (Scheme::Az, Some(_), _) => Err(AddressError::AccessKeyOfAzure),
            (Scheme::Az, None, _) | (_, None, None) | (_, Some(_), Some(_)) => Ok(Self {
                address,
                access_key,
                secret_key,
            }),
            (_, Some(_), None) => half("secret_key"),
            (_, None, Some(_)) => half("access_key"),
        }
    }

    /// Reads an address.
    ///
    /// # Errors
    /// When it is none that W&B would read the same.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        parse::parse(text)
    }

    /// Where the bucket is.
    #[must_use]
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// The access key, of Google the e-mail address of the service account.
    #[must_use]
    pub fn access_key(&self) -> Option<&SecretString> {
        self.access_key.as_ref()
    }

    /// The secret key, of Google the private key, of Azure the account's.
    #[must_use]
    pub fn secret_key(&self) -> Option<&SecretString> {
        self.secret_key.as_ref()
    }

    /// The whole address. With keys it is a secret.
    #[must_use]
    pub fn exposed(&self) -> String {
        let mut text = format!("{}://", self.address.scheme);
        let key = |key: &Option<SecretString>| {
            let key = key.as_ref().map(ExposeSecret::expose_secret);
            key.map(encoded).unwrap_or_default()
        };
        if self.secret_key.is_some() {
            text.push_str(&format!(
                "{}:{}@",
                key(&self.access_key),
                key(&self.secret_key)
            ));
        }
        // Writing to a string cannot fail.
        let _ = self.address.write_place(&mut text);
        text
    }
}
