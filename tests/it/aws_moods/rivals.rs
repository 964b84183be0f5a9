//! Creates of the same bucket at the same time: the one that loses leaves neither a bucket nor a key behind.

use std::sync::Mutex;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use rstest::rstest;
use serde_json::{Value as Json, json};
use terraform_provider_wandb::framework::value::Value;

use super::Scene;
use crate::support::reader::Reader;
use crate::support::servers::Server;
use crate::support::stores::Store;

const TAG: &str = "terraform-provider-wandb:creating";

fn tagged(bucket: &str, token: &str) -> Json {
    let tags = [json!({ "Key": TAG, "Value": token })];
    json!({ "Bucket": bucket, "Tagging": { "TagSet": tags } })
}

/// Another create has the bucket once this one has made its key, and ends a little later, with a key of its own or with this one's.
#[rstest]
#[tokio::test]
async fn a_create_that_lost_its_bucket_retires_its_key_unless_the_bucket_uses_it(
    #[values(false, true)] used: bool,
) {
    let mut scene = Scene::on(Store::Aws).await;
    let config = scene.config(vec![]);
    let (bucket, looks) = (scene.bucket.clone(), AtomicUsize::new(0));
    let other = Mutex::new(Reader::new(&scene.store.server()));
    let written = AtomicUsize::new(0);
    scene.proxy.rule(move |_, request| {
        if request.starts_with("PUT") && request.contains("?tagging") {
            written.store(1, Relaxed);
        }
        let looks_at_tags = request.starts_with("GET") && request.contains("?tagging");
        if !looks_at_tags || written.load(Relaxed) == 0 {
            return None;
        }
        let named = json!({ "Bucket": bucket });
        let mut other = other.lock().unwrap();
        match looks.fetch_add(1, Relaxed) {
            0 => drop(other.get("put_bucket_tagging", tagged(&bucket, "another"))),
            3 => {
                if !used {
                    let rule = json!({ "ApplyServerSideEncryptionByDefault": { "SSEAlgorithm": "AES256" } });
                    let rules = json!({ "Rules": [rule] });
                    let put = json!({ "Bucket": bucket, "ServerSideEncryptionConfiguration": rules });
                    other.get("put_bucket_encryption", put);
                }
                other.get("delete_bucket_tagging", named);
            }
            _ => {}
        }
        None
    });
    let found = scene.driver.apply(&config).await;
    let told = format!("{found:?}");
    assert!(told.contains("made by somebody else"), "{told}");
    assert!(scene.driver.state.is_null() && scene.reader.exists(&scene.bucket));
    assert_eq!(told.contains("is still there"), used, "{told}");
    let state = if used { "Enabled" } else { "PendingDeletion" };
    assert_eq!(scene.keys(), json!([state]));
    let alias = json!({ "KeyId": format!("alias/wandb-byob/{}", scene.bucket) });
    assert_eq!(scene.reader.ask("kms.describe_key", alias).is_ok(), used);
}

/// Amazon's first region answers 200 to making one's own bucket again.
#[tokio::test]
async fn of_two_creates_at_the_same_time_in_the_first_region_one_has_the_bucket_and_its_key() {
    let server = Server::moto("us-east-1");
    for distance in 0..6 {
        let mut scene = Scene::on(Store::Aws).await;
        scene.reader = Reader::new(&server);
        // Slow answers have both do everything before either sees what the other did.
        scene.proxy.delay(Duration::from_millis(60));
        let mut other = scene.store.driver(&server, &scene.proxy.url()).await;
        let config = scene.config(vec![("region", "us-east-1".into())]);
        let (here, there) = tokio::join!(scene.driver.apply(&config), async {
            tokio::time::sleep(Duration::from_millis(distance * 15)).await;
            other.apply(&config).await
        });
        assert!(
            here.has_error() || there.has_error(),
            "both think it is theirs"
        );
        if here.has_error() && !there.has_error() {
            std::mem::swap(&mut scene.driver, &mut other);
        }
        assert!(other.state.is_null());
        scene.proxy.delay(Duration::ZERO);
        // Nothing of it was undone by the one who lost.
        assert!(
            scene.driver.state.is_null() || scene.driver.is_settled(&config).await,
            "{distance}: {here:?} {there:?}"
        );
        if scene.driver.state.is_null() {
            scene.apply(&config).await;
        }
        let keys = scene.keys();
        let usable = keys.as_array().unwrap().iter();
        let usable = usable.filter(|state| *state == "Enabled").count();
        let told = format!("{here:?} {there:?}");
        assert!(
            usable == 1 || told.contains("is still there"),
            "{keys} {told}"
        );
        scene.apply(&config).await;
        scene.destroy().await;
    }
}

/// The creation tag is seen to change in the moment between the look and the taking over.
#[tokio::test]
async fn a_create_that_comes_to_life_again_keeps_its_bucket() {
    let mut scene = Scene::on(Store::Aws).await;
    let config = scene.config(vec![]);
    let location = json!({ "LocationConstraint": "eu-west-1" });
    let named = json!({ "Bucket": scene.bucket, "CreateBucketConfiguration": location });
    scene.reader.get("create_bucket", named);
    scene
        .reader
        .get("put_bucket_tagging", tagged(&scene.bucket, "dead"));
    let (server, bucket) = (scene.store.server(), scene.bucket.clone());
    scene.proxy.rule(move |_, request| {
        if request.contains("?uploads") {
            Reader::new(&server).get("put_bucket_tagging", tagged(&bucket, "alive"));
        }
        None
    });
    let found = scene.driver.apply(&config).await;
    assert!(
        format!("{found:?}").contains("made by somebody else"),
        "{found:?}"
    );
    assert_eq!(scene.reader.tags(&scene.bucket), json!({ TAG: "alive" }));
    assert_eq!(scene.keys(), json!([]));
    assert!(matches!(scene.driver.state, Value::Null));
}
