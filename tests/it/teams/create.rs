//! Making a team: what is checked before, the one request, and what is known after it.

use rstest::rstest;
use serde_json::{Value as Json, json};
use terraform_provider_wandb::framework::value::Value;

use super::{Scene, driver, set, words};
use crate::support::driver::nested;
use crate::support::servers::Server;

#[rstest]
#[tokio::test]
async fn a_team_is_made_on_its_bucket_and_the_storage_is_read_back(
    #[values("multi-tenant", "self-managed")] flavour: &str,
) {
    let mut scene = Scene::on(flavour).await;
    let config = scene.config(vec![
        ("sub_path", "omega/data".into()),
        ("members", set(&["member@example.com"])),
    ]);
    scene.apply(&config).await;
    let team = scene.wandb.team("omega").await;
    assert_eq!(team["storage"]["name"], scene.bucket.as_str(), "{team}");
    assert_eq!(team["storage"]["provider"], "AWS");
    assert_eq!(team["storage"]["path"], "omega/data");
    assert!(team["members"]["member"].is_string(), "{team}");
    assert_eq!(
        scene.driver.state.get("storage_verified"),
        &Value::from(true)
    );
    assert_eq!(scene.driver.state.get("id").as_str(), team["id"].as_str());
}

#[tokio::test]
async fn an_older_server_that_ignores_the_storage_is_an_error_that_says_what_exists_now() {
    let mut scene = Scene::on("old").await;
    let config = scene.config(vec![]);
    let told = scene.fail(&config).await;
    assert!(
        told.contains("is not on its storage") && told.contains("the storage of the W&B instance"),
        "{told}"
    );
    let verified = scene.driver.state.get("storage_verified");
    assert_eq!(verified, &Value::from(false));
    assert!(scene.driver.tainted && scene.wandb.team("omega").await.is_object());
    // The way out that the message names: the team goes in W&B's App, the server is updated.
    scene.wandb.tell("POST", "reset", json!({})).await;
    scene
        .wandb
        .tell("PATCH", "flavour", json!({ "storage_bucket": true }))
        .await;
    scene.wandb.reaches("AWS", &Server::moto("us-east-1")).await;
    let saved = scene.driver.saved();
    scene.driver = driver(&scene.wandb, "admin", "self-managed")
        .await
        .with_state_of(&saved);
    scene.apply(&config).await;
    assert_eq!(
        scene.wandb.team("omega").await["storage"]["name"],
        scene.bucket.as_str()
    );
}

#[tokio::test]
async fn an_unknown_member_is_named_before_anything_is_made() {
    let mut scene = Scene::on("multi-tenant").await;
    let config = scene.config(vec![("members", set(&["nobody@example.com", "member"]))]);
    let told = scene.fail(&config).await;
    assert!(
        told.contains("nobody@example.com") && !told.contains("\"member\""),
        "{told}"
    );
    assert_eq!(scene.posts().await, 0);
}

#[tokio::test]
async fn a_bucket_that_wandb_cannot_use_is_told_before_the_team_is_made() {
    let mut scene = Scene::on("multi-tenant").await;
    let config = scene.config_on("t-no-such-bucket", vec![]);
    let told = scene.fail(&config).await;
    assert!(told.contains("W&B cannot use the storage"), "{told}");
    assert_eq!(scene.posts().await, 0);
    assert!(scene.wandb.team("omega").await.is_null() && scene.driver.state.is_null());
}

#[rstest]
#[case::acted(true)]
#[case::not_acted(false)]
#[tokio::test]
async fn a_lost_answer_is_cleared_up_by_looking_and_the_request_is_never_sent_again(
    #[case] acted: bool,
    #[values("reset", "cut", "answer", "html", "truncate")] action: &str,
) {
    let mut scene = Scene::on("multi-tenant").await;
    let config = scene.config(vec![]);
    let fault = json!({ "action": action, "method": "POST", "path": "^/scim/Groups", "after_acting": acted });
    scene.wandb.faults(json!([fault])).await;
    let found = scene.driver.apply(&config).await;
    assert_eq!(scene.posts().await, 1, "{found:?}");
    let exists = !scene.wandb.team("omega").await.is_null();
    assert_eq!(found.has_error(), !exists, "{found:?}");
    assert_eq!(scene.driver.state.is_null(), !exists);
    scene.apply(&config).await;
}

