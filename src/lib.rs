//! The Terraform provider for Weights & Biases: buckets that W&B accepts, proven to work, and teams on them.
//!
//! A tour, from Terraform inwards; an arrow never points left:
//!
//! ```text
//! terraform ⇄ plugin ⇄ protocol ⇄ framework ⇄ resources, functions ⇄ requirements ⇄ clouds, wandb
//! ```
//!
//! * [`plugin`] – how Terraform starts, secures, talks to and stops the process;
//! * [`proto`] – the wire messages, generated from `proto/`;
//! * [`protocol`] – one file per remote procedure: decode, call the framework, encode;
//! * [`framework`] – values, schemas, the plan algorithm: the semantics Terraform demands;
//! * [`provider`] – the `provider "wandb"` block;
//! * [`resources`] – one folder per resource a user can write;
//! * [`functions`] – the pure functions about addresses of buckets, one file for each;
//! * [`requirements`] – what W&B demands of a bucket, as data: observe, desired, verdict, enforce;
//! * [`clouds`] – one client per cloud, one error type for all;
//! * [`wandb`] – where W&B is and with which key, looked up as W&B's own SDK does; its teams and users;
//! * `transport` – how bytes get to a cloud or to W&B.

pub mod clouds;
pub mod framework;
pub mod functions;
pub mod messages;
pub mod plugin;
pub mod proto;
pub mod protocol;
pub mod provider;
pub mod requirements;
pub mod resources;
mod transport;
pub mod wandb;
