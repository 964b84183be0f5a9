//! Changing the bucket in place: what is not met is repaired, all else is left alone.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{
    Failure, Scene, judge, obtain_key, prove_as_asked, refuse_unfit_key, warnings, wish_of,
};
use crate::framework::diagnostic::Diagnostics;
use crate::framework::operation::Operation;
use crate::framework::private::Private;
use crate::framework::resource::{Applied, UpdateRequest};
use crate::framework::value::Value;
use crate::provider::Configuration;
use crate::requirements::key::Search;
use crate::requirements::{Facts, KeyWish, Target, Verdict, Wish, observe, settle, verdicts};
use crate::resources::byob_bucket::{model, place, read::write_back};

/// Of the look at what is true after a failure. It must end also when the time of the change itself is over.
const TIME_TO_LOOK: Duration = Duration::from_secs(30);

/// Makes the bucket what is planned.
pub(in crate::resources::byob_bucket) async fn update(
    configuration: &Configuration,
    request: UpdateRequest,
    operation: &Operation,
) -> Applied {
    let UpdateRequest {
        prior,
        mut planned,
        config,
        mut private,
    } = request;
    let scene = Scene::of(&planned, "Changing", "update");
    let target = match place::target(configuration, &planned).await {
        Ok(target) => target,
        Err(unready) => return model::unready(unready),
    };
    let promised = planned.get("requirements").clone();
    let own_key = match model::key_wish(&prior) {
        KeyWish::Own(Some(arn)) => arn.into(),
        _ => Value::Null,
    };
    let mut wish = match wish_of(&mut planned, configuration, &own_key) {
        Ok(wish) => wish,
        Err(found) => return Applied::failed(found),
    };
    let before = prior.get("tags_all").string_map();
    let retired = before
        .into_keys()
        .filter(|key| !wish.tags.contains_key(key));
    wish.retired_tags.extend(retired);

    if model::key_wish(&prior) != model::key_wish(&planned) {
        let now = "Nothing was changed.";
        let looked = operation.run(refuse_unfit_key(&target, &wish, now)).await;
        let refused = match looked {
            Ok(Ok(refusal)) => refusal.map(Diagnostics::from),
            Ok(Err(error)) => Some(Failure::Call(error).tell(&scene, now)),
            Err(cause) => Some(Failure::Interrupted(cause).tell(&scene, now)),
        };
        if let Some(refused) = refused {
            return Applied::failed(refused);
        }
    }

    let known = model::known(&private);
    // While the request for a key is on its way nobody may stop waiting for its answer. A create that was killed may have made one already.
    let mut has_former_key = true;
    let done = match obtain_key(
        configuration,
        &target,
        &planned,
        &mut wish,
        Search::Everywhere,
        operation,
    )
    .await
    {
        Ok(key) => {
            if let Some(key) = key {
                model::set_own_key(&mut planned, Some(&key.arn));
            }
            if let Some(aws) = &wish.aws {
                model::remember_former_key(&mut private, &prior, &aws.key);
            }
            let wish = model::with_former_key(wish, &private);
            has_former_key = wish
                .aws
                .as_ref()
                .is_some_and(|aws| aws.former.as_deref() != aws.key.arn());
            let work = async {
                let facts = observe(&target, &wish, &known)
                    .await
                    .map_err(Failure::Call)?;
                let facts = settle(&target, &wish, facts, None).await?;
                let verdicts = judge(&wish, &facts, &config)?;
                keep_promises(&promised, &verdicts)?;
                let verify = planned.get("verify").as_bool().unwrap_or(true);
                prove_as_asked(
                    &target.bucket,
                    &wish,
                    &verdicts,
                    verify,
                    async { Ok(()) },
                    async { Ok(()) },
                )
                .await?;
                Ok::<_, Failure>((facts, verdicts))
            };
            let worked = operation.run(work).await;
            worked.unwrap_or_else(|interrupted| Err(interrupted.into()))
        }
        Err(failure) => Err(failure),
    };
    match done {
        Ok((facts, verdicts)) => {
            private.remove(model::UNFINISHED);
            private.remove(model::UNTRIED);
            if !has_former_key {
                model::forget_former_key(&mut private);
            }
            model::remember(&mut private, facts.known());
            planned.set(
                "requirements",
                as_promised(&promised, model::requirements(&verdicts, &private)),
            );
            Applied::state(planned, private).with(warnings(&scene.name, &verdicts))
        }
        Err(failure) => {
            let now = "What was changed by then stays changed; the state holds what is true now.";
            let found = failure.tell(&scene, now);
            let (state, private) = truth(&target, prior, configuration, private).await;
            Applied::state(state, private).with(found)
        }
    }
}

/// What was planned to be met is met, or the apply ends with an error that names it.
fn keep_promises(
    promised: &Value,
    verdicts: &BTreeMap<&'static str, Verdict>,
) -> Result<(), Failure> {
    let broken = verdicts.iter().find(|(name, verdict)| {
        **verdict != Verdict::Met && promised.get(name).as_str() == Some("met")
    });
    match broken {
        Some((name, verdict)) => Err(Failure::StillUnmet(name, verdict.to_string())),
        None => Ok(()),
    }
}

/// The verdicts, but for what the plan promised to stay as it was and has become better, or came or went meanwhile with a key: the next refresh shows
/// it.
fn as_promised(promised: &Value, actual: Value) -> Value {
    let Some(promises) = promised.entries() else {
        return actual;
    };
    let mut entries = actual.entries().cloned().unwrap_or_default();
    entries.retain(|key, _| promises.contains_key(key));
    for (key, promise) in promises {
        let worse = |entry: &Value| entry.as_str() != Some("met");
        match entries.get(key) {
            None if promise.is_unknown() => {}
            Some(entry) if promise.is_unknown() || worse(entry) => {}
            _ => {
                entries.insert(key.clone(), promise.clone());
            }
        }
    }
    Value::Map(entries)
}

/// The state before, corrected by what the store says now; as it was where the store says nothing.
async fn truth(
    target: &Target,
    prior: Value,
    configuration: &Configuration,
    mut private: Private,
) -> (Value, Private) {
    let Ok(before) = model::wish(&prior, configuration) else {
        return (prior, private);
    };
    let before = model::with_former_key(before, &private);
    let known = model::known(&private);
    let looked = tokio::time::timeout(TIME_TO_LOOK, observe(target, &before, &known)).await;
    let Ok(Ok(facts)) = looked else {
        return (prior, private);
    };
    let state = corrected(prior, &before, &facts, &private);
    model::remember(&mut private, facts.known());
    (state, private)
}

fn corrected(mut state: Value, wish: &Wish, facts: &Facts, private: &Private) -> Value {
    state.set(
        "requirements",
        model::requirements(&verdicts(wish, facts), private),
    );
    write_back(&mut state, wish, facts);
    state
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_map_has_the_entries_that_were_promised_whatever_comes_and_goes() {
        let map =
            |pairs: &[(&'static str, &'static str)]| Value::map_of_strings(pairs.iter().copied());
        let promised = map(&[("cors", "needs you: wait"), ("kms_former_key", "met")]);
        let actual = map(&[("cors", "met"), ("kms_key_policy", "met")]);
        assert_eq!(as_promised(&promised, actual), promised);
        let actual = map(&[("cors", "met")]);
        assert_eq!(as_promised(&Value::unknown(), actual.clone()), actual);
    }
}
