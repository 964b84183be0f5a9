//! `aws = { … }` of the provider block: the account that buckets on AWS live in.

use std::collections::BTreeMap;

use secrecy::SecretString;
use tokio::sync::Mutex;
use url::Url;

use super::s3_compatible::{Unready, endpoint_rule, parse_endpoint, shown};
use super::setting::Setting;
use crate::clouds::aws::{Endpoints, Login, Role, Session, Settings};
use crate::clouds::{Cloud, Error, Kind, key_pair};
use crate::framework::diagnostic::Diagnostics;
use crate::framework::path::Path;
use crate::framework::schema::Attribute;
use crate::framework::value::Value;
use crate::messages;
use crate::requirements::Target;
use crate::resources::aws_rules as rules;

/// Tries of one request: enough to sit out a throttled minute, few enough to end within any time limit.
const ATTEMPTS: u32 = 5;

/// Where Amazon tells the region of any bucket, and which region a bucket has that names none.
const FIRST_REGION: &str = "us-east-1";

/// The account of the provider block. Nothing is looked at and nobody is asked before a bucket needs it.
#[derive(Default)]
pub struct Account {
    region: Setting<String>,
    login: Setting<Login>,
    role: Setting<Role>,
    endpoints: [Setting<String>; 3],
    targets: Mutex<BTreeMap<String, Open>>,
}

/// What was opened in one region.
#[derive(Clone)]
struct Open {
    session: Session,
    s3: crate::clouds::s3::Client,
    keys: crate::clouds::aws::Keys,
}

/// The attribute of the provider block.
pub(super) fn attribute() -> Attribute {
    let role = vec![
        Attribute::string("role_arn")
            .required()
            .rule(rules::arn)
            .described("ARN of the role."),
        Attribute::string("session_name")
            .described("Name of the session. Default `terraform-provider-wandb`."),
        Attribute::string("external_id")
            .described("What the owner of the role asks for, if anything."),
    ];
    let web_identity = vec![
        Attribute::string("role_arn")
            .required()
            .rule(rules::arn)
            .described("ARN of the role."),
        Attribute::string("token_file")
            .required()
            .described("File that holds the identity provider's token."),
        Attribute::string("session_name")
            .described("Name of the session. Default `terraform-provider-wandb`."),
    ];
    let endpoint = |name| {
        Attribute::string(name)
            .rule(endpoint_rule)
            .described("Address of that service. Default: the variable of AWS's own tools (`AWS_ENDPOINT_URL_S3` and so on, then `AWS_ENDPOINT_URL`), then Amazon's.")
    };
    let attributes = vec![
        Attribute::string("region").rule(rules::aws_region).described(
            "Region that is asked where a bucket is that shall be imported. A bucket names its own. Default: `AWS_REGION`, then \
             `us-east-1`.",
        ),
        Attribute::string("profile").described("Profile of the shared files. Default: AWS's own chain of credentials, which knows `AWS_PROFILE`."),
        Attribute::string("access_key").described("Access key. Default: AWS's own chain of credentials."),
        Attribute::string("secret_key").sensitive().described("Secret key of the access key."),
        Attribute::string("token").sensitive().described("Token of a session, with a temporary access key."),
        Attribute::single("assume_role", role).described("A role to take after the login."),
        Attribute::single("assume_role_with_web_identity", web_identity)
            .described("A role to take with the token of an identity provider, instead of a login."),
        Attribute::single("endpoints", vec![endpoint("s3"), endpoint("kms"), endpoint("sts")])
            .described("Services that are elsewhere than Amazon has them, such as the endpoints of a private network."),
    ];
    Attribute::single("aws", attributes).described(
        "The AWS account that buckets with `aws` live in. Left out, AWS's own chain of credentials is used: environment, shared files, web \
         identity, container, instance.",
    )
}

/// What can be said of the block before it is used: half a key pair, two ways to log in.
pub(super) fn validate(block: &Value) -> Diagnostics {
    let given = |name: &str| !block.get(name).is_null();
    let mut found = Diagnostics::none();
    for (one, other) in [
        ("access_key", "secret_key"),
        ("secret_key", "access_key"),
        ("token", "access_key"),
    ] {
        if given(one) && !given(other) {
            found.push(messages::provider::half_an_aws_login(one, other));
        }
    }
    let ways = ["profile", "access_key", "assume_role_with_web_identity"];
    let ways = ways
        .into_iter()
        .filter(|way| given(way))
        .collect::<Vec<_>>();
    if let [first, second, ..] = ways.as_slice() {
        found.push(messages::provider::two_aws_logins(first, second));
    }
    found
}

impl Account {
    /// Takes the block, and the environment where it is silent.
    pub(super) fn new(block: &Value, environment: &dyn Fn(&str) -> Option<String>) -> Self {
        let endpoints = block.get("endpoints");
        let endpoint = |name: &str| {
            if endpoints.is_unknown() {
                return Setting::Unknown;
            }
            let variable = format!("AWS_ENDPOINT_URL_{}", name.to_uppercase());
            Setting::text(endpoints.get(name))
                .or(|| environment(&variable).or_else(|| environment("AWS_ENDPOINT_URL")))
        };
        Self {
            region: Setting::text(block.get("region"))
                .or(|| environment("AWS_REGION").or_else(|| environment("AWS_DEFAULT_REGION"))),
            login: login(block),
            role: role(block.get("assume_role")),
            endpoints: ["s3", "kms", "sts"].map(endpoint),
            targets: Mutex::default(),
        }
    }

