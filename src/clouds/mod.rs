//! The clouds: one client each, one kind of error for all. Nothing here knows Terraform or W&B.

pub mod aws;
mod credentials;
mod error;
pub mod s3;

use url::Url;

use crate::transport::Transport;

pub use credentials::key_pair;
pub use error::{Error, Kind, TlsProblem};

/// How bytes get to that endpoint, which messages show so.
fn transport(
    endpoint: Option<&Url>,
    ca_bundle: Option<&[u8]>,
    shown: &str,
) -> Result<Transport, Error> {
    Transport::to(endpoint, ca_bundle).map_err(|words| Error {
        message: Some(words),
        ..Error::new(Kind::Tls(TlsProblem::Other), "Connect", shown)
    })
}

/// Where a bucket lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cloud {
    /// A store that speaks S3, such as MinIO or Ceph.
    S3Compatible,
    /// Amazon Web Services.
    Aws,
}

impl Cloud {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Aws, Self::S3Compatible];

    /// The word for it in configurations and ids.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::S3Compatible => "s3_compatible",
            Self::Aws => "aws",
        }
    }
}
