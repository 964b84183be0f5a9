//! What a change and a destroy do, and what can never change.

use rstest::rstest;
use serde_json::{Value as Json, json};
use terraform_provider_wandb::framework::value::Value;

use super::{Scene, set, words};
use crate::support::driver::nested;

#[rstest]
#[case::bucket("another-bucket", vec![], "storage_bucket.name")]
#[case::sub_path("", vec![("sub_path", "psi".into())], "sub_path")]
#[case::name("", vec![("team", "psi".into())], "team")]
#[tokio::test]
async fn what_can_never_change_is_refused_at_plan_time(
    #[case] bucket: &str,
    #[case] more: Vec<(&'static str, Value)>,
    #[case] path: &str,
    #[values(true, false)] protected: bool,
) {
    let mut scene = Scene::on("multi-tenant").await;
    let protection = ("deletion_protection", Value::from(protected));
    let config = scene.config(vec![protection.clone(), ("sub_path", "omega".into())]);
    scene.apply(&config).await;
    let bucket = match bucket {
        "" => scene.bucket.clone(),
        other => other.to_owned(),
    };
    let mut attributes = vec![protection, ("sub_path", "omega".into())];
    attributes.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
    attributes.extend(more);
    let changed = scene.config_on(&bucket, attributes);
    let planned = scene.driver.plan(&changed).await;
    let told = words(&planned.diagnostics);
    assert!(planned.diagnostics.has_error(), "{told}");
    assert!(
        told.contains("its storage cannot be changed") && told.contains(path),
        "{told}"
    );
    assert!(!planned.requires_replace.is_empty());
}

#[tokio::test]
async fn members_are_added_and_removed_by_id_name_or_address() {
    let mut scene = Scene::on("multi-tenant").await;
    let people = json!({ "users": [
        { "username": "ann", "email": "ann@example.com" },
        { "username": "ben", "email": "ben@example.com" },
    ] });
    let seeded = scene.wandb.tell("POST", "seed", people).await;
    let ben = seeded["ids"]["ben"].as_str().unwrap().to_owned();
    let config = scene.config(vec![("members", set(&["ann@example.com", "member"]))]);
    scene.apply(&config).await;
    let config = scene.config(vec![("members", set(&["ann", &ben]))]);
    scene.apply(&config).await;
    let team = scene.wandb.team("omega").await;
    let members = team["members"].as_object().unwrap();
    assert!(
        members.contains_key("ann") && members.contains_key("ben"),
        "{team}"
    );
    assert!(!members.contains_key("member"), "{team}");
    let others = scene.config(vec![("members", set(&[]))]);
    scene.apply(&others).await;
    let team = scene.wandb.team("omega").await;
    let left = team["members"].as_object().unwrap();
    assert!(left.is_empty(), "{team}");
}

/// W&B says that its interface for teams concerns users only, and not that it never shows service accounts.
#[tokio::test]
async fn a_service_account_that_is_shown_in_a_team_is_left_alone() {
    let mut scene = Scene::on("multi-tenant").await;
    let config = scene.config(vec![("members", set(&[]))]);
    scene.apply(&config).await;
    let service = json!({ "team_services": [{ "username": "ci", "team": "omega", "key": "ci" }] });
    let seeded = scene.wandb.tell("POST", "seed", service).await;
    let shown = json!({
        "id": scene.driver.state.get("id").as_str(), "displayName": "omega", "members": [{ "Value": seeded["ids"]["ci"] }],
    });
    let fault = json!({ "action": "answer", "status": 200, "method": "GET", "path": "^/scim/Groups/", "times": 9, "body": shown });
    scene.wandb.faults(json!([fault])).await;
    assert!(
        scene.driver.is_settled(&config).await,
        "{:?}",
        scene.driver.state
    );
}

