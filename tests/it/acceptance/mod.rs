//! The whole product: real Terraform and OpenTofu drive the real provider against a real MinIO, and an independent client says what
//! is true.

mod aws;
mod aws_settings;
mod deletion;
mod drift;
mod faults;
mod functions;
mod import;
mod interruption;
mod life;
mod secrets;
mod speed;
mod stores;
mod teams;

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
    /// Where the bucket lives, unless its attributes say so.
    place: &'static str,
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
        Self::of(terraform, server, "s3_compatible = {}")
    }

    /// On the stand-in for AWS, in Ireland.
    pub fn aws() -> Self {
        let server = Server::moto("eu-west-1");
        let mut terraform = Workspace::new(Program::Terraform);
        terraform.use_aws(&server);
        Self::of(terraform, &server, "aws = { region = \"eu-west-1\" }")
    }

    fn of(terraform: Workspace, server: &Server, place: &'static str) -> Self {
        let bucket = format!("t-{}", uuid::Uuid::new_v4().simple());
        Self {
            bucket,
            server: server.clone(),
            reader: Reader::new(server),
            terraform,
            place,
        }
    }

    /// Writes a configuration of the bucket with these attributes; nothing protects it unless they say so.
    pub fn configure(&self, attributes: &str) {
        let protection = if attributes.contains("deletion_protection") {
            ""
        } else {
            "deletion_protection = false"
        };
        let says_so = ["s3_compatible", "aws = {"]
            .iter()
            .any(|cloud| attributes.contains(cloud));
        let cloud = if says_so { "" } else { self.place };
        let on_aws = cloud.contains("aws") || attributes.contains("aws = {");
        let deployment = match on_aws && !attributes.contains("deployment =") {
            true => "deployment = \"dedicated\"",
            false => "",
        };
        let bucket = &self.bucket;
        let resource = format!(
            "resource \"wandb_byob_bucket\" \"b\" {{\n  name = \"{bucket}\"\n  {protection}\n  {cloud}\n  {deployment}\n  {attributes}\n}}\n"
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
