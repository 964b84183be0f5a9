//! The provider's executable: Terraform starts it.

use std::process::ExitCode;

use terraform_provider_wandb::framework::server::Server;
use terraform_provider_wandb::plugin::{self, Identity};
use terraform_provider_wandb::protocol::Service;
use terraform_provider_wandb::provider::Wandb;

const IDENTITY: Identity = Identity {
    name: "wandb",
    address: "registry.terraform.io/wandb/wandb",
    version: env!("CARGO_PKG_VERSION"),
};

fn main() -> ExitCode {
    plugin::run(IDENTITY, || {
        Service::new(Server::new(Wandb::default()), IDENTITY.address)
    })
}
