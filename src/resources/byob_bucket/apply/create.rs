//! Making the bucket: whole, or not at all.

use std::time::Duration;

use super::{Failure, Scene, judge, obtain_key, prove_as_asked, warnings, wish_of};
use crate::clouds::{Cloud, Error, Kind};
use crate::framework::diagnostic::Diagnostic;
use crate::framework::operation::Operation;
use crate::framework::private::Private;
use crate::framework::resource::{Applied, CreateRequest};
use crate::framework::value::Value;
use crate::messages;
use crate::provider::Configuration;
use crate::requirements::key::{self, Search};
use crate::requirements::{
    Begun, CREATION_TAG, Claim, Facts, KeyWish, Look, Target, Verdict, Wish, begin_facts, finish,
    look, make, outlive, settle, undo,
};
use crate::resources::byob_bucket::{model, place};

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
    match obtain_key(configuration, &target, &planned, &mut wish, search).await {
        Ok(Some(key)) => model::set_own_key(&mut planned, Some(&key)),
        Ok(None) => {}
        Err(failure) => {
            return take_back(
                &scene,
                &target,
                &wish,
                &claim,
                &failure,
                half_made(&planned),
            )
            .await;
        }
    }
    operation.record(half_made(&planned), model::unfinished());

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
        Err(failure) => {
            take_back(
                &scene,
                &target,
                &wish,
                &claim,
                &failure,
                half_made(&planned),
            )
            .await
        }
    }
}

/// Looks and creates. Once the request to create is on its way nobody may stop waiting for its answer: the bucket would be made and known
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
        let (seen, key) = tokio::try_join!(look(bucket), given_key(target, wish))?;
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
    if let Some(missing) = key {
        return Err(messages::bucket::no_such_key(&missing));
    }
    let lost_race = || messages::bucket::lost_race(name, &place::id(*cloud, name));
    let seen = seen.ok_or_else(lost_race)?;
    if let Look::Unfinished(_) = seen {
        tracing::info!(
            bucket = name,
            "taking over a bucket that an earlier create left half made"
        );
    }
    match make(bucket, seen, location, token, wish).await {
        Ok(Begun::Made) => Ok(false),
        Ok(Begun::TakenOver) => Ok(true),
        Ok(Begun::Exists) => Err(messages::bucket::exists(name, &place::id(*cloud, name))),
        Ok(Begun::Taken) => Err(messages::bucket::taken(name)),
        Ok(Begun::LostRace) => Err(lost_race()),
        Err(error) => Err(refused(&error)),
    }
}

/// The key that the configuration gives, if there is no such key: it is better known before anything is made.
async fn given_key(target: &Target, wish: &Wish) -> Result<Option<String>, Error> {
    let (Some(keys), Some(aws)) = (&target.keys, &wish.aws) else {
        return Ok(None);
    };
    let KeyWish::Given(arn) = &aws.key else {
        return Ok(None);
    };
    match keys.describe(arn).await {
        Ok(Some(_)) => Ok(None),
        Ok(None) => Ok(Some(arn.clone())),
        // A key of another account that may be used and not be looked at.
        Err(error) if matches!(error.kind(), Kind::Forbidden) => Ok(None),
        Err(error) => Err(error),
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
        match claim.is_lost(bucket).await {
            Ok(false) => Ok(()),
            Ok(true) => Err(Failure::LostRace),
            Err(error) => Err(Failure::Call(error)),
        }
    };
    let ending = finish(bucket, wish, &facts, claim);
    prove_as_asked(bucket, wish, &verdicts, verify, still_ours, ending).await?;
    Ok((facts, verdicts))
}

/// Undoes what this create made, and tells what is true then.
async fn take_back(
    scene: &Scene,
    target: &Target,
    wish: &Wish,
    claim: &Claim,
    failure: &Failure,
    half_made: Value,
) -> Applied {
    if let Failure::LostRace = failure {
        return Applied::failed(failure.tell(scene, ""));
    }
    let undone = tokio::time::timeout(TIME_TO_UNDO, undo_all(target, wish, claim)).await;
    let left = match undone {
        Ok(Ok(Undone::NotOurs)) => return Applied::failed(Failure::LostRace.tell(scene, "")),
        Ok(Ok(Undone::Removed(key))) => {
            let now = match &key {
                None => "The bucket was removed again; nothing is left of it.",
                Some((_, Ok(_))) => {
                    "The bucket was removed again, and its key is scheduled for deletion."
                }
                Some((_, Err(_))) => "The bucket was removed again.",
            };
            let mut found = failure.tell(scene, now);
            if let Some((key, Err(error))) = &key {
                found.push(messages::bucket::key_left(&scene.name, key, Some(error)));
            }
            return Applied::failed(found);
        }
        Ok(Err(error)) => error.to_string(),
        Err(_) => "the store did not answer in time".to_owned(),
    };
    let mut found = failure.tell(scene, "The bucket exists, and is not finished.");
    found.push(messages::bucket::left_behind(&scene.name, &left));
    Applied::state(half_made, model::unfinished()).with(found)
}

/// What became of what a create made.
enum Undone {
    /// The bucket belongs to another create by now.
    NotOurs,
    /// The bucket is gone; its key is scheduled for deletion, or not.
    Removed(Option<(String, Result<(), Error>)>),
}

/// The bucket goes first: it could not be read any more without its key.
async fn undo_all(target: &Target, wish: &Wish, claim: &Claim) -> Result<Undone, Error> {
    if !undo(&target.bucket, claim, wish).await? {
        return Ok(Undone::NotOurs);
    }
    let own = wish.aws.as_ref().map(|aws| &aws.key);
    let (Some(keys), Some(KeyWish::Own(Some(arn)))) = (&target.keys, own) else {
        return Ok(Undone::Removed(None));
    };
    let name = target.bucket.name();
    let retired = match key::retire(keys, arn, name, key::SHORTEST_WINDOW).await {
        Ok(_) => {
            if let Err(error) = key::forget(keys, name).await {
                tracing::warn!(%error, "the name of the key of the failed create stays");
            }
            Ok(())
        }
        Err(error) => Err(error),
    };
    Ok(Undone::Removed(Some((arn.clone(), retired))))
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
