//! The stores that `tests/servers` started.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// One store, and the keys of one of its users.
#[derive(Clone)]
pub struct Server {
    /// Its address.
    pub endpoint: String,
    /// The user's name, or access key.
    pub user: String,
    /// The password, or secret key.
    pub password: String,
    /// Its region.
    pub region: String,
    /// The authority that signed its certificate.
    pub ca: Option<PathBuf>,
}

impl Server {
    /// The MinIO of that kind: plain, kms, region, tls or cors.
    pub fn minio(kind: &str) -> Self {
        Self::named(kind, &format!("WANDB_TEST_MINIO_{}", kind.to_uppercase()))
    }

    /// Ceph's object gateway.
    pub fn ceph() -> Self {
        Self::named("ceph", "WANDB_TEST_CEPH")
    }

    /// The same with the keys of another user.
    pub fn ceph_of_another() -> Self {
        Self::named("ceph", "WANDB_TEST_CEPH_OTHER")
    }

    /// The stand-in for AWS, looked at in that region.
    pub fn moto(region: &str) -> Self {
        Self {
            region: region.to_owned(),
            ..Self::named("moto", "WANDB_TEST_MOTO")
        }
    }

    /// The stand-in for AWS that looks at credentials and at what they are allowed; the keys are its administrator's.
    pub fn iam(region: &str) -> Self {
        Self {
            region: region.to_owned(),
            ..Self::named("iam", "WANDB_TEST_IAM")
        }
    }

    /// One of the stores of `make test-more`: s3rver, ministack or s3s.
    pub fn degraded(kind: &str) -> Self {
        Self::named(kind, &format!("WANDB_TEST_{}", kind.to_uppercase()))
    }

    fn named(kind: &str, name: &str) -> Self {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(".cache/servers/env");
        let text = fs::read_to_string(file).expect("the servers do not run: run `make servers`");
        let entries = text
            .lines()
            .filter_map(|line| line.split_once('='))
            .collect::<BTreeMap<_, _>>();
        let entry = |suffix: &str| {
            entries
                .get(format!("{name}{suffix}").as_str())
                .map(ToString::to_string)
        };
        let needed = |suffix| {
            entry(suffix)
                .unwrap_or_else(|| panic!("the server {kind} does not run: run `make servers`"))
        };
        Self {
            endpoint: needed(""),
            user: needed("_USER"),
            password: needed("_PASSWORD"),
            region: needed("_REGION"),
            ca: entry("_CA").map(PathBuf::from),
        }
    }
}
