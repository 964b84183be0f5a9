//! Removing the bucket: never a protected one, never one with something in it unless the applied configuration says so.

use super::{Failure, Scene, days_of};
use crate::clouds::aws::KeyState;
use crate::clouds::s3::{Bucket, Inventory};
use crate::clouds::{Error, Kind};
use crate::framework::operation::Operation;
use crate::framework::private::Private;
use crate::framework::resource::{Applied, DeleteRequest};
use crate::framework::value::Value;
use crate::messages;
use crate::provider::Configuration;
use crate::requirements::key::{self, Retired};
use crate::requirements::{KeyWish, Target, is_empty_but_for_a_proof, remove};
use crate::resources::byob_bucket::{model, place};

/// Why the bucket is still there.
enum Kept {
    NotEmpty(Inventory),
    Failed(Failure),
}

/// Removes the bucket.
pub(in crate::resources::byob_bucket) async fn delete(
    configuration: &Configuration,
    request: DeleteRequest,
    operation: &Operation,
) -> Applied {
    let DeleteRequest { prior, private } = request;
    let name = model::name(&prior);
    let half_made = model::is_half_made(&prior, &private);
    // A replacement and a tainted object come here without a plan of their destruction.
    if prior.get("deletion_protection").as_bool() == Some(true) && !half_made {
        return Applied::failed(messages::bucket::protected(
            &name,
            "The apply would destroy it,",
        ));
    }
    let scene = Scene::of(&prior, "Deleting", "delete");
    let target = match place::target(configuration, &prior).await {
        Ok(target) => target,
        Err(unready) => return model::unready(unready),
    };
    let force = prior.get("force_destroy").as_bool() == Some(true);
    let path = prior.get("path").as_str();
    let removed = operation.run(async {
        empty(&target.bucket, force, path).await?;
        // The key goes first, and comes back if the bucket stays: a key that is left alone after its bucket would be found by nobody.
        let fate = retire_key(&target, &prior, &private).await?;
        let gone = remove(&target).await;
        // Where the answer was lost the bucket may be gone, and a revived key would be that lonely one.
        if let (Err(failure), Some(keys), Fate::Retired(arn, _, before)) =
            (&gone, &target.keys, &fate)
            && !failure.is_ambiguous()
            && let Err(error) = key::restore(keys, arn, before).await
        {
            tracing::warn!(%error, key = arn, "the key could not be made usable again");
        }
        gone.map_err(|error| Kept::Failed(Failure::Call(error)))?;
        let named = match (&target.keys, &fate) {
            (Some(keys), Fate::Retired(..)) => key::forget(keys, &name).await.err(),
            _ => None,
        };
        Ok((fate, named))
    });
    let removed = removed.await;
    let alias = key::alias(&name);
    match removed.unwrap_or_else(|interrupted| Err(Kept::Failed(interrupted.into()))) {
        Ok((Fate::None, _)) => Applied::gone(),
        Ok((Fate::NotOurs(arn), _)) => {
            Applied::gone().with(messages::key::not_ours(&name, &arn, key::OWNER_TAG))
        }
        Ok((Fate::Unseen(error), _)) => {
            Applied::gone().with(messages::key::not_looked_for(&name, &alias, &error))
        }
        Ok((Fate::Retired(arn, until, _), named)) => {
            let gone = Applied::gone().with(messages::key::retired(&name, &arn, until.as_deref()));
            match named {
                None => gone,
                Some(error) => gone.with(messages::key::keeps_name(&name, &alias, &arn, &error)),
            }
        }
        Err(Kept::NotEmpty(found)) => Applied::failed(messages::bucket::not_empty(&name, &found)),
        Err(Kept::Failed(failure)) => {
            let now = "The bucket is still there, as far as anybody can say, and stays in the state; what was removed from it by then is gone.";
            let key = match (&target.keys, model::key_wish(&prior)) {
                (None, _) => "",
                (Some(_), KeyWish::Own(_)) => {
                    " A key of its own may be scheduled for deletion by now: the next plan says so, and the next apply makes it usable again."
                }
                (Some(_), _) => {
                    " A key of its own that encrypted it before may be scheduled for deletion by now: the next plan says so (`kms_former_key`), and only \
                     `aws kms cancel-key-deletion` takes that back."
                }
            };
            Applied::failed(failure.tell(&scene, &format!("{now}{key}")))
        }
    }
}

/// What became of the key of a bucket that goes.
enum Fate {
    /// There is none of its own.
    None,
    /// It is scheduled for deletion, until then, and was in that state before.
    Retired(String, Option<String>, KeyState),
    /// It lost the tag that says whose it is.
    NotOurs(String),
    /// There should be none, and nobody answered.
    Unseen(Error),
}

/// Our own key has nothing left to encrypt. It is found by what is told to W&B or was before, else by its name.
async fn retire_key(target: &Target, prior: &Value, private: &Private) -> Result<Fate, Kept> {
    let Some(keys) = &target.keys else {
        return Ok(Fate::None);
    };
    let name = target.bucket.name();
    let failed = |error| Kept::Failed(Failure::Call(error));
    let known = match model::key_wish(prior) {
        KeyWish::Own(Some(arn)) => Ok(arn),
        wish => model::former_key(private).ok_or(wish),
    };
    let (arn, told) = match known {
        Ok(arn) => (arn, true),
        Err(wish) => match keys.describe(&key::alias(name)).await {
            Ok(Some(key)) => (key.arn, false),
            Ok(None) => return Ok(Fate::None),
            // Who may not look at keys has made none.
            Err(error) if matches!(error.kind(), Kind::Forbidden) => return Ok(Fate::None),
            // A network without the key management has made none, either, as far as the state tells.
            Err(error) if !matches!(wish, KeyWish::Own(_)) && is_out_of_reach(&error) => {
                return Ok(Fate::Unseen(error));
            }
            Err(error) => return Err(failed(error)),
        },
    };
    let retired = key::retire(keys, &arn, name, days_of(prior)).await;
    Ok(match retired.map_err(failed)? {
        Retired::Scheduled(until, before) => Fate::Retired(arn, until, before),
        Retired::NotOurs if told => Fate::NotOurs(arn),
        Retired::NotOurs | Retired::Gone => Fate::None,
    })
}

fn is_out_of_reach(error: &Error) -> bool {
    matches!(
        error.kind(),
        Kind::Unreachable | Kind::TimedOut | Kind::Tls(_)
    )
}

/// It is looked into first, always: some stores delete a full bucket without a word. What a proof left there, where it could not be removed, is no data.
async fn empty(bucket: &Bucket, force: bool, path: Option<&str>) -> Result<(), Kept> {
    let failed = |error| Kept::Failed(Failure::Call(error));
    match is_empty_but_for_a_proof(bucket, path).await {
        Ok(true) => Ok(()),
        Ok(false) if force => bucket.empty().await.map_err(failed),
        Ok(false) => Err(Kept::NotEmpty(bucket.inventory().await.map_err(failed)?)),
        Err(error) if matches!(error.kind(), Kind::BucketAbsent) => Ok(()),
        Err(error) => Err(failed(error)),
    }
}
