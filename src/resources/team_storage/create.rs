//! Making the team: everything is checked before the request that nobody can take back, and it is sent once.

use std::time::Duration;

use tokio::time::{sleep, timeout};

use super::model;
use super::prepare::{NOTHING, prepare};
use crate::framework::diagnostic::{Diagnostic, Diagnostics};
use crate::framework::operation::Operation;
use crate::framework::private::Private;
use crate::framework::resource::{Applied, CreateRequest};
use crate::messages;
use crate::provider::Configuration;
use crate::wandb::{Api, Error, Kind, Storage, Team};

/// Tries of the request, where the server puts it off.
const TRIES: u32 = 5;

/// For a look at what was made, which must end also when the time of the create itself is over.
const TIME_TO_LOOK: Duration = Duration::from_secs(60);

/// Makes the team on its storage.
pub(super) async fn create(
    configuration: &Configuration,
    request: CreateRequest,
    operation: &Operation,
) -> Applied {
    let CreateRequest { mut planned, .. } = request;
    let name = model::team(&planned).to_owned();
    let api = match model::api(configuration) {
        Ok(api) => api,
        Err(found) => return Applied::failed(found),
    };
    let Some(storage) = model::storage(&planned) else {
        return Applied::failed(messages::team_creation::no_storage(&name));
    };
    let doing = model::doing("Creating", &name);
    let ready = operation.run(prepare(api, &planned, &storage)).await;
    let (people, mut said) = match ready {
        Ok(Ok(ready)) => ready,
        Ok(Err(found)) => return Applied::failed(found),
        Err(cause) => {
            let stopped = messages::store::interrupted(&doing, NOTHING, "create", cause);
            return Applied::failed(stopped);
        }
    };
    let asked = Asked {
        name: &name,
        people: &people,
        storage: &storage,
    };
    let team = match make(api, operation, &asked).await {
        Ok(team) => team,
        Err(found) => return Applied::failed(found),
    };
    planned.set("id", team.id.as_str().into());
    planned.set("storage_verified", false.into());
    operation.record(planned.clone(), Private::default());
    if team.name != name {
        said.push(messages::team_creation::named_otherwise(&name, &team.name));
    }
    let (verified, found) = confirm(api, &team.name, &storage).await;
    planned.set("storage_verified", verified.into());
    said.append(found);
    Applied::state(planned, Private::default()).with(said)
}

/// What W&B is asked for.
struct Asked<'a> {
    name: &'a str,
    people: &'a [String],
    storage: &'a Storage,
}

/// Sends the request that makes the team: again only where the server put it off and did nothing. Once it is on its way nobody may stop waiting for its answer: the
/// team would be there and known to no one.
async fn make(api: &Api, operation: &Operation, asked: &Asked<'_>) -> Result<Team, Diagnostics> {
    let mut attempt = 1;
    loop {
        let Asked {
            name,
            people,
            storage,
        } = asked;
        let error = match api.create_team(name, people, storage).await {
            Ok(team) => return Ok(team),
            Err(error) => error,
        };
        match error.put_off(attempt) {
            Some(pause) if attempt < TRIES => {
                let doing = model::doing("Creating", name);
                let waited = operation.run(sleep(pause)).await;
                waited.map_err(|cause| {
                    messages::store::interrupted(&doing, NOTHING, "create", cause)
                })?;
                attempt += 1;
            }
            _ if error.is_ambiguous() => return clear_up(api, asked, &error).await,
            _ => return Err(refused(api, asked, &error).await.into()),
        }
    }
}

/// Why the server made no team.
async fn refused(api: &Api, asked: &Asked<'_>, error: &Error) -> Diagnostic {
    let name = asked.name;
    match error.kind() {
        // Somebody may have made it a moment ago.
        Kind::Exists => match api.find_team(name).await {
            Ok(Some(team)) => messages::team_creation::exists(name, &team.id),
            _ => messages::team_creation::taken(name, error),
        },
        Kind::Refused => messages::team_creation::refused(name, asked.storage, error),
        _ => messages::wandb::call_failed(&model::doing("Creating", name), NOTHING, error),
    }
}

/// The answer was lost, and the request is never sent again: who looks finds the team, or nothing.
async fn clear_up(api: &Api, asked: &Asked<'_>, lost: &Error) -> Result<Team, Diagnostics> {
    let name = asked.name;
    let looked = timeout(TIME_TO_LOOK, async {
        tokio::join!(api.find_team(name), api.team_storage(name))
    });
    let Ok((found, told)) = looked.await else {
        return Err(
            messages::team_creation::unclear(name, lost, "W&B did not answer in time").into(),
        );
    };
    let found = match found {
        Ok(Some(team)) => team,
        Ok(None) => return Err(messages::team_creation::lost(name, lost).into()),
        Err(error) => {
            return Err(messages::team_creation::unclear(name, lost, &error.to_string()).into());
        }
    };
    // It was not there a moment ago, and somebody else may have made it since: on the same storage, with the same members, it is as good as ours.
    let on_it =
        matches!(&told, Ok(Some(told)) if model::differences(told, asked.storage).is_empty());
    let has = |id: &String| found.members.iter().any(|member| member.id == *id);
    match on_it && asked.people.iter().all(has) {
        true => Ok(found),
        false => {
            Err(
                messages::team_creation::perhaps_ours(name, &found.id, told.as_ref().ok(), lost)
                    .into(),
            )
        }
    }
}

/// Reads the storage back: an older server ignores what it does not know (W&B SCIM page; the field is of 2026). Gives whether it was confirmed.
async fn confirm(api: &Api, name: &str, storage: &Storage) -> (bool, Diagnostics) {
    let told = match timeout(TIME_TO_LOOK, api.team_storage(name)).await {
        Ok(Ok(told)) => told,
        Ok(Err(error)) => {
            return (
                false,
                messages::team_creation::unverified(name, &error.to_string()).into(),
            );
        }
        Err(_) => {
            let late = messages::team_creation::unverified(name, "it did not answer in time");
            return (false, late.into());
        }
    };
    let Some(told) = told else {
        return (false, messages::team_creation::ignored(name, None).into());
    };
    let found = match model::differences(&told, storage).as_slice() {
        [] => return (true, Diagnostics::none()),
        ["name" | "provider", ..] => messages::team_creation::ignored(name, Some(&told)),
        _ => messages::team::on_another_storage(name, Some(&told), storage),
    };
    (false, found.into())
}