    /// Whether everything is there to talk to AWS.
    ///
    /// # Errors
    /// What is wrong or not known yet.
    pub fn check(&self) -> Result<(), Unready> {
        self.settings().map(drop)
    }

    /// A bucket of the account, there or not, with the key management beside it.
    ///
    /// # Errors
    /// What is wrong or not known yet.
    pub async fn target(&self, name: &str, region: &str) -> Result<Target, Unready> {
        let open = self.open(region).await?;
        Ok(Target {
            bucket: open.s3.bucket(name),
            keys: Some(open.keys),
        })
    }

    /// The number of the account.
    ///
    /// # Errors
    /// What is wrong or not known yet, or the call that failed.
    pub async fn number(&self, region: &str) -> Result<Result<String, Error>, Unready> {
        Ok(self.open(region).await?.session.account().await)
    }

    /// The region of a bucket that exists.
    ///
    /// # Errors
    /// What is wrong or not known yet, or the call that failed.
    pub async fn find_region(&self, name: &str) -> Result<Result<String, Error>, Unready> {
        let region = match &self.region {
            Setting::Unknown => return Err(Unready::Unknown("`aws.region`")),
            Setting::Set(region) => region.clone(),
            Setting::Unset => FIRST_REGION.to_owned(),
        };
        let found = self.open(&region).await?.s3.bucket(name).location().await;
        Ok(match found {
            // It may answer by naming the region instead.
            Err(error) => match error.kind() {
                Kind::WrongRegion {
                    expected: Some(region),
                } => Ok(region.clone()),
                _ => Err(error),
            },
            found => found,
        })
    }

    async fn open(&self, region: &str) -> Result<Open, Unready> {
        let settings = self.settings()?;
        let mut targets = self.targets.lock().await;
        if let Some(open) = targets.get(region) {
            return Ok(open.clone());
        }
        let failed = |error: Error| {
            let doing = "Preparing the connection to AWS";
            let diagnostic =
                messages::store::call_failed(Cloud::Aws, doing, "Nothing was changed.", &error);
            Unready::Wrong(diagnostic.into())
        };
        let session = Session::open(settings, region).await.map_err(failed)?;
        let (s3, keys) = (
            session.s3().map_err(failed)?,
            session.keys().map_err(failed)?,
        );
        let open = Open { session, s3, keys };
        targets.insert(region.to_owned(), open.clone());
        Ok(open)
    }

    fn settings(&self) -> Result<Settings, Unready> {
        let unknown = [
            (self.login.is_unknown(), "the login in `aws`"),
            (self.role.is_unknown(), "`aws.assume_role`"),
            (
                self.endpoints.iter().any(Setting::is_unknown),
                "`aws.endpoints`",
            ),
        ];
        if let Some((_, what)) = unknown.iter().find(|(unknown, _)| *unknown) {
            return Err(Unready::Unknown(what));
        }
        let [s3, kms, sts] = self
            .endpoints
            .each_ref()
            .map(|endpoint| url(endpoint.as_ref()));
        Ok(Settings {
            login: self.login.as_ref().cloned().unwrap_or_default(),
            role: self.role.as_ref().cloned(),
            endpoints: Endpoints {
                s3: s3?,
                kms: kms?,
                sts: sts?,
            },
            attempts: ATTEMPTS,
        })
    }
}

fn url(endpoint: Option<&String>) -> Result<Option<Url>, Unready> {
    let Some(text) = endpoint else {
        return Ok(None);
    };
    parse_endpoint(text).map(Some).map_err(|fault| {
        let path = Path::of("aws").attribute("endpoints");
        Unready::Wrong(messages::provider::bad_endpoint(path, &shown(text), fault).into())
    })
}

fn login(block: &Value) -> Setting<Login> {
    let web_identity = block.get("assume_role_with_web_identity");
    let texts = ["profile", "access_key", "secret_key", "token"].map(|name| block.get(name));
    if block.is_unknown()
        || texts.iter().any(|text| text.is_unknown())
        || !web_identity.is_wholly_known()
    {
        return Setting::Unknown;
    }
    let text = |name: &str| block.get(name).as_str().filter(|text| !text.is_empty());
    let secret = |name: &str| text(name).map(SecretString::from);
    if let (Some(access_key), Some(secret_key)) = (text("access_key"), secret("secret_key")) {
        return Setting::Set(Login::Keys(key_pair(
            access_key,
            &secret_key,
            secret("token").as_ref(),
        )));
    }
    if let Some(profile) = text("profile") {
        return Setting::Set(Login::Profile(profile.to_owned()));
    }
    if let (Some(role_arn), Some(token_file)) = (
        web_identity.get("role_arn").as_str(),
        web_identity.get("token_file").as_str(),
    ) {
        return Setting::Set(Login::WebIdentity {
            role_arn: role_arn.to_owned(),
            token_file: token_file.to_owned(),
            session_name: web_identity.get("session_name").as_str().map(str::to_owned),
        });
    }
    Setting::Unset
}

fn role(block: &Value) -> Setting<Role> {
    if !block.is_wholly_known() {
        return Setting::Unknown;
    }
    let text = |name: &str| block.get(name).as_str().map(str::to_owned);
    text("role_arn").map_or(Setting::Unset, |arn| {
        Setting::Set(Role {
            arn,
            session_name: text("session_name"),
            external_id: text("external_id"),
        })
    })
}
