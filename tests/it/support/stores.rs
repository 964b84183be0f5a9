//! The stores of the tests as the provider is told of them.

use terraform_provider_wandb::framework::schema::Attribute;
use terraform_provider_wandb::framework::value::Value;

use super::driver::{Driver, nested, object};
use super::servers::Server;

/// A store, and how it is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Store {
    /// MinIO without keys of its own.
    Minio,
    /// MinIO with a key for encryption.
    MinioWithKeys,
    /// Ceph's object gateway.
    Ceph,
    /// moto, in Ireland.
    Aws,
}

/// What a bucket is wished to be, beside its name: attributes of the resource, and of its cloud's block.
#[derive(Clone, Default)]
pub struct Wishes {
    /// Attributes of the resource.
    pub attributes: Vec<(&'static str, Value)>,
    /// Attributes of the block of its cloud.
    pub place: Vec<(&'static str, Value)>,
}

impl Store {
    /// Its address and keys.
    pub fn server(self) -> Server {
        match self {
            Self::Minio => Server::minio("plain"),
            Self::MinioWithKeys => Server::minio("kms"),
            Self::Ceph => Server::ceph(),
            Self::Aws => Server::moto("eu-west-1"),
        }
    }

    /// Its block in the configuration, which also begins the id of its buckets.
    pub fn word(self) -> &'static str {
        match self {
            Self::Aws => "aws",
            _ => "s3_compatible",
        }
    }

    /// The block `provider "wandb"` for it, with those keys, behind that address.
    pub fn provider(self, attributes: &[Attribute], server: &Server, endpoint: &str) -> Value {
        let keys = [
            ("access_key", Value::from(server.user.as_str())),
            ("secret_key", server.password.as_str().into()),
        ];
        let address = match self {
            Self::Aws => {
                let services = ["s3", "kms", "sts"].map(|service| (service, endpoint.into()));
                ("endpoints", Value::object(services))
            }
            _ => ("endpoint", endpoint.into()),
        };
        let inner = keys.into_iter().chain([address]).collect::<Vec<_>>();
        let block = nested(attributes, self.word(), &inner);
        object(
            attributes,
            &[("deployment", "dedicated".into()), (self.word(), block)],
        )
    }

    /// A provider for it, with those keys, behind that address.
    pub async fn driver(self, server: &Server, endpoint: &str) -> Driver {
        Driver::new(|attributes| self.provider(attributes, server, endpoint)).await
    }

    /// The configuration of a bucket of that name, which nothing protects.
    pub fn bucket(self, driver: &Driver, name: &str, wishes: Wishes) -> Value {
        driver.config(|attributes| {
            let mut place = wishes.place;
            if self == Self::Aws && !place.iter().any(|(name, _)| *name == "region") {
                place.push(("region", "eu-west-1".into()));
            }
            let place = nested(attributes, self.word(), &place);
            let mut values = wishes.attributes;
            values.extend([
                ("name", name.into()),
                ("deletion_protection", false.into()),
                (self.word(), place),
            ]);
            object(attributes, &values)
        })
    }
}
