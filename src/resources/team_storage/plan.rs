//! What is checked and decided before anything is touched: above all that storage cannot change.

use super::{model, prepare};
use crate::framework::diagnostic::Diagnostics;
use crate::framework::path::Path;
use crate::framework::plan::replacements_of_known;
use crate::framework::private::Private;
use crate::framework::resource::{Plan, PlanRequest};
use crate::framework::value::Value;
use crate::messages;
use crate::provider::{Configuration, Unready};
use crate::wandb::{Deployment, Provider};

/// Rules that concern more than one attribute.
pub(super) fn validate(config: &Value) -> Diagnostics {
    let mut found = Diagnostics::none();
    let bucket = config.get("storage_bucket");
    let (tenant, client) = (bucket.get("azure_tenant_id"), bucket.get("azure_client_id"));
    for (given, missing, name) in [
        (tenant, client, "azure_client_id"),
        (client, tenant, "azure_tenant_id"),
    ] {
        if given.as_str().is_some() && missing.is_null() {
            found.push(messages::team_creation::half_an_identity(name));
        }
    }
    let provider = bucket.get("provider").as_str();
    if provider == Some("AZURE") && bucket.get("path").is_null() {
        let has_sub_path = !config.get("sub_path").is_null();
        found.push(messages::team_creation::no_container(has_sub_path));
    }
    let name = bucket.get("name").as_str().unwrap_or_default();
    let parts = name.split('/').collect::<Vec<_>>();
    if name.contains("://") {
        let refusal =
            messages::team_creation::address_for_a_name(name, provider.unwrap_or_default());
        found.push(refusal);
    } else if provider == Some("MINIO")
        && !name.is_empty()
        && (parts.len() != 2 || parts.contains(&""))
    {
        found.push(messages::team_creation::no_host(name));
    }
    found
}

/// Of what by the schema needs another team, what really does.
pub(super) fn replacements(
    found: Vec<Path>,
    prior: &Value,
    planned: &Value,
    private: &Private,
) -> Vec<Path> {
    // What nobody could read after an import is written down.
    let found = match model::is_imported(private) {
        true => replacements_of_known(found, prior),
        false => found,
    };
    // The same folder may stand in `path` and in `sub_path`.
    let same = planned.get("storage_bucket").is_wholly_known()
        && planned.get("sub_path").is_wholly_known()
        && model::storage(prior).is_some()
        && model::storage(prior) == model::storage(planned);
    let is_place = |path: &Path| *path != Path::of("team");
    found
        .into_iter()
        .filter(|path| !(same && is_place(path)))
        .collect()
}

/// Completes the plan, or refuses it.
pub(super) async fn plan(configuration: &Configuration, request: &PlanRequest, plan: &mut Plan) {
    let prior = &request.prior;
    let team = model::team(prior).to_owned();
    if plan.planned.is_null() {
        if prior.is_null() {
            return;
        }
        let protected = model::is_protected(prior);
        plan.diagnostics.push(match protected {
            true => messages::team::protected(&team),
            false => messages::team::end(&team, model::is_retained(prior)),
        });
        return;
    }
    if prior.is_null() {
        model::note_create(&mut plan.private);
        plan.planned.set("storage_verified", Value::unknown());
    } else {
        tell_what_is_adopted(prior, request, plan);
        let verified = prior.get("storage_verified").clone();
        plan.planned.set("storage_verified", verified);
        refuse_change(prior, plan);
    }
    refuse_the_unavailable(configuration, plan);
    if plan.diagnostics.has_error() {
        return;
    }
    if !plan.requires_replace.is_empty() {
        plan.diagnostics.push(messages::team::end(&team, false));
        foresee(configuration, prior, plan).await;
    } else if !prior.is_null() {
        tell_what_is_unknown(&team, plan);
    }
}

async fn foresee(configuration: &Configuration, prior: &Value, plan: &mut Plan) {
    let planned = &plan.planned;
    let known = ["team", "storage_bucket", "sub_path", "members"];
    let known = known.iter().all(|name| planned.get(name).is_wholly_known());
    if let (Ok(api), Some(storage), true) = (configuration.wandb(), model::storage(planned), known)
    {
        let found = prepare::foresee(api, prior, planned, &storage).await;
        plan.diagnostics.append(found);
    }
}

/// What is unknown is no change, and may turn out to be one: then the apply refuses it, when other things are changed already.
fn tell_what_is_unknown(team: &str, plan: &mut Plan) {
    let identity = ["team", "storage_bucket", "sub_path"];
    let unknown = identity.iter().filter_map(|name| {
        let value = plan.planned.get(name);
        let inside = value.entries().into_iter().flatten();
        let inside = inside.filter(|(_, value)| value.is_unknown());
        let inside = inside.map(|(inner, _)| format!("{name}.{inner}"));
        match value.is_unknown() {
            true => Some(vec![(*name).to_owned()]),
            false => Some(inside.collect()).filter(|found: &Vec<_>| !found.is_empty()),
        }
    });
    let unknown = unknown.flatten().collect::<Vec<_>>();
    if !unknown.is_empty() {
        let warning = messages::team::may_turn_out_changed(team, &unknown);
        plan.diagnostics.push(warning);
    }
}

/// What the server does not tell of an imported team is taken from the configuration, and is no change.
fn tell_what_is_adopted(prior: &Value, request: &PlanRequest, plan: &mut Plan) {
    if !model::is_imported(&request.private) || !plan.requires_replace.is_empty() {
        return;
    }
    let inside = |object: &Value| {
        object
            .get("storage_bucket")
            .entries()
            .cloned()
            .unwrap_or_default()
    };
    let (before, after) = (inside(prior), inside(&plan.planned));
    let mut taken = after
        .iter()
        .filter(|(name, value)| !value.is_null() && before.get(*name) != Some(*value))
        .map(|(name, _)| format!("`storage_bucket.{name}`"))
        .collect::<Vec<_>>();
    if plan.planned.get("sub_path") != prior.get("sub_path") {
        taken.push("`sub_path`".to_owned());
    }
    if !taken.is_empty() {
        let team = model::team(prior);
        plan.diagnostics
            .push(messages::team::taken_from_configuration(team, &taken));
    }
}

/// "After a team is created, its storage cannot be changed" (W&B BYOB page). A replacement is planned only where the team itself may go.
fn refuse_change(prior: &Value, plan: &mut Plan) {
    let stays = model::is_retained(prior);
    if !model::is_protected(prior) && !stays {
        return;
    }
    let team = model::team(prior);
    for path in &plan.requires_replace {
        let refusal = messages::team::immutable(team, path, model::is_protected(prior), stays);
        plan.diagnostics.push(refusal);
    }
}

/// Which storage W&B offers where (W&B BYOB page, "Availability matrix").
fn refuse_the_unavailable(configuration: &Configuration, plan: &mut Plan) {
    match configuration.deployment_of_teams() {
        Err(found) => plan.diagnostics.append(found),
        Ok(deployment) => {
            let word = plan.planned.get("storage_bucket").get("provider").as_str();
            let provider = word.and_then(|word| word.parse::<Provider>().ok());
            if let (
                Some(Deployment::MultiTenant),
                Some(provider @ (Provider::Azure | Provider::Minio)),
            ) = (deployment, provider)
            {
                plan.diagnostics
                    .push(messages::team_creation::unavailable(&provider.to_string()));
            }
        }
    }
    match configuration.wandb() {
        Ok(_) | Err(Unready::Unknown(_)) => {}
        Err(Unready::Wrong(found)) => plan.diagnostics.append(found),
    }
}
