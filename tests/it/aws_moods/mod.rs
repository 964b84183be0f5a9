//! What only the true AWS does, played by a proxy before moto: it knows late, and not everywhere at once, what was done a moment ago, and
//! refuses what moto lets pass.

mod ends;
mod former;
mod keys;
mod plans;
mod rivals;

use rstest::rstest;
use serde_json::json;
use terraform_provider_wandb::framework::value::Value;

use crate::support::driver::Driver;
use crate::support::proxy::{Fault, Proxy};
use crate::support::reader::Reader;
use crate::support::stores::{Store, Wishes};

const TOO_EARLY: Fault = Fault::Answer(404, "NoSuchBucket");
const BUSY: Fault = Fault::Answer(409, "OperationAborted");
const DENIED: Fault = Fault::Answer(403, "AccessDenied");

struct Scene {
    store: Store,
    proxy: Proxy,
    reader: Reader,
    driver: Driver,
    bucket: String,
}

impl Scene {
    async fn on(store: Store) -> Self {
        let server = store.server();
        let proxy = Proxy::before(&server.endpoint);
        Self {
            store,
            reader: Reader::new(&server),
            driver: store.driver(&server, &proxy.url()).await,
            proxy,
            bucket: format!("l-{}", uuid::Uuid::new_v4().simple()),
        }
    }

