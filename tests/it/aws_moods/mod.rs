//! What only the true AWS does, played by a proxy before moto: it knows late, and not everywhere at once, what was done a moment ago, and
//! refuses what moto lets pass.

mod ends;
mod former;
mod keys;
mod others;
mod plans;
mod rivals;
mod taken_up;

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
async fn an_import_of_a_bucket_that_does_not_exist_points_at_the_name() {
    let mut scene = Scene::on(Store::Aws).await;
    let found = scene.driver.import(&format!("aws/{}", scene.bucket)).await;
    let told = format!("{found:?}");
    assert!(told.contains("Check the spelling"), "{told}");
    assert!(!told.contains("Somebody removed it"), "{told}");
}
