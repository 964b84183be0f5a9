//! A bucket's address in W&B's own notation (W&B BYOB page, "Determine the storage address"; W&B operator,
//! `infra-connection-settings.md`).

mod check;
mod error;
mod keyed;
mod parse;

use std::fmt;

use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};

pub use error::AddressError;
pub use keyed::KeyedAddress;

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
