//! Weights & Biases: where it is, with which key, how it names a bucket; its teams and users. Nothing here knows Terraform.

mod address;
mod answer;
mod api;
mod api_key;
mod deployment;
mod error;
mod graphql;
mod helm;
mod login;
mod netrc;
mod pauses;
mod scim;
mod settings;
mod settings_file;
mod storage;
mod users;

pub use address::{Address, AddressError, KeyedAddress, Scheme};
pub use api::Api;
pub use api_key::ApiKey;
pub use deployment::{Deployment, front_end_origin};
pub use error::{Error, Kind};
pub use graphql::Finding;
pub use helm::{ChartPlace, chart_key};
pub use scim::{Member, Team};
pub use settings::{Lookup, SettingsError, Source};
pub use storage::{Provider, Storage};
pub use users::User;
