//! Making the team: everything is checked before the request that nobody can take back, and it is sent once.

use super::{members, model};
use crate::framework::diagnostic::{Diagnostic, Diagnostics};
use crate::framework::operation::Operation;
use crate::framework::private::Private;
use crate::framework::resource::{Applied, CreateRequest};
use crate::framework::value::Value;
use crate::messages;
use crate::provider::Configuration;
use crate::wandb::{Api, Error, Kind, Storage, Team};

/// What is true when nothing was sent.
const NOTHING: &str = "No team was made.";

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
        return Applied::failed(messages::team::no_storage(&name));
    };
    let doing = model::doing("Creating", &name);
    let ready = operation.run(prepare(api, &planned, &name, &storage)).await;
    let (people, mut said) = match ready {
        Ok(Ok(ready)) => ready,
        Ok(Err(found)) => return Applied::failed(found),
        Err(cause) => {
            let stopped = messages::store::interrupted(&doing, NOTHING, "create", cause);
            return Applied::failed(stopped);
        }
    };
    // Once the request is on its way nobody may stop waiting for its answer: the team would be there and known to no one.
    let team = match api.create_team(&name, &people, &storage).await {
        Ok(team) => team,
        Err(error) if error.is_ambiguous() => match clear_up(api, &name, &storage, &error).await {
            Ok(team) => team,
            Err(found) => return Applied::failed(found),
        },
        Err(error) => return Applied::failed(refused(&doing, &name, &storage, &error)),
    };
    planned.set("id", team.id.as_str().into());
    let confirmed = confirm(api, &name, &storage, &mut planned).await;
    let failed = confirmed.has_error();
    said.append(confirmed);
    if failed {
        tracing::warn!(
            team = name,
            "the team is not on the storage that was asked for"
        );
    }
    Applied::state(planned, Private::default()).with(said)
}

/// Everything that can be known before: the name is free, the users exist, and W&B can use the bucket.
async fn prepare(
    api: &Api,
    planned: &Value,
    name: &str,
    storage: &Storage,
) -> Result<(Vec<String>, Diagnostics), Diagnostics> {
    let doing = model::doing("Creating", name);
    let failed = |error: &Error| -> Diagnostics {
        messages::team::call_failed(&doing, NOTHING, error).into()
    };
    let words = model::members(planned).unwrap_or_default();
    let (team, people, findings) = tokio::join!(
        api.find_team(name),
        members::resolve(api, &words, None),
        api.test_storage(storage),
    );
    if let Some(team) = team.map_err(|error| failed(&error))? {
        return Err(messages::team::exists(name, &team.id).into());
    }
    let people = people.map_err(|error| failed(&error))?;
    if !people.unknown.is_empty() {
        return Err(messages::team::unknown_members(name, &people.unknown, NOTHING).into());
    }
    let mut said = Diagnostics::none();
    match findings {
        Ok(findings) => {
            let (errors, warnings): (Vec<_>, Vec<_>) =
                findings.into_iter().partition(|finding| finding.is_error);
            if !errors.is_empty() {
                let words = errors.into_iter().map(|finding| finding.message);
                return Err(messages::team::unusable(name, &words.collect::<Vec<_>>()).into());
            }
            for warning in warnings {
                said.push(model::finding(name, &warning.message));
            }
        }
        // W&B's interface for that is not documented: its absence stops nothing, since W&B tests the bucket again when it makes the team.
        Err(error) => said.push(messages::team::untested(name, &error)),
    }
    Ok((people.by_id.into_keys().collect(), said))
}

/// Why the server made no team.
fn refused(doing: &str, name: &str, storage: &Storage, error: &Error) -> Diagnostic {
    match error.kind() {
        Kind::Exists => messages::team::taken(name, error),
        Kind::Refused => messages::team::refused(name, &storage.provider.to_string(), error),
        _ => messages::team::call_failed(doing, NOTHING, error),
    }
}

/// The answer was lost, and the request is never sent again: who looks finds the team, or nothing.
async fn clear_up(
    api: &Api,
    name: &str,
    storage: &Storage,
    lost: &Error,
) -> Result<Team, Diagnostics> {
    let found = match api.find_team(name).await {
        Ok(Some(team)) => team,
        Ok(None) => return Err(messages::team::lost(name, lost).into()),
        Err(error) => return Err(messages::team::unclear(name, lost, &error).into()),
    };
    // It was not there a moment ago, and somebody else may have made it since: on the same storage it is as good as ours.
    match api.team_storage(name).await {
        Ok(Some(told)) if model::is_same(&told, storage) => Ok(found),
        _ => Err(messages::team::perhaps_ours(name, &found.id, lost).into()),
    }
}

/// Reads the storage back: an older server ignores what it does not know (W&B SCIM page; the field is of 2026).
async fn confirm(api: &Api, name: &str, storage: &Storage, state: &mut Value) -> Diagnostics {
    let told = api.team_storage(name).await;
    let verified = matches!(&told, Ok(Some(told)) if model::is_same(told, storage));
    state.set("storage_verified", verified.into());
    match told {
        Ok(Some(_)) if verified => Diagnostics::none(),
        Ok(told) => messages::team::ignored(name, told.as_ref()).into(),
        Err(error) => messages::team::unverified(name, &error).into(),
    }
}
