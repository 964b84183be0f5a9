//! Plans that promise no more than an apply can keep.

use serde_json::json;
use terraform_provider_wandb::framework::value::Value;

use super::Scene;
use crate::support::driver::{Driver, nested, object};
use crate::support::stores::Store;

/// What others put into a bucket stands against W&B under one path and not under another.
#[tokio::test]
async fn another_path_may_bring_what_others_put_into_the_bucket_to_light() {
    let mut scene = Scene::on(Store::Aws).await;
    let under = |scene: &Scene, path: &str| scene.wishes(vec![("path", path.into())], vec![]);
    let config = under(&scene, "runs");
    scene.apply(&config).await;
    let named = json!({ "Bucket": scene.bucket });
    let mut theirs = scene
        .reader
        .get("get_bucket_lifecycle_configuration", named.clone());
    let rule = json!({ "ID": "theirs", "Status": "Enabled", "Filter": { "Prefix": "logs/" }, "Expiration": { "Days": 30 } });
    let mut rules = theirs["Rules"].take();
    rules.as_array_mut().unwrap().push(rule);
    let put = json!({ "Bucket": scene.bucket, "LifecycleConfiguration": { "Rules": rules } });
    scene.reader.get("put_bucket_lifecycle_configuration", put);
    let policy = scene.reader.get("get_bucket_policy", named);
    let mut policy =
        serde_json::from_str::<serde_json::Value>(policy["Policy"].as_str().unwrap()).unwrap();
    let denial = json!({ "Sid": "NoLogs", "Effect": "Deny", "Principal": { "AWS": "830241207209" }, "Action": "s3:GetObjectTorrent",
        "Resource": format!("arn:aws:s3:::{}/logs/*", scene.bucket) });
    policy["Statement"].as_array_mut().unwrap().push(denial);
    let put = json!({ "Bucket": scene.bucket, "Policy": policy.to_string() });
    scene.reader.get("put_bucket_policy", put);
    assert!(scene.driver.is_settled(&config).await);

    let config = under(&scene, "logs");
    let found = scene.driver.apply(&config).await;
    let told = format!("{found:?}");
    assert!(!found.has_error(), "{told}");
    assert!(
        told.contains("no_expiration") && told.contains("NoLogs"),
        "{told}"
    );
    assert!(scene.driver.is_settled(&config).await);
    scene.destroy().await;
}

impl Scene {
    /// A provider whose block has these attributes beside the account.
    async fn driver_with(&self, more: Vec<(&'static str, Value)>) -> Driver {
        let server = self.store.server();
        let url = self.proxy.url();
        Driver::new(|attributes| {
            let services = ["s3", "kms", "sts"].map(|name| (name, url.as_str().into()));
            let block = [
                ("access_key", server.user.as_str().into()),
                ("secret_key", server.password.as_str().into()),
                ("endpoints", Value::object(services)),
            ];
            let mut values = vec![("aws", nested(attributes, "aws", &block))];
            values.extend(more);
            object(attributes, &values)
        })
        .await
    }
}

/// The driver fails a test on an apply that breaks a promise of its plan.
#[tokio::test]
async fn what_follows_from_a_provider_block_that_is_not_known_yet_is_not_promised() {
    let mut scene = Scene::on(Store::Aws).await;
    let config = scene.config(vec![]);
    let unknown = Value::unknown;
    let unsure = scene
        .driver_with(vec![("deployment", unknown()), ("default_tags", unknown())])
        .await;
    let tags = Value::map_of_strings([("owner", "ml")]);
    let sure = vec![
        ("deployment", "multi-tenant".into()),
        ("default_tags", tags),
    ];

    let planned = unsure.plan(&config).await;
    assert!(
        !planned.diagnostics.has_error(),
        "{:?}",
        planned.diagnostics
    );
    let mut created = scene.driver_with(sure.clone()).await;
    let found = created.carry_out(&config, planned.planned).await;
    assert!(!found.has_error() && !created.tainted, "{found:?}");
    assert!(created.state.get("instance_settings").is_null());
    assert_eq!(scene.reader.tags(&scene.bucket), json!({ "owner": "ml" }));

    // Nothing to do is nothing to do, whatever is not known.
    let mut unsure = unsure.with_state_of(&created.saved());
    assert!(unsure.is_settled(&config).await);

    let changed = scene.wishes(vec![("versioning", false.into())], vec![]);
    let planned = unsure.plan(&changed).await;
    assert!(
        !planned.diagnostics.has_error(),
        "{:?}",
        planned.diagnostics
    );
    let other = Value::map_of_strings([("owner", "ops")]);
    let other = vec![("deployment", "dedicated".into()), ("default_tags", other)];
    let mut updated = scene
        .driver_with(other)
        .await
        .with_state_of(&created.saved());
    let found = updated.carry_out(&changed, planned.planned).await;
    assert!(!found.has_error(), "{found:?}");
    assert!(!updated.state.get("instance_settings").is_null());
    assert_eq!(scene.reader.tags(&scene.bucket), json!({ "owner": "ops" }));
    scene.driver = updated;
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
