//! Who asks, and where: resolved the way Amazon's own tools do it, and not before a call needs it.

use std::fmt;

use aws_config::default_provider::credentials::DefaultCredentialsChain;
use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::meta::credentials::CredentialsProviderChain;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_async::time::SystemTimeSource;
use aws_smithy_types::retry::RetryConfig;
use url::Url;

use super::web_identity::WebIdentity;
use super::{Keys, Partition, call};
use crate::clouds::{self, Error, s3};
use crate::transport::{Transport, host_and_port, timeouts};

/// The name of our sessions where none is given.
const SESSION_NAME: &str = "terraform-provider-wandb";

/// Services that are elsewhere than Amazon has them.
#[derive(Debug, Clone, Default)]
pub struct Endpoints {
    /// Of S3.
    pub s3: Option<Url>,
    /// Of the key management.
    pub kms: Option<Url>,
    /// Of the token service.
    pub sts: Option<Url>,
}

/// How to log in.
#[derive(Clone, Default)]
pub enum Login {
    /// Amazon's default chain: environment, shared files, web identity, container, instance.
    #[default]
    Default,
    /// A profile of the shared files.
    Profile(String),
    /// A key pair.
    Keys(SharedCredentialsProvider),
    /// A token of an identity provider, in a file, for a role.
    WebIdentity {
        /// The role to take.
        role_arn: String,
        /// The file that holds the token.
        token_file: String,
        /// The name of the session.
        session_name: Option<String>,
    },
}

/// A role to take after the login.
#[derive(Debug, Clone)]
pub struct Role {
    /// The role.
    pub arn: String,
    /// The name of the session.
    pub session_name: Option<String>,
    /// What the owner of the role asks for.
    pub external_id: Option<String>,
}

/// Who asks, and where.
#[derive(Clone, Default)]
pub struct Settings {
    /// How to log in.
    pub login: Login,
    /// The role to take then.
    pub role: Option<Role>,
    /// Services that are elsewhere.
    pub endpoints: Endpoints,
    /// How often a request is tried at most.
    pub attempts: u32,
}

/// An account's services in one region.
#[derive(Clone)]
pub struct Session {
    credentials: SharedCredentialsProvider,
    settings: Settings,
    region: String,
    transport: Transport,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("region", &self.region)
            .finish_non_exhaustive()
    }
}

impl Session {
    /// Prepares the login. It talks to nobody yet: credentials are fetched by the first call.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub async fn open(settings: Settings, region: &str) -> Result<Self, Error> {
        let transport = clouds::transport(settings.endpoints.sts.as_ref(), None, "sts")?;
        let credentials = credentials(&settings, region, &transport).await;
        Ok(Self {
            credentials,
            settings,
            region: region.to_owned(),
            transport,
        })
    }

    /// S3.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn s3(&self) -> Result<s3::Client, Error> {
        let endpoint = self.settings.endpoints.s3.clone();
        s3::Client::new(&s3::Settings {
            // A name of one's own has no bucket before it; Amazon's has.
            path_style: endpoint.is_some(),
            endpoint,
            region: self.region.clone(),
            credentials: self.credentials.clone(),
            ca_bundle: None,
            attempts: self.settings.attempts,
        })
    }

    /// The key management.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn keys(&self) -> Result<Keys, Error> {
        let endpoint = self.settings.endpoints.kms.as_ref();
        let shown = self.shown("kms", endpoint);
        let transport = clouds::transport(endpoint, None, &shown)?;
        let config = self.config(endpoint, &transport);
        Ok(Keys {
            sdk: aws_sdk_kms::Client::new(&config),
            endpoint: shown.into(),
        })
    }

    /// The account that the credentials belong to.
    ///
    /// # Errors
    /// The call that failed.
    pub async fn account(&self) -> Result<String, Error> {
        let endpoint = self.settings.endpoints.sts.as_ref();
        let shown = self.shown("sts", endpoint);
        let sdk = aws_sdk_sts::Client::new(&self.config(endpoint, &self.transport));
        let identity = call!(&shown, "GetCallerIdentity", sdk.get_caller_identity())?;
        Ok(identity.account().unwrap_or_default().to_owned())
    }

    fn shown(&self, service: &str, endpoint: Option<&Url>) -> String {
        endpoint.map_or_else(
            || {
                format!(
                    "{service}.{}.{}",
                    self.region,
                    Partition::of(&self.region).domain
                )
            },
            host_and_port,
        )
    }

    fn config(&self, endpoint: Option<&Url>, transport: &Transport) -> SdkConfig {
        base(&self.region, self.settings.attempts, transport, endpoint)
            .into_builder()
            .credentials_provider(self.credentials.clone())
            .build()
    }
}

