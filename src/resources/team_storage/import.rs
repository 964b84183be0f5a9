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
        Ok(Ok(Found::One(team))) => team,
        Ok(Ok(Found::None)) => return Applied::failed(messages::team::no_such_team(id)),
        Ok(Ok(Found::OnNoBucket(name))) => {
            return Applied::failed(messages::team::on_no_bucket(&name));
        }
        Ok(Ok(Found::Two(one, other))) => {
            return Applied::failed(messages::team::two_teams(id, &one, &other));
        }
        Ok(Err(error)) => {
            return Applied::failed(messages::wandb::call_failed(&doing, now, &error));
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

/// What a word names.
enum Found {
    None,
    One(Team),
    /// One team by its name, and another by its id.
    Two(Team, Team),
    /// A team on W&B's own storage or the instance's, for ever.
    OnNoBucket(String),
}

async fn find(api: &Api, word: &str) -> Result<Found, Error> {
    let (by_name, by_id) = tokio::join!(api.find_team(word), api.get_team(word));
    let team = match (by_name?, by_id) {
        (Some(named), Ok(Some(other))) if named.id != other.id => {
            return Ok(Found::Two(named, other));
        }
        (Some(named), _) => named,
        (None, Ok(Some(team))) => team,
        (None, Ok(None)) => return Ok(Found::None),
        (None, Err(error)) => return Err(error),
    };
    match api.team_storage(&team.name).await {
        Ok(None) => Ok(Found::OnNoBucket(team.name)),
        // What the server tells, and whether it does, the read finds out.
        _ => Ok(Found::One(team)),
    }
}
