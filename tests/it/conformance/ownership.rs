//! A bucket that is there already, is gone, or is somebody else's.

use std::time::Duration;

use rstest::rstest;
use serde_json::json;
use terraform_provider_wandb::framework::value::Value;

use super::{Scene, words};
use crate::support::servers::Server;
use crate::support::stores::Store;

#[rstest]
#[tokio::test]
async fn a_bucket_that_is_there_is_left_alone_until_it_is_imported(
    #[values(Store::Minio, Store::Ceph, Store::Aws)] store: Store,
) {
    let mut scene = Scene::on(store).await;
    let tags = Value::map_of_strings([("team", "omega")]);
    let config = scene.config(vec![("tags", tags)]);
    scene.apply(&config).await;
    let saved = scene.driver.saved();
    scene.driver.forget();

    let other = scene.config(vec![("versioning", false.into())]);
    let found = words(&scene.driver.apply(&other).await);
    assert!(found.contains("exists already"), "{found}");
    let bucket = scene.bucket.clone();
    assert_eq!(
        scene.get("get_bucket_versioning", json!({}))["Status"],
        "Enabled"
    );
    assert_eq!(scene.reader.tags(&bucket), json!({ "team": "omega" }));

    let id = format!("{}/{bucket}", store.word());
    let found = scene.driver.import(&id).await;
    assert!(!found.has_error(), "{found:?}");
    scene.apply(&config).await;
    assert_eq!(
        scene.driver.saved().0,
        saved.0,
        "an imported bucket is as one that was made here"
    );
    scene.destroy().await;
}

#[rstest]
#[tokio::test]
async fn a_bucket_that_is_gone_leaves_the_state_and_comes_back(
    #[values(Store::Minio, Store::Ceph, Store::Aws)] store: Store,
) {
    let mut scene = Scene::on(store).await;
    let config = scene.config(vec![]);
    scene.apply(&config).await;
    scene.get("delete_bucket", json!({}));
    let found = scene.driver.refresh().await;
    assert!(!found.has_error(), "{found:?}");
    assert!(scene.driver.state.is_null());
    scene.apply(&config).await;
    assert!(scene.reader.exists(&scene.bucket));
    scene.destroy().await;
}

#[rstest]
#[tokio::test]
async fn keys_the_store_does_not_take_are_told_and_keep_the_state(
    #[values(Store::Minio, Store::Ceph)] store: Store,
) {
    assert!(store.capabilities().checks_keys);
    let mut scene = Scene::on(store).await;
    let config = scene.config(vec![]);
    scene.apply(&config).await;
    let right = scene.server.clone();
    let cases = [
        (
            "nobody-of-that-name",
            right.password.as_str(),
            "does not know the access key",
        ),
        (
            right.user.as_str(),
            "not-the-secret-of-it",
            "the secret key does not belong to it",
        ),
    ];
    for (user, password, expected) in cases {
        let wrong = Server {
            user: user.to_owned(),
            password: password.to_owned(),
            ..right.clone()
        };
        let saved = scene.driver.saved();
        let other = store.driver(&wrong, &right.endpoint).await;
        let mut other = other.with_state_of(&saved);
        let found = words(&other.refresh().await);
        assert!(found.contains(expected), "{found}");
        assert_eq!(other.saved().0, saved.0);
        let found = other.apply(&Value::Null).await;
        assert!(found.has_error() && scene.reader.exists(&scene.bucket));
    }
    scene.destroy().await;
}

/// Two creates at once, with all distances between them. Both may fail: then nothing is left, or the next apply takes over what is.
#[rstest]
#[tokio::test]
async fn of_two_creates_at_the_same_time_one_wins_and_the_other_undoes_nothing(
    #[values(Store::Minio, Store::Ceph, Store::Aws)] store: Store,
) {
    let (mut won, mut lost) = (0, 0);
    for distance in 0..12 {
        let mut scene = Scene::on(store).await;
        let mut other = store.driver(&scene.server, &scene.server.endpoint).await;
        let config = scene.config(vec![("tags", Value::map_of_strings([("team", "omega")]))]);
        let (here, there) = tokio::join!(scene.driver.apply(&config), async {
            tokio::time::sleep(Duration::from_millis(distance * 4)).await;
            other.apply(&config).await
        });
        let found = [words(&here), words(&there)];
        let failed = [here.has_error(), there.has_error()];
        assert!(failed[0] || failed[1], "both think it is theirs: {store:?}");
        for (found, failed) in found.iter().zip(failed) {
            let says_so = [
                "exists already",
                "made by somebody else",
                "at the same time",
            ];
            assert!(
                !failed || says_so.iter().any(|words| found.contains(words)),
                "{found}"
            );
        }
        lost += failed.iter().filter(|failed| **failed).count();
        if failed[0] && !failed[1] {
            std::mem::swap(&mut scene.driver, &mut other);
        }
        if !(failed[0] && failed[1]) {
            won += 1;
            // Nothing of it was undone by the one who lost.
            assert!(
                scene.driver.is_settled(&config).await,
                "{store:?}: {found:?}"
            );
        }
        assert!(other.state.is_null(), "{store:?}: the loser keeps a state");
        scene.apply(&config).await;
        scene.destroy().await;
        if store == Store::Aws {
            let keys = scene
                .reader
                .get("keys_of", json!({ "bucket": scene.bucket }));
            let keys = keys.as_array().unwrap();
            assert!(
                keys.iter().all(|state| state == "PendingDeletion"),
                "{keys:?}"
            );
        }
    }
    assert!(won > 6 && lost >= 12, "{won} won, {lost} lost");
}

#[tokio::test]
async fn a_bucket_of_another_user_is_told_and_neither_taken_nor_touched() {
    let mut theirs = Scene::on(Store::Ceph).await;
    let config = theirs.config(vec![]);
    theirs.apply(&config).await;

    let another = Server::ceph_of_another();
    let mut ours = Store::Ceph.driver(&another, &another.endpoint).await;
    let found = words(&ours.apply(&config).await);
    assert!(
        found.contains("belongs to somebody else") && found.contains("Nothing was made"),
        "{found}"
    );
    assert!(ours.state.is_null());
    let found = ours
        .import(&format!("s3_compatible/{}", theirs.bucket))
        .await;
    assert!(found.has_error() && ours.state.is_null(), "{found:?}");

    // With the state of its owner, and the wrong keys: nothing is forgotten, nothing removed.
    let mut ours = ours.with_state_of(&theirs.driver.saved());
    assert!(ours.apply(&Value::Null).await.has_error());
    assert!(!ours.state.is_null() && theirs.reader.exists(&theirs.bucket));
    theirs.destroy().await;
}