/// Nothing says that every server that speaks SCIM shows its GraphQL to this key.
#[rstest]
#[tokio::test]
async fn a_server_without_graphql_makes_keeps_and_changes_a_team_whose_storage_nobody_confirms(
    #[values(403, 404, 405, 501)] status: u16,
) {
    let mut scene = Scene::on("self-managed").await;
    let fault = json!({ "action": "answer", "status": status, "path": "^/graphql", "times": 999 });
    scene.wandb.faults(json!([fault])).await;
    let config = scene.config(vec![]);
    let told = scene.apply(&config).await;
    assert!(told.contains("is not confirmed"), "{told}");
    let verified = scene.driver.state.get("storage_verified");
    assert_eq!(verified, &Value::from(false));
    let config = scene.config(vec![("members", set(&["member"]))]);
    scene.apply(&config).await;
    let team = scene.wandb.team("omega").await;
    assert!(team["members"]["member"].is_string(), "{team}");
}

fn fault(action: &str, method: &str, path: &str, times: usize) -> Json {
    json!({ "action": action, "method": method, "path": path, "times": times })
}

/// What W&B's own test of a bucket says.
fn findings(severity: &str) -> Json {
    let found = json!([{ "message": "CORS lacks PUT", "severity": severity }]);
    json!({
        "action": "answer", "status": 200, "path": "^/graphql", "contains": "TestBucketStoreConnection",
        "body": { "data": { "testBucketStoreConnection": found } },
    })
}

#[tokio::test]
async fn what_wandbs_own_test_warns_of_is_told_and_stops_nothing() {
    let mut scene = Scene::on("multi-tenant").await;
    scene.wandb.faults(json!([findings("WARN")])).await;
    let config = scene.config(vec![]);
    let told = scene.apply(&config).await;
    assert!(told.contains("warns: CORS lacks PUT"), "{told}");
    assert!(scene.wandb.team("omega").await.is_object());
}

#[tokio::test]
async fn what_wandbs_own_test_calls_an_error_stops_the_create() {
    let mut scene = Scene::on("multi-tenant").await;
    scene.wandb.faults(json!([findings("ERROR")])).await;
    let config = scene.config(vec![]);
    let told = scene.fail(&config).await;
    assert!(
        told.contains("CORS lacks PUT") && told.contains("GORILLA_SUPPORTED_FILE_STORES"),
        "{told}"
    );
    assert_eq!(scene.posts().await, 0);
}

#[tokio::test]
async fn a_server_without_a_test_of_buckets_is_told_once_and_makes_the_team() {
    let mut scene = Scene::on("multi-tenant").await;
    let lacks = json!({ "graphql_without": ["Mutation.testBucketStoreConnection"] });
    scene.wandb.tell("PATCH", "flavour", lacks).await;
    let config = scene.config(vec![]);
    let told = scene.apply(&config).await;
    assert_eq!(
        told.matches("could not try the bucket beforehand").count(),
        1,
        "{told}"
    );
}

#[tokio::test]
async fn nothing_is_made_while_wandbs_test_of_the_bucket_fails() {
    let mut scene = Scene::on("multi-tenant").await;
    let mut silent = fault("answer", "POST", "^/graphql", 9);
    silent["contains"] = "TestBucketStoreConnection".into();
    silent["status"] = 503.into();
    scene.wandb.faults(json!([silent])).await;
    let config = scene.config(vec![]);
    let told = scene.fail(&config).await;
    assert!(told.contains("No team was made."), "{told}");
    assert_eq!(scene.posts().await, 0);
}

