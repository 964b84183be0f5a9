//! What others wrote into a bucket, in forms of their own.

use serde_json::json;

use super::Scene;
use crate::support::proxy::Fault;
use crate::support::stores::Store;

#[tokio::test]
async fn a_bucket_whose_acl_grants_somebody_something_keeps_acls_and_the_owner_gets_the_objects() {
    let mut scene = Scene::on(Store::Aws).await;
    let config = scene.config(vec![]);
    let refusal = Fault::Answer(400, "InvalidBucketAclWithObjectOwnership");
    let put = |call: &str| call.starts_with("PUT") && call.contains("ownershipControls");
    scene.proxy.first(1, put, refusal);
    scene.apply(&config).await;
    let found = scene.reader.get(
        "get_bucket_ownership_controls",
        json!({ "Bucket": scene.bucket }),
    );
    assert_eq!(
        found["OwnershipControls"]["Rules"][0]["ObjectOwnership"],
        "BucketOwnerPreferred"
    );
    scene.destroy().await;
}

#[tokio::test]
async fn a_key_whose_policy_cannot_be_read_is_used_and_told_and_an_alias_in_its_place_is_repaired()
{
    let mut scene = Scene::on(Store::Aws).await;
    let made = scene.reader.get("kms.create_key", json!({}));
    let arn = made["KeyMetadata"]["Arn"].as_str().unwrap().to_owned();
    let alias = format!("alias/{}", scene.bucket);
    scene.reader.get(
        "kms.create_alias",
        json!({ "AliasName": alias, "TargetKeyId": made["KeyMetadata"]["KeyId"] }),
    );
    let config = scene.config(vec![("kms_key_arn", arn.as_str().into())]);
    let reads = |call: &str| call.contains("GetKeyPolicy");
    let unreadable = Fault::Answer(400, "InvalidArnException");
    scene.proxy.first(99, reads, unreadable);
    let found = scene.driver.apply(&config).await;
    assert!(!found.has_error(), "{found:?}");
    assert!(format!("{found:?}").contains("may not read the key's policy"));
    scene.proxy.behave();

    let (_, name) = arn.split_once("key/").unwrap();
    let by_alias = json!({
        "SSEAlgorithm": "aws:kms",
        "KMSMasterKeyID": arn.replace(&format!("key/{name}"), &alias),
    });
    let rule = json!({ "ApplyServerSideEncryptionByDefault": by_alias, "BucketKeyEnabled": true });
    let encryption = json!({
        "Bucket": scene.bucket,
        "ServerSideEncryptionConfiguration": { "Rules": [rule] },
    });
    scene.reader.get("put_bucket_encryption", encryption);
    scene.driver.forget();
    let found = scene.driver.import(&format!("aws/{}", scene.bucket)).await;
    assert!(!found.has_error(), "{found:?}");
    scene.proxy.behave();
    scene.apply(&config).await;
    let found = scene
        .reader
        .get("get_bucket_encryption", json!({ "Bucket": scene.bucket }));
    let rule = &found["ServerSideEncryptionConfiguration"]["Rules"][0];
    let key = &rule["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"];
    assert_eq!(key, arn.as_str());
    scene.destroy().await;
}

/// S3 refuses a document in which one rule has its prefix beside a filter and another in it, and resets what a PUT does not repeat.
#[tokio::test]
async fn a_rule_of_others_in_the_older_spelling_goes_with_ours_and_keeps_what_stands_beside_it() {
    let mut scene = Scene::on(Store::Aws).await;
    let config = scene.config(vec![]);
    scene.apply(&config).await;
    let rule = json!({
        "ID": "theirs", "Status": "Enabled", "Prefix": "logs/",
        "Transitions": [{ "Days": 30, "StorageClass": "STANDARD_IA" }],
    });
    let named = json!({ "Bucket": scene.bucket });
    let mut theirs = named.clone();
    theirs["LifecycleConfiguration"] = json!({ "Rules": [rule] });
    let put = "put_bucket_lifecycle_configuration";
    scene.reader.get(put, theirs);
    scene.proxy.calls();
    scene.apply(&config).await;
    // moto says `all_storage_classes_128K` whatever it was told.
    let repeated = |call: &crate::support::proxy::Call| {
        call.request.starts_with("PUT") && call.request.ends_with("all_storage_classes_128K")
    };
    assert!(scene.proxy.calls().iter().any(repeated));
    let found = scene
        .reader
        .get("get_bucket_lifecycle_configuration", named);
    let rules = found["Rules"].as_array().unwrap();
    let theirs = rules.iter().find(|rule| rule["ID"] == "theirs").unwrap();
    assert_eq!(theirs["Filter"]["Prefix"], "logs/", "{theirs}");
    assert!(theirs["Prefix"].is_null() && rules.len() == 2, "{rules:?}");
    scene.destroy().await;
}
