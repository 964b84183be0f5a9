//! What is true of the team now.

use super::absence::{self, Unseen};
use super::members::{Directory, Words};
use super::model;
use crate::framework::diagnostic::Diagnostics;
use crate::framework::operation::Operation;
use crate::framework::private::Private;
use crate::framework::resource::{Applied, ReadRequest};
use crate::framework::value::Value;
use crate::messages;
use crate::provider::{Configuration, Unready};
use crate::wandb::{Api, Error, Storage, Team};

/// Looks at the team and its storage at the same time.
pub(super) async fn read(
    configuration: &Configuration,
    request: ReadRequest,
    operation: &Operation,
) -> Applied {
    let ReadRequest {
        mut state,
        mut private,
    } = request;
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
    let looked = operation.run(look(api, &name, &mut state, &mut private));
    match looked.await {
        Ok(Ok(Some(said))) => Applied::state(state, private).with(said),
        Ok(Ok(None)) => {
            tracing::warn!(team = name, "W&B says that the team does not exist");
            Applied::gone()
        }
        Ok(Err(found)) => Applied::failed(found.tell(&doing, now, &name)),
        Err(cause) => Applied::failed(messages::store::interrupted(&doing, now, "read", cause)),
    }
}

/// Writes what is true into the state. Gives what the user should be told; nothing where the team is gone.
async fn look(
    api: &Api,
    name: &str,
    state: &mut Value,
    private: &mut Private,
) -> Result<Option<Diagnostics>, Unseen> {
    let id = model::id(state).to_owned();
    let (team, told) = tokio::join!(api.get_team(&id), api.team_storage(name));
    let Some(team) = team? else {
        return absence::confirm(api, &id, name, told).await.map(|()| None);
    };
    let mut said = Diagnostics::none();
    state.set("team", team.name.as_str().into());
    match told {
        Ok(told) => said = compare(name, told.as_ref(), state, private),
        // What the server does not tell stays as it was.
        Err(error) if absence::tells_nothing(&error) => {
            state.set("storage_verified", false.into());
        }
        Err(error) => return Err(error.into()),
    }
    if let Some(words) = model::members(state) {
        let directory = Directory::open(api, &words, Some(&team)).await?;
        let asked = directory.resolve(&words, Some(&team)).await?;
        let now = present(&directory, &team, asked.users).await?;
        state.set("members", Value::set_of_strings(now));
    }
    Ok(Some(said))
}

/// Holds what the server tells of the storage against the state.
fn compare(
    name: &str,
    told: Option<&Storage>,
    state: &mut Value,
    private: &mut Private,
) -> Diagnostics {
    let asked = model::storage(state);
    let differs = match (told, &asked) {
        (Some(told), Some(asked)) => !model::differences(told, asked).is_empty(),
        (None, Some(_)) => true,
        (_, None) => false,
    };
    state.set("storage_verified", (told.is_some() && !differs).into());
    if told.is_none() {
        // It is told that there is none: nothing of it is unread any more.
        model::forget_import(private);
    }
    if differs || asked.is_none() {
        model::set_storage(state, told);
    }
    match (differs, &asked) {
        (true, Some(asked)) => messages::team::on_another_storage(name, told, asked).into(),
        _ => Diagnostics::none(),
    }
}

/// The users in the team: by the words that they were asked for with, the others by their ids.
async fn present(
    directory: &Directory<'_>,
    team: &Team,
    mut users: Words,
) -> Result<Vec<String>, Error> {
    users.retain(|id, _| team.members.iter().any(|member| member.id == *id));
    let others = directory.others(team, &users).await?;
    Ok(users.into_values().flatten().chain(others).collect())
}
