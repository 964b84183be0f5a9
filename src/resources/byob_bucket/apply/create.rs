//! Making the bucket: whole, or not at all.

use std::time::Duration;

use super::{Failure, import_id, judge, prove_as_asked, warnings, wish_of};
use crate::clouds::s3::Bucket;
use crate::clouds::{Error, Kind};
use crate::framework::diagnostic::{Diagnostic, Diagnostics};
use crate::framework::operation::Operation;
use crate::framework::private::Private;
use crate::framework::resource::{Applied, CreateRequest};
use crate::framework::value::Value;
use crate::messages;
use crate::provider::Configuration;
use crate::requirements::{Begun, Facts, Look, Verdict, Wish, finish, look, make, settle, undo};
use crate::resources::byob_bucket::model;

/// Of undoing a create. It must end also when the time of the create itself is over.
const TIME_TO_UNDO: Duration = Duration::from_secs(60);

/// Makes the bucket, sets what W&B demands, proves it.
pub(in crate::resources::byob_bucket) async fn create(
    configuration: &Configuration,
    request: CreateRequest,
    operation: &Operation,
) -> Applied {
    let CreateRequest {
        mut planned,
        config,
        ..
    } = request;
    let name = model::name(&planned);
    let region = model::region(&planned);
    let bucket = match configuration.s3_compatible.bucket(&name, region.as_deref()) {
        Ok(bucket) => bucket,
        Err(unready) => return model::unready(unready),
    };
    let wish = match wish_of(&mut planned, configuration) {
        Ok(wish) => wish,
        Err(found) => return Applied::failed(found),
    };
    let token = uuid::Uuid::new_v4().to_string();
    if let Err(refusal) = begin(&bucket, region.as_deref(), &token, operation).await {
        return Applied::failed(refusal);
    }
    let half_made = half_made(&planned);
    operation.record(half_made.clone(), model::unfinished());

    let verify = planned.get("verify").as_bool().unwrap_or(true);
    let made = operation
        .run(settle_and_prove(&bucket, &wish, &config, verify, &token))
        .await;
    match made.unwrap_or_else(|interrupted| Err(interrupted.into())) {
        Ok((facts, verdicts)) => {
            let mut private = Private::default();
            model::remember(&mut private, facts.known());
            planned.set("requirements", model::requirements(&verdicts, &private));
            Applied::state(planned, private).with(warnings(&name, &verdicts))
        }
        Err(failure) => take_back(&bucket, &wish, &failure, half_made).await,
    }
}

/// Looks and creates. Once the request to create is on its way nobody may stop waiting for its answer: the bucket would be made and known
/// to no one.
async fn begin(
    bucket: &Bucket,
    region: Option<&str>,
    token: &str,
    operation: &Operation,
) -> Result<(), Diagnostic> {
    let name = bucket.name();
    let doing = format!("Creating the bucket {name:?}");
    let nothing = "Nothing was made.";
    let refused = |error: &Error| match error.kind() {
        Kind::Forbidden if error.operation() != "CreateBucket" => {
            messages::bucket::taken_or_forbidden(name, error)
        }
        _ if error.is_ambiguous() && error.operation() == "CreateBucket" => {
            messages::store::call_failed(
                &doing,
                "Nobody can say whether the bucket was made; the next apply looks first.",
                error,
            )
        }
        _ => messages::store::call_failed(&doing, nothing, error),
    };
    // A store that needs no region of its own is not told one.
    let location = region.filter(|region| *region != "us-east-1");
    let seen = match operation.run(look(bucket)).await {
        Ok(seen) => seen.map_err(|error| refused(&error))?,
        Err(cause) => {
            return Err(messages::store::interrupted(
                &doing, nothing, "create", cause,
            ));
        }
    };
    if let Look::Unfinished(_) = seen {
        tracing::info!(
            bucket = name,
            "taking over a bucket that an earlier create left half made"
        );
    }
    match make(bucket, seen, location, token).await {
        Ok(Begun::Made) => Ok(()),
        Ok(Begun::Exists) => Err(messages::bucket::exists(name, &import_id(name))),
        Ok(Begun::Taken) => Err(messages::bucket::taken(name)),
        Err(error) => Err(refused(&error)),
    }
}

type Verdicts = std::collections::BTreeMap<&'static str, Verdict>;

async fn settle_and_prove(
    bucket: &Bucket,
    wish: &Wish,
    config: &Value,
    verify: bool,
    token: &str,
) -> Result<(Facts, Verdicts), Failure> {
    let facts = settle(bucket, wish, Facts::of_a_new_bucket(), Some(token)).await?;
    let verdicts = judge(wish, &facts, config)?;
    prove_as_asked(
        bucket,
        wish,
        &verdicts,
        verify,
        finish(bucket, wish, &facts),
    )
    .await?;
    Ok((facts, verdicts))
}

/// Undoes what this create made, and tells what is true then.
async fn take_back(bucket: &Bucket, wish: &Wish, failure: &Failure, half_made: Value) -> Applied {
    let name = bucket.name();
    let doing = format!("Creating the bucket {name:?}");
    if let Failure::LostRace = failure {
        return Applied::failed(failure.tell(name, &doing, "", "create"));
    }
    let undone = tokio::time::timeout(TIME_TO_UNDO, undo(bucket, wish.path.as_deref())).await;
    let left = match undone {
        Ok(Ok(())) => {
            let now = "The bucket was removed again; nothing is left of it.";
            return Applied::failed(failure.tell(name, &doing, now, "create"));
        }
        Ok(Err(error)) => error.to_string(),
        Err(_) => "the store did not answer in time".to_owned(),
    };
    let mut found = Diagnostics::from(failure.tell(
        name,
        &doing,
        "The bucket exists, and is not finished.",
        "create",
    ));
    found.push(messages::bucket::left_behind(name, &left));
    Applied::state(half_made, model::unfinished()).with(found)
}

/// The state of a bucket that exists and is not finished.
fn half_made(planned: &Value) -> Value {
    let mut state = planned.clone();
    state.set(
        "requirements",
        model::requirements(&Default::default(), &model::unfinished()),
    );
    state
}
