//! `DELETE /bucket?document` deletes the bucket on a store that does not know the document. That is so, and it does not happen here.

use rstest::rstest;
use serde_json::json;
use terraform_provider_wandb::clouds::s3::{Bucket, Client, Settings, Tags};
use terraform_provider_wandb::clouds::{Kind, key_pair};
use terraform_provider_wandb::framework::value::Value;

use super::Scene;
use crate::support::stores::Store;

/// Requests that remove a document of a bucket, in boto3's words.
const REMOVALS: [&str; 9] = [
    "delete_bucket_cors",
    "delete_bucket_encryption",
    "delete_bucket_lifecycle",
    "delete_bucket_ownership_controls",
    "delete_bucket_policy",
    "delete_bucket_replication",
    "delete_bucket_tagging",
    "delete_bucket_website",
    "delete_public_access_block",
];

#[rstest]
#[tokio::test]
async fn a_store_removes_an_empty_bucket_for_documents_it_does_not_know(
    #[values(Store::Minio, Store::MinioWithKeys, Store::Ceph, Store::Aws)] store: Store,
) {
    let mut scene = Scene::on(store).await;
    let mut deadly = Vec::new();
    for removal in REMOVALS {
        scene.bucket = format!("h-{}", uuid::Uuid::new_v4().simple());
        let place = json!({ "LocationConstraint": "eu-west-1" });
        match store {
            Store::Aws => scene.get(
                "create_bucket",
                json!({ "CreateBucketConfiguration": place }),
            ),
            _ => scene.get("create_bucket", json!({})),
        };
        // Whatever it answers, a failure among others: only what is there afterwards counts.
        let _ = scene.ask(removal, json!({}));
        if scene.reader.exists(&scene.bucket) {
            scene.get("delete_bucket", json!({}));
        } else {
            deadly.push(removal);
        }
    }
    assert_eq!(deadly, store.capabilities().deletes_buckets_for);
}

fn client(scene: &Scene) -> Bucket {
    let client = Client::new(&Settings {
        endpoint: Some(scene.server.endpoint.parse().unwrap()),
        region: scene.server.region.clone(),
        credentials: key_pair(
            &scene.server.user,
            &scene.server.password.clone().into(),
            None,
        ),
        path_style: true,
        ca_bundle: None,
        attempts: 2,
    });
    client.unwrap().bucket(&scene.bucket)
}

#[rstest]
#[tokio::test]
async fn removing_a_document_never_removes_the_bucket(
    #[values(Store::Minio, Store::MinioWithKeys, Store::Ceph, Store::Aws)] store: Store,
) {
    let mut scene = Scene::on(store).await;
    let config = scene.config(vec![("verify", false.into())]);
    scene.apply(&config).await;
    let bucket = client(&scene);
    // With everything set, with something set, and with nothing left.
    for _ in 0..3 {
        bucket.delete_tags().await.unwrap();
        assert!(scene.reader.exists(&scene.bucket));
        bucket.delete_lifecycle().await.unwrap();
        assert!(scene.reader.exists(&scene.bucket));
    }
    let tags = Tags::from([("team".into(), "omega".into())]);
    bucket.put_tags(&tags).await.unwrap();
    bucket.delete_tags().await.unwrap();
    assert_eq!(scene.reader.tags(&scene.bucket), json!({}));
    assert!(scene.rules().is_empty() && scene.reader.exists(&scene.bucket));
    scene.destroy().await;
}

/// Why settings are written one by one on such a store: were it mended, the detour could go.
#[rstest]
#[tokio::test]
async fn a_store_that_loses_settings_written_at_the_same_time_is_known(
    #[values(Store::Minio, Store::MinioWithKeys, Store::Ceph, Store::Aws)] store: Store,
) {
    let scene = Scene::on(store).await;
    let bucket = client(&scene);
    let missing = bucket.require_presence().await.unwrap_err();
    assert_eq!(missing.kind(), &Kind::BucketAbsent);
    assert_eq!(
        bucket.loses_concurrent_writes(),
        store.capabilities().written_serially
    );
}

/// Taking back whatever was once wished for: each of the attributes in turn.
#[rstest]
#[tokio::test]
async fn taking_back_a_wish_never_removes_the_bucket(
    #[values(Store::Minio, Store::Ceph, Store::Aws)] store: Store,
) {
    let mut scene = Scene::on(store).await;
    let bare = || {
        vec![
            ("versioning", Value::from(false)),
            ("noncurrent_version_expiration_days", 0i64.into()),
            ("abort_incomplete_uploads_days", 0i64.into()),
        ]
    };
    let config = scene.config(vec![("tags", Value::map_of_strings([("team", "omega")]))]);
    scene.apply(&config).await;
    let config = scene.config(bare());
    scene.apply(&config).await;
    assert!(scene.reader.exists(&scene.bucket) && scene.rules().is_empty());
    assert_eq!(scene.reader.tags(&scene.bucket), json!({}));
    // A second time, when there is nothing to take back.
    scene.apply(&config).await;
    assert!(scene.reader.exists(&scene.bucket));
    scene.destroy().await;
}
