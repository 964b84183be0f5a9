//! Stores that can do little, or do it wrong (`make test-more`): a bucket is whole there or not at all, and nothing that somebody put there gets
//! lost.

use rstest::rstest;
use serde_json::json;
use terraform_provider_wandb::framework::value::Value;

use crate::support::driver::Driver;
use crate::support::proxy::Proxy;
use crate::support::reader::Reader;
use crate::support::servers::Server;
use crate::support::stores::{Store, Wishes};

struct Scene {
    proxy: Proxy,
    reader: Reader,
    driver: Driver,
    bucket: String,
    /// How such a store is told to the provider.
    like: Store,
}

impl Scene {
    async fn on(kind: &str, like: Store) -> Self {
        let server = Server::degraded(kind);
        let proxy = Proxy::before(&server.endpoint);
        Self {
            reader: Reader::new(&server),
            driver: like.driver(&server, &proxy.url()).await,
            proxy,
            bucket: format!("d-{}", uuid::Uuid::new_v4().simple()),
            like,
        }
    }

    fn config(&self, attributes: Vec<(&'static str, Value)>) -> Value {
        let wishes = Wishes {
            attributes,
            ..Wishes::default()
        };
        self.like.bucket(&self.driver, &self.bucket, wishes)
    }

    /// All that needs a document is left out.
    fn plain(&self, more: Vec<(&'static str, Value)>) -> Value {
        let nothing = [
            ("versioning", false.into()),
            ("noncurrent_version_expiration_days", 0i64.into()),
            ("abort_incomplete_uploads_days", 0i64.into()),
        ];
        self.config(nothing.into_iter().chain(more).collect())
    }

    fn put_object(&mut self) {
        let object = json!({ "Bucket": self.bucket, "Key": "data", "Body": "x" });
        self.reader.get("put_object", object);
    }

    fn has_object(&mut self) -> bool {
        let named = json!({ "Bucket": self.bucket });
        let found = self.reader.ask("list_objects_v2", named);
        found.is_ok_and(|found| found["KeyCount"] == 1)
    }

    /// No request may remove a document: the store would take it for one that removes the bucket.
    fn sent_nothing_dangerous(&self) {
        let calls = self.proxy.calls();
        let dangerous = |request: &str| {
            request.starts_with("DELETE") && request.contains("/?") && !request.contains("?delete")
        };
        assert!(
            calls.iter().all(|call| !dangerous(&call.request)),
            "{calls:?}"
        );
    }
}

#[rstest]
#[ignore = "the stores of `make test-more`"]
#[tokio::test]
async fn a_wish_that_the_store_cannot_keep_is_named_and_leaves_nothing(
    #[values("s3rver", "s3s")] kind: &str,
) {
    let mut scene = Scene::on(kind, Store::Minio).await;
    let config = scene.config(vec![("versioning", true.into())]);
    let found = scene.driver.apply(&config).await;
    let told = format!("{found:?}");
    assert!(found.has_error() && told.contains("versioning"), "{told}");
    assert!(!scene.reader.exists(&scene.bucket), "{told}");
    assert!(scene.driver.state.is_null());
    scene.sent_nothing_dangerous();
}

#[rstest]
#[ignore = "the stores of `make test-more`"]
#[tokio::test]
async fn a_bucket_that_asks_for_nothing_more_is_made_and_its_data_is_never_deleted(
    #[values("s3rver", "s3s")] kind: &str,
) {
    let mut scene = Scene::on(kind, Store::Minio).await;
    let config = scene.plain(vec![("verify", false.into())]);
    let found = scene.driver.apply(&config).await;
    assert!(!found.has_error(), "{found:?}");
    assert!(scene.driver.is_settled(&config).await);
    scene.put_object();
    let found = scene.driver.apply(&Value::Null).await;
    assert!(found.has_error() && scene.has_object(), "{found:?}");
    scene.sent_nothing_dangerous();
    let named = json!({ "Bucket": scene.bucket, "Key": "data" });
    scene.reader.get("delete_object", named);
    let found = scene.driver.apply(&Value::Null).await;
    assert!(
        !found.has_error() && !scene.reader.exists(&scene.bucket),
        "{found:?}"
    );
}

#[rstest]
#[ignore = "the stores of `make test-more`"]
#[tokio::test]
async fn a_bucket_of_somebody_is_left_alone(#[values("s3rver", "s3s")] kind: &str) {
    let mut scene = Scene::on(kind, Store::Minio).await;
    let named = json!({ "Bucket": scene.bucket });
    scene.reader.get("create_bucket", named);
    scene.put_object();
    let config = scene.plain(vec![("verify", false.into())]);
    let found = scene.driver.apply(&config).await;
    assert!(format!("{found:?}").contains("exists already"), "{found:?}");
    assert!(scene.has_object());
    scene.sent_nothing_dangerous();
}

#[tokio::test]
#[ignore = "the stores of `make test-more`"]
async fn another_imitation_of_aws_gets_the_whole_bucket_too() {
    let mut scene = Scene::on("ministack", Store::Aws).await;
    let config = scene.config(vec![]);
    let found = scene.driver.apply(&config).await;
    assert!(!found.has_error(), "{found:?}");
    assert!(scene.driver.is_settled(&config).await);
    let named = json!({ "Bucket": scene.bucket });
    let found = scene.reader.get("get_bucket_policy", named.clone());
    assert!(found["Policy"].as_str().unwrap().contains("830241207209"));
    let everybody = json!({
        "Version": "2012-10-17",
        "Statement": [{ "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": format!("arn:aws:s3:::{}/*", scene.bucket) }],
    });
    let mut public = named;
    public["Policy"] = everybody.to_string().into();
    let refused = scene.reader.ask("put_bucket_policy", public);
    assert_eq!(
        refused,
        Err("AccessDenied".to_owned()),
        "the block of public access holds"
    );
    let found = scene.driver.apply(&Value::Null).await;
    assert!(
        !found.has_error() && !scene.reader.exists(&scene.bucket),
        "{found:?}"
    );
}
