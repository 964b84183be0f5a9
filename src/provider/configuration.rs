//! The provider block, resolved as far as it is needed.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::OnceLock;

use secrecy::SecretString;
use url::Url;

use super::aws::Account;
use super::s3_compatible::{Store, Unready};
use super::setting::Setting;
use crate::framework::diagnostic::Diagnostics;
use crate::framework::path::Path;
use crate::framework::value::Value;
use crate::messages;
use crate::wandb::{Api, Deployment, Lookup, SettingsError, Source, front_end_origin};

/// What the provider block says, and the environment where it is silent.
#[derive(Default)]
pub struct Configuration {
    base_url: Setting<String>,
    deployment: Setting<String>,
    /// Tags for every bucket; may hold unknown values.
    pub default_tags: Value,
    /// The S3-compatible store.
    pub s3_compatible: Store,
    /// The AWS account.
    pub aws: Account,
    server: OnceLock<Result<Server, String>>,
    api_key: Setting<SecretString>,
    wandb: OnceLock<Result<Api, Diagnostics>>,
}

/// Where W&B is.
#[derive(Clone)]
struct Server {
    url: Url,
    /// Somebody named it; otherwise it is W&B's own.
    is_named: bool,
    front_end: String,
}

impl Configuration {
    pub(super) fn new(config: &Value, environment: &dyn Fn(&str) -> Option<String>) -> Self {
        Self {
            base_url: Setting::text(config.get("base_url")),
            deployment: Setting::text(config.get("deployment")),
            default_tags: config.get("default_tags").clone(),
            s3_compatible: Store::new(config.get("s3_compatible"), environment),
            aws: Account::new(config.get("aws"), environment),
            server: OnceLock::new(),
            api_key: Setting::secret(config.get("api_key")),
            wandb: OnceLock::new(),
        }
    }

    /// What is wrong with the block whatever it is used for: a store without an address.
    pub(super) fn check(&self, config: &Value) -> Diagnostics {
        let block = config.get("s3_compatible");
        if block.entries().is_none() || self.s3_compatible.has_endpoint() {
            return Diagnostics::none();
        }
        messages::provider::no_endpoint()
            .at(Path::of("s3_compatible").attribute("endpoint"))
            .into()
    }

    /// How W&B runs: as the block says, or as a configured address of W&B tells. None where nobody said anything.
    ///
    /// # Errors
    /// When the address of W&B cannot be used.
    pub fn deployment(&self) -> Result<Option<Deployment>, Diagnostics> {
        if let Some(word) = self.deployment.as_ref() {
            return Ok(word.parse().ok());
        }
        if self.deployment.is_unknown() {
            return Ok(None);
        }
        let server = self.server()?;
        Ok(server
            .is_named
            .then(|| Deployment::from_base_url(&server.url)))
    }

    /// How the W&B runs that teams are made in: also where nobody named it. None while it is unknown.
    ///
    /// # Errors
    /// When the address of W&B cannot be used.
    pub fn deployment_of_teams(&self) -> Result<Option<Deployment>, Diagnostics> {
        if self.deployment_is_unknown() {
            return Ok(None);
        }
        match self.deployment()? {
            Some(deployment) => Ok(Some(deployment)),
            None => Ok(Some(Deployment::from_base_url(&self.server()?.url))),
        }
    }

    /// Whether how W&B runs will be known only after apply.
    #[must_use]
    pub fn deployment_is_unknown(&self) -> bool {
        self.deployment.is_unknown()
            || (self.deployment.as_ref().is_none() && self.base_url.is_unknown())
    }

    /// The origin that browsers send from W&B's front end.
    ///
    /// # Errors
    /// When the address of W&B cannot be used.
    pub fn front_end(&self) -> Result<String, Diagnostics> {
        Ok(self.server()?.front_end)
    }

    /// The tags for every bucket, without those not known yet.
    #[must_use]
    pub fn known_default_tags(&self) -> BTreeMap<String, String> {
        self.default_tags.string_map()
    }

    /// The W&B server, with the key for it. The key is looked for when a team first needs it.
    ///
    /// # Errors
    /// What is not known yet, or cannot be used.
    pub fn wandb(&self) -> Result<&Api, Unready> {
        if self.base_url.is_unknown() {
            return Err(Unready::Unknown("`base_url`"));
        }
        if self.api_key.is_unknown() {
            return Err(Unready::Unknown("`api_key`"));
        }
        let api = self.wandb.get_or_init(|| self.log_in());
        api.as_ref().map_err(|found| Unready::Wrong(found.clone()))
    }

    fn log_in(&self) -> Result<Api, Diagnostics> {
        let url = self.server()?.url;
        let key = with_lookup(|lookup| lookup.api_key(self.api_key.as_ref(), &url));
        let key = key.map_err(|error| messages::provider::wandb_key(&error.to_string()))?;
        let Some(key) = key else {
            let origin = url.origin().ascii_serialization();
            return Err(messages::provider::no_api_key(&origin).into());
        };
        let doing = "Preparing the connection to W&B";
        let failed = |error| messages::wandb::call_failed(doing, "Nothing was changed.", &error);
        Ok(Api::new(&url, key).map_err(failed)?)
    }

    fn server(&self) -> Result<Server, Diagnostics> {
        let server = self
            .server
            .get_or_init(|| self.look_up_server().map_err(|error| error.to_string()));
        server
            .clone()
            .map_err(|error| messages::provider::wandb_setting(&error).into())
    }

    /// The address of W&B is looked for in files only when something needs it.
    fn look_up_server(&self) -> Result<Server, SettingsError> {
        let configured = self.base_url.as_ref().map(String::as_str);
        let (url, from) = with_lookup(|lookup| lookup.base_url(configured))?;
        Ok(Server {
            is_named: from != Source::Default && !self.base_url.is_unknown(),
            front_end: front_end_origin(&url),
            url,
        })
    }
}

/// As W&B's own SDK looks: from here, in this environment.
fn with_lookup<T>(ask: impl FnOnce(&Lookup) -> T) -> T {
    ask(&Lookup {
        variable: &|name| std::env::var(name).ok(),
        working_directory: std::env::current_dir().unwrap_or_else(|_| PathBuf::from(".")),
    })
}
