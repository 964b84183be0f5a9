//! Old versions of objects are kept.

use super::{Facts, Verdict, Wish};
use crate::clouds::Error;
use crate::clouds::s3::{Bucket, Observed};

pub(super) fn judge(wish: &Wish, facts: &Facts) -> Option<Verdict> {
    let verdict = match (&facts.versioning, wish.versioning) {
        (Observed::Set(true), true)
        | (Observed::Set(false) | Observed::NotSet | Observed::Unsupported(_), false) => {
            return Some(Verdict::Met);
        }
        (Observed::Unsupported(how), true) => Verdict::NotOffered(how.clone()),
        (Observed::Set(false), true) => Verdict::Unmet("versioning is suspended".to_owned()),
        (Observed::NotSet, true) => Verdict::Unmet("versioning is off".to_owned()),
        (Observed::Set(true), false) => Verdict::Unmet("versioning is on".to_owned()),
    };
    Some(
        facts
            .not_offered("versioning")
            .map_or(verdict, |how| Verdict::NotOffered(how.to_owned())),
    )
}

pub(super) async fn enforce(bucket: &Bucket, wish: &Wish) -> Result<(), Error> {
    bucket.put_versioning(wish.versioning).await
}
