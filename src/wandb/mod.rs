//! Weights & Biases: where it is, with which key, and how it names a bucket. Nothing here knows Terraform.

mod address;
mod deployment;
mod netrc;
mod settings;

pub use address::{Address, Scheme};
pub use deployment::{Deployment, front_end_origin};
pub use settings::{ApiKey, Lookup, SettingsError, Source};
