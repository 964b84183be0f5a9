//! Time limits and Ctrl-C end also what waits for AWS, and leave nothing behind.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rstest::rstest;
use serde_json::json;
use terraform_provider_wandb::framework::diagnostic::Diagnostics;
use terraform_provider_wandb::framework::value::Value;

use super::{BUSY, Scene};
use crate::support::proxy::Fault;
use crate::support::stores::Store;

const THROTTLED: Fault = Fault::Answer(400, "ThrottlingException");

/// Longer than the limit and the undoing take, and shorter than the pauses that were cut.
const SOON: Duration = Duration::from_secs(11);

/// With a limit of two seconds for making and changing.
fn hasty(scene: &Scene, place: Vec<(&'static str, Value)>) -> Value {
    let limits = ["create", "update"].map(|name| (name, Value::from("2s")));
    let limits = limits
        .into_iter()
        .chain(["read", "delete"].map(|name| (name, Value::Null)));
    let limits = Value::object(limits);
    scene.wishes(vec![("timeouts", limits)], place)
}

fn ended_soon(found: &Diagnostics, began: Instant) {
    let told = format!("{found:?}");
    assert!(told.contains("took longer than 2 seconds"), "{told}");
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
}

#[rstest]
#[case::bucket(|call: &str| call.starts_with("PUT") && call.ends_with('/'), BUSY)]
#[case::key(|call: &str| call.contains("CreateKey"), THROTTLED)]
#[case::name(|call: &str| call.contains("CreateAlias"), Fault::Answer(400, "NotFoundException"))]
#[tokio::test]
async fn a_create_that_waits_for_aws_ends_at_its_time_limit(
    #[case] such: fn(&str) -> bool,
    #[case] fault: Fault,
) {
    let mut scene = Scene::on(Store::Aws).await;
    let config = hasty(&scene, vec![]);
    scene.proxy.first(999, such, fault);
    let began = Instant::now();
    let found = scene.driver.apply(&config).await;
    ended_soon(&found, began);
    assert!(scene.driver.state.is_null() && !scene.reader.exists(&scene.bucket));
    let keys = scene.keys();
    assert!(
        keys == json!([]) || keys == json!(["PendingDeletion"]),
        "{keys}"
    );
    scene.proxy.behave();
    let config = scene.config(vec![]);
    scene.apply(&config).await;
    scene.destroy().await;
}

#[tokio::test]
async fn an_update_that_waits_for_a_key_ends_at_its_time_limit() {
    let mut scene = Scene::on(Store::Aws).await;
    let config = hasty(&scene, vec![("encryption", "AES256".into())]);
    scene.apply(&config).await;
    let with_key = hasty(&scene, vec![]);
    let makes = |call: &str| call.contains("CreateKey");
    scene.proxy.first(999, makes, THROTTLED);
    let began = Instant::now();
    let found = scene.driver.apply(&with_key).await;
    ended_soon(&found, began);
    scene.proxy.behave();
    assert!(scene.driver.is_settled(&config).await);
    assert_eq!(scene.keys(), json!([]));
    scene.destroy().await;
}

#[tokio::test]
async fn a_create_that_waits_for_aws_ends_when_terraform_asks_to_stop() {
    let mut scene = Scene::on(Store::Aws).await;
    let config = scene.config(vec![]);
    scene
        .proxy
        .first(999, |call| call.contains("CreateKey"), THROTTLED);
    let provider = Arc::clone(&scene.driver.server);
    let began = Instant::now();
    let (found, ()) = tokio::join!(scene.driver.apply(&config), async {
        tokio::time::sleep(Duration::from_secs(2)).await;
        provider.stop();
    });
    let told = format!("{found:?}");
    assert!(told.contains("was stopped"), "{told}");
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
    assert!(scene.driver.state.is_null() && !scene.reader.exists(&scene.bucket));
}
