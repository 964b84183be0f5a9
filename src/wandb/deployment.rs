//! The three ways W&B runs (W&B BYOB page, "This guide applies to all W&B deployment types").

use std::fmt;
use std::str::FromStr;

use url::Url;

/// The hosts of the multi-tenant cloud, each with the origin of its front end: one server under two names (W&B SDK 0.31, `sdk/lib/urls.py`).
const MULTI_TENANT: [(&str, &str); 2] = [
    ("api.wandb.ai", "https://wandb.ai"),
    ("api.forge.coreweave.com", "https://forge.coreweave.com"),
];

/// The other names of the server at that host; a key for one is a key for all.
pub(super) fn other_hosts(host: &str) -> impl Iterator<Item = &'static str> {
    let known = MULTI_TENANT.iter().any(|(name, _)| *name == host);
    let others = MULTI_TENANT.iter().map(|(name, _)| *name);
    others.filter(move |name| known && *name != host)
}

/// How W&B runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deployment {
    /// `api.wandb.ai`, shared by all.
    MultiTenant,
    /// An instance of one's own, run by W&B.
    Dedicated,
    /// An instance of one's own, run by oneself.
    SelfManaged,
}

impl Deployment {
    /// By the address of the server.
    #[must_use]
    pub fn from_base_url(base_url: &Url) -> Self {
        let host = base_url.host_str().unwrap_or_default();
        if MULTI_TENANT.iter().any(|(name, _)| *name == host) {
            Self::MultiTenant
        } else if host.ends_with(".wandb.io") {
            Self::Dedicated
        } else {
            Self::SelfManaged
        }
    }
}

/// The origin that browsers send from W&B's front end, for the server at `base_url`.
#[must_use]
pub fn front_end_origin(base_url: &Url) -> String {
    let host = base_url.host_str().unwrap_or_default();
    let known = MULTI_TENANT.iter().find(|(name, _)| *name == host);
    known.map_or_else(
        || base_url.origin().ascii_serialization(),
        |(_, front_end)| (*front_end).to_owned(),
    )
}

/// The word names no deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unknown;

impl FromStr for Deployment {
    type Err = Unknown;

    fn from_str(word: &str) -> Result<Self, Unknown> {
        match word {
            "multi-tenant" => Ok(Self::MultiTenant),
            "dedicated" => Ok(Self::Dedicated),
            "self-managed" => Ok(Self::SelfManaged),
            _ => Err(Unknown),
        }
    }
}

impl fmt::Display for Deployment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::MultiTenant => "multi-tenant",
            Self::Dedicated => "dedicated",
            Self::SelfManaged => "self-managed",
        })
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("https://api.wandb.ai", Deployment::MultiTenant, "https://wandb.ai")]
    #[case(
        "https://api.forge.coreweave.com",
        Deployment::MultiTenant,
        "https://forge.coreweave.com"
    )]
    #[case(
        "https://acme.wandb.io",
        Deployment::Dedicated,
        "https://acme.wandb.io"
    )]
    #[case(
        "http://wandb.example.com:8080",
        Deployment::SelfManaged,
        "http://wandb.example.com:8080"
    )]
    #[case(
        "https://evilwandb.io",
        Deployment::SelfManaged,
        "https://evilwandb.io"
    )]
    fn the_address_of_the_server_tells_the_deployment(
        #[case] url: &str,
        #[case] deployment: Deployment,
        #[case] origin: &str,
    ) {
        let url = Url::parse(url).unwrap();
        assert_eq!(Deployment::from_base_url(&url), deployment);
        assert_eq!(front_end_origin(&url), origin);
    }

    #[rstest]
    #[case("multi-tenant", Deployment::MultiTenant)]
    #[case("dedicated", Deployment::Dedicated)]
    #[case("self-managed", Deployment::SelfManaged)]
    fn each_deployment_has_one_word(#[case] word: &str, #[case] deployment: Deployment) {
        assert_eq!(word.parse(), Ok(deployment));
        assert_eq!(deployment.to_string(), word);
    }

    #[rstest]
    #[case("")]
    #[case("Dedicated")]
    #[case("saas")]
    fn any_other_word_is_unknown(#[case] word: &str) {
        assert_eq!(word.parse::<Deployment>(), Err(Unknown));
    }
}
