//! A bucket that changed its key: what the old one encrypted stays readable for W&B.

use rstest::rstest;
use serde_json::json;
use terraform_provider_wandb::framework::value::Value;

use super::{DENIED, Scene};
use crate::support::stores::Store;

const DEDICATED: &str = "arn:aws:iam::830241207209:root";
const MULTI_TENANT: &str = "arn:aws:iam::725579432336:role/WandbIntegration";

fn policy_of(scene: &mut Scene, key: &str) -> String {
    let named = json!({ "KeyId": key, "PolicyName": "default" });
    let found = scene.reader.get("kms.get_key_policy", named);
    found["Policy"].as_str().unwrap().to_owned()
}

fn verdict(scene: &Scene) -> Value {
    let requirements = scene.driver.state.get("requirements");
    requirements.get("kms_former_key").clone()
}

#[tokio::test]
async fn the_grants_of_a_key_that_the_bucket_uses_no_more_follow_its_deployment() {
    let mut scene = Scene::on(Store::Aws).await;
    scene.apply(&scene.config(vec![])).await;
    let own = scene.key();
    let plain = |scene: &Scene, deployment: &str| {
        let attributes = vec![("deployment", deployment.into())];
        scene.wishes(attributes, vec![("encryption", "AES256".into())])
    };
    let dedicated = plain(&scene, "dedicated");
    scene.apply(&dedicated).await;
    assert_eq!(verdict(&scene).as_str(), Some("met"));

    let multi_tenant = plain(&scene, "multi-tenant");
    scene.apply(&multi_tenant).await;
    let policy = policy_of(&mut scene, &own);
    assert!(
        policy.contains(MULTI_TENANT) && !policy.contains(DEDICATED),
        "{policy}"
    );

    // Somebody else's change of it is seen and repaired.
    let taken = policy
        .replace("External", "Foreign")
        .replace("kms:Decrypt", "kms:Sign");
    let put = json!({ "KeyId": own, "PolicyName": "default", "Policy": taken });
    scene.reader.get("kms.put_key_policy", put);
    assert!(!scene.driver.is_settled(&multi_tenant).await);
    scene.apply(&multi_tenant).await;
    assert!(policy_of(&mut scene, &own).contains("kms:Decrypt"));

    // Whether anything needs it still only its owner knows.
    let id = json!({ "KeyId": own.rsplit_once('/').unwrap().1 });
    scene.reader.get("kms.disable_key", id.clone());
    assert!(scene.driver.is_settled(&multi_tenant).await);
    let told = verdict(&scene);
    let told = told.as_str().unwrap();
    assert!(
        told.starts_with("needs you:") && told.contains(&own),
        "{told}"
    );
    assert_eq!(scene.metadata(&own)["KeyState"], "Disabled");
    scene.reader.get("kms.enable_key", id);

    // It is the bucket's key again.
    scene.apply(&scene.config(vec![])).await;
    assert_eq!(scene.key(), own);
    assert!(verdict(&scene).is_null());
    assert!(policy_of(&mut scene, &own).contains(DEDICATED));
    scene.destroy().await;
    assert_eq!(scene.keys(), json!(["PendingDeletion"]));
}

#[tokio::test]
async fn a_key_made_before_a_given_one_is_remembered_until_it_is_gone() {
    let mut scene = Scene::on(Store::Aws).await;
    scene.apply(&scene.config(vec![])).await;
    let given = scene.given_key(json!({}));
    let config = scene.config(vec![("kms_key_arn", given.as_str().into())]);
    scene.apply(&config).await;
    assert_eq!(scene.key(), given);
    assert_eq!(verdict(&scene).as_str(), Some("met"));
    let saved = scene.driver.saved();
    let gone = crate::support::proxy::Fault::Answer(400, "NotFoundException");
    // moto keeps a key for as long as AWS does.
    scene.proxy.rule(move |_, call| {
        let asks = call.contains("DescribeKey") || call.contains("GetKeyRotationStatus");
        asks.then_some(gone)
    });
    let found = scene.driver.refresh().await;
    assert!(!found.has_error(), "{found:?}");
    assert!(verdict(&scene).is_null());
    scene.proxy.behave();

    // While it is there it goes with its bucket, also where somebody took its name.
    let server = scene.store.server();
    let driver = scene.store.driver(&server, &scene.proxy.url()).await;
    scene.driver = driver.with_state_of(&saved);
    let alias = json!({ "AliasName": format!("alias/wandb-byob/{}", scene.bucket) });
    scene.reader.get("kms.delete_alias", alias);
    scene.destroy().await;
    assert_eq!(scene.keys(), json!(["PendingDeletion"]));
    assert_eq!(scene.metadata(&given)["KeyState"], "Enabled");
}

#[rstest]
#[case::disabled("kms.disable_key", "Disabled")]
#[case::going("kms.schedule_key_deletion", "PendingDeletion")]
#[tokio::test]
async fn a_destroy_that_fails_leaves_a_former_key_as_its_owner_had_it(
    #[case] act: &str,
    #[case] state: &str,
) {
    let mut scene = Scene::on(Store::Aws).await;
    scene.apply(&scene.config(vec![])).await;
    let own = scene.key();
    let config = scene.config(vec![("encryption", "AES256".into())]);
    scene.apply(&config).await;
    let id = json!({ "KeyId": own.rsplit_once('/').unwrap().1 });
    scene.reader.get(act, id);
    scene.proxy.rule(|_, request| {
        let removal = request.starts_with("DELETE") && request.ends_with('/');
        removal.then_some(DENIED)
    });
    let found = scene.driver.apply(&Value::Null).await;
    assert!(
        found.has_error() && scene.reader.exists(&scene.bucket),
        "{found:?}"
    );
    assert!(
        format!("{found:?}").contains("cancel-key-deletion"),
        "{found:?}"
    );
    assert_eq!(scene.metadata(&own)["KeyState"], state);
    scene.proxy.behave();
    scene.destroy().await;
    assert_eq!(scene.keys(), json!(["PendingDeletion"]));
}
