//! Changes by others are seen and repaired; what is theirs stays; what is in the bucket stays.

use rstest::rstest;
use serde_json::{Value as Json, json};
use terraform_provider_wandb::framework::value::Value;

use super::capabilities::Offer;
use super::{Scene, words};
use crate::support::stores::Store;

/// Lets somebody change the bucket, who is noticed and undone.
async fn is_repaired(scene: &mut Scene, config: &Value, op: &str, more: Json) {
    scene.get(op, more);
    assert!(
        !scene.driver.is_settled(config).await,
        "{op} was not noticed"
    );
    scene.apply(config).await;
}

#[rstest]
#[tokio::test]
async fn what_others_change_is_noticed_and_repaired(
    #[values(Store::Minio, Store::Ceph, Store::Aws)] store: Store,
) {
    let mut scene = Scene::on(store).await;
    let config = scene.config(vec![("tags", Value::map_of_strings([("team", "omega")]))]);
    scene.apply(&config).await;
    let suspended = json!({ "VersioningConfiguration": { "Status": "Suspended" } });
    is_repaired(&mut scene, &config, "put_bucket_versioning", suspended).await;
    is_repaired(&mut scene, &config, "delete_bucket_tagging", json!({})).await;
    is_repaired(&mut scene, &config, "delete_bucket_lifecycle", json!({})).await;
    if store.capabilities().cors == Offer::Kept {
        is_repaired(&mut scene, &config, "delete_bucket_cors", json!({})).await;
    }
    scene.destroy().await;
}

#[rstest]
#[tokio::test]
async fn tags_rules_and_origins_of_others_stay(
    #[values(Store::Minio, Store::Ceph, Store::Aws)] store: Store,
) {
    let mut scene = Scene::on(store).await;
    let tags = Value::map_of_strings([("team", "omega")]);
    // moto refuses a preflight that not all the rules of the bucket allow.
    let verify = store != Store::Aws;
    let config = scene.config(vec![("tags", tags), ("verify", verify.into())]);
    scene.apply(&config).await;
    let theirs = json!({ "Tagging": { "TagSet": [{ "Key": "billing", "Value": "42" }] } });
    scene.get("put_bucket_tagging", theirs);
    let rule = json!({
        "ID": "theirs", "Status": "Enabled", "Filter": { "Prefix": "logs/" },
        "NoncurrentVersionExpiration": { "NoncurrentDays": 3 },
    });
    scene.get(
        "put_bucket_lifecycle_configuration",
        json!({ "LifecycleConfiguration": { "Rules": [rule] } }),
    );
    let origin =
        json!({ "AllowedMethods": ["GET"], "AllowedOrigins": ["https://theirs.example.com"] });
    let has_cors = store.capabilities().cors == Offer::Kept;
    if has_cors {
        scene.get(
            "put_bucket_cors",
            json!({ "CORSConfiguration": { "CORSRules": [origin] } }),
        );
    }
    scene.apply(&config).await;
    let bucket = scene.bucket.clone();
    assert_eq!(
        scene.reader.tags(&bucket),
        json!({ "team": "omega", "billing": "42" })
    );
    let rules = scene.rules();
    assert!(
        rules.iter().any(|rule| rule["ID"] == "theirs"
            && rule["NoncurrentVersionExpiration"]["NoncurrentDays"] == 3),
        "{rules:?}"
    );
    assert!(rules.len() > 1, "{rules:?}");
    if has_cors {
        let found = scene.get("get_bucket_cors", json!({}));
        let origins = found["CORSRules"].as_array().unwrap();
        assert!(
            origins
                .iter()
                .any(|rule| rule["AllowedOrigins"] == json!(["https://theirs.example.com"])),
            "{origins:?}"
        );
    }
    scene.destroy().await;
}

#[rstest]
#[tokio::test]
async fn whatever_is_in_a_bucket_keeps_it_unless_the_configuration_says_so(
    #[values(Store::Minio, Store::Ceph, Store::Aws)] store: Store,
) {
    let mut scene = Scene::on(store).await;
    let config = scene.config(vec![]);
    scene.apply(&config).await;
    scene.get("put_object", json!({ "Key": "run", "Body": "x" }));
    refuses(&mut scene, "1 object").await;
    // The old version and the marker over it, which a listing of objects does not show.
    scene.get("delete_object", json!({ "Key": "run" }));
    refuses(&mut scene, "1 delete marker").await;

    let force = scene.config(vec![("force_destroy", true.into())]);
    scene.apply(&force).await;
    scene.destroy().await;
}

#[rstest]
#[tokio::test]
async fn an_unfinished_upload_alone_keeps_a_bucket(
    #[values(Store::Minio, Store::Ceph, Store::Aws)] store: Store,
) {
    let mut scene = Scene::on(store).await;
    let config = scene.config(vec![]);
    scene.apply(&config).await;
    scene.get("create_multipart_upload", json!({ "Key": "upload" }));
    refuses(&mut scene, "1 unfinished upload").await;
    let force = scene.config(vec![("force_destroy", true.into())]);
    scene.apply(&force).await;
    scene.destroy().await;
}

async fn refuses(scene: &mut Scene, what: &str) {
    let found = words(&scene.driver.apply(&Value::Null).await);
    assert!(
        found.contains("is not empty") && found.contains(what),
        "{found}"
    );
    assert!(scene.reader.exists(&scene.bucket) && !scene.driver.state.is_null());
}
