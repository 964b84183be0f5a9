//! Weights & Biases: where it is, with which key, and how it names a bucket. Nothing here knows Terraform.

mod address;
mod api_key;
mod deployment;
mod netrc;
mod settings;
mod settings_file;

pub use address::{Address, Scheme};
pub use api_key::ApiKey;
pub use deployment::{Deployment, front_end_origin};
pub use settings::{Lookup, SettingsError, Source};
