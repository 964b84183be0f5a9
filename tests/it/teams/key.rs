//! Which key a server takes, in which form, and where it never goes.

use rstest::rstest;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{Scene, driver};

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

#[tokio::test]
async fn an_older_server_whose_graphql_names_no_user_refuses_the_key_and_not_the_function() {
    let mut scene = Scene::on("old").await;
    let fault = json!({ "action": "answer", "status": 404, "path": "^/graphql", "times": 999 });
    scene.wandb.faults(json!([fault])).await;
    let config = scene.config(vec![]);
    let told = scene.fail(&config).await;
    assert!(told.contains("does not accept the W&B API key"), "{told}");
}

#[tokio::test]
async fn a_server_that_fails_at_the_first_question_is_asked_in_each_form_later() {
    let mut scene = Scene::on("old").await;
    scene
        .wandb
        .tell("PATCH", "flavour", json!({ "storage_bucket": true }))
        .await;
    let page = json!({ "action": "html", "method": "GET", "path": "^/scim/Groups" });
    scene.wandb.faults(json!([page])).await;
    let config = scene.config(vec![]);
    let told = scene.fail(&config).await;
    assert!(told.contains("not W&B's"), "{told}");
    let found = scene.driver.apply(&config).await;
    assert!(!found.has_error(), "{found:?}");
}

#[tokio::test]
async fn a_redirect_to_another_host_is_never_followed() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let to = format!("http://{}/login", listener.local_addr().unwrap());
    let mut scene = Scene::on("multi-tenant").await;
    let login = json!({ "action": "redirect", "path": "^/", "times": 99, "location": to });
    scene.wandb.faults(json!([login])).await;
    let config = scene.config(vec![]);
    let accepted = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut bytes = [0; 4096];
        let length = stream.read(&mut bytes).await.unwrap();
        stream
            .write_all(b"HTTP/1.1 500 x\r\ncontent-length: 0\r\n\r\n")
            .await
            .unwrap();
        String::from_utf8_lossy(&bytes[..length]).into_owned()
    });
    let told = scene.fail(&config).await;
    assert!(told.contains("where the API key must not go"), "{told}");
    assert!(
        !accepted.is_finished(),
        "somebody came: {}",
        accepted.await.unwrap()
    );
}

#[tokio::test]
async fn a_server_that_repeats_the_key_is_not_repeated() {
    use base64::Engine;
    let mut scene = Scene::on("multi-tenant").await;
    let key = scene.wandb.key("admin").await;
    let basic =
        |user: &str| base64::engine::general_purpose::STANDARD.encode(format!("{user}:{key}"));
    let forms = [key.clone(), basic("api"), basic("")];
    let body = json!({ "detail": format!("bad key {}", forms.join(" ")), "status": "400" });
    let fault = json!({ "action": "answer", "status": 400, "method": "POST", "path": "^/scim/Groups", "body": body });
    scene.wandb.faults(json!([fault])).await;
    let config = scene.config(vec![]);
    let told = scene.fail(&config).await;
    assert!(
        told.contains("bad key (the key) (the key) (the key)"),
        "{told}"
    );
    for form in forms {
        assert!(!told.contains(&form), "{told}");
    }
}

#[tokio::test]
async fn graphql_is_asked_as_wandbs_sdk_asks_it() {
    let mut scene = Scene::on("multi-tenant").await;
    let config = scene.config(vec![]);
    scene.apply(&config).await;
    let calls = scene.wandb.calls().await;
    let mut asked = calls
        .iter()
        .filter(|call| call["path"] == "/graphql")
        .peekable();
    assert!(asked.peek().is_some());
    for call in asked {
        assert_eq!(call["scheme"], "basic");
        assert_eq!(call["headers"]["Use-Admin-Privileges"], "true");
        let agent = call["headers"]["User-Agent"].as_str().unwrap();
        assert!(agent.starts_with("W&B Public Client"), "{agent}");
    }
}
