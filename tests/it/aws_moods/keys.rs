//! Keys: given ones that cannot be used, own ones that come and go, and answers of the key management that are late, lost or none.

use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;

use rstest::rstest;
use serde_json::{Value as Json, json};
use terraform_provider_wandb::framework::value::Value;

use super::{DENIED, Scene};
use crate::support::driver::{Driver, nested, object};
use crate::support::proxy::Fault;
use crate::support::stores::Store;

/// The id of a key, by which moto knows it in every call.
fn id(arn: &str) -> &str {
    arn.rsplit_once('/').unwrap().1
}

fn tags_of_key(scene: &mut Scene, key: &str) -> Json {
    let found = scene
        .reader
        .get("kms.list_resource_tags", json!({ "KeyId": id(key) }));
    let tags = found["Tags"].as_array().unwrap().iter();
    let pair = |tag: &Json| {
        (
            tag["TagKey"].as_str().unwrap().to_owned(),
            tag["TagValue"].clone(),
        )
    };
    tags.map(pair).collect()
}

#[rstest]
#[case::missing("missing", "The key does not exist")]
#[case::disabled("disable_key", "is disabled")]
#[case::going("schedule_key_deletion", "is scheduled for deletion")]
#[case::asymmetric("asymmetric", "does not encrypt and decrypt with one secret")]
#[tokio::test]
async fn a_given_key_that_cannot_be_used_is_refused_before_anything_is_changed(
    #[case] fault: &str,
    #[case] words: &str,
) {
    let mut scene = Scene::on(Store::Aws).await;
    let key = match fault {
        "asymmetric" => {
            scene.given_key(json!({ "KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY" }))
        }
        _ => scene.given_key(json!({})),
    };
    let given = match fault {
        "missing" => key.replace(id(&key), "00000000-0000-0000-0000-000000000000"),
        "asymmetric" => key,
        call => {
            let named = json!({ "KeyId": id(&key) });
            scene.reader.get(&format!("kms.{call}"), named);
            key
        }
    };
    let unfit = scene.config(vec![("kms_key_arn", given.as_str().into())]);
    let found = scene.driver.apply(&unfit).await;
    let told = format!("{found:?}");
    assert!(found.has_error() && told.contains(words), "{told}");
    assert!(told.contains("Nothing was made.") && !scene.reader.exists(&scene.bucket));

    let config = scene.config(vec![]);
    scene.apply(&config).await;
    let own = scene.key();
    scene.proxy.calls();
    let found = scene.driver.apply(&unfit).await;
    let told = format!("{found:?}");
    assert!(found.has_error() && told.contains(words), "{told}");
    assert!(told.contains("Nothing was changed."), "{told}");
    assert_eq!(scene.key(), own);
    let changes = |call: &&crate::support::proxy::Call| call.request.starts_with("PUT");
    assert_eq!(
        scene
            .proxy
            .calls()
            .iter()
            .find(changes)
            .map(|call| &call.request),
        None
    );
    assert!(scene.driver.is_settled(&config).await);
    scene.destroy().await;
}

#[tokio::test]
async fn a_given_key_that_may_not_be_looked_at_needs_you() {
    let mut scene = Scene::on(Store::Aws).await;
    let key = scene.given_key(json!({}));
    let config = scene.config(vec![("kms_key_arn", key.as_str().into())]);
    scene
        .proxy
        .first(99, |call| call.contains("DescribeKey"), DENIED);
    let found = scene.driver.apply(&config).await;
    let told = format!("{found:?}");
    assert!(
        !found.has_error() && told.contains("may not look at the key"),
        "{told}"
    );
    let verdict = scene
        .driver
        .state
        .get("requirements")
        .get("kms_key")
        .clone();
    assert!(
        verdict.as_str().unwrap().starts_with("needs you:"),
        "{verdict:?}"
    );
    scene.proxy.behave();
    scene.destroy().await;
}

