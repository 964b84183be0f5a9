//! Teams on buckets: what a stand-in for the W&B server says of them.

use rstest::rstest;
use serde_json::{Value as Json, json};
use terraform_provider_wandb::framework::diagnostic::Diagnostics;
use terraform_provider_wandb::framework::value::Value;

use crate::support::driver::{Driver, nested, object};
use crate::support::reader::Reader;
use crate::support::servers::Server;
use crate::support::wandb::Wandb;

const TEAM: &str = "wandb_team_storage";

struct Scene {
    wandb: Wandb,
    driver: Driver,
    bucket: String,
}

/// The provider block for that server.
async fn driver(wandb: &Wandb, key: &str, deployment: &str) -> Driver {
    let key = match key.len() {
        0..30 => wandb.key(key).await,
        _ => key.to_owned(),
    };
    Driver::of(TEAM, |attributes| {
        object(
            attributes,
            &[
                ("base_url", wandb.url.as_str().into()),
                ("api_key", key.into()),
                ("deployment", deployment.into()),
            ],
        )
    })
    .await
}

impl Scene {
    /// On such a server, which can reach the tests' AWS.
    async fn on(flavour: &str) -> Self {
        let wandb = Wandb::like(flavour);
        let store = Server::moto("us-east-1");
        wandb.reaches("AWS", &store).await;
        let bucket = format!("t-{}", uuid::Uuid::new_v4().simple());
        Reader::new(&store).get("create_bucket", json!({ "Bucket": bucket }));
        let deployment = match flavour {
            "multi-tenant" => flavour,
            _ => "self-managed",
        };
        Self {
            driver: driver(&wandb, "admin", deployment).await,
            wandb,
            bucket,
        }
    }

    fn config(&self, more: Vec<(&'static str, Value)>) -> Value {
        self.config_on(&self.bucket, more)
    }

    fn config_on(&self, bucket: &str, more: Vec<(&'static str, Value)>) -> Value {
        self.driver.config(|attributes| {
            let storage = [("name", bucket.into()), ("provider", "AWS".into())];
            let storage = nested(attributes, "storage_bucket", &storage);
            let mut values = vec![
                ("team", Value::from("omega")),
                ("storage_bucket", storage),
                ("deletion_protection", false.into()),
                ("on_destroy", "retain".into()),
            ];
            values.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
            values.extend(more);
            object(attributes, &values)
        })
    }

    /// Applies, which must succeed, and settle.
    async fn apply(&mut self, config: &Value) -> String {
        let found = self.driver.apply(config).await;
        assert!(!found.has_error(), "{found:?}");
        assert!(self.driver.is_settled(config).await);
        words(&found)
    }

    /// Applies, which must fail.
    async fn fail(&mut self, config: &Value) -> String {
        let found = self.driver.apply(config).await;
        assert!(found.has_error(), "{found:?}");
        words(&found)
    }

    async fn posts(&self) -> usize {
        let calls = self.wandb.calls().await;
        let created = |call: &&Json| call["method"] == "POST" && call["path"] == "/scim/Groups";
        calls.iter().filter(created).count()
    }
}

fn words(found: &Diagnostics) -> String {
    format!("{found:?}")
}

fn set(members: &[&str]) -> Value {
    Value::set_of_strings(members.iter().copied())
}

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
async fn an_older_server_that_ignores_the_storage_does_not_pass_for_one_that_took_it() {
    let mut scene = Scene::on("old").await;
    let config = scene.config(vec![]);
    let found = scene.driver.apply(&config).await;
    let told = words(&found);
    assert!(
        told.contains("is not on its storage") || told.contains("is not confirmed"),
        "{told}"
    );
    assert_eq!(
        scene.driver.state.get("storage_verified"),
        &Value::from(false)
    );
}

#[tokio::test]
async fn a_team_that_is_there_is_left_alone_until_it_is_imported_by_name_or_id() {
    let mut scene = Scene::on("multi-tenant").await;
    let config = scene.config(vec![("sub_path", "omega".into())]);
    scene.apply(&config).await;
    let (state, id) = (
        scene.driver.state.clone(),
        scene.driver.state.get("id").as_str().unwrap().to_owned(),
    );
    scene.driver.forget();
    let told = scene.fail(&config).await;
    assert!(
        told.contains("exists already") && told.contains(&id),
        "{told}"
    );
    assert_eq!(scene.posts().await, 1);
    for word in ["omega", id.as_str()] {
        scene.driver.forget();
        let found = scene.driver.import(word).await;
        assert!(!found.has_error(), "{found:?}");
        let told = words(&scene.driver.plan(&config).await.diagnostics);
        assert!(told.contains("taken from the configuration"), "{told}");
        scene.apply(&config).await;
        assert_eq!(scene.driver.state, state);
        let told = words(&scene.driver.plan(&config).await.diagnostics);
        assert!(!told.contains("taken from the configuration"), "{told}");
    }
}

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

#[rstest]
#[case::member("member", "not allowed")]
#[case::team_service("ci", "not allowed")]
#[case::wrong("local-0123456789012345678901234567890123456789", "does not accept")]
#[tokio::test]
async fn a_key_that_may_not_make_teams_is_told_which_kind_may(
    #[case] label: &str,
    #[case] said: &str,
) {
    let mut scene = Scene::on("multi-tenant").await;
    let service = json!({
        "teams": [{ "name": "other" }],
        "team_services": [{ "username": "ci", "team": "other", "key": "ci" }],
    });
    scene.wandb.tell("POST", "seed", service).await;
    scene.driver = driver(&scene.wandb, label, "multi-tenant").await;
    let config = scene.config(vec![]);
    let told = scene.fail(&config).await;
    assert!(
        told.contains(said) && told.contains("service account of the whole organization"),
        "{told}"
    );
}

#[rstest]
#[tokio::test]
async fn an_older_server_is_logged_in_to_with_the_form_that_it_knows(
    #[values("admin", "org-service")] label: &str,
) {
    let mut scene = Scene::on("old").await;
    scene
        .wandb
        .tell("PATCH", "flavour", json!({ "storage_bucket": true }))
        .await;
    scene.driver = driver(&scene.wandb, label, "self-managed").await;
    let config = scene.config(vec![]);
    let found = scene.driver.apply(&config).await;
    assert!(!found.has_error(), "{found:?}");
    assert!(scene.wandb.team("omega").await.is_object());
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
    let body = json!({ "detail": "team not found", "status": "404" });
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

#[tokio::test]
async fn a_team_is_not_forgotten_while_half_of_wandb_is_silent() {
    let mut scene = Scene::on("multi-tenant").await;
    let config = scene.config(vec![]);
    scene.apply(&config).await;
    let silent = json!({ "action": "answer", "status": 503, "path": "^/graphql", "times": 9 });
    scene.wandb.faults(json!([absent(0), silent])).await;
    let found = scene.driver.refresh().await;
    assert!(
        found.has_error() && !scene.driver.state.is_null(),
        "{found:?}"
    );
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

#[tokio::test]
async fn an_older_server_whose_graphql_names_no_user_refuses_the_key_and_not_the_function() {
    let mut scene = Scene::on("old").await;
    let fault = json!({ "action": "answer", "status": 404, "path": "^/graphql", "times": 999 });
    scene.wandb.faults(json!([fault])).await;
    let config = scene.config(vec![]);
    let told = scene.fail(&config).await;
    assert!(told.contains("does not accept the W&B API key"), "{told}");
}
