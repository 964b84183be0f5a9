//! Removing the bucket: never a protected one, never one with something in it unless the applied configuration says so.

use super::Failure;
use crate::clouds::Kind;
use crate::clouds::s3::{Bucket, Inventory};
use crate::framework::operation::Operation;
use crate::framework::resource::{Applied, DeleteRequest};
use crate::messages;
use crate::provider::Configuration;
use crate::requirements::undo;
use crate::resources::byob_bucket::model;

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
    let bucket = match configuration
        .s3_compatible
        .bucket(&name, model::region(&prior).as_deref())
    {
        Ok(bucket) => bucket,
        Err(unready) => return model::unready(unready),
    };
    let force = prior.get("force_destroy").as_bool() == Some(true);
    let removed = operation
        .run(remove(
            &bucket,
            force,
            half_made,
            prior.get("path").as_str(),
        ))
        .await;
    match removed.unwrap_or_else(|interrupted| Err(Kept::Failed(interrupted.into()))) {
        Ok(()) => Applied::gone(),
        Err(Kept::NotEmpty(found)) => Applied::failed(messages::bucket::not_empty(&name, &found)),
        Err(Kept::Failed(failure)) => {
            let now = "The bucket is still there, as far as anybody can say, and stays in the state; what was removed from it by then is gone.";
            Applied::failed(failure.tell(
                &name,
                &format!("Deleting the bucket {name:?}"),
                now,
                "delete",
            ))
        }
    }
}

/// It is looked into first, always: some stores delete a full bucket without a word. A bucket whose creation failed may hold what
/// its proof left there, which is no data.
async fn remove(
    bucket: &Bucket,
    force: bool,
    half_made: bool,
    path: Option<&str>,
) -> Result<(), Kept> {
    let failed = |error| Kept::Failed(Failure::Call(error));
    if half_made {
        match undo(bucket, path).await {
            Err(error) if matches!(error.kind(), Kind::BucketNotEmpty) => {}
            other => return other.map_err(failed),
        }
    }
    let found = match bucket.inventory().await {
        Ok(found) => found,
        Err(error) if matches!(error.kind(), Kind::BucketAbsent) => return Ok(()),
        Err(error) => return Err(failed(error)),
    };
    if !found.is_empty() {
        if !force {
            return Err(Kept::NotEmpty(found));
        }
        bucket.empty().await.map_err(failed)?;
    }
    bucket.delete().await.map_err(failed)
}
