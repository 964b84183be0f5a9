//! A bucket's address in W&B's own notation (W&B BYOB page, "Determine the storage address"; W&B operator,
//! `infra-connection-settings.md`).

mod error;
mod parse;

use std::fmt;

use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret, SecretString};

pub use error::AddressError;

/// What cannot stand in a path as it is (RFC 3986, §3.3). Besides, `@` would look like the end of the keys, and `,` like the end of an address in
/// W&B's list of file stores.
const IN_PATH: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b',')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'@')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// What cannot stand in a key or in the value of a parameter as it is: all but the unreserved characters of RFC 3986.
const IN_KEY_OR_VALUE: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The parameters that W&B's server knows (W&B operator, `infra-connection-settings.md`, `connectors.S3QueryParams`).
const REGION: &str = "region";
const TLS: &str = "tls";
const FORCE_PATH_STYLE: &str = "forcePathStyle";

/// The kind of store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// Amazon S3 and stores that speak it.
    S3,
    /// CoreWeave AI Object Storage.
    Cw,
    /// Google Cloud Storage.
    Gs,
    /// Azure Blob Storage: the account stands as the host, the container as the bucket.
    Az,
}

impl Scheme {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::S3, Self::Cw, Self::Gs, Self::Az];

    /// How an address begins.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::S3 => "s3",
            Self::Cw => "cw",
            Self::Gs => "gs",
            Self::Az => "az",
        }
    }

    fn speaks_s3(self) -> bool {
        matches!(self, Self::S3 | Self::Cw)
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// Where a bucket is. Credentials have no place in it: what prints it may end in a state or a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// The kind of store.
    pub scheme: Scheme,
    /// `host` or `host:port`, of `az` the account; none is the cloud's own.
    pub host: Option<String>,
    /// The bucket.
    pub bucket: String,
    /// The folder in it.
    pub path: Option<String>,
    /// The region.
    pub region: Option<String>,
    /// Whether the store speaks TLS; W&B's server takes plain HTTP for granted with a host of its own.
    pub tls: Option<bool>,
    /// Whether the bucket stands in the path of a request; W&B's server takes that for granted with a host of its own.
    pub force_path_style: Option<bool>,
}

impl Address {
    /// Whether it can be written so that it reads the same.
    ///
    /// # Errors
    /// The first part that cannot.
    pub fn check(&self) -> Result<(), AddressError> {
        self.check_place()?;
        let path_is_good = self.path.as_ref().is_none_or(|path| {
            let slash_at_an_end = path.starts_with('/') || path.ends_with('/');
            !path.is_empty() && !slash_at_an_end && !path.contains(char::is_control)
        });
        if !path_is_good {
            return Err(AddressError::BadPath);
        }
        if self.region.as_ref().is_some_and(String::is_empty) {
            return Err(AddressError::EmptyRegion);
        }
        let parameters = [
            ("region", self.region.is_some()),
            ("tls", self.tls.is_some()),
            ("force_path_style", self.force_path_style.is_some()),
        ];
        match parameters.into_iter().find(|(_, given)| *given) {
            Some((parameter, _)) if !self.scheme.speaks_s3() => {
                Err(AddressError::ForeignParameter {
                    parameter,
                    scheme: self.scheme,
                })
            }
            _ => Ok(()),
        }
    }

    fn check_place(&self) -> Result<(), AddressError> {
        match (self.scheme, self.host.as_deref()) {
            (Scheme::Az, None | Some("")) => return Err(AddressError::NoAccount),
            (Scheme::Az, Some(account)) if !account.chars().all(|c| c.is_ascii_alphanumeric()) => {
                return Err(AddressError::BadAccount);
            }
            (Scheme::Gs, Some(_)) => return Err(AddressError::HostOfGoogle),
            (Scheme::S3 | Scheme::Cw, Some(host)) => check_host(host)?,
            (Scheme::S3 | Scheme::Cw, None) if self.bucket.contains('.') && self.path.is_some() => {
                return Err(AddressError::BucketLikeHost);
            }
            _ => {}
        }
        let word = match self.scheme {
            Scheme::Az => "container",
            _ => "bucket",
        };
        match (self.bucket.is_empty(), self.scheme) {
            (true, Scheme::Az) => Err(AddressError::NoContainer),
            (true, Scheme::Cw) => Err(AddressError::NoBucketOfCoreWeave),
            (true, _) => Err(AddressError::NoBucket),
            (false, _) if self.bucket.chars().all(is_of_a_name) => Ok(()),
            (false, _) => Err(AddressError::BadName { word }),
        }
    }
}

