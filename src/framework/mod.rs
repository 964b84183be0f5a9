//! The semantics Terraform demands of a provider, without its wire format and without W&B.
//!
//! A provider describes its things by [`schema`]s and implements the traits [`provider::Provider`], [`resource::Resource`],
//! [`data_source::DataSource`], [`function::Function`] and [`ephemeral::Ephemeral`]; [`server::Server`] does with them what
//! Terraform asks: it validates ([`validate`]), plans ([`plan`]) and applies, within the rules of Terraform's
//! [resource instance change lifecycle](https://github.com/hashicorp/terraform/blob/main/docs/resource-instance-change-lifecycle.md).

pub mod catalog;
pub mod data_source;
pub mod diagnostic;
pub mod ephemeral;
pub mod function;
mod guard;
pub mod number;
pub mod operation;
mod outcome;
pub mod path;
pub mod plan;
pub mod private;
pub mod provider;
pub mod resource;
pub mod schema;
pub mod server;
pub mod timeouts;
pub mod types;
pub mod validate;
pub mod value;
