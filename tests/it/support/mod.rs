//! What the tests stand on: servers, Terraform, an independent reader of stores, a proxy that misbehaves on demand.

pub mod core;
pub mod driver;
pub mod grpc;
pub mod proxy;
pub mod reader;
pub mod sample;
pub mod servers;
pub mod stores;
pub mod terraform;
pub mod wandb;