fn base(region: &str, attempts: u32, transport: &Transport, endpoint: Option<&Url>) -> SdkConfig {
    let mut config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new(region.to_owned()))
        .retry_config(RetryConfig::standard().with_max_attempts(attempts))
        .timeout_config(timeouts())
        // Taking a role asks for both; it knows no defaults.
        .time_source(SystemTimeSource::new())
        .sleep_impl(TokioSleep::new())
        .http_client(transport.sdk_client());
    config.set_endpoint_url(endpoint.map(Url::to_string));
    config.build()
}

fn sts_config(settings: &Settings, region: &str, transport: &Transport) -> SdkConfig {
    base(
        region,
        settings.attempts,
        transport,
        settings.endpoints.sts.as_ref(),
    )
}

async fn credentials(
    settings: &Settings,
    region: &str,
    transport: &Transport,
) -> SharedCredentialsProvider {
    let provider_config = ProviderConfig::without_region()
        .with_region(Some(Region::new(region.to_owned())))
        .with_http_client(transport.sdk_client());
    let login = match &settings.login {
        Login::Keys(keys) => keys.clone(),
        Login::Profile(name) => SharedCredentialsProvider::new(
            ProfileFileCredentialsProvider::builder()
                .configure(&provider_config)
                .profile_name(name)
                .build(),
        ),
        Login::WebIdentity {
            role_arn,
            token_file,
            session_name,
        } => SharedCredentialsProvider::new(web_identity(
            aws_sdk_sts::Client::new(&sts_config(settings, region, transport)),
            role_arn.clone(),
            token_file.clone(),
            session_name.clone(),
        )),
        Login::Default => default_chain(settings, region, transport, provider_config).await,
    };
    let Some(role) = &settings.role else {
        return login;
    };
    let mut taken = AssumeRoleProvider::builder(&role.arn)
        .session_name(role.session_name.as_deref().unwrap_or(SESSION_NAME))
        .region(Region::new(region.to_owned()))
        .configure(&sts_config(settings, region, transport));
    if let Some(external_id) = &role.external_id {
        taken = taken.external_id(external_id);
    }
    SharedCredentialsProvider::new(taken.build_from_provider(login).await)
}

fn web_identity(
    sts: aws_sdk_sts::Client,
    role_arn: String,
    token_file: String,
    session_name: Option<String>,
) -> WebIdentity {
    WebIdentity {
        sts,
        role_arn,
        token_file: token_file.into(),
        session_name: session_name.unwrap_or_else(|| SESSION_NAME.to_owned()),
    }
}

/// Amazon's default chain. It finds the token service by the environment alone, so where the configuration names another one, the token that a
/// cluster of Kubernetes gives is taken there in its place: after the environment's keys and the shared files, as in the chain itself.
async fn default_chain(
    settings: &Settings,
    region: &str,
    transport: &Transport,
    config: ProviderConfig,
) -> SharedCredentialsProvider {
    let given = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let token = (
        given("AWS_ROLE_ARN"),
        given("AWS_WEB_IDENTITY_TOKEN_FILE"),
        &settings.endpoints.sts,
    );
    let profile = ProfileFileCredentialsProvider::builder().configure(&config);
    let chain = DefaultCredentialsChain::builder()
        .configure(config)
        .build()
        .await;
    let (Some(role_arn), Some(token_file), Some(_)) = token else {
        return SharedCredentialsProvider::new(chain);
    };
    let web_identity = web_identity(
        aws_sdk_sts::Client::new(&sts_config(settings, region, transport)),
        role_arn,
        token_file,
        given("AWS_ROLE_SESSION_NAME"),
    );
    let keys = EnvironmentVariableCredentialsProvider::new();
    SharedCredentialsProvider::new(
        CredentialsProviderChain::first_try("Environment", keys)
            .or_else("Profile", profile.build())
            .or_else("WebIdentityToken", web_identity)
            .or_else("DefaultChain", chain),
    )
}
