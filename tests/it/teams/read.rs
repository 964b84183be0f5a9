//! What is believed of an answer, and what is not.

use rstest::rstest;
use serde_json::{Value as Json, json};
use terraform_provider_wandb::framework::value::Value;

use super::{Scene, driver, set, words};

#[tokio::test]
async fn a_team_that_is_gone_leaves_the_state_and_one_that_is_hidden_stays() {
    let mut scene = Scene::on("multi-tenant").await;
    let config = scene.config(vec![]);
    scene.apply(&config).await;
    let page = json!({ "action": "answer", "status": 404, "method": "GET", "path": "^/scim/Groups/", "body": "not here" });
    scene.wandb.faults(json!([page])).await;
    let found = scene.driver.refresh().await;
    assert!(
        found.has_error() && !scene.driver.state.is_null(),
        "{found:?}"
    );
    scene.wandb.tell("POST", "reset", json!({})).await;
    scene.driver = driver(&scene.wandb, "admin", "multi-tenant")
        .await
        .with_state_of(&scene.driver.saved());
    let found = scene.driver.refresh().await;
    assert!(
        !found.has_error() && scene.driver.state.is_null(),
        "{found:?}"
    );
}

#[rstest]
#[case::slow(json!({ "action": "slow", "seconds": 1 }))]
#[case::throttled(json!({ "action": "answer", "status": 429, "headers": { "Retry-After": "1" } }))]
#[case::fault(json!({ "action": "answer", "status": 503 }))]
#[case::reset(json!({ "action": "reset" }))]
#[tokio::test]
async fn a_look_that_fails_once_is_repeated(#[case] fault: Json) {
    let mut scene = Scene::on("multi-tenant").await;
    let config = scene.config(vec![]);
    let mut fault = fault;
    fault["path"] = "^/scim".into();
    fault["method"] = "GET".into();
    scene.wandb.faults(json!([fault])).await;
    scene.apply(&config).await;
}

#[rstest]
#[case::html("html", "not W&B's")]
#[case::login("redirect", "where the API key must not go")]
#[case::half("truncate", "not W&B's")]
#[tokio::test]
async fn what_is_no_answer_of_wandbs_is_told_and_keeps_the_state(
    #[case] action: &str,
    #[case] said: &str,
) {
    let mut scene = Scene::on("multi-tenant").await;
    let config = scene.config(vec![]);
    scene.apply(&config).await;
    let fault = json!({
        "action": action, "method": "GET", "path": "^/scim/Groups/", "times": 9,
        "location": "https://login.example.com/sso?token=x",
    });
    scene.wandb.faults(json!([fault])).await;
    let found = scene.driver.refresh().await;
    let told = words(&found);
    assert!(found.has_error() && told.contains(said), "{told}");
    assert!(!scene.driver.state.is_null());
}

/// What W&B says of a team that the key's organization does not have.
fn absent(skip: usize) -> Json {
    let error = "urn:ietf:params:scim:api:messages:2.0:Error";
    let body = json!({ "schemas": [error], "detail": "team not found", "status": "404" });
    json!({ "action": "answer", "status": 404, "method": "GET", "path": "^/scim/Groups/", "skip": skip, "times": 9, "body": body })
}

#[tokio::test]
async fn a_team_that_only_the_keys_organization_lacks_is_neither_forgotten_nor_called_deleted() {
    let mut scene = Scene::on("multi-tenant").await;
    let config = scene.config(vec![("on_destroy", "delete".into())]);
    scene.apply(&config).await;
    scene.wandb.faults(json!([absent(0)])).await;
    let found = scene.driver.refresh().await;
    assert!(
        words(&found).contains("not in the key's organization"),
        "{found:?}"
    );
    scene.wandb.tell("DELETE", "faults", json!({})).await;
    scene.wandb.faults(json!([absent(1)])).await;
    let told = scene.fail(&Value::Null).await;
    assert!(told.contains("not in the key's organization"), "{told}");
    assert!(!scene.driver.state.is_null() && scene.wandb.team("omega").await.is_object());
}

