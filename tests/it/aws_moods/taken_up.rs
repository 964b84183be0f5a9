//! Keys that an earlier run left, and keys that could not be named.

use rstest::rstest;
use serde_json::json;

use super::{DENIED, Scene};
use crate::support::stores::Store;

#[tokio::test]
async fn the_next_create_takes_up_the_key_that_waits_for_its_deletion_under_the_buckets_name() {
    let mut scene = Scene::on(Store::Aws).await;
    let config = scene.config(vec![]);
    scene.apply(&config).await;
    scene
        .proxy
        .first(9, |call| call.contains("DeleteAlias"), DENIED);
    scene.destroy().await;
    assert_eq!(scene.keys(), json!(["PendingDeletion"]));
    scene.apply(&config).await;
    assert_eq!(scene.keys(), json!(["Enabled"]));
    scene.destroy().await;
    assert_eq!(scene.keys(), json!(["PendingDeletion"]));
}

#[tokio::test]
async fn a_key_that_somebody_disabled_is_taken_up_again_by_a_bucket_that_needs_it() {
    let mut scene = Scene::on(Store::Aws).await;
    let with_key = scene.config(vec![]);
    scene.apply(&with_key).await;
    let without = scene.config(vec![("encryption", "AES256".into())]);
    scene.apply(&without).await;
    let alias = json!({ "AliasName": format!("alias/wandb-byob/{}", scene.bucket) });
    let key = scene
        .reader
        .get("kms.describe_key", json!({ "KeyId": alias["AliasName"] }));
    let id = json!({ "KeyId": key["KeyMetadata"]["KeyId"] });
    scene.reader.get("kms.disable_key", id);
    scene.reader.get("kms.delete_alias", alias);
    scene.apply(&with_key).await;
    assert_eq!(scene.keys(), json!(["Enabled"]));
    scene.destroy().await;
}

#[rstest]
#[tokio::test]
async fn a_key_that_cannot_be_named_is_retired_or_told_and_the_first_failure_is_named(
    #[values(true, false)] can_be_retired: bool,
) {
    let mut scene = Scene::on(Store::Aws).await;
    let config = scene.config(vec![]);
    scene.proxy.rule(move |_, request| {
        let hit = request.contains("CreateAlias")
            || !can_be_retired && request.contains("ScheduleKeyDeletion");
        hit.then_some(DENIED)
    });
    let found = scene.driver.apply(&config).await;
    let told = format!("{found:?}");
    assert!(found.has_error() && told.contains("CreateAlias"), "{told}");
    assert_eq!(told.contains("is still there"), !can_be_retired, "{told}");
    assert!(!scene.reader.exists(&scene.bucket) && scene.driver.state.is_null());
    let state = if can_be_retired {
        "PendingDeletion"
    } else {
        "Enabled"
    };
    assert_eq!(scene.keys(), json!([state]));
}
