//! What is true of the team now.

use std::collections::BTreeMap;

use super::absence::{self, Unseen};
use super::{members, model};
use crate::framework::operation::Operation;
use crate::framework::resource::{Applied, ReadRequest};
use crate::framework::value::Value;
use crate::messages;
use crate::provider::{Configuration, Unready};
use crate::wandb::{Api, Error, Team};

/// Looks at the team and its storage at the same time.
pub(super) async fn read(
    configuration: &Configuration,
    request: ReadRequest,
    operation: &Operation,
) -> Applied {
    let ReadRequest { mut state, private } = request;
    let name = model::team(&state).to_owned();
    let api = match configuration.wandb() {
        Ok(api) => api,
        Err(Unready::Unknown(what)) => {
            return Applied::state(state, private).with(messages::provider::not_known_yet(what));
        }
        Err(Unready::Wrong(found)) => return Applied::failed(found),
    };
    let doing = model::doing("Reading", &name);
    let now = "The state is kept as it was.";
    match operation.run(look(api, &name, &mut state)).await {
        Ok(Ok(true)) => Applied::state(state, private),
        Ok(Ok(false)) => {
            tracing::warn!(team = name, "W&B says that the team does not exist");
            Applied::gone()
        }
        Ok(Err(found)) => Applied::failed(found.tell(&doing, now, &name)),
        Err(cause) => Applied::failed(messages::store::interrupted(&doing, now, "read", cause)),
    }
}

/// Writes what is true into the state; whether the team is there.
async fn look(api: &Api, name: &str, state: &mut Value) -> Result<bool, Unseen> {
    let (team, told) = tokio::join!(api.get_team(model::id(state)), api.team_storage(name));
    let Some(team) = team? else {
        return absence::confirm(told).map(|()| false);
    };
    match told {
        Ok(told) => {
            let asked = model::storage(state);
            let verified = match (&told, &asked) {
                (Some(told), Some(asked)) => model::is_same(told, asked),
                (told, _) => told.is_some(),
            };
            if !verified || asked.is_none() {
                model::set_storage(state, told.as_ref());
            }
            state.set("storage_verified", verified.into());
        }
        // What the server does not tell stays as it was.
        Err(error) if absence::tells_nothing(&error) => {
            state.set("storage_verified", false.into());
        }
        Err(error) => return Err(error.into()),
    }
    if let Some(words) = model::members(state) {
        let asked = members::resolve(api, &words, Some(&team)).await?;
        let now = present(api, &team, asked.by_id).await?;
        state.set("members", Value::set_of_strings(now));
    }
    Ok(true)
}

/// The users in the team: by the words that they were asked for with, the others by their ids.
async fn present(
    api: &Api,
    team: &Team,
    mut words: BTreeMap<String, String>,
) -> Result<Vec<String>, Error> {
    words.retain(|id, _| team.members.iter().any(|member| member.id == *id));
    let others = members::others(api, team, &words).await?;
    Ok(words.into_values().chain(others).collect())
}
