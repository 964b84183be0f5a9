//! The key of our own that encrypted the bucket before it got another one, or none. Objects from then need it still, and so does W&B: its grants
//! follow while it is there. Whether it must be there nobody knows but its owner, so it is never made usable again.

use super::key_policy::{judge_own_policy, put_own_policy};
use super::{AwsFacts, AwsWish, Seen};
use crate::clouds::Error;
use crate::clouds::aws::KeyState;
use crate::requirements::{Facts, Target, Verdict, Wish};

pub(in crate::requirements) fn judge(wish: &Wish, facts: &Facts) -> Option<Verdict> {
    let aws = wish.aws.as_ref()?;
    let former = facts.aws.as_ref()?.former.as_ref()?;
    let Seen::Key(key) = &former.found else {
        return None;
    };
    let state = match &key.state {
        KeyState::Enabled => return judge_own_policy(aws, &key.arn, former),
        KeyState::Disabled => "is disabled".to_owned(),
        KeyState::PendingDeletion(Some(until)) => format!("is scheduled for deletion on {until}"),
        KeyState::PendingDeletion(None) => "is scheduled for deletion".to_owned(),
        KeyState::Other(state) => format!("is in the state {state}"),
    };
    Some(Verdict::NeedsYou(format!(
        "the key {} that encrypted the bucket before {state}, and what it encrypted cannot be read; make it usable, unless no object needs it \
         any more",
        key.arn
    )))
}

pub(in crate::requirements) async fn enforce(
    target: &Target,
    wish: &AwsWish,
    facts: &AwsFacts,
) -> Result<(), Error> {
    match (&target.keys, &wish.former, &facts.former) {
        (Some(keys), Some(arn), Some(found)) => put_own_policy(keys, arn, wish, found).await,
        _ => Ok(()),
    }
}
