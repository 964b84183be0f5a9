//! Removing the bucket: never a protected one, never one with something in it unless the applied configuration says so.

use super::{Failure, Scene};
use crate::clouds::Kind;
use crate::clouds::s3::{Bucket, Inventory};
use crate::framework::operation::Operation;
use crate::framework::resource::{Applied, DeleteRequest};
use crate::framework::value::Value;
use crate::messages;
use crate::provider::Configuration;
use crate::requirements::{KeyWish, Target, is_empty_but_for_a_proof, key, remove};
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
        empty(&target.bucket, force, half_made, path).await?;
        // The key goes first, and comes back if the bucket stays: a key that is left alone after its bucket would be found by nobody.
        let retired = retire_key(&target, &prior).await?;
        let gone = remove(&target).await;
        // Where the answer was lost the bucket may be gone, and a revived key would be that lonely one.
        if let (Err(failure), Some(keys), Some((arn, _))) = (&gone, &target.keys, &retired)
            && !failure.is_ambiguous()
            && let Err(error) = key::revive(keys, arn).await
        {
            tracing::warn!(%error, key = arn, "the key could not be made usable again");
        }
        gone.map_err(|error| Kept::Failed(Failure::Call(error)))?;
        let named = match (&target.keys, &retired) {
            (Some(keys), Some(_)) => key::forget(keys, &name).await.err(),
            _ => None,
        };
        Ok((retired, named))
    });
    let removed = removed.await;
    match removed.unwrap_or_else(|interrupted| Err(Kept::Failed(interrupted.into()))) {
        Ok((None, _)) => Applied::gone(),
        Ok((Some((key, until)), named)) => {
            let gone = Applied::gone().with(messages::bucket::key_retired(&name, &key, &until));
            match named {
                None => gone,
                Some(error) => {
                    let alias = key::alias(&name);
                    gone.with(messages::bucket::key_keeps_name(&name, &alias, &error))
                }
            }
        }
        Err(Kept::NotEmpty(found)) => Applied::failed(messages::bucket::not_empty(&name, &found)),
        Err(Kept::Failed(failure)) => {
            let now = "The bucket is still there, as far as anybody can say, and stays in the state; what was removed from it by then is gone.";
            let key = match target.keys {
                Some(_) => {
                    " A key of its own may be scheduled for deletion by now: the next plan says so, and the next apply makes it usable again."
                }
                None => "",
            };
            Applied::failed(failure.tell(&scene, &format!("{now}{key}")))
        }
    }
}

/// Our own key has nothing left to encrypt. It is found by what is told to W&B, else by its name.
async fn retire_key(target: &Target, prior: &Value) -> Result<Option<(String, String)>, Kept> {
    let Some(keys) = &target.keys else {
        return Ok(None);
    };
    let name = target.bucket.name();
    let failed = |error| Kept::Failed(Failure::Call(error));
    let arn = match model::key_wish(prior) {
        KeyWish::Own(Some(arn)) => arn,
        _ => match keys.describe(&key::alias(name)).await {
            Ok(Some(key)) => key.arn,
            Ok(None) => return Ok(None),
            // Who may not look at keys has made none.
            Err(error) if matches!(error.kind(), Kind::Forbidden) => return Ok(None),
            Err(error) => return Err(failed(error)),
        },
    };
    let days = place::block(prior).get("kms_key_deletion_window_days");
    let days = days.as_i64().and_then(|days| i32::try_from(days).ok());
    let until = key::retire(keys, &arn, name, days.unwrap_or(key::SHORTEST_WINDOW)).await;
    let until = until.map_err(failed)?;
    Ok(until.map(|until| (arn, until)))
}

/// It is looked into first, always: some stores delete a full bucket without a word. A bucket whose creation failed may hold what
/// its proof left there, which is no data.
async fn empty(
    bucket: &Bucket,
    force: bool,
    half_made: bool,
    path: Option<&str>,
) -> Result<(), Kept> {
    let failed = |error| Kept::Failed(Failure::Call(error));
    if half_made {
        match is_empty_but_for_a_proof(bucket, path).await {
            Ok(true) => return Ok(()),
            Ok(false) => {}
            Err(error) if matches!(error.kind(), Kind::BucketAbsent) => return Ok(()),
            Err(error) => return Err(failed(error)),
        }
    }
    let found = match bucket.inventory().await {
        Ok(found) => found,
        Err(error) if matches!(error.kind(), Kind::BucketAbsent) => return Ok(()),
        Err(error) => return Err(failed(error)),
    };
    if found.is_empty() {
        return Ok(());
    }
    if !force {
        return Err(Kept::NotEmpty(found));
    }
    bucket.empty().await.map_err(failed)
}