    fn config(&self, place: Vec<(&'static str, Value)>) -> Value {
        self.wishes(vec![], place)
    }

    /// The configuration with these attributes of the resource, and of its block.
    fn wishes(
        &self,
        attributes: Vec<(&'static str, Value)>,
        place: Vec<(&'static str, Value)>,
    ) -> Value {
        let wishes = Wishes { attributes, place };
        self.store.bucket(&self.driver, &self.bucket, wishes)
    }

    /// Applies, which must succeed, and settle.
    async fn apply(&mut self, config: &Value) {
        let found = self.driver.apply(config).await;
        assert!(!found.has_error(), "{found:?}");
        self.proxy.behave();
        assert!(self.driver.is_settled(config).await);
    }

    /// Destroys, which must succeed; what was said.
    async fn destroy(&mut self) -> String {
        let found = self.driver.apply(&Value::Null).await;
        assert!(!found.has_error(), "{found:?}");
        assert!(self.driver.state.is_null() && !self.reader.exists(&self.bucket));
        format!("{found:?}")
    }

    /// The key that the bucket is encrypted with.
    fn key(&mut self) -> String {
        let named = json!({ "Bucket": self.bucket });
        let found = self.reader.get("get_bucket_encryption", named);
        let rule = &found["ServerSideEncryptionConfiguration"]["Rules"][0];
        let key = &rule["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"];
        key.as_str().unwrap_or_default().to_owned()
    }

    /// What is true of a key.
    fn metadata(&mut self, key: &str) -> serde_json::Value {
        let found = self.reader.get("kms.describe_key", json!({ "KeyId": key }));
        found["KeyMetadata"].clone()
    }

    /// A key of somebody else; its address.
    fn given_key(&mut self, order: serde_json::Value) -> String {
        let made = self.reader.get("kms.create_key", order);
        made["KeyMetadata"]["Arn"].as_str().unwrap().to_owned()
    }

    /// The states of the keys that were made for the bucket.
    fn keys(&mut self) -> serde_json::Value {
        self.reader.get("keys_of", json!({ "bucket": self.bucket }))
    }
}

#[rstest]
#[case::the_name_is_not_free_yet(|call: &str| call.starts_with("PUT") && call.ends_with('/'), BUSY)]
#[case::no_document_can_be_written_yet(|call: &str| call.starts_with("PUT") && call.contains("?policy"), TOO_EARLY)]
#[case::the_key_management_is_busy(|call: &str| call.contains("CreateKey"), Fault::Answer(400, "ThrottlingException"))]
#[case::the_key_is_not_seen_yet(|call: &str| call.contains("DescribeKey"), Fault::Answer(400, "NotFoundException"))]
#[case::the_key_cannot_be_named_yet(|call: &str| call.contains("CreateAlias"), Fault::Answer(400, "NotFoundException"))]
#[case::a_written_document_is_not_seen_yet(|call: &str| call.starts_with("GET") && call.contains("?policy"), Fault::Answer(404, "NoSuchBucketPolicy"))]
#[case::the_bucket_is_not_seen_yet(|call: &str| call.starts_with("GET") && call.contains("?versioning"), TOO_EARLY)]
#[case::the_key_cannot_encrypt_yet(|call: &str| call.starts_with("PUT") && call.contains("proof") && call.contains("Signature"), Fault::Answer(400, "KMS.NotFoundException"))]
#[case::browsers_are_refused_still(|call: &str| call.starts_with("OPTIONS"), Fault::Answer(403, "AccessForbidden"))]
#[case::an_upload_cannot_be_begun_yet(|call: &str| call.starts_with("POST") && call.contains("uploads"), TOO_EARLY)]
#[tokio::test]
async fn a_create_waits_for_what_is_not_known_everywhere_yet(
    #[case] such: fn(&str) -> bool,
    #[case] fault: Fault,
) {
    let mut scene = Scene::on(Store::Aws).await;
    let config = scene.config(vec![]);
    scene.proxy.calls();
    scene.proxy.first(2, such, fault);
    scene.apply(&config).await;
    let calls = scene.proxy.calls();
    let played = calls.iter().filter(|call| such(&call.request)).count();
    assert!(played > 2, "{calls:?}");
    assert_eq!(scene.keys(), json!(["Enabled"]));
    assert!(scene.reader.is_empty(&scene.bucket));
    scene.destroy().await;
}

/// Amazon's first region answers 200 to making one's own bucket again.
#[tokio::test]
async fn a_create_that_must_wait_for_its_name_looks_whether_somebody_made_the_bucket_meanwhile() {
    use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
    let mut scene = Scene::on(Store::Aws).await;
    let config = scene.config(vec![]);
    let (other, name) = (Store::Aws.server(), scene.bucket.clone());
    let made = AtomicBool::new(false);
    scene.proxy.rule(move |_, request| {
        let creates = request.starts_with("PUT") && request.ends_with('/');
        if !creates || made.swap(true, Relaxed) {
            return None;
        }
        let location = json!({ "LocationConstraint": "eu-west-1" });
        let named = json!({ "Bucket": name, "CreateBucketConfiguration": location });
        Reader::new(&other).get("create_bucket", named);
        Some(BUSY)
    });
    let found = scene.driver.apply(&config).await;
    assert!(format!("{found:?}").contains("exists already"), "{found:?}");
    assert!(scene.driver.state.is_null() && scene.reader.exists(&scene.bucket));
    assert_eq!(scene.keys(), json!([]));
}

/// Of the two questions of a create's look the listing finds the bucket and the tags came a moment before it: somebody made it in between.
#[tokio::test]
async fn a_bucket_that_somebody_makes_between_two_answers_exists_already() {
    let mut scene = Scene::on(Store::Aws).await;
    let config = scene.config(vec![]);
    let location = json!({ "LocationConstraint": "eu-west-1" });
    let named = json!({ "Bucket": scene.bucket, "CreateBucketConfiguration": location });
    scene.reader.get("create_bucket", named);
    let asks_for_tags = |call: &str| call.starts_with("GET") && call.contains("?tagging");
    scene.proxy.first(1, asks_for_tags, TOO_EARLY);
    let found = scene.driver.apply(&config).await;
    assert!(format!("{found:?}").contains("exists already"), "{found:?}");
    assert!(scene.driver.state.is_null() && scene.reader.exists(&scene.bucket));
    assert_eq!(scene.keys(), json!([]));
}

#[tokio::test]
async fn an_answer_that_the_bucket_is_gone_is_not_believed_while_others_show_it() {
    let mut scene = Scene::on(Store::Aws).await;
    let config = scene.config(vec![]);
    scene.apply(&config).await;
    let lists = |call: &str| call.starts_with("GET") && call.contains("list-type=2");
    scene.proxy.first(9, lists, TOO_EARLY);
    let found = scene.driver.refresh().await;
    assert!(
        found.has_error() && !scene.driver.state.is_null(),
        "{found:?}"
    );
    scene.proxy.first(1, lists, TOO_EARLY);
    let found = scene.driver.refresh().await;
    assert!(
        !found.has_error() && !scene.driver.state.is_null(),
        "{found:?}"
    );
    scene.proxy.behave();
    scene.destroy().await;
}

/// KMS shows the tags of a new key late, too.
#[tokio::test]
async fn a_failed_create_retires_its_key_also_where_the_keys_tags_are_not_seen_yet() {
    let mut scene = Scene::on(Store::Aws).await;
    let config = scene.config(vec![]);
    scene.proxy.rule(|_, request| {
        if request.contains("ListResourceTags") {
            return Some(Fault::Answer(400, "NotFoundException"));
        }
        let policy = request.starts_with("PUT") && request.contains("?policy");
        policy.then_some(DENIED)
    });
    let found = scene.driver.apply(&config).await;
    assert!(
        found.has_error() && scene.driver.state.is_null(),
        "{found:?}"
    );
    assert_eq!(scene.keys(), json!(["PendingDeletion"]));
}

#[tokio::test]
async fn a_failed_create_does_not_believe_at_once_that_its_bucket_is_gone() {
    let mut scene = Scene::on(Store::Aws).await;
    let config = scene.config(vec![]);
    let failed = std::sync::atomic::AtomicUsize::new(0);
    scene.proxy.rule(move |_, request| {
        use std::sync::atomic::Ordering::Relaxed;
        if request.starts_with("PUT") && request.contains("?policy") {
            failed.store(1, Relaxed);
            return Some(DENIED);
        }
        let look = request.contains("?tagging") && request.starts_with("GET");
        let first = look && failed.compare_exchange(1, 2, Relaxed, Relaxed).is_ok();
        first.then_some(TOO_EARLY)
    });
    let found = scene.driver.apply(&config).await;
    assert!(found.has_error());
    assert!(!scene.reader.exists(&scene.bucket), "{found:?}");
    assert!(scene.driver.state.is_null());
    assert_eq!(scene.keys(), json!(["PendingDeletion"]));
}

#[tokio::test]
async fn a_destroy_waits_while_aws_is_busy_with_the_bucket() {
    let mut scene = Scene::on(Store::Aws).await;
    let config = scene.config(vec![]);
    scene.apply(&config).await;
    scene.proxy.first(
        2,
        |call| call.starts_with("DELETE") && call.ends_with('/'),
        BUSY,
    );
    scene.destroy().await;
}

#[rstest]
#[tokio::test]
async fn a_document_that_denies_the_bucket_does_not_take_it_out_of_the_state(
    #[values(Store::Minio, Store::Aws)] store: Store,
) {
    let mut scene = Scene::on(store).await;
    let config = scene.config(vec![]);
    scene.apply(&config).await;
    scene.proxy.first(
        9,
        |call| call.starts_with("GET") && call.contains("?versioning"),
        TOO_EARLY,
    );
    let found = scene.driver.refresh().await;
    assert!(found.has_error(), "{found:?}");
    assert!(!scene.driver.state.is_null());
    scene.proxy.behave();
    scene.destroy().await;
}

#[rstest]
#[tokio::test]
async fn the_mark_of_a_create_that_never_ended_is_taken_away_and_other_tags_stay(
    #[values(Store::Minio, Store::Aws)] store: Store,
) {
    let mut scene = Scene::on(store).await;
    let config = scene.config(vec![]);
    scene.apply(&config).await;
    let tags = json!({ "TagSet": [
        { "Key": "terraform-provider-wandb:creating", "Value": "a-token" },
        { "Key": "billing", "Value": "42" },
    ] });
    let tagging = json!({ "Bucket": scene.bucket, "Tagging": tags });
    scene.reader.get("put_bucket_tagging", tagging);
    assert!(!scene.driver.is_settled(&config).await);
    scene.apply(&config).await;
    assert_eq!(scene.reader.tags(&scene.bucket), json!({ "billing": "42" }));
    scene.destroy().await;
}

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
async fn an_import_believes_the_region_that_a_redirect_names() {
    let mut scene = Scene::on(Store::Aws).await;
    let config = scene.config(vec![]);
    scene.apply(&config).await;
    scene.driver.forget();
    let asks_where = |call: &str| call.contains("?location");
    let elsewhere = Fault::Elsewhere("eu-west-1");
    scene.proxy.first(9, asks_where, elsewhere);
    let found = scene.driver.import(&format!("aws/{}", scene.bucket)).await;
    assert!(!found.has_error(), "{found:?}");
    let region = scene.driver.state.get("aws").get("region");
    assert_eq!(region.as_str(), Some("eu-west-1"));
    scene.proxy.behave();
    scene.apply(&config).await;
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

impl Scene {
    /// A provider whose block says of `deployment` what it is given.
    async fn other_driver(&self, deployment: Value) -> Driver {
        let server = self.store.server();
        Driver::new(|attributes| {
            let mut block = self.store.provider(attributes, &server, &self.proxy.url());
            block.set("deployment", deployment);
            block
        })
        .await
    }
}

#[tokio::test]
async fn a_plan_that_did_not_know_who_wandb_is_ends_before_a_bucket_is_made_for_nobody() {
    let mut scene = Scene::on(Store::Aws).await;
    let config = scene.config(vec![]);
    let unsure = scene.other_driver(Value::unknown()).await;
    let planned = unsure.plan(&config).await;
    assert!(
        !planned.diagnostics.has_error(),
        "{:?}",
        planned.diagnostics
    );
    let mut sure = scene.other_driver(Value::Null).await;
    let found = sure.carry_out(&config, planned.planned).await;
    assert!(
        format!("{found:?}").contains("not known how W&B runs"),
        "{found:?}"
    );
    assert!(!scene.reader.exists(&scene.bucket) && sure.state.is_null());
}

#[tokio::test]
async fn a_refresh_that_does_not_know_who_wandb_is_keeps_what_was_said_of_its_access() {
    let mut scene = Scene::on(Store::Aws).await;
    let config = scene.config(vec![]);
    scene.apply(&config).await;
    let before = scene.driver.saved();
    let unsure = scene.other_driver(Value::unknown()).await;
    let mut unsure = unsure.with_state_of(&before);
    let found = unsure.refresh().await;
    assert!(!found.has_error(), "{found:?}");
    assert_eq!(unsure.state, before.0);
    scene.destroy().await;
}