/// The key management answers to naming a key with nothing, so that any page with a 200 could be taken for it.
#[tokio::test]
async fn a_web_page_in_place_of_the_key_managements_answer_is_no_success() {
    let mut scene = Scene::on(Store::Aws).await;
    let config = scene.config(vec![]);
    scene
        .proxy
        .first(9, |call| call.contains("CreateAlias"), Fault::Garbage);
    let found = scene.driver.apply(&config).await;
    let told = format!("{found:?}");
    assert!(told.contains("something that is not AWS KMS"), "{told}");
    assert!(scene.driver.state.is_null() && !scene.reader.exists(&scene.bucket));
    assert_eq!(scene.keys(), json!(["PendingDeletion"]));
    scene.proxy.behave();
    scene.apply(&config).await;
    scene.destroy().await;
}

/// KMS says so to the request that is sent again after its answer was lost.
#[tokio::test]
async fn a_key_whose_deletion_is_scheduled_already_is_as_good() {
    let mut scene = Scene::on(Store::Aws).await;
    let config = scene.config(vec![]);
    scene.apply(&config).await;
    let acted = AtomicBool::new(false);
    scene.proxy.rule(move |_, request| {
        let schedules = request.contains("ScheduleKeyDeletion");
        schedules.then(|| match acted.swap(true, Relaxed) {
            false => Fault::ResetAfter,
            true => Fault::Answer(400, "KMSInvalidStateException"),
        })
    });
    let told = scene.destroy().await;
    assert!(told.contains("will be deleted on 20"), "{told}");
    assert_eq!(scene.keys(), json!(["PendingDeletion"]));
}

#[tokio::test]
async fn the_keys_tags_follow_and_those_of_others_stay() {
    let mut scene = Scene::on(Store::Aws).await;
    let tags = |pairs: &[(&str, &str)]| {
        let pairs = pairs.iter().copied();
        ("tags", Value::map_of_strings(pairs))
    };
    let first = scene.wishes(vec![tags(&[("team", "omega"), ("stage", "test")])], vec![]);
    scene.apply(&first).await;
    let (key, bucket) = (scene.key(), scene.bucket.clone());
    let owner = "terraform-provider-wandb:bucket";
    assert_eq!(
        tags_of_key(&mut scene, &key),
        json!({ "team": "omega", "stage": "test", owner: bucket })
    );
    let foreign = json!({ "KeyId": id(&key), "Tags": [{ "TagKey": "billing", "TagValue": "42" }] });
    scene.reader.get("kms.tag_resource", foreign);
    assert!(scene.driver.is_settled(&first).await);

    let second = scene.wishes(vec![tags(&[("team", "psi")])], vec![]);
    scene.apply(&second).await;
    let wanted = json!({ "team": "psi", "billing": "42", owner: bucket });
    assert_eq!(tags_of_key(&mut scene, &key), wanted);

    // What somebody took away comes back.
    let gone = json!({ "KeyId": id(&key), "TagKeys": ["team"] });
    scene.reader.get("kms.untag_resource", gone);
    assert!(!scene.driver.is_settled(&second).await);
    let verdict = scene
        .driver
        .state
        .get("requirements")
        .get("kms_key_tags")
        .clone();
    assert_eq!(
        verdict.as_str(),
        Some("tags of the key: \"team\" is missing")
    );
    scene.apply(&second).await;
    assert_eq!(tags_of_key(&mut scene, &key), wanted);
    scene.destroy().await;
}

