//! What can be known before a team is made: the name is free, the users exist, and W&B can use the bucket.

use super::members::{Asked, Directory};
use super::model;
use crate::framework::diagnostic::Diagnostics;
use crate::framework::value::Value;
use crate::messages;
use crate::wandb::{Api, Error, Finding, Storage, Team};

/// What is true when nothing was sent.
pub(super) const NOTHING: &str = "No team was made.";

/// Looks at all of it at the same time. Gives the ids of the users, and what the user should be told.
///
/// # Errors
/// Why the team cannot be made.
pub(super) async fn prepare(
    api: &Api,
    planned: &Value,
    storage: &Storage,
) -> Result<(Vec<String>, Diagnostics), Diagnostics> {
    let name = model::team(planned);
    let doing = model::doing("Creating", name);
    let failed = |error: &Error| -> Diagnostics {
        messages::wandb::call_failed(&doing, NOTHING, error).into()
    };
    let (team, people, findings) = look(api, planned, storage).await;
    if let Some(team) = team.map_err(|error| failed(&error))? {
        return Err(messages::team_creation::exists(name, &team.id).into());
    }
    let people = people.map_err(|error| failed(&error))?;
    if !people.unknown.is_empty() {
        let unknown = &people.unknown;
        return Err(messages::team_creation::unknown_members(name, unknown, NOTHING).into());
    }
    let mut said = Diagnostics::none();
    match findings {
        Ok(findings) => {
            let (errors, warnings): (Vec<_>, Vec<_>) =
                findings.into_iter().partition(|finding| finding.is_error);
            if !errors.is_empty() {
                let words = errors.into_iter().map(|finding| finding.message);
                let words = words.collect::<Vec<_>>();
                return Err(
                    messages::team_creation::unusable(name, storage, &words, NOTHING).into(),
                );
            }
            for warning in warnings {
                let warning = &warning.message;
                said.push(messages::team_creation::storage_warning(name, warning));
            }
        }
        // What cannot be undone is not done without a test that W&B has and could not run.
        Err(error) if error.may_pass() => return Err(failed(&error)),
        // W&B's interface for that is not documented: its absence stops nothing, since W&B tests the bucket again when it makes the team.
        Err(error) => said.push(messages::team_creation::untested(&error)),
    }
    Ok((people.users.into_keys().collect(), said))
}

/// The same at plan time, for a team that replaces another: that one is deleted first, so what would keep the new one from being made had better be known
/// before. A bucket that W&B cannot use now may be one that this very plan makes, so that is a warning.
pub(super) async fn foresee(
    api: &Api,
    prior: &Value,
    planned: &Value,
    storage: &Storage,
) -> Diagnostics {
    let (name, nothing) = (model::team(planned), "Nothing was changed.");
    let doing = format!(
        "Planning the replacement of the team {:?}",
        model::team(prior)
    );
    let failed = |error: &Error| messages::wandb::call_failed(&doing, nothing, error);
    let (team, people, findings) = look(api, planned, storage).await;
    let mut found = Diagnostics::none();
    match team {
        Ok(Some(team)) if team.id != model::id(prior) => {
            found.push(messages::team_creation::exists(name, &team.id));
        }
        Ok(_) => {}
        Err(error) => found.push(failed(&error)),
    }
    match people {
        Ok(people) if people.unknown.is_empty() => {}
        Ok(people) => {
            let unknown = &people.unknown;
            found.push(messages::team_creation::unknown_members(
                name, unknown, nothing,
            ));
        }
        Err(error) => found.push(failed(&error)),
    }
    // The create tests again, and tells of a test that cannot be run.
    let findings = findings.unwrap_or_default().into_iter();
    let errors = findings.filter(|finding| finding.is_error);
    let words = errors.map(|finding| finding.message).collect::<Vec<_>>();
    if !words.is_empty() {
        found.push(messages::team_creation::unusable_yet(name, &words));
    }
    found
}

type Looks = (
    Result<Option<Team>, Error>,
    Result<Asked, Error>,
    Result<Vec<Finding>, Error>,
);

async fn look(api: &Api, planned: &Value, storage: &Storage) -> Looks {
    let words = model::members(planned).unwrap_or_default();
    let people = async {
        let directory = Directory::open(api, &words, None).await?;
        directory.resolve(&words, None).await
    };
    tokio::join!(
        api.find_team(model::team(planned)),
        people,
        api.test_storage(storage),
    )
}
