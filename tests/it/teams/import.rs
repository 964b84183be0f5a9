//! Taking over a team that exists.

use serde_json::json;

use super::{Scene, words};

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

#[tokio::test]
async fn a_team_on_no_bucket_is_not_imported() {
    let mut scene = Scene::on("multi-tenant").await;
    scene
        .wandb
        .tell("POST", "seed", json!({ "teams": [{ "name": "omega" }] }))
        .await;
    let found = scene.driver.import("omega").await;
    let told = words(&found);
    assert!(
        found.has_error() && told.contains("is on no bucket of its own"),
        "{told}"
    );
    assert!(scene.driver.state.is_null());
}

#[tokio::test]
async fn an_import_whose_configuration_contradicts_what_wandb_tells_is_refused_by_the_plan() {
    let mut scene = Scene::on("multi-tenant").await;
    scene.apply(&scene.config(vec![])).await;
    scene.driver.forget();
    scene.driver.import("omega").await;
    let planned = scene.driver.plan(&scene.config_on("another", vec![])).await;
    assert!(planned.diagnostics.has_error());
    assert!(words(&planned.diagnostics).contains("storage_bucket.name"));
}

#[tokio::test]
async fn of_an_older_server_that_tells_nothing_the_configuration_is_taken_once() {
    let mut scene = Scene::on("self-managed").await;
    let config = scene.config(vec![("sub_path", "omega".into())]);
    scene.apply(&config).await;
    scene.driver.forget();
    let lacks = json!({ "graphql_without": ["Entity.settings"] });
    scene.wandb.tell("PATCH", "flavour", lacks).await;
    let found = scene.driver.import("omega").await;
    assert!(!found.has_error(), "{found:?}");
    let told = words(&scene.driver.plan(&config).await.diagnostics);
    assert!(told.contains("taken from the configuration"), "{told}");
    scene.apply(&config).await;
    let planned = scene.driver.plan(&scene.config_on("another", vec![])).await;
    assert!(
        planned.diagnostics.has_error(),
        "what was taken once is held from then on"
    );
}

#[tokio::test]
async fn a_word_that_is_the_name_of_one_team_and_the_id_of_another_imports_neither() {
    let mut scene = Scene::on("multi-tenant").await;
    let seeded = scene
        .wandb
        .tell("POST", "seed", json!({ "teams": [{ "name": "omega" }] }))
        .await;
    let id = seeded["ids"]["omega"].as_str().unwrap().to_owned();
    let named = json!({ "id": "VGVhbTo5", "displayName": id, "members": null });
    let listed = json!({ "Resources": [named], "totalResults": 1 });
    let fault = json!({ "action": "answer", "status": 200, "method": "GET", "path": "^/scim/Groups$", "body": listed });
    scene.wandb.faults(json!([fault])).await;
    let found = scene.driver.import(&id).await;
    let told = words(&found);
    assert!(
        found.has_error() && told.contains("VGVhbTo5") && told.contains("omega"),
        "{told}"
    );
}