#[tokio::test]
async fn a_bucket_without_a_key_goes_also_where_no_key_management_can_be_reached() {
    let mut scene = Scene::on(Store::Aws).await;
    let config = scene.config(vec![("encryption", "AES256".into())]);
    scene.apply(&config).await;
    let server = scene.store.server();
    let url = scene.proxy.url();
    let driver = Driver::new(|attributes| {
        // Nobody listens there.
        let services = [
            ("s3", url.as_str()),
            ("kms", "http://127.0.0.1:9"),
            ("sts", &url),
        ];
        let services = services.map(|(name, url)| (name, url.into()));
        let block = [
            ("access_key", server.user.as_str().into()),
            ("secret_key", server.password.as_str().into()),
            ("endpoints", Value::object(services)),
        ];
        let block = nested(attributes, "aws", &block);
        object(
            attributes,
            &[("deployment", "dedicated".into()), ("aws", block)],
        )
    });
    scene.driver = driver.await.with_state_of(&scene.driver.saved());
    assert!(scene.driver.is_settled(&config).await);
    let told = scene.destroy().await;
    assert!(told.contains("could be looked for"), "{told}");
}

/// What KMS says of a key may be older than its own answer that the key is scheduled for deletion.
#[tokio::test]
async fn a_bucket_that_stays_has_its_key_back_whatever_is_said_of_the_key() {
    let mut scene = Scene::on(Store::Aws).await;
    let config = scene.config(vec![]);
    scene.apply(&config).await;
    let metadata = json!({ "KeyId": "k", "Arn": scene.key(), "KeyState": "Enabled", "KeySpec": "SYMMETRIC_DEFAULT" });
    let stale = json!({ "KeyMetadata": metadata }).to_string();
    let stale: &'static str = Box::leak(stale.into_boxed_str());
    scene.proxy.rule(move |_, request| {
        if request.contains("DescribeKey") {
            return Some(Fault::Document(stale));
        }
        let removal = request.starts_with("DELETE") && request.ends_with('/');
        removal.then_some(DENIED)
    });
    let found = scene.driver.apply(&Value::Null).await;
    assert!(
        found.has_error() && scene.reader.exists(&scene.bucket),
        "{found:?}"
    );
    assert_eq!(scene.keys(), json!(["Enabled"]));
    scene.proxy.behave();
    assert!(scene.driver.is_settled(&config).await);
    scene.destroy().await;
}

#[tokio::test]
async fn a_key_that_lost_its_tag_is_left_alone_and_told() {
    let mut scene = Scene::on(Store::Aws).await;
    let config = scene.config(vec![]);
    scene.apply(&config).await;
    let key = scene.key();
    let tag = json!({ "KeyId": id(&key), "TagKeys": ["terraform-provider-wandb:bucket"] });
    scene.reader.get("kms.untag_resource", tag);
    let told = scene.destroy().await;
    assert!(
        told.contains("was left alone") && told.contains(&key),
        "{told}"
    );
    assert_eq!(scene.metadata(&key)["KeyState"], "Enabled");
}

#[tokio::test]
async fn a_bucket_that_others_removed_leaves_the_state_with_a_word_about_its_key() {
    let mut scene = Scene::on(Store::Aws).await;
    let config = scene.config(vec![]);
    scene.apply(&config).await;
    let key = scene.key();
    scene
        .reader
        .get("delete_bucket", json!({ "Bucket": scene.bucket }));
    let found = scene.driver.refresh().await;
    let told = format!("{found:?}");
    assert!(!found.has_error() && scene.driver.state.is_null(), "{told}");
    let command = format!("aws kms schedule-key-deletion --region eu-west-1 --key-id {key}");
    assert!(told.contains(&command), "{told}");
    scene.apply(&config).await;
    assert_eq!(scene.key(), key);
    scene.destroy().await;
}

