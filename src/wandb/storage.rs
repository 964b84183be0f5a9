//! A team's storage, in the terms of W&B's SCIM interface (W&B SCIM page, "Create team", `storageBucket`).

use std::fmt;
use std::str::FromStr;

use serde_json::{Value as Json, json};

/// Whose bucket it is, in W&B's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Provider {
    /// CoreWeave AI Object Storage.
    CoreWeave,
    /// Amazon S3.
    Aws,
    /// Azure Blob Storage.
    Azure,
    /// Google Cloud Storage.
    Gcp,
    /// Any other store that speaks S3.
    Minio,
}

impl Provider {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::CoreWeave,
        Self::Aws,
        Self::Azure,
        Self::Gcp,
        Self::Minio,
    ];
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CoreWeave => "COREWEAVE",
            Self::Aws => "AWS",
            Self::Azure => "AZURE",
            Self::Gcp => "GCP",
            Self::Minio => "MINIO",
        })
    }
}

/// The word names no provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownProvider;

impl FromStr for Provider {
    type Err = UnknownProvider;

    /// Capital letters only, as W&B takes it.
    fn from_str(word: &str) -> Result<Self, UnknownProvider> {
        let mut all = Self::ALL.into_iter();
        all.find(|provider| provider.to_string() == word)
            .ok_or(UnknownProvider)
    }
}

/// A bucket that a team keeps its data in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Storage {
    /// The bucket; of Azure the storage account, of other stores that speak S3 `host[:port]/bucket`.
    pub name: String,
    /// Whose it is.
    pub provider: Provider,
    /// The folder in it; of Azure it begins with the container.
    pub path: Option<String>,
    /// The key that encrypts.
    pub kms_key_id: Option<String>,
    /// What AWS must be shown when another account is used.
    pub aws_external_id: Option<String>,
    /// The tenant of Azure.
    pub azure_tenant_id: Option<String>,
    /// The managed identity of Azure.
    pub azure_client_id: Option<String>,
}

impl Storage {
    /// The bucket, and nothing more.
    #[must_use]
    pub fn new(name: String, provider: Provider) -> Self {
        Self {
            name,
            provider,
            path: None,
            kms_key_id: None,
            aws_external_id: None,
            azure_tenant_id: None,
            azure_client_id: None,
        }
    }

    /// As SCIM takes it.
    pub(super) fn to_scim(&self) -> Json {
        let mut object = json!({ "name": self.name, "provider": self.provider.to_string() });
        let optional = [
            ("path", &self.path),
            ("kmsKeyId", &self.kms_key_id),
            ("awsExternalId", &self.aws_external_id),
            ("azureTenantId", &self.azure_tenant_id),
            ("azureClientId", &self.azure_client_id),
        ];
        for (field, value) in optional {
            if let Some(value) = value {
                object[field] = value.as_str().into();
            }
        }
        object
    }
}