#[rstest]
#[tokio::test]
async fn a_destroy_forgets_or_deletes_as_it_was_asked(
    #[values("retain", "delete")] end: &'static str,
) {
    let mut scene = Scene::on("multi-tenant").await;
    let config = scene.config(vec![("on_destroy", end.into())]);
    scene.apply(&config).await;
    let planned = scene.driver.plan(&Value::Null).await;
    let told = words(&planned.diagnostics);
    assert_eq!(told.contains("will stay in W&B"), end == "retain", "{told}");
    let found = scene.driver.apply(&Value::Null).await;
    assert!(
        !found.has_error() && scene.driver.state.is_null(),
        "{found:?}"
    );
    assert_eq!(scene.wandb.team("omega").await.is_null(), end == "delete");
}

#[tokio::test]
async fn a_protected_team_is_not_destroyed() {
    let mut scene = Scene::on("multi-tenant").await;
    let attributes = vec![
        ("deletion_protection", true.into()),
        ("on_destroy", "delete".into()),
    ];
    let config = scene.config(attributes);
    scene.apply(&config).await;
    let told = scene.fail(&Value::Null).await;
    assert!(told.contains("is protected"), "{told}");
    assert!(scene.wandb.team("omega").await.is_object());
}

#[tokio::test]
async fn a_server_that_ignores_the_filter_does_not_put_a_stranger_into_the_team() {
    let mut scene = Scene::on("multi-tenant").await;
    let stranger = json!({ "id": "VXNlcjo5OTk=", "userName": "eve", "emails": { "Value": "eve@example.com" } });
    let all = json!({ "Resources": [stranger], "totalResults": 1 });
    let fault = json!({ "action": "answer", "status": 200, "method": "GET", "path": "^/scim/Users", "times": 9, "body": all });
    scene.wandb.faults(json!([fault])).await;
    let config = scene.config(vec![("members", set(&["ann@example.com"]))]);
    let told = scene.fail(&config).await;
    assert!(
        told.contains("Unknown members") && scene.posts().await == 0,
        "{told}"
    );
}

/// PATCHes of the team, with what each was answered.
async fn patches(scene: &Scene) -> Vec<Json> {
    let mut calls = scene.wandb.calls().await;
    calls.retain(|call| call["method"] == "PATCH");
    calls
}

#[rstest]
#[case::once(1, true)]
#[case::twice(2, false)]
#[tokio::test]
async fn a_change_of_a_team_that_somebody_else_changes_is_made_once_more_on_what_is_there_then(
    #[case] times: usize,
    #[case] made: bool,
) {
    let mut scene = Scene::on("multi-tenant").await;
    scene.apply(&scene.config(vec![])).await;
    let fault = json!({ "action": "answer", "status": 412, "method": "PATCH", "times": times });
    scene.wandb.faults(json!([fault])).await;
    let config = scene.config(vec![("members", set(&["member"]))]);
    let found = scene.driver.apply(&config).await;
    assert_eq!(found.has_error(), !made, "{found:?}");
    assert!(made || words(&found).contains("somebody else is changing the team"));
    let patches = patches(&scene).await;
    assert_eq!(patches.len(), 2);
    for patch in &patches {
        assert!(patch["headers"]["If-Match"].is_string(), "{patch}");
    }
    let team = scene.wandb.team("omega").await;
    assert_eq!(team["members"]["member"].is_string(), made, "{team}");
}

#[tokio::test]
async fn a_change_sends_the_difference_and_leaves_service_accounts_alone() {
    let mut scene = Scene::on("multi-tenant").await;
    let ann = json!({ "users": [{ "username": "ann", "email": "ann@example.com" }] });
    let ann = scene.wandb.tell("POST", "seed", ann).await["ids"]["ann"].clone();
    scene
        .apply(&scene.config(vec![("members", set(&["member"]))]))
        .await;
    let service = json!({ "team_services": [{ "username": "ci", "team": "omega", "key": "ci" }] });
    let ci = scene.wandb.tell("POST", "seed", service).await["ids"]["ci"].clone();
    let state = scene.wandb.tell("GET", "state", json!({})).await;
    let member = state["users"]["member"].clone();
    let shown = json!({
        "id": scene.driver.state.get("id").as_str(), "displayName": "omega",
        "members": [{ "Value": ci }, { "Value": member }],
    });
    let fault = json!({ "action": "answer", "status": 200, "method": "GET", "path": "^/scim/Groups/", "times": 2, "body": shown });
    scene.wandb.faults(json!([fault])).await;
    let config = scene.config(vec![("members", set(&["ann@example.com"]))]);
    scene.apply(&config).await;
    let patches = patches(&scene).await;
    let sent = patches
        .iter()
        .map(|patch| &patch["body"]["Operations"])
        .collect::<Vec<_>>();
    let path = format!("members[value eq {member}]");
    let expected = json!([
        { "op": "add", "path": "members", "value": [{ "value": ann }] },
        { "op": "remove", "path": path },
    ]);
    assert_eq!(sent, [&expected]);
}

