//! AWS knows late, and not everywhere at once, what was done a moment ago. What that looks like is played by a proxy before moto.

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
        let wishes = Wishes {
            place,
            ..Wishes::default()
        };
        self.store.bucket(&self.driver, &self.bucket, wishes)
    }

    /// Applies, which must succeed, and settle.
    async fn apply(&mut self, config: &Value) {
        let found = self.driver.apply(config).await;
        assert!(!found.has_error(), "{found:?}");
        self.proxy.behave();
        assert!(self.driver.is_settled(config).await);
    }

    async fn destroy(&mut self) {
        let found = self.driver.apply(&Value::Null).await;
        assert!(!found.has_error(), "{found:?}");
        assert!(self.driver.state.is_null() && !self.reader.exists(&self.bucket));
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
async fn one_answer_that_denies_the_bucket_does_not_take_it_out_of_the_state(
    #[values(Store::Minio, Store::Aws)] store: Store,
) {
    let mut scene = Scene::on(store).await;
    let config = scene.config(vec![]);
    scene.apply(&config).await;
    scene.proxy.first(
        1,
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