#[tokio::test]
async fn a_disabled_key_is_enabled_before_its_secret_is_replaced_again() {
    let mut scene = Scene::on(Store::Aws).await;
    let config = scene.config(vec![]);
    scene.apply(&config).await;
    let key = scene.key();
    scene
        .reader
        .get("kms.disable_key_rotation", json!({ "KeyId": id(&key) }));
    scene
        .reader
        .get("kms.disable_key", json!({ "KeyId": id(&key) }));
    let enabled = AtomicBool::new(false);
    let early = AtomicBool::new(true);
    scene.proxy.rule(move |_, request| {
        if request.ends_with(".EnableKey") {
            enabled.store(true, Relaxed);
            return None;
        }
        // KMS does not know at once that the key can be used again, either.
        let refused = request.contains("EnableKeyRotation")
            && (!enabled.load(Relaxed) || early.swap(false, Relaxed));
        refused.then_some(Fault::Answer(400, "DisabledException"))
    });
    scene.apply(&config).await;
    let rotation = scene
        .reader
        .get("kms.get_key_rotation_status", json!({ "KeyId": id(&key) }));
    assert_eq!(rotation["KeyRotationEnabled"], true);
    scene.destroy().await;
}

/// A create fails at the bucket's policy.
async fn fail(scene: &mut Scene, config: &Value) -> String {
    let policy = |call: &str| call.starts_with("PUT") && call.contains("?policy");
    scene.proxy.first(9, policy, DENIED);
    let found = scene.driver.apply(config).await;
    assert!(
        found.has_error() && scene.driver.state.is_null(),
        "{found:?}"
    );
    assert!(!scene.reader.exists(&scene.bucket));
    scene.proxy.behave();
    format!("{found:?}")
}

#[tokio::test]
async fn a_failed_create_retires_only_the_key_that_it_made_and_says_until_when() {
    let mut scene = Scene::on(Store::Aws).await;
    let config = scene.config(vec![("kms_key_deletion_window_days", 11i64.into())]);
    let day = || (jiff::Timestamp::now() + jiff::SignedDuration::from_hours(11 * 24)).to_string();
    let (before, told, after) = (day(), fail(&mut scene, &config).await, day());
    let until = |day: &str| format!("will be deleted on {}", &day[..10]);
    assert!(
        told.contains(&until(&before)) || told.contains(&until(&after)),
        "{told}"
    );
    assert!(
        told.contains("aws kms cancel-key-deletion --region eu-west-1"),
        "{told}"
    );
    assert_eq!(scene.keys(), json!(["PendingDeletion"]));

    // Of an earlier bucket of that name: it goes back to what it was.
    scene.apply(&config).await;
    let key = scene.key();
    scene
        .proxy
        .first(9, |call| call.contains("DeleteAlias"), DENIED);
    scene.destroy().await;
    fail(&mut scene, &config).await;
    assert_eq!(scene.metadata(&key)["KeyState"], "PendingDeletion");

    let name = json!({ "AliasName": format!("alias/wandb-byob/{}", scene.bucket), "TargetKeyId": id(&key) });
    scene
        .reader
        .get("kms.cancel_key_deletion", json!({ "KeyId": id(&key) }));
    scene
        .reader
        .get("kms.enable_key", json!({ "KeyId": id(&key) }));
    // A failed create takes the name of what it retires.
    let _ = scene.reader.ask("kms.create_alias", name);
    let told = fail(&mut scene, &config).await;
    assert!(
        told.contains("is still there") && told.contains(&key),
        "{told}"
    );
    assert_eq!(scene.metadata(&key)["KeyState"], "Enabled");
    scene.apply(&config).await;
    assert_eq!(scene.key(), key);
    scene.destroy().await;
}

#[tokio::test]
async fn objects_that_the_store_had_no_time_to_delete_are_asked_for_again() {
    let mut scene = Scene::on(Store::Aws).await;
    let config = scene.wishes(vec![("force_destroy", true.into())], vec![]);
    scene.apply(&config).await;
    let object = json!({ "Bucket": scene.bucket, "Key": "runs/1", "Body": "data" });
    scene.reader.get("put_object", object);
    let busy = "<DeleteResult><Error><Key>runs/1</Key><Code>SlowDown</Code></Error></DeleteResult>";
    let deletes = |call: &str| call.starts_with("POST") && call.contains("?delete");
    scene.proxy.first(2, deletes, Fault::Document(busy));
    scene.destroy().await;
}
