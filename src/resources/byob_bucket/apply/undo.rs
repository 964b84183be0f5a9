//! Taking a create back that failed: what it made goes again, what was there before stays, and what is true then is told.

use std::time::Duration;

use super::{Failure, Scene, without_name};
use crate::clouds::Error;
use crate::clouds::aws::KeyState;
use crate::framework::diagnostic::Diagnostic;
use crate::framework::resource::Applied;
use crate::framework::value::Value;
use crate::messages;
use crate::messages::key::Left;
use crate::requirements::key::{self, Obtained, Origin};
use crate::requirements::{Claim, Target, Use, Wish, undo, use_of_key};
use crate::resources::byob_bucket::model;

/// It must end also when the time of the create itself is over.
const TIME_TO_UNDO: Duration = Duration::from_secs(60);

/// A create, as far as it came.
pub(super) struct Attempt<'a> {
    pub(super) scene: &'a Scene,
    pub(super) target: &'a Target,
    pub(super) wish: &'a Wish,
    pub(super) claim: &'a Claim,
    /// The key of the bucket's own.
    pub(super) key: Option<Obtained>,
    /// Days that a key waits for its deletion.
    pub(super) days: i32,
    /// The state of the bucket if it stays.
    pub(super) half_made: Value,
}

/// What became of the key of a create that failed.
enum Fate {
    /// It is scheduled for deletion, until then.
    Retired(Option<String>),
    /// It is still there, and why.
    Unscheduled(Error),
    Found,
    Encrypts,
    Open,
}

/// What became of what a create made.
enum Outcome {
    /// The bucket belongs to another create by now.
    NotOurs,
    /// The bucket is gone.
    Removed(Option<Fate>),
}

impl Attempt<'_> {
    /// Undoes what this create made, and tells what is true then.
    pub(super) async fn take_back(self, failure: &Failure) -> Applied {
        if let Failure::LostRace = failure {
            return self.give_way(failure).await;
        }
        let undone = tokio::time::timeout(TIME_TO_UNDO, self.undo()).await;
        let left = match undone {
            Ok(Ok(Outcome::NotOurs)) => return self.give_way(failure).await,
            Ok(Ok(Outcome::Removed(fate))) => {
                let now = "The bucket was removed again; nothing is left of it.";
                let mut found = failure.tell(self.scene, now);
                found.append(self.tell(fate).into_iter().collect());
                return Applied::failed(found);
            }
            Ok(Err(error)) => error.to_string(),
            Err(_) => "the store did not answer in time".to_owned(),
        };
        let mut found = failure.tell(self.scene, "The bucket exists, and is not finished.");
        found.push(messages::bucket::left_behind(&self.scene.name, &left));
        Applied::state(self.half_made, model::unfinished()).with(found)
    }

    /// The bucket goes first: it could not be read any more without its key.
    async fn undo(&self) -> Result<Outcome, Error> {
        if !undo(&self.target.bucket, self.claim, self.wish).await? {
            return Ok(Outcome::NotOurs);
        }
        Ok(Outcome::Removed(match &self.key {
            None => None,
            // It goes back to what it was. What it encrypted may be needed, so one that was not to be deleted is not.
            Some(key) => Some(match &key.origin {
                Origin::Made | Origin::Found(KeyState::PendingDeletion(_)) => {
                    self.retire(&key.arn, None).await
                }
                Origin::Found(_) => Fate::Found,
            }),
        }))
    }

    async fn retire(&self, arn: &str, heir: Option<&str>) -> Fate {
        let Some(keys) = &self.target.keys else {
            return Fate::Found;
        };
        let name = self.target.bucket.name();
        match key::take_back(keys, arn, self.days).await {
            Ok(until) => {
                if let Err(error) = key::pass_name_on(keys, name, arn, heir).await {
                    tracing::warn!(%error, "the name of the key of the failed create stays");
                }
                Fate::Retired(until)
            }
            Err(error) => Fate::Unscheduled(error),
        }
    }

    /// Leaves the bucket to the create that has it, and takes back only a key that this one made and nobody uses.
    async fn give_way(&self, failure: &Failure) -> Applied {
        let mut found = Failure::LostRace.tell(self.scene, "");
        if let Failure::NoKey(_, left, retired) = failure {
            found.append(
                left.iter()
                    .map(|left| without_name(&self.scene.name, left))
                    .collect(),
            );
            if let Some((arn, until)) = retired {
                found.push(messages::key::taken_back(
                    &self.scene.name,
                    arn,
                    until.as_deref(),
                ));
            }
        }
        let made = self.key.as_ref().filter(|key| key.origin == Origin::Made);
        if let Some(key) = made {
            let fate = tokio::time::timeout(TIME_TO_UNDO, self.give_key_up(&key.arn)).await;
            found.append(
                self.tell(Some(fate.unwrap_or(Fate::Open)))
                    .into_iter()
                    .collect(),
            );
        }
        Applied::failed(found)
    }

    async fn give_key_up(&self, arn: &str) -> Fate {
        match use_of_key(self.target, arn).await {
            Ok(Use::None(other)) => self.retire(arn, other.as_deref()).await,
            Ok(Use::Encrypts) => Fate::Encrypts,
            Ok(Use::Open) => Fate::Open,
            Err(error) => {
                tracing::warn!(%error, key = arn, "nobody can say whether the other create uses the key");
                Fate::Open
            }
        }
    }

    fn tell(&self, fate: Option<Fate>) -> Option<Diagnostic> {
        let (name, arn) = (&self.scene.name, &self.key.as_ref()?.arn);
        let left = |why| Some(messages::key::left(name, arn, why));
        match fate? {
            Fate::Retired(until) => Some(messages::key::taken_back(name, arn, until.as_deref())),
            Fate::Unscheduled(error) => left(Left::Unscheduled(&error)),
            Fate::Found => left(Left::Found),
            Fate::Encrypts => left(Left::Encrypts),
            Fate::Open => left(Left::Open),
        }
    }
}