#[rstest]
#[case::silent(503, Json::Null)]
#[case::forbidden(403, Json::Null)]
#[case::unauthorized(401, Json::Null)]
#[case::refused(200, json!({ "errors": [{ "message": "internal error" }], "data": null }))]
#[case::not_allowed(200, json!({ "errors": [{ "message": "no", "extensions": { "code": "PERMISSION_ERROR" } }] }))]
#[tokio::test]
async fn a_team_is_not_forgotten_while_half_of_wandb_does_not_say_that_it_is_gone(
    #[case] status: u16,
    #[case] body: Json,
) {
    let mut scene = Scene::on("multi-tenant").await;
    let config = scene.config(vec![]);
    scene.apply(&config).await;
    let silent = json!({ "action": "answer", "status": status, "path": "^/graphql", "times": 9, "body": body });
    scene.wandb.faults(json!([absent(0), silent])).await;
    let found = scene.driver.refresh().await;
    assert!(
        found.has_error() && !scene.driver.state.is_null(),
        "{found:?}"
    );
}

/// GraphQL's answer to the question for the team's storage.
fn told(storage: Json) -> Json {
    let body = json!({ "data": { "entity": { "isTeam": true, "settings": { "storageBucketInfo": storage } } } });
    json!({ "action": "answer", "status": 200, "path": "^/graphql", "contains": "TeamStorage", "times": 9, "body": body })
}

#[rstest]
#[case::detail(json!({ "detail": "Not Found" }))]
#[case::error(json!({ "error": "Not Found", "status": 404 }))]
#[case::errors(json!({ "errors": [{ "message": "not found" }] }))]
#[tokio::test]
async fn a_not_found_in_json_that_is_not_scims_keeps_the_state(#[case] body: Json) {
    let mut scene = Scene::on("multi-tenant").await;
    let config = scene.config(vec![]);
    scene.apply(&config).await;
    let fault = json!({ "action": "answer", "status": 404, "times": 99, "body": body });
    scene.wandb.faults(json!([fault])).await;
    let found = scene.driver.refresh().await;
    assert!(
        found.has_error() && !scene.driver.state.is_null(),
        "{found:?}"
    );
}

#[rstest]
#[case::bucket(json!({ "name": "another", "provider": "AWS" }), "storage_bucket.name", "the storage \\\"another\\\" (AWS)")]
#[case::none(Json::Null, "storage_bucket", "the storage of the W&B instance")]
#[tokio::test]
async fn a_storage_that_became_another_is_told_and_never_planned_away(
    #[case] storage: Json,
    #[case] path: &str,
    #[case] on: &str,
) {
    let mut scene = Scene::on("multi-tenant").await;
    let config = scene.config(vec![("deletion_protection", true.into())]);
    scene.apply(&config).await;
    scene.wandb.faults(json!([told(storage)])).await;
    let found = words(&scene.driver.refresh().await);
    assert!(
        found.contains("is on another storage") && found.contains(on),
        "{found}"
    );
    let verified = scene.driver.state.get("storage_verified");
    assert_eq!(verified, &Value::from(false));
    let planned = scene.driver.plan(&config).await;
    let refusal = words(&planned.diagnostics);
    assert!(
        planned.diagnostics.has_error() && refusal.contains(path),
        "{refusal}"
    );
}

#[rstest]
#[case::an_external_id_of_its_own(json!({ "awsExternalID": "filled-in-by-wandb" }))]
#[case::nothing_of_the_key(json!({ "kmsKeyID": null }))]
#[case::an_empty_key(json!({ "kmsKeyID": "" }))]
#[tokio::test]
async fn what_the_server_fills_in_or_leaves_out_is_no_drift(#[case] more: Json) {
    let mut scene = Scene::on("multi-tenant").await;
    let config = scene.config(vec![]);
    scene.apply(&config).await;
    let mut storage = json!({ "name": scene.bucket, "provider": "AWS" });
    for (field, value) in more.as_object().unwrap() {
        storage[field] = value.clone();
    }
    scene.wandb.faults(json!([told(storage)])).await;
    assert!(scene.driver.is_settled(&config).await);
    let verified = scene.driver.state.get("storage_verified");
    assert_eq!(verified, &Value::from(true));
}

