//! Every wish is kept, or refused by name before anything stays.

use rstest::rstest;
use serde_json::json;
use terraform_provider_wandb::framework::value::Value;

use super::capabilities::Offer;
use super::{Scene, words};
use crate::support::stores::{Store, Wishes};

#[rstest]
#[tokio::test]
async fn a_bucket_is_made_changed_and_removed_and_an_independent_client_sees_it(
    #[values(Store::Minio, Store::MinioWithKeys, Store::Ceph, Store::Aws)] store: Store,
) {
    let mut scene = Scene::on(store).await;
    let tags = |team| Value::map_of_strings([("team", team)]);
    let config = scene.config(vec![("tags", tags("omega"))]);
    scene.apply(&config).await;
    let bucket = scene.bucket.clone();
    assert_eq!(
        scene.get("get_bucket_versioning", json!({}))["Status"],
        "Enabled"
    );
    assert_eq!(scene.reader.tags(&bucket), json!({ "team": "omega" }));
    let rules = scene.rules();
    assert!(
        rules
            .iter()
            .any(|rule| rule["NoncurrentVersionExpiration"]["NoncurrentDays"] == 30),
        "{rules:?}"
    );
    assert!(
        rules.iter().all(|rule| rule.get("Expiration").is_none()),
        "a rule expires live objects: {rules:?}"
    );
    assert!(
        scene.reader.is_empty(&bucket),
        "the proof left something behind"
    );

    let config = scene.config(vec![
        ("tags", tags("psi")),
        ("versioning", false.into()),
        ("noncurrent_version_expiration_days", 5i64.into()),
    ]);
    scene.apply(&config).await;
    assert_eq!(
        scene.get("get_bucket_versioning", json!({}))["Status"],
        "Suspended"
    );
    assert_eq!(scene.reader.tags(&bucket), json!({ "team": "psi" }));
    let rules = scene.rules();
    assert!(
        rules
            .iter()
            .any(|rule| rule["NoncurrentVersionExpiration"]["NoncurrentDays"] == 5),
        "{rules:?}"
    );

    let config = scene.config(vec![
        ("noncurrent_version_expiration_days", 0i64.into()),
        ("abort_incomplete_uploads_days", 0i64.into()),
    ]);
    scene.apply(&config).await;
    assert!(scene.rules().is_empty());
    assert_eq!(scene.reader.tags(&bucket), json!({}));
    scene.destroy().await;
}

/// Applies a wish to a bucket that is not there yet; whether the store keeps it.
async fn keeps(scene: &mut Scene, attribute: &str, config: &Value, offer: Offer) -> bool {
    if offer == Offer::Kept {
        scene.apply(config).await;
        return true;
    }
    let found = scene.driver.apply(config).await;
    let words = words(&found);
    assert!(
        words.contains(&format!("cannot keep `{attribute}`")),
        "{words}"
    );
    assert!(scene.driver.state.is_null() && !scene.reader.exists(&scene.bucket));
    false
}

#[rstest]
#[tokio::test]
async fn removing_unfinished_uploads_is_kept_or_refused_by_name(
    #[values(Store::Minio, Store::Ceph, Store::Aws)] store: Store,
) {
    let mut scene = Scene::on(store).await;
    let config = scene.config(vec![("abort_incomplete_uploads_days", 3i64.into())]);
    let offer = store.capabilities().abort_uploads;
    if keeps(&mut scene, "abort_incomplete_uploads_days", &config, offer).await {
        let rules = scene.rules();
        assert!(
            rules
                .iter()
                .any(|rule| rule["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"] == 3),
            "{rules:?}"
        );
        scene.destroy().await;
    }
}

#[rstest]
#[tokio::test]
async fn cors_for_one_origin_is_kept_or_refused_by_name(
    #[values(Store::Minio, Store::Ceph, Store::Aws)] store: Store,
) {
    let mut scene = Scene::on(store).await;
    let origin = "https://wandb.example.com";
    let cors = Value::object([
        ("allowed_origins", Value::set_of_strings([origin])),
        ("max_age_seconds", Value::Null),
    ]);
    let config = scene.config(vec![("cors", cors)]);
    match store.capabilities().cors {
        // MinIO as it comes lets browsers of every origin in, which keeps the wish.
        Offer::OfTheOperator => {
            scene.apply(&config).await;
            assert_eq!(
                scene.ask("get_bucket_cors", json!({})),
                Err("NoSuchCORSConfiguration".to_owned())
            );
        }
        offer => {
            keeps(&mut scene, "cors", &config, offer).await;
            let found = scene.get("get_bucket_cors", json!({}));
            let rule = &found["CORSRules"][0];
            assert_eq!(rule["AllowedOrigins"], json!([origin]));
            assert_eq!(rule["ExposeHeaders"], json!(["ETag"]));
            assert_eq!(rule["MaxAgeSeconds"], json!(3000));
        }
    }
    scene.destroy().await;
}

#[rstest]
#[tokio::test]
async fn encryption_with_the_stores_own_keys_is_kept_or_refused_by_name(
    #[values(Store::Minio, Store::MinioWithKeys, Store::Ceph, Store::Aws)] store: Store,
) {
    let mut scene = Scene::on(store).await;
    let wishes = Wishes {
        place: vec![("encryption", "AES256".into())],
        ..Wishes::default()
    };
    let config = store.bucket(&scene.driver, &scene.bucket, wishes);
    let attribute = format!("{}.encryption", store.word());
    let offer = store.capabilities().encryption;
    if keeps(&mut scene, &attribute, &config, offer).await {
        let found = scene.get("get_bucket_encryption", json!({}));
        let rule = &found["ServerSideEncryptionConfiguration"]["Rules"][0];
        assert_eq!(
            rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"],
            "AES256"
        );
        scene.destroy().await;
    }
}
