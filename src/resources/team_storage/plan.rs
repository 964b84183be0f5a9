//! What is checked and decided before anything is touched: above all that storage cannot change.

use super::model;
use crate::framework::diagnostic::{Diagnostic, Diagnostics};
use crate::framework::path::Path;
use crate::framework::resource::{Plan, PlanRequest};
use crate::framework::value::Value;
use crate::messages;
use crate::provider::{Configuration, Unready};
use crate::wandb::{Deployment, Provider};

/// Rules that concern more than one attribute.
pub(super) fn validate(config: &Value) -> Diagnostics {
    let mut found = Diagnostics::none();
    let bucket = config.get("storage_bucket");
    let at = |attribute: &str| Path::of("storage_bucket").attribute(attribute);
    let (tenant, client) = (bucket.get("azure_tenant_id"), bucket.get("azure_client_id"));
    for (given, missing, name) in [
        (tenant, client, "azure_client_id"),
        (client, tenant, "azure_tenant_id"),
    ] {
        if given.as_str().is_some() && missing.is_null() {
            let detail = "W&B needs the tenant and the client id of its managed identity in Azure together. Set both, or neither.";
            found.push(
                Diagnostic::error("Half of the Azure identity is missing", detail).at(at(name)),
            );
        }
    }
    let provider = bucket.get("provider").as_str();
    let (path, sub_path) = (bucket.get("path"), config.get("sub_path"));
    if provider == Some("AZURE") && path.is_null() {
        let detail = if sub_path.is_null() {
            "The path of a storage in Azure begins with the container. Set `storage_bucket.path` to it."
        } else {
            "The path of a storage in Azure begins with the container, and `sub_path` is a folder in it. Set `storage_bucket.path` to the container."
        };
        found.push(Diagnostic::error("No container", detail).at(at("path")));
    }
    let name = bucket.get("name").as_str();
    if provider == Some("MINIO") && name.is_some_and(|name| !name.contains('/')) {
        let detail = "W&B reaches a store of your own by its host, which stands before the bucket: `minio.example.com:9000/bucket`.";
        found.push(Diagnostic::error("No host of the store", detail).at(at("name")));
    }
    found
}

/// Completes the plan, or refuses it.
pub(super) fn plan(configuration: &Configuration, request: &PlanRequest, plan: &mut Plan) {
    let prior = &request.prior;
    let team = model::team(prior).to_owned();
    if plan.planned.is_null() {
        let protected = model::is_protected(prior);
        plan.diagnostics.push(match protected {
            true => messages::team::protected(&team),
            false => messages::team::end(&team, model::is_retained(prior)),
        });
        return;
    }
    if prior.is_null() {
        plan.planned.set("storage_verified", Value::unknown());
    } else {
        tell_what_is_adopted(prior, request, plan);
        let verified = prior.get("storage_verified").clone();
        plan.planned.set("storage_verified", verified);
        refuse_change(prior, plan);
    }
    refuse_the_unavailable(configuration, plan);
}

/// What the server does not tell of an imported team is taken from the configuration, and is no change.
fn tell_what_is_adopted(prior: &Value, request: &PlanRequest, plan: &mut Plan) {
    let written = ["storage_bucket", "sub_path"]
        .iter()
        .any(|name| plan.planned.get(name) != prior.get(name));
    if model::is_imported(&request.private) && written && plan.requires_replace.is_empty() {
        let team = model::team(prior);
        plan.diagnostics
            .push(messages::team::taken_from_configuration(team));
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
                    .push(messages::team::unavailable(&provider.to_string()));
            }
        }
    }
    match configuration.wandb() {
        Ok(_) | Err(Unready::Unknown(_)) => {}
        Err(Unready::Wrong(found)) => plan.diagnostics.append(found),
    }
}
