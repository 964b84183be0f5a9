//! Changing the bucket in place: what is not met is repaired, all else is left alone.

use super::{Failure, judge, prove_as_asked, warnings, wish_of};
use crate::clouds::s3::Bucket;
use crate::framework::operation::Operation;
use crate::framework::private::Private;
use crate::framework::resource::{Applied, UpdateRequest};
use crate::framework::value::Value;
use crate::provider::Configuration;
use crate::requirements::{Facts, Wish, observe, settle, verdicts};
use crate::resources::byob_bucket::{model, read::write_back};

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
    let name = model::name(&planned);
    let bucket = match configuration
        .s3_compatible
        .bucket(&name, model::region(&planned).as_deref())
    {
        Ok(bucket) => bucket,
        Err(unready) => return model::unready(unready),
    };
    let promised = planned.get("requirements").clone();
    let mut wish = match wish_of(&mut planned, configuration) {
        Ok(wish) => wish,
        Err(found) => return Applied::failed(found),
    };
    let before = prior.get("tags_all").string_map();
    wish.retired_tags = before
        .into_keys()
        .filter(|key| !wish.tags.contains_key(key))
        .collect();

    let known = model::known(&private);
    let work = async {
        let facts = observe(&bucket, &wish, &known)
            .await
            .map_err(Failure::Call)?;
        let facts = settle(&bucket, &wish, facts, None).await?;
        let verdicts = judge(&wish, &facts, &config)?;
        let verify = planned.get("verify").as_bool().unwrap_or(true);
        prove_as_asked(&bucket, &wish, &verdicts, verify, async { Ok(()) }).await?;
        Ok::<_, Failure>((facts, verdicts))
    };
    match operation
        .run(work)
        .await
        .unwrap_or_else(|interrupted| Err(interrupted.into()))
    {
        Ok((facts, verdicts)) => {
            private.remove(model::UNFINISHED);
            private.remove(model::UNTRIED);
            model::remember(&mut private, facts.known());
            planned.set(
                "requirements",
                as_promised(&promised, model::requirements(&verdicts, &private)),
            );
            Applied::state(planned, private).with(warnings(&name, &verdicts))
        }
        Err(failure) => {
            let doing = format!("Changing the bucket {name:?}");
            let now = "What was changed by then stays changed; the state holds what is true now.";
            let diagnostic = failure.tell(&name, &doing, now, "update");
            let (state, private) = truth(&bucket, prior, &wish, private).await;
            Applied::state(state, private).with(diagnostic)
        }
    }
}

/// The verdicts, but for what the plan promised to stay as it was and has become better: the next refresh shows it.
fn as_promised(promised: &Value, actual: Value) -> Value {
    let Some(promises) = promised.entries() else {
        return actual;
    };
    let mut entries = actual.entries().cloned().unwrap_or_default();
    for (key, promise) in promises {
        if !promise.is_unknown()
            && entries
                .get(key)
                .is_some_and(|entry| entry.as_str() == Some("met"))
        {
            entries.insert(key.clone(), promise.clone());
        }
    }
    Value::Map(entries)
}

/// The state before, corrected by what the store says now; as it was where the store says nothing.
async fn truth(
    bucket: &Bucket,
    prior: Value,
    wish: &Wish,
    mut private: Private,
) -> (Value, Private) {
    let before = model::wish(&prior, wish.cors.front_end.clone());
    let looked = tokio::time::timeout(
        std::time::Duration::from_secs(30),
        observe(bucket, &before, &model::known(&private)),
    )
    .await;
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
