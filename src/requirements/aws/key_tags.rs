//! The tags of the key: those of the bucket, beside the one that says whose key it is. The tags of others stay.

use super::{AwsFacts, KeyWish};
use crate::clouds::Error;
use crate::requirements::tags::fault;
use crate::requirements::{CREATION_TAG, Facts, Target, Verdict, Wish};

pub(in crate::requirements) fn judge(wish: &Wish, facts: &Facts) -> Option<Verdict> {
    let KeyWish::Own(_) = wish.aws.as_ref()?.key else {
        return None;
    };
    let key = facts.aws.as_ref()?.key.as_ref()?;
    key.found.key()?;
    let fault = fault(&of_key(wish), &key.tags);
    Some(fault.map_or(Verdict::Met, |fault| {
        Verdict::Unmet(format!("tags of the key: {fault}"))
    }))
}

pub(in crate::requirements) async fn enforce(
    target: &Target,
    wish: &Wish,
    facts: &AwsFacts,
) -> Result<(), Error> {
    let arn = wish.aws.as_ref().and_then(|aws| aws.key.arn());
    let (Some(keys), Some(arn), Some(found)) = (&target.keys, arn, &facts.key) else {
        return Ok(());
    };
    let wish = of_key(wish);
    let gone = wish
        .retired_tags
        .iter()
        .filter(|key| found.tags.contains_key(*key));
    let gone = gone.cloned().collect::<Vec<_>>();
    let mut missing = wish.tags.clone();
    missing.retain(|key, value| found.tags.get(key) != Some(value));
    keys.put_tags(arn, &missing, &gone).await
}

/// The mark of a create is only on the bucket.
fn of_key(wish: &Wish) -> Wish {
    let mut wish = wish.clone();
    wish.tags.remove(CREATION_TAG);
    wish.retired_tags.remove(CREATION_TAG);
    wish
}
