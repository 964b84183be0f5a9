//! Taking over a team that exists.

use super::model;
use super::schema::schema;
use crate::framework::operation::Operation;
use crate::framework::resource::Applied;
use crate::framework::value::Value;
use crate::messages;
use crate::provider::Configuration;
use crate::wandb::{Api, Error, Team};

/// Makes the first state of a team's name or id; the read that follows completes it.
pub(super) async fn import(
    configuration: &Configuration,
    id: &str,
    operation: &Operation,
) -> Applied {
    let api = match model::api(configuration) {
        Ok(api) => api,
        Err(found) => return Applied::failed(found),
    };
    let doing = model::doing("Importing", id);
    let now = "Nothing was imported.";
    let team = match operation.run(find(api, id)).await {
        Ok(Ok(Some(team))) => team,
        Ok(Ok(None)) => return Applied::failed(messages::team::no_such_team(id)),
        Ok(Err(error)) => {
            return Applied::failed(messages::team::call_failed(&doing, now, &error));
        }
        Err(cause) => {
            return Applied::failed(messages::store::interrupted(&doing, now, "read", cause));
        }
    };
    // What no server knows starts with its default: the protection above all.
    let attributes = schema().attributes;
    let mut state = Value::object(attributes.iter().map(|attribute| {
        let default = attribute.default.clone();
        (attribute.name, default.unwrap_or_default())
    }));
    state.set("id", team.id.into());
    state.set("team", team.name.into());
    state.set("storage_verified", false.into());
    Applied::state(state, model::imported())
}

async fn find(api: &Api, id: &str) -> Result<Option<Team>, Error> {
    match api.find_team(id).await? {
        Some(team) => Ok(Some(team)),
        None => api.get_team(id).await,
    }
}
