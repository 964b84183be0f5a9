//! Weights & Biases: where it is, with which key, and how it names a bucket. Nothing here knows Terraform.

mod address;
mod api_key;
mod deployment;
mod helm;
mod netrc;
mod settings;
mod settings_file;

pub use address::{Address, AddressError, KeyedAddress, Scheme};
pub use api_key::ApiKey;
pub use deployment::{Deployment, front_end_origin};
pub use helm::{ChartPlace, chart_key};
pub use settings::{Lookup, SettingsError, Source};
