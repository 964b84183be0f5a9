//! The end: the team is forgotten, or deleted where that was asked for.

use super::absence::{self, Unseen};
use super::model;
use crate::framework::operation::Operation;
use crate::framework::resource::{Applied, DeleteRequest};
use crate::messages;
use crate::provider::Configuration;
use crate::wandb::{Api, Kind};

/// Forgets or deletes the team.
pub(super) async fn delete(
    configuration: &Configuration,
    request: DeleteRequest,
    operation: &Operation,
) -> Applied {
    let DeleteRequest { prior, private } = request;
    let name = model::team(&prior);
    // A replacement and a tainted object come here without a plan of their destruction.
    if model::is_protected(&prior) {
        return Applied::failed(messages::team::protected(name));
    }
    if model::is_retained(&prior) {
        // A team that is forgotten keeps its name, so the one that is to replace it could not be made.
        return match model::creates(&private) {
            true => Applied::failed(messages::team::would_stay(name)),
            false => Applied::gone(),
        };
    }
    let api = match model::api(configuration) {
        Ok(api) => api,
        Err(found) => return Applied::failed(found),
    };
    let doing = model::doing("Deleting", name);
    let now = "The team is still there, as far as anybody can say, and stays in the state.";
    match operation.run(remove(api, model::id(&prior), name)).await {
        Ok(Ok(())) => Applied::gone(),
        Ok(Err(Unseen::Call(error))) if matches!(error.kind(), Kind::NotOffered) => {
            Applied::failed(messages::team::cannot_be_deleted(name, &error))
        }
        Ok(Err(unseen)) => Applied::failed(unseen.tell(&doing, now, name)),
        Err(cause) => Applied::failed(messages::store::interrupted(&doing, now, "delete", cause)),
    }
}

/// Deletes the team, if it is there, and looks whether it is gone where the answer was lost.
async fn remove(api: &Api, id: &str, name: &str) -> Result<(), Unseen> {
    let Some(team) = api.get_team(id).await? else {
        let told = api.team_storage(name).await;
        return absence::confirm(api, id, name, told).await;
    };
    let Err(error) = api.delete_team(&team.name).await else {
        return Ok(());
    };
    match error.is_ambiguous() && api.get_team(id).await?.is_none() {
        true => Ok(()),
        false => Err(error.into()),
    }
}