fn is_of_a_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')
}

fn check_host(host: &str) -> Result<(), AddressError> {
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') => (name, Some(port)),
        _ => (host, None),
    };
    let in_brackets = name
        .strip_prefix('[')
        .and_then(|name| name.strip_suffix(']'));
    let name_is_good = match in_brackets {
        Some(number) => number.parse::<std::net::Ipv6Addr>().is_ok(),
        None => !name.is_empty() && name.chars().all(is_of_a_name),
    };
    let port_is_good = port.is_none_or(|port| {
        port.bytes().all(|byte| byte.is_ascii_digit())
            && port.parse::<u16>().is_ok_and(|port| port > 0)
    });
    if !name_is_good || !port_is_good {
        Err(AddressError::BadHost)
    } else if !host.contains(['.', ':']) {
        Err(AddressError::HostLikeBucket)
    } else {
        Ok(())
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://", self.scheme)?;
        self.write_place(f)
    }
}

impl Address {
    /// Writes what follows the scheme and the keys.
    fn write_place(&self, f: &mut impl fmt::Write) -> fmt::Result {
        if let Some(host) = &self.host {
            write!(f, "{host}/")?;
        }
        write!(f, "{}", utf8_percent_encode(&self.bucket, IN_PATH))?;
        if let Some(path) = &self.path {
            write!(f, "/{}", utf8_percent_encode(path, IN_PATH))?;
        }
        let region = self.region.as_deref().map(encoded);
        let parameters = [
            (REGION, region),
            (TLS, self.tls.map(|tls| tls.to_string())),
            (
                FORCE_PATH_STYLE,
                self.force_path_style.map(|force| force.to_string()),
            ),
        ];
        let given = parameters
            .into_iter()
            .filter_map(|(name, value)| Some(format!("{name}={}", value?)))
            .collect::<Vec<_>>();
        if given.is_empty() {
            Ok(())
        } else {
            write!(f, "?{}", given.join("&"))
        }
    }
}

/// A key, or the value of a parameter, as it stands in an address.
pub(super) fn encoded(text: &str) -> String {
    utf8_percent_encode(text, IN_KEY_OR_VALUE).to_string()
}

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

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn address() -> Address {
        Address {
            scheme: Scheme::S3,
            host: Some("minio.example.com:9000".into()),
            bucket: "acme-wandb".into(),
            path: None,
            region: Some("us-east-1".into()),
            tls: Some(true),
            force_path_style: None,
        }
    }

    #[test]
    fn an_s3_compatible_bucket_is_written_as_the_page_has_it() {
        assert_eq!(
            address().to_string(),
            "s3://minio.example.com:9000/acme-wandb?region=us-east-1&tls=true"
        );
    }

    #[test]
    fn what_is_not_known_is_left_out() {
        let bare = Address {
            host: None,
            region: None,
            tls: None,
            path: Some("omega".into()),
            ..address()
        };
        assert_eq!(bare.to_string(), "s3://acme-wandb/omega");
    }

    #[test]
    fn odd_characters_of_a_path_are_encoded() {
        let odd = Address {
            path: Some("a b/c?d&e%,@".into()),
            ..address()
        };
        assert_eq!(
            odd.to_string(),
            "s3://minio.example.com:9000/acme-wandb/a%20b/c%3Fd&e%25%2C%40?region=us-east-1&tls=true"
        );
    }

    #[rstest]
    #[case(
        Scheme::Cw,
        Some("cwobject.com"),
        Some(true),
        "cw://cwobject.com/acme-wandb?tls=true"
    )]
    #[case(Scheme::Gs, None, None, "gs://acme-wandb")]
    #[case(Scheme::Az, Some("acmestore"), None, "az://acmestore/acme-wandb")]
    fn the_other_clouds_are_written_as_the_page_has_them(
        #[case] scheme: Scheme,
        #[case] host: Option<&str>,
        #[case] tls: Option<bool>,
        #[case] expected: &str,
    ) {
        let other = Address {
            scheme,
            host: host.map(str::to_owned),
            region: None,
            tls,
            ..address()
        };
        assert_eq!(other.to_string(), expected);
    }

    #[test]
    fn characters_that_part_a_query_are_encoded_in_a_region() {
        let odd = Address {
            region: Some("a&b=c d".into()),
            ..address()
        };
        assert_eq!(
            odd.to_string(),
            "s3://minio.example.com:9000/acme-wandb?region=a%26b%3Dc%20d&tls=true"
        );
    }
}
