//! What W&B demands of a bucket on AWS beyond what any store has: who may use it, and the key (W&B BYOB page, AWS tab).

pub(super) mod access;
pub(super) mod former_key;
mod grants;
pub(super) mod key_policy;
pub(super) mod key_tags;

use std::collections::{BTreeMap, BTreeSet};

use access::HTTPS_ONLY;

use super::Target;
use super::policy::Policy;
use crate::clouds::aws::{INVALID_STATE, Key, KeyState};
use crate::clouds::s3::{Observed, PublicAccess};
use crate::clouds::{Error, Kind};

/// What the owner wants of a bucket on AWS.
#[derive(Debug, Clone, PartialEq)]
pub struct AwsWish {
    /// The address of the bucket.
    pub bucket_arn: String,
    /// Who W&B is there.
    pub principals: BTreeSet<String>,
    /// Whether plain HTTP is refused.
    pub https_only: bool,
    /// The key that encrypts.
    pub key: KeyWish,
    /// The key of our own that encrypted before.
    pub former: Option<String>,
}

/// The key that encrypts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyWish {
    /// None: S3's own.
    None,
    /// One that somebody else looks after.
    Given(String),
    /// Our own; none while it is not made.
    Own(Option<String>),
}

impl KeyWish {
    /// The address of the key.
    #[must_use]
    pub fn arn(&self) -> Option<&str> {
        match self {
            Self::None => None,
            Self::Given(arn) => Some(arn),
            Self::Own(arn) => arn.as_deref(),
        }
    }
}

/// What is true of a bucket on AWS.
#[derive(Debug, Clone)]
pub struct AwsFacts {
    pub(super) public_access: Observed<PublicAccess>,
    pub(super) ownership: Observed<String>,
    pub(super) policy: Observed<String>,
    pub(super) key: Option<KeyFacts>,
    /// The key of our own that encrypted before.
    pub(super) former: Option<KeyFacts>,
}

/// What is true of the key.
#[derive(Debug, Clone)]
pub(super) struct KeyFacts {
    found: Seen,
    /// None when these credentials may not read it.
    policy: Option<String>,
    rotates: bool,
    /// Of a key of our own; none while the service does not know them yet.
    tags: BTreeMap<String, String>,
}

/// What a look at a key shows.
#[derive(Debug, Clone)]
enum Seen {
    Key(Key),
    /// There is no such key.
    Nothing,
    /// These credentials may not look at it.
    Hidden,
}

impl Seen {
    fn key(&self) -> Option<&Key> {
        match self {
            Self::Key(key) => Some(key),
            Self::Nothing | Self::Hidden => None,
        }
    }
}

impl AwsFacts {
    /// Of a bucket that was made a moment ago, with its key.
    pub(super) fn of_a_new_bucket() -> Self {
        Self {
            public_access: Observed::NotSet,
            ownership: Observed::NotSet,
            policy: Observed::NotSet,
            key: None,
            former: None,
        }
    }

    /// Whether the key that encrypted before is there no more.
    #[must_use]
    pub fn has_lost_former_key(&self) -> bool {
        let former = self.former.as_ref();
        former.is_some_and(|key| matches!(key.found, Seen::Nothing))
    }

    /// Whether the key that it should have is not to be seen, or not usable: it was made or revived a moment ago.
    pub(super) fn waits_for_key(&self) -> bool {
        let usable = |key: &Key| key.state == KeyState::Enabled;
        let key = self.key.as_ref();
        key.is_some_and(|key| !key.found.key().is_some_and(usable))
    }

    /// Whether our statement that refuses plain HTTP is there.
    pub(super) fn refuses_http(&self) -> bool {
        let Observed::Set(text) = &self.policy else {
            return false;
        };
        Policy::parse(text).is_some_and(|policy| policy.with_id(&HTTPS_ONLY).is_some())
    }
}

/// Observes what only AWS has, everything at the same time.
pub(super) async fn observe(target: &Target, wish: &AwsWish) -> Result<AwsFacts, Error> {
    let bucket = &target.bucket;
    let former = wish.former.clone();
    let former = former.filter(|arn| wish.key.arn() != Some(arn.as_str()));
    let former = KeyWish::Own(former);
    let (public_access, ownership, policy, key, former) = tokio::join!(
        bucket.public_access(),
        bucket.ownership(),
        bucket.policy(),
        observe_key(target, &wish.key),
        observe_key(target, &former),
    );
    Ok(AwsFacts {
        public_access: public_access?,
        ownership: ownership?,
        policy: policy?,
        key: key?,
        former: former?,
    })
}

pub(super) async fn observe_key(
    target: &Target,
    wish: &KeyWish,
) -> Result<Option<KeyFacts>, Error> {
    let (Some(keys), Some(arn)) = (&target.keys, wish.arn()) else {
        return Ok(None);
    };
    let given = matches!(wish, KeyWish::Given(_));
    let policy = async {
        match keys.policy(arn).await {
            Ok(policy) => Ok(Some(policy)),
            // A key of another account or team: what cannot be read is told, and stops nothing.
            Err(error) if given && matches!(error.kind(), Kind::Forbidden) => Ok(None),
            Err(error) if matches!(error.kind(), Kind::KeyNotFound) => Ok(None),
            // Somebody had the bucket use the key by an alias, by which no policy can be read.
            Err(error) if error.code() == Some("InvalidArnException") => Ok(None),
            Err(error) => Err(error),
        }
    };
    let rotates = async {
        if given {
            return Ok(false);
        }
        match keys.rotates(arn).await {
            Err(error) if matches!(error.kind(), Kind::KeyNotFound) => Ok(false),
            // It cannot be told of a key that is to be deleted.
            Err(error) if error.code() == Some(INVALID_STATE) => Ok(true),
            other => other,
        }
    };
    let tags = async {
        if given {
            return Ok(BTreeMap::new());
        }
        match keys.tags(arn).await {
            Err(error) if matches!(error.kind(), Kind::KeyNotFound) => Ok(BTreeMap::new()),
            other => other,
        }
    };
    let (found, policy, rotates, tags) = tokio::join!(keys.describe(arn), policy, rotates, tags);
    Ok(Some(KeyFacts {
        found: match found {
            Err(error) if given && matches!(error.kind(), Kind::Forbidden) => Seen::Hidden,
            other => other?.map_or(Seen::Nothing, Seen::Key),
        },
        policy: policy?,
        rotates: rotates?,
        tags: tags?,
    }))
}
