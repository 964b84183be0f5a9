//! Making the bucket: whole, or not at all.

use super::undo::Attempt;
use super::{
    Failure, Scene, days_of, judge, obtain_key, prove_as_asked, refuse_unfit_key, shielded,
    warnings, wish_of,
};
use crate::clouds::{Cloud, Error, Kind};
use crate::framework::diagnostic::Diagnostic;
use crate::framework::operation::{Interrupted, Operation};
use crate::framework::private::Private;
use crate::framework::resource::{Applied, CreateRequest};
use crate::framework::value::Value;
use crate::messages;
use crate::provider::Configuration;
use crate::requirements::key::Search;
use crate::requirements::{
    Begun, CREATION_TAG, Claim, Facts, Look, Target, Verdict, Wish, begin_facts, finish, look,
    make, outlive, settle,
};
use crate::resources::byob_bucket::{model, place};

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
    let scene = Scene::of(&planned, "Creating", "create");
    let target = match place::target(configuration, &planned).await {
        Ok(target) => target,
        Err(unready) => return model::unready(unready),
    };
    let mut wish = match wish_of(&mut planned, configuration, &Value::Null) {
        Ok(wish) => wish,
        Err(found) => return Applied::failed(found),
    };
    // The mark of this create is its own, until its end.
    wish.retired_tags.remove(CREATION_TAG);
    let token = uuid::Uuid::new_v4().to_string();
    let location = place::region(&planned);
    let taken_over = match begin(
        &scene,
        &target,
        &wish,
        location.as_deref(),
        &token,
        operation,
    )
    .await
    {
        Ok(taken_over) => taken_over,
        Err(refusal) => return Applied::failed(refusal),
    };
    operation.record(half_made(&planned), model::unfinished());

    // Once the request for a key is on its way nobody may stop waiting for its answer, either.
    let claim = Claim::new(token, taken_over);
    let search = match taken_over {
        true => Search::Usable,
        false => Search::Nowhere,
    };
    let key = obtain_key(
        configuration,
        &target,
        &planned,
        &mut wish,
        search,
        operation,
    );
    let (key, no_key) = match key.await {
        Ok(key) => (key, None),
        Err(failure) => (None, Some(failure)),
    };
    if let Some(key) = &key {
        model::set_own_key(&mut planned, Some(&key.arn));
    }
    operation.record(half_made(&planned), model::unfinished());
    let attempt = Attempt {
        scene: &scene,
        target: &target,
        wish: &wish,
        claim: &claim,
        key,
        days: days_of(&planned),
        half_made: half_made(&planned),
    };
    if let Some(failure) = no_key {
        return attempt.take_back(&failure).await;
    }

    let verify = planned.get("verify").as_bool().unwrap_or(true);
    let made = operation
        .run(settle_and_prove(&target, &wish, &config, verify, &claim))
        .await;
    match made.unwrap_or_else(|interrupted| Err(interrupted.into())) {
        Ok((facts, verdicts)) => {
            let mut private = Private::default();
            model::remember(&mut private, facts.known());
            planned.set("requirements", model::requirements(&verdicts, &private));
            Applied::state(planned, private).with(warnings(&scene.name, &verdicts))
        }
        Err(failure) => attempt.take_back(&failure).await,
    }
}

/// Looks and creates. While the request to create is on its way nobody may stop waiting for its answer: the bucket would be made and known
/// to no one. Gives whether it took over what an earlier create left.
async fn begin(
    scene: &Scene,
    target: &Target,
    wish: &Wish,
    region: Option<&str>,
    token: &str,
    operation: &Operation,
) -> Result<bool, Diagnostic> {
    let Scene {
        cloud, name, doing, ..
    } = scene;
    let bucket = &target.bucket;
    let nothing = "Nothing was made.";
    let refused = |error: &Error| match error.kind() {
        Kind::WrongRegion { expected }
            if *cloud == Cloud::Aws && error.operation() != "CreateBucket" =>
        {
            messages::bucket::elsewhere(name, expected.as_deref(), &place::id(*cloud, name))
        }
        Kind::Forbidden if error.operation() == "ListObjectsV2" => {
            messages::bucket::taken_or_forbidden(*cloud, name, error)
        }
        _ if error.is_ambiguous() && error.operation() == "CreateBucket" => {
            messages::store::call_failed(
                *cloud,
                doing,
                "Nobody can say whether the bucket was made; the next apply looks first.",
                error,
            )
        }
        _ => messages::store::call_failed(*cloud, doing, nothing, error),
    };
    // A store that needs no region of its own is not told one, and Amazon's first region must not be told.
    let location = region.filter(|region| *region != "us-east-1");
    let looked = operation.run(async {
        let (seen, key) = tokio::try_join!(look(bucket), refuse_unfit_key(target, wish, nothing))?;
        Ok((outlive(bucket, seen).await?, key))
    });
    let (seen, key) = match looked.await {
        Ok(seen) => seen.map_err(|error: Error| refused(&error))?,
        Err(cause) => {
            return Err(messages::store::interrupted(
                doing, nothing, "create", cause,
            ));
        }
    };
    if let Some(unfit) = key {
        return Err(unfit);
    }
    let lost_race = || messages::bucket::lost_race(name, &place::id(*cloud, name));
    let seen = seen.ok_or_else(lost_race)?;
    if let Look::Unfinished(_) = seen {
        tracing::info!(
            bucket = name,
            "taking over a bucket that an earlier create left half made"
        );
    }
    let making = shielded(operation, |stop| async move {
        make(bucket, seen, location, token, wish, &stop).await
    });
    let (made, cause) = making.await;
    match made {
        Ok(Begun::Made) => Ok(false),
        Ok(Begun::TakenOver) => Ok(true),
        Ok(Begun::Exists) => Err(messages::bucket::exists(name, &place::id(*cloud, name))),
        Ok(Begun::Taken) => Err(messages::bucket::taken(name)),
        Ok(Begun::LostRace) => Err(lost_race()),
        Ok(Begun::Stopped) => Err(messages::store::interrupted(
            doing,
            nothing,
            "create",
            cause.unwrap_or(Interrupted::Cancelled),
        )),
        Err(error) => Err(refused(&error)),
    }
}

type Verdicts = std::collections::BTreeMap<&'static str, Verdict>;

async fn settle_and_prove(
    target: &Target,
    wish: &Wish,
    config: &Value,
    verify: bool,
    claim: &Claim,
) -> Result<(Facts, Verdicts), Failure> {
    let begun = begin_facts(target, wish).await.map_err(Failure::Call)?;
    let facts = settle(target, wish, begun, Some(claim)).await?;
    let verdicts = judge(wish, &facts, config)?;
    let bucket = &target.bucket;
    let still_ours = async {
        match claim.is_lost(bucket, wish).await {
            Ok(false) => Ok(()),
            Ok(true) => Err(Failure::LostRace),
            Err(error) => Err(Failure::Call(error)),
        }
    };
    let ending = async {
        let ended = finish(bucket, wish, &facts, claim).await;
        ended.map_err(Failure::Call)
    };
    prove_as_asked(bucket, wish, &verdicts, verify, still_ours, ending).await?;
    Ok((facts, verdicts))
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