#[tokio::test]
async fn a_request_that_was_put_off_is_sent_again_after_the_pause_that_was_asked_for() {
    let mut scene = Scene::on("multi-tenant").await;
    let mut busy = fault("answer", "POST", "^/scim/Groups", 1);
    busy["status"] = 429.into();
    busy["headers"] = json!({ "Retry-After": "2" });
    scene.wandb.faults(json!([busy])).await;
    let config = scene.config(vec![]);
    scene.apply(&config).await;
    let calls = scene.wandb.calls().await;
    let posts = calls
        .iter()
        .filter(|call| call["method"] == "POST" && call["path"] == "/scim/Groups");
    let began = posts
        .map(|call| call["began"].as_f64().unwrap())
        .collect::<Vec<_>>();
    assert_eq!(began.len(), 2, "{began:?}");
    assert!(began[1] - began[0] >= 2.0, "{began:?}");
}

#[tokio::test]
async fn a_pause_before_the_request_is_sent_again_ends_with_the_time_of_the_create() {
    let mut scene = Scene::on("multi-tenant").await;
    let mut busy = fault("answer", "POST", "^/scim/Groups", 9);
    busy["status"] = 429.into();
    busy["headers"] = json!({ "Retry-After": "3600" });
    scene.wandb.faults(json!([busy])).await;
    let limits = scene
        .driver
        .config(|attributes| nested(attributes, "timeouts", &[("create", "3s".into())]));
    let config = scene.config(vec![("timeouts", limits)]);
    let began = std::time::Instant::now();
    let told = scene.fail(&config).await;
    assert!(
        told.contains("took longer than 3 seconds") && told.contains("No team was made."),
        "{told}"
    );
    assert!(began.elapsed().as_secs() < 20);
    assert_eq!(scene.posts().await, 1);
    assert!(scene.wandb.team("omega").await.is_null() && scene.driver.state.is_null());
}

/// The longest that an answer is waited for is a minute.
#[tokio::test]
async fn a_request_whose_answer_never_comes_is_cleared_up_by_looking() {
    let mut scene = Scene::on("multi-tenant").await;
    let mut silent = fault("hang", "POST", "^/scim/Groups", 1);
    silent["seconds"] = 63.into();
    silent["after_acting"] = true.into();
    scene.wandb.faults(json!([silent])).await;
    let config = scene.config(vec![]);
    scene.apply(&config).await;
    assert_eq!(scene.posts().await, 1);
    let verified = scene.driver.state.get("storage_verified");
    assert_eq!(verified, &Value::from(true));
}

#[rstest]
#[case::on_another_storage(Some(json!({ "name": "another", "provider": "AWS" })), "it is on the storage \\\"another\\\" (AWS)")]
#[case::on_none(None, "it is on the storage of the W&B instance")]
#[tokio::test]
async fn a_team_that_is_there_after_a_lost_answer_on_another_storage_is_not_taken_for_ours(
    #[case] storage: Option<Json>,
    #[case] said: &str,
) {
    let mut scene = Scene::on("multi-tenant").await;
    let mut lost = fault("reset", "POST", "^/scim/Groups", 1);
    lost["after_acting"] = true.into();
    let other = json!({ "data": { "entity": { "isTeam": true, "settings": { "storageBucketInfo": storage } } } });
    let told = json!({
        "action": "answer", "status": 200, "path": "^/graphql", "contains": "TeamStorage", "times": 9, "body": other,
    });
    scene.wandb.faults(json!([lost, told])).await;
    let config = scene.config(vec![]);
    let told = scene.fail(&config).await;
    assert!(
        told.contains("may be somebody else's") && told.contains(said),
        "{told}"
    );
    assert!(scene.driver.state.is_null() && scene.posts().await == 1);
}

