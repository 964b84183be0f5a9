//! The block `provider "wandb"`: what it takes, and what it offers.

mod aws;
mod configuration;
mod s3_compatible;
mod setting;

use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;

pub use aws::Account;
pub use configuration::Configuration;
pub use s3_compatible::{Store, Unready};

use crate::framework::diagnostic::Diagnostics;
use crate::framework::function::Function;
use crate::framework::path::Path;
use crate::framework::provider::Provider;
use crate::framework::resource::Resource;
use crate::framework::schema::{Attribute, Schema};
use crate::framework::types::Type;
use crate::framework::value::Value;
use crate::functions;
use crate::resources::byob_bucket::{ByobBucket, DEPLOYMENTS};
use crate::resources::rules;
use crate::resources::team_storage::TeamStorage;

/// The provider's configuration, once there is one. Terraform may replace it (reattach mode).
#[derive(Clone, Default)]
pub struct Shared(Arc<RwLock<Arc<Configuration>>>);

impl Shared {
    /// The configuration as it is now.
    #[must_use]
    pub fn get(&self) -> Arc<Configuration> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn set(&self, configuration: Configuration) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(configuration);
    }
}

/// The provider for Weights & Biases.
#[derive(Default)]
pub struct Wandb {
    configuration: Shared,
}

#[async_trait]
impl Provider for Wandb {
    fn schema(&self) -> Schema {
        Schema {
            description: "Makes the storage of your own that Weights & Biases keeps your data in (\"bring your own bucket\"), as W&B demands it, proves that \
                          it works, and makes the teams on it."
                .to_owned(),
            attributes: attributes(),
            ..Schema::default()
        }
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        let mut found = s3_compatible::validate(config.get("s3_compatible"), &environment);
        found.append(aws::validate(config.get("aws")));
        found
    }

    async fn configure(&self, config: Value) -> Diagnostics {
        let configuration = Configuration::new(&config, &environment);
        let found = configuration.check(&config);
        self.configuration.set(configuration);
        found
    }

    fn resources(&self) -> Vec<Box<dyn Resource>> {
        vec![
            Box::new(ByobBucket::new(self.configuration.clone())),
            Box::new(TeamStorage::new(self.configuration.clone())),
        ]
    }

    fn functions(&self) -> Vec<Box<dyn Function>> {
        functions::all()
    }
}

fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn attributes() -> Vec<Attribute> {
    vec![
        Attribute::string("base_url").rule(base_url).described(
            "Address of the W&B server. Default: the environment variable `WANDB_BASE_URL`, then W&B's settings files, then \
             `https://api.wandb.ai`.",
        ),
        Attribute::string("api_key").sensitive().described(
            "Key of a W&B administrator or of an organization's service account. Default: the environment variable `WANDB_API_KEY`, \
             then netrc. Only needed by what talks to W&B: a bucket is planned and applied without it.",
        ),
        Attribute::string("deployment").rule(rules::one_of("Unknown deployment", &DEPLOYMENTS)).described(
            "Where W&B runs: `multi-tenant`, `dedicated` or `self-managed`. Default: by `base_url`, if that is set somewhere: \
             `api.wandb.ai` and `api.forge.coreweave.com` are multi-tenant, `*.wandb.io` is dedicated, any other self-managed.",
        ),
        Attribute::new("default_tags", Type::map(Type::String))
            .rule(rules::tags)
            .described("Tags for every bucket. A bucket's own `tags` go over them."),
        aws::attribute(),
        s3_compatible::attribute(),
    ]
}

/// The form of the address; where W&B is found is looked up only when something needs it.
fn base_url(value: &Value, path: &Path) -> Diagnostics {
    let Some(text) = value.as_str() else {
        return Diagnostics::none();
    };
    let lookup = crate::wandb::Lookup {
        variable: &|_| None,
        working_directory: std::path::PathBuf::new(),
    };
    match lookup.base_url(Some(text)) {
        Ok(_) => Diagnostics::none(),
        Err(error) => crate::messages::provider::wandb_setting(&error.to_string())
            .at(path.clone())
            .into(),
    }
}
