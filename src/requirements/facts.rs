//! What is true of a bucket, observed all at the same time.

use std::collections::BTreeMap;

use super::aws::{self, AwsFacts};
use super::patience::{GONE, patiently};
use super::{Target, Wish};
use crate::clouds::Error;
use crate::clouds::s3::{Bucket, CorsRule, Encryption, Lifecycle, Observed, Preflight, Tags};

/// The methods a browser asks leave for; `HEAD` needs none of its own (Fetch standard, "CORS-safelisted method").
const PREFLIGHT_METHODS: [&str; 2] = ["GET", "PUT"];

/// What was learned of a store by trying: the requirement it has no means for, and how it said so.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known(BTreeMap<String, String>);

impl Known {
    /// Notes that the store has no means for the requirement.
    pub fn learn(&mut self, requirement: &str, how: impl Into<String>) {
        self.0.insert(requirement.to_owned(), how.into());
    }

    /// What was learned, for keeping.
    #[must_use]
    pub fn entries(&self) -> &BTreeMap<String, String> {
        &self.0
    }
}

impl From<BTreeMap<String, String>> for Known {
    fn from(entries: BTreeMap<String, String>) -> Self {
        Self(entries)
    }
}

/// What is true of a bucket.
#[derive(Debug, Clone)]
pub struct Facts {
    /// Whether versions are kept.
    pub versioning: Observed<bool>,
    /// The default encryption.
    pub encryption: Observed<Encryption>,
    /// The CORS rules.
    pub cors: Observed<Vec<CorsRule>>,
    /// What browsers are told; asked only where the store has no CORS rules of a bucket.
    pub preflights: Option<Vec<Preflight>>,
    /// The lifecycle rules.
    pub lifecycle: Observed<Lifecycle>,
    /// The tags.
    pub tags: Observed<Tags>,
    /// What only AWS has.
    pub aws: Option<AwsFacts>,
    known: Known,
}

impl Facts {
    /// A bucket that was made a moment ago: nothing is set.
    #[must_use]
    pub fn of_a_new_bucket() -> Self {
        Self {
            versioning: Observed::NotSet,
            encryption: Observed::NotSet,
            cors: Observed::NotSet,
            preflights: None,
            lifecycle: Observed::NotSet,
            tags: Observed::NotSet,
            aws: None,
            known: Known::default(),
        }
    }

    /// How the store said that it has no means for the requirement, if it did.
    #[must_use]
    pub fn not_offered(&self, requirement: &str) -> Option<&str> {
        self.known.0.get(requirement).map(String::as_str)
    }

    /// Adds what was learned since.
    pub(super) fn learn(&mut self, known: &Known) {
        self.known.0.extend(known.0.clone());
    }

    /// Everything that was learned of the store.
    #[must_use]
    pub fn known(&self) -> &Known {
        &self.known
    }
}

/// Observes the bucket: every question at the same time, so that it costs one round trip.
///
/// # Errors
/// `BucketAbsent` only when the store's own code says so and no answer gainsays it; otherwise the first question that failed.
pub async fn observe(target: &Target, wish: &Wish, known: &Known) -> Result<Facts, Error> {
    let bucket = &target.bucket;
    let by_behaviour = known.0.contains_key("cors");
    let encryption = async {
        if wish.encryption.is_some() {
            bucket.encryption().await
        } else {
            Ok(Observed::NotSet)
        }
    };
    let cors = async {
        if by_behaviour {
            Ok(Observed::NotSet)
        } else {
            bucket.cors().await
        }
    };
    let browsers = async {
        if by_behaviour {
            ask_browsers(bucket, wish).await.map(Some)
        } else {
            Ok(None)
        }
    };
    let on_aws = async {
        match &wish.aws {
            Some(wish) => aws::observe(target, wish).await.map(Some),
            None => Ok(None),
        }
    };
    // The documents do not tell whether the bucket exists: MinIO says "none" of one that does not.
    let (presence, versioning, encryption, cors, preflights, lifecycle, tags, on_aws) = tokio::join!(
        bucket.require_presence(),
        bucket.versioning(),
        encryption,
        cors,
        browsers,
        bucket.lifecycle(),
        bucket.tags(),
        on_aws,
    );
    if let Err(error) = presence {
        // MinIO says "none" of a bucket that does not exist; who shows something of it gainsays that.
        let shown = [
            matches!(versioning, Ok(Observed::Set(_))),
            matches!(encryption, Ok(Observed::Set(_))),
            matches!(cors, Ok(Observed::Set(_))),
            matches!(lifecycle, Ok(Observed::Set(_))),
            matches!(tags, Ok(Observed::Set(_))),
        ];
        return Err(match shown.contains(&true) {
            true => error.into_unconfirmed(),
            false => error,
        });
    }
    let documents = async {
        let mut facts = Facts {
            versioning: versioning?,
            encryption: encryption?,
            cors: cors?,
            preflights: preflights?,
            lifecycle: lifecycle?,
            tags: tags?,
            aws: on_aws?,
            known: known.clone(),
        };
        // A store of one's own may have one rule for all buckets, of which its answer tells nothing.
        let untold = wish.aws.is_none() && !by_behaviour && matches!(facts.cors, Observed::NotSet);
        if untold || matches!(facts.cors, Observed::Unsupported(_)) {
            facts.preflights = Some(ask_browsers(bucket, wish).await?);
        }
        Ok(facts)
    };
    // It was there a moment ago: one answer that denies it is no proof.
    documents.await.map_err(Error::into_unconfirmed)
}

/// The same where an absence takes the bucket out of the state: AWS is asked again before it is believed.
///
/// # Errors
/// As [`observe`].
pub async fn observe_surely(target: &Target, wish: &Wish, known: &Known) -> Result<Facts, Error> {
    patiently(wish.pauses(GONE), || observe(target, wish, known)).await
}

/// Asks as a browser on each origin would, all at the same time.
pub(super) async fn ask_browsers(bucket: &Bucket, wish: &Wish) -> Result<Vec<Preflight>, Error> {
    let origins = wish.cors.sample_origins();
    let mut questions = Vec::new();
    for origin in &origins {
        for method in PREFLIGHT_METHODS {
            questions.push(bucket.preflight(origin, method));
        }
    }
    futures_util::future::try_join_all(questions).await
}