#[rstest]
#[case::a_new_provider(json!({ "data": { "entity": { "isTeam": true, "settings": { "storageBucketInfo": { "name": "b", "provider": "ORACLE" } } } } }))]
#[case::an_error(json!({ "errors": [{ "message": "internal error" }], "data": null }))]
#[case::a_field_it_lacks(json!({ "errors": [{ "message": "x", "extensions": { "code": "GRAPHQL_VALIDATION_FAILED" } }] }))]
#[tokio::test]
async fn what_graphql_says_in_other_words_fails_no_refresh(#[case] body: Json) {
    let mut scene = Scene::on("multi-tenant").await;
    let config = scene.config(vec![]);
    scene.apply(&config).await;
    let fault =
        json!({ "action": "answer", "status": 200, "path": "^/graphql", "times": 9, "body": body });
    scene.wandb.faults(json!([fault])).await;
    let found = scene.driver.refresh().await;
    assert!(!found.has_error(), "{found:?}");
    let verified = scene.driver.state.get("storage_verified");
    assert_eq!(verified, &Value::from(false));
    assert_eq!(
        scene.driver.state.get("storage_bucket").get("name"),
        &scene.bucket.as_str().into()
    );
}

#[tokio::test]
async fn a_team_of_ten_thousand_is_read_in_as_many_calls_as_a_small_one() {
    const MANY: usize = 10_000;
    let mut scene = Scene::on("multi-tenant").await;
    let names = (0..MANY).map(|number| format!("user{number}"));
    let names = names.collect::<Vec<_>>();
    let users = names
        .iter()
        .map(|name| json!({ "username": name, "email": format!("{name}@example.com") }));
    let users = users.collect::<Vec<_>>();
    let storage = json!({ "name": scene.bucket, "provider": "AWS" });
    let team = json!({ "name": "omega", "members": &names[..9_000], "storage": storage });
    let seed = json!({ "users": users, "teams": [team] });
    scene.wandb.tell("POST", "seed", seed).await;
    let found = scene.driver.import("omega").await;
    assert!(!found.has_error(), "{found:?}");
    let members = names[..9_000]
        .iter()
        .map(|name| format!("{name}@example.com"));
    let config = scene.config(vec![("members", Value::set_of_strings(members))]);
    scene.apply(&config).await;
    scene.wandb.tell("DELETE", "journal", json!({})).await;
    assert!(scene.driver.is_settled(&config).await);
    let calls = scene.wandb.calls().await.len();
    assert!(calls <= 3, "{calls} calls");
}

#[tokio::test]
async fn two_words_for_one_user_are_no_difference() {
    let mut scene = Scene::on("multi-tenant").await;
    let config = scene.config(vec![("members", set(&["member", "member@example.com"]))]);
    scene.apply(&config).await;
    let team = scene.wandb.team("omega").await;
    assert_eq!(team["members"].as_object().unwrap().len(), 1, "{team}");
}

#[tokio::test]
async fn a_team_that_was_made_anew_under_its_name_is_told_with_its_id() {
    let mut scene = Scene::on("multi-tenant").await;
    let config = scene.config(vec![]);
    scene.apply(&config).await;
    let other = json!({ "id": "VGVhbTo5", "displayName": "omega", "members": null });
    let listed = json!({ "Resources": [other], "totalResults": 1 });
    let listed = json!({ "action": "answer", "status": 200, "method": "GET", "path": "^/scim/Groups$", "body": listed });
    scene.wandb.faults(json!([absent(0), listed])).await;
    let found = scene.driver.refresh().await;
    let told = words(&found);
    assert!(
        found.has_error() && told.contains("is another one now") && told.contains("VGVhbTo5"),
        "{told}"
    );
    assert!(!scene.driver.state.is_null());
}