#[tokio::test]
async fn the_same_folder_written_in_another_attribute_is_no_change_of_the_storage() {
    let mut scene = Scene::on("multi-tenant").await;
    let at = |scene: &Scene, path: Option<&str>, sub_path: Option<&str>| {
        let bucket = scene.bucket.clone();
        let storage = scene.driver.config(|attributes| {
            let mut values = vec![("name", bucket.as_str().into()), ("provider", "AWS".into())];
            values.extend(path.map(|path| ("path", path.into())));
            nested(attributes, "storage_bucket", &values)
        });
        let mut more = vec![
            ("storage_bucket", storage),
            ("deletion_protection", true.into()),
        ];
        more.extend(sub_path.map(|path| ("sub_path", path.into())));
        scene.config(more)
    };
    let config = at(&scene, Some("a/b"), None);
    scene.apply(&config).await;
    for (path, sub_path) in [
        (Some("a"), Some("b")),
        (None, Some("a/b")),
        (Some("a/b"), None),
    ] {
        let config = at(&scene, path, sub_path);
        scene.apply(&config).await;
    }
    let planned = scene.driver.plan(&at(&scene, Some("a"), Some("c"))).await;
    assert!(planned.diagnostics.has_error());
    assert_eq!(scene.posts().await, 1);
}

#[tokio::test]
async fn a_replacement_says_what_is_lost_and_tries_the_new_storage_before_anything_goes() {
    let mut scene = Scene::on("multi-tenant").await;
    let config = scene.config(vec![("on_destroy", "delete".into())]);
    scene.apply(&config).await;
    let changed = scene.config_on("t-no-such-bucket", vec![("on_destroy", "delete".into())]);
    let planned = scene.driver.plan(&changed).await;
    let told = words(&planned.diagnostics);
    assert!(told.contains("W&B cannot use the new storage"), "{told}");
    let moved = scene.config(vec![
        ("on_destroy", "delete".into()),
        ("sub_path", "psi".into()),
    ]);
    let planned = scene.driver.plan(&moved).await;
    let told = words(&planned.diagnostics);
    assert!(
        !planned.diagnostics.has_error() && told.contains("will be deleted with everything in it"),
        "{told}"
    );
    assert_eq!(planned.requires_replace.len(), 1);
}

#[tokio::test]
async fn a_team_that_the_server_cannot_delete_stays_and_is_told_with_the_ways_out() {
    let mut scene = Scene::on("multi-tenant").await;
    let config = scene.config(vec![("on_destroy", "delete".into())]);
    scene.apply(&config).await;
    let lacks = json!({ "graphql_without": ["Mutation.deleteTeam"] });
    scene.wandb.tell("PATCH", "flavour", lacks).await;
    let told = scene.fail(&Value::Null).await;
    assert!(
        told.contains("cannot be deleted") && told.contains("retain"),
        "{told}"
    );
    assert!(!scene.driver.state.is_null() && scene.wandb.team("omega").await.is_object());
}

#[rstest]
#[case(Value::from(""))]
#[case(Value::from(" "))]
#[case(Value::Null)]
#[tokio::test]
async fn an_empty_member_is_refused(#[case] member: Value) {
    let scene = Scene::on("multi-tenant").await;
    let config = scene.config(vec![("members", Value::Set(vec![member]))]);
    let found = scene.driver.validate(&config);
    assert!(words(&found).contains("Empty member"), "{found:?}");
}
