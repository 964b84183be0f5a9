//! A bucket's address in W&B's own notation (W&B BYOB page, "Determine the storage address"; W&B operator,
//! `infra-connection-settings.md`).

use std::fmt;

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

/// What cannot stand in a path as it is.
const IN_PATH: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'`')
    .add(b'{')
    .add(b'}');

/// What cannot stand in the value of a query parameter as it is.
const IN_QUERY: &AsciiSet = &IN_PATH.add(b'&').add(b'+').add(b'=').add(b'/');

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

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::S3 => "s3",
            Self::Cw => "cw",
            Self::Gs => "gs",
            Self::Az => "az",
        })
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
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://", self.scheme)?;
        if let Some(host) = &self.host {
            write!(f, "{host}/")?;
        }
        write!(f, "{}", utf8_percent_encode(&self.bucket, IN_PATH))?;
        if let Some(path) = &self.path {
            write!(f, "/{}", utf8_percent_encode(path, IN_PATH))?;
        }
        let region = self
            .region
            .as_ref()
            .map(|region| format!("region={}", utf8_percent_encode(region, IN_QUERY)));
        let tls = self.tls.map(|tls| format!("tls={tls}"));
        let parameters = region.into_iter().chain(tls).collect::<Vec<_>>();
        if parameters.is_empty() {
            Ok(())
        } else {
            write!(f, "?{}", parameters.join("&"))
        }
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
            path: Some("a b/c?d&e%".into()),
            ..address()
        };
        assert_eq!(
            odd.to_string(),
            "s3://minio.example.com:9000/acme-wandb/a%20b/c%3Fd&e%25?region=us-east-1&tls=true"
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