#[tokio::test]
async fn a_team_that_is_there_after_a_lost_answer_without_our_members_is_not_taken_for_ours() {
    let mut scene = Scene::on("multi-tenant").await;
    let mut lost = fault("reset", "POST", "^/scim/Groups", 1);
    lost["after_acting"] = true.into();
    let theirs = json!({ "id": "VGVhbTo5", "displayName": "omega", "members": null });
    let listed = json!({ "Resources": [theirs], "totalResults": 1 });
    let none = json!({ "Resources": [], "totalResults": 0 });
    let answer = |body: Json| json!({ "action": "answer", "status": 200, "method": "GET", "path": "^/scim/Groups$", "body": body });
    scene
        .wandb
        .faults(json!([lost, answer(none), answer(listed)]))
        .await;
    let config = scene.config(vec![("members", set(&["member"]))]);
    let told = scene.fail(&config).await;
    assert!(
        told.contains("may be somebody else's") && told.contains("VGVhbTo5"),
        "{told}"
    );
}

#[tokio::test]
async fn what_nobody_can_look_at_after_a_lost_answer_is_told_so() {
    let mut scene = Scene::on("multi-tenant").await;
    let mut lost = fault("reset", "POST", "^/scim/Groups", 1);
    lost["after_acting"] = true.into();
    let mut down = fault("answer", "GET", "^/scim/Groups", 9);
    down["status"] = 503.into();
    down["skip"] = 1.into();
    scene.wandb.faults(json!([lost, down])).await;
    let config = scene.config(vec![]);
    let told = scene.fail(&config).await;
    assert!(
        told.contains("Nobody knows whether the team") && told.contains("was made"),
        "{told}"
    );
    assert!(scene.driver.state.is_null() && scene.posts().await == 1);
}

#[tokio::test]
async fn a_name_that_somebody_takes_at_the_same_moment_is_a_team_that_exists() {
    let mut scene = Scene::on("multi-tenant").await;
    scene
        .wandb
        .tell("POST", "seed", json!({ "teams": [{ "name": "omega" }] }))
        .await;
    let none = json!({ "Resources": [], "totalResults": 0 });
    let early = json!({ "action": "answer", "status": 200, "method": "GET", "path": "^/scim/Groups$", "body": none });
    scene.wandb.faults(json!([early])).await;
    let config = scene.config(vec![]);
    let told = scene.fail(&config).await;
    assert!(
        told.contains("exists already") && told.contains("terraform import"),
        "{told}"
    );
}

#[tokio::test]
async fn a_name_that_is_taken_in_another_organization_is_told_so() {
    let mut scene = Scene::on("multi-tenant").await;
    let theirs = json!({ "teams": [{ "name": "omega", "organization": "others" }] });
    scene.wandb.tell("POST", "seed", theirs).await;
    let config = scene.config(vec![]);
    let told = scene.fail(&config).await;
    assert!(
        told.contains("is taken") && told.contains("Default API organization"),
        "{told}"
    );
}

#[tokio::test]
async fn a_team_that_the_server_names_otherwise_is_told_with_its_name() {
    let mut scene = Scene::on("multi-tenant").await;
    let made = json!({ "id": "VGVhbTo5", "displayName": "omega", "members": null });
    let answer = json!({ "action": "answer", "status": 201, "method": "POST", "path": "^/scim/Groups", "body": made });
    scene.wandb.faults(json!([answer])).await;
    let config = scene.config(vec![("team", "Omega".into())]);
    let found = scene.driver.apply(&config).await;
    assert!(words(&found).contains("W&B named the team"), "{found:?}");
    assert_eq!(scene.driver.state.get("id").as_str(), Some("VGVhbTo5"));
}

#[tokio::test]
async fn a_store_that_the_server_does_not_know_is_told_with_its_address_the_variable_and_the_restart()
 {
    let mut scene = Scene::on("self-managed").await;
    let stores = json!(["s3://elsewhere"]);
    scene
        .wandb
        .tell(
            "PATCH",
            "flavour",
            json!({ "supported_file_stores": stores }),
        )
        .await;
    let config = scene.config(vec![("sub_path", "omega".into())]);
    let told = scene.fail(&config).await;
    let bucket = scene.bucket.clone();
    for word in [
        bucket.as_str(),
        "storage_address",
        "GORILLA_SUPPORTED_FILE_STORES",
        "restart",
    ] {
        assert!(told.contains(word), "{word}: {told}");
    }
    assert!(scene.wandb.team("omega").await.is_null());
}
