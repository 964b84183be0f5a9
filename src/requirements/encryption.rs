//! Objects are encrypted as asked; nothing is set unless asked for.

use super::{Facts, Verdict, Wish};
use crate::clouds::Error;
use crate::clouds::s3::{Bucket, Encryption, Observed};

/// MinIO reads a key's name back with this before it, and takes it either way.
const KEY_ARN: &str = "arn:aws:kms:";

pub(super) fn judge(wish: &Wish, facts: &Facts) -> Option<Verdict> {
    let wanted = wish.encryption.as_ref()?;
    if let Some(how) = facts.not_offered("encryption") {
        return Some(Verdict::NotOffered(how.to_owned()));
    }
    Some(match &facts.encryption {
        Observed::Unsupported(how) => Verdict::NotOffered(how.clone()),
        Observed::NotSet => Verdict::Unmet("no default encryption is set".to_owned()),
        Observed::Set(found) if found.algorithm != wanted.algorithm => Verdict::Unmet(format!(
            "the default encryption is {}, not {}",
            found.algorithm, wanted.algorithm
        )),
        Observed::Set(found) if !same_key(wanted, found) => {
            let name = |key: &Option<String>| {
                key.clone()
                    .unwrap_or_else(|| "the store's own key".to_owned())
            };
            Verdict::Unmet(format!(
                "objects are encrypted with {}, not {}",
                name(&found.key_id),
                name(&wanted.key_id)
            ))
        }
        Observed::Set(found) if wanted.bucket_key && !found.bucket_key => Verdict::Unmet(
            "no bucket key is used: every object costs a call to the key management".to_owned(),
        ),
        Observed::Set(_) => Verdict::Met,
    })
}

/// A wish without a key takes the store's own, whatever its name.
fn same_key(wanted: &Encryption, found: &Encryption) -> bool {
    let bare = |key: &str| key.strip_prefix(KEY_ARN).unwrap_or(key).to_owned();
    wanted.key_id.is_none()
        || wanted.key_id.as_deref().map(bare) == found.key_id.as_deref().map(bare)
}

pub(super) async fn enforce(bucket: &Bucket, wish: &Wish) -> Result<(), Error> {
    match &wish.encryption {
        Some(encryption) => bucket.put_encryption(encryption).await,
        None => Ok(()),
    }
}
