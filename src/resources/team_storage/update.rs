//! Changing the team in place: its members, and nothing that is W&B's for ever.

use std::collections::BTreeSet;

use super::members::Directory;
use super::model;
use crate::framework::diagnostic::Diagnostics;
use crate::framework::operation::Operation;
use crate::framework::resource::{Applied, UpdateRequest};
use crate::messages;
use crate::provider::Configuration;
use crate::wandb::{Api, Error, Kind};

/// Makes the members what is planned.
pub(super) async fn update(
    configuration: &Configuration,
    request: UpdateRequest,
    operation: &Operation,
) -> Applied {
    let UpdateRequest {
        prior,
        mut planned,
        mut private,
        ..
    } = request;
    let name = model::team(&prior).to_owned();
    planned.set("id", prior.get("id").clone());
    if let Some(words) = model::members(&planned)
        && model::members(&prior).as_ref() != Some(&words)
    {
        let api = match model::api(configuration) {
            Ok(api) => api,
            Err(found) => return Applied::state(prior, private).with(found),
        };
        let doing = model::doing("Changing", &name);
        let now =
            "Members that were changed by then stay changed; the next plan shows what is left.";
        let changed = operation
            .run(change(api, model::id(&prior), &name, &words))
            .await;
        let found = match changed {
            Ok(Ok(())) => Diagnostics::none(),
            Ok(Err(Unchanged::Call(error))) => {
                messages::wandb::call_failed(&doing, now, &error).into()
            }
            Ok(Err(Unchanged::Gone)) => messages::team::gone(&name).into(),
            Ok(Err(Unchanged::Strangers(words))) => {
                messages::team_creation::unknown_members(&name, &words, "Nothing was changed.")
                    .into()
            }
            Err(cause) => messages::store::interrupted(&doing, now, "update", cause).into(),
        };
        if found.has_error() {
            return Applied::state(prior, private).with(found);
        }
    }
    model::forget_import(&mut private);
    Applied::state(planned, private)
}

/// Why the members are not as they were asked for.
enum Unchanged {
    Call(Error),
    Gone,
    Strangers(Vec<String>),
}

/// Sends the difference; once more where somebody else changed the team meanwhile.
async fn change(
    api: &Api,
    id: &str,
    name: &str,
    words: &BTreeSet<String>,
) -> Result<(), Unchanged> {
    let mut again = true;
    loop {
        let team = api.get_team(id).await.map_err(Unchanged::Call)?;
        let team = team.ok_or(Unchanged::Gone)?;
        let directory = Directory::open(api, words, Some(&team));
        let directory = directory.await.map_err(Unchanged::Call)?;
        let asked = directory.resolve(words, Some(&team));
        let asked = asked.await.map_err(Unchanged::Call)?;
        if !asked.unknown.is_empty() {
            return Err(Unchanged::Strangers(asked.unknown));
        }
        let remove = directory.others(&team, &asked.users);
        let remove = remove.await.map_err(Unchanged::Call)?;
        let is_member = |id: &String| team.members.iter().any(|member| member.id == *id);
        let add = asked.users.into_keys().filter(|id| !is_member(id));
        let add = add.collect::<Vec<_>>();
        if add.is_empty() && remove.is_empty() {
            return Ok(());
        }
        match api.change_members(&team, &add, &remove).await {
            Ok(_) => return Ok(()),
            Err(error)
                if again && (matches!(error.kind(), Kind::Changed) || error.is_ambiguous()) =>
            {
                tracing::info!(team = name, %error, "looking at the team again");
                again = false;
            }
            Err(error) => return Err(Unchanged::Call(error)),
        }
    }
}
