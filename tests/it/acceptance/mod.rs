//! The whole product: real Terraform and OpenTofu drive the real provider against a real MinIO, and an independent client says what
//! is true.

mod deletion;
mod drift;
mod faults;
mod import;
mod interruption;
mod life;
mod secrets;
mod speed;
mod stores;

use serde_json::{Value, json};

use crate::support::reader::Reader;
use crate::support::servers::Server;
use crate::support::terraform::{Program, Workspace};

/// A bucket of a name of its own on one store, with the means to look at it from both sides.
pub struct Scene {
    pub bucket: String,
    pub server: Server,
    pub reader: Reader,
    pub terraform: Workspace,
}

/// How the provider block and the bucket begin; more attributes may follow.
const HEAD: &str = r#"
terraform {
  required_providers {
    wandb = {
      source = "wandb/wandb"
    }
  }
}
provider "wandb" {}
"#;

impl Scene {
    /// On the MinIO of that kind, with Terraform.
    pub fn on(kind: &str) -> Self {
        Self::with(Program::Terraform, &Server::minio(kind))
    }

    /// On that store, with that program.
    pub fn with(program: Program, server: &Server) -> Self {
        let mut terraform = Workspace::new(program);
        terraform.use_store(server);
        let bucket = format!("t-{}", uuid::Uuid::new_v4().simple());
        Self {
            bucket,
            server: server.clone(),
            reader: Reader::new(server),
            terraform,
        }
    }

    /// Writes a configuration of the bucket with these attributes; nothing protects it unless they say so.
    pub fn configure(&self, attributes: &str) {
        let protection = if attributes.contains("deletion_protection") {
            ""
        } else {
            "deletion_protection = false"
        };
        let cloud = if attributes.contains("s3_compatible") {
            ""
        } else {
            "s3_compatible = {}"
        };
        let bucket = &self.bucket;
        let resource = format!(
            "resource \"wandb_byob_bucket\" \"b\" {{\n  name = \"{bucket}\"\n  {protection}\n  {cloud}\n  {attributes}\n}}\n"
        );
        self.terraform
            .write("main.tf", &format!("{HEAD}{resource}"));
    }

    /// Configures and applies.
    #[track_caller]
    pub fn apply(&self, attributes: &str) {
        self.configure(attributes);
        self.terraform.apply().succeeded();
    }

    /// The arguments that name the bucket.
    pub fn named(&self) -> Value {
        json!({ "Bucket": self.bucket })
    }

    /// Whether the store has the bucket.
    pub fn exists(&mut self) -> bool {
        self.reader.exists(&self.bucket)
    }

    /// Writes an object from outside.
    pub fn put_object(&mut self, key: &str) {
        self.reader.get(
            "put_object",
            json!({ "Bucket": self.bucket, "Key": key, "Body": "x" }),
        );
    }
}
