//! What others change is shown in words and repaired; what is theirs is kept.

use serde_json::{Value, json};

use super::Scene;

/// Lets somebody change the bucket, and gives the words of the plan that repairs it, after repairing it.
#[track_caller]
fn drift_and_repair(scene: &mut Scene, requirement: &str, op: &str, args: Value) -> String {
    let mut arguments = scene.named();
    arguments
        .as_object_mut()
        .unwrap()
        .extend(args.as_object().unwrap().clone());
    scene.reader.get(op, arguments);
    let plan = scene.terraform.plan();
    assert_eq!(plan.code, 2, "{requirement}: {}", plan.text);
    let change = scene.terraform.planned_change();
    assert_eq!(change["actions"], json!(["update"]));
    assert_ne!(change["before"]["requirements"][requirement], json!("met"));
    assert_eq!(change["after"]["requirements"][requirement], json!("met"));
    scene
        .terraform
        .run(&["apply", "-no-color", "plan.bin"])
        .succeeded();
    scene.terraform.plan_is_empty();
    assert_eq!(
        scene.terraform.state()["requirements"][requirement],
        json!("met")
    );
    change["before"]["requirements"][requirement]
        .as_str()
        .unwrap()
        .to_owned()
}

#[test]
fn drift_of_every_requirement_is_shown_and_repaired() {
    let mut scene = Scene::on("plain");
    scene.apply("tags = { team = \"omega\" }");

    let suspended = json!({ "VersioningConfiguration": { "Status": "Suspended" } });
    let words = drift_and_repair(&mut scene, "versioning", "put_bucket_versioning", suspended);
    assert_eq!(words, "versioning is suspended");
    assert_eq!(
        scene.reader.get("get_bucket_versioning", scene.named())["Status"],
        json!("Enabled")
    );

    let words = drift_and_repair(&mut scene, "tags", "delete_bucket_tagging", json!({}));
    assert_eq!(words, "tags: \"team\" is missing");
    assert_eq!(
        scene.reader.tags(&scene.bucket.clone()),
        json!({ "team": "omega" })
    );

    let words = drift_and_repair(
        &mut scene,
        "noncurrent_version_expiration",
        "delete_bucket_lifecycle",
        json!({}),
    );
    assert_eq!(words, "old versions are never removed");
    scene.terraform.destroy().succeeded();
}

#[test]
fn tags_and_lifecycle_rules_of_others_are_kept() {
    let mut scene = Scene::on("plain");
    scene.apply("tags = { team = \"omega\" }");
    let bucket = scene.bucket.clone();
    let foreign = json!({ "TagSet": [{ "Key": "team", "Value": "wrong" }, { "Key": "billing", "Value": "42" }] });
    scene.reader.get(
        "put_bucket_tagging",
        json!({ "Bucket": bucket, "Tagging": foreign }),
    );
    let rule = json!({
        "ID": "theirs", "Status": "Enabled", "Filter": { "Prefix": "logs/" },
        "NoncurrentVersionExpiration": { "NoncurrentDays": 3 },
    });
    let rules = json!({ "Bucket": bucket, "LifecycleConfiguration": { "Rules": [rule] } });
    scene
        .reader
        .get("put_bucket_lifecycle_configuration", rules);

    scene.terraform.apply().succeeded();
    scene.terraform.plan_is_empty();
    assert_eq!(
        scene.reader.tags(&bucket),
        json!({ "team": "omega", "billing": "42" })
    );
    let found = scene
        .reader
        .get("get_bucket_lifecycle_configuration", scene.named());
    let ids = found["Rules"]
        .as_array()
        .unwrap()
        .iter()
        .map(|rule| rule["ID"].as_str().unwrap())
        .collect::<Vec<_>>();
    assert_eq!(ids, ["theirs", "terraform-provider-wandb"]);
    scene.terraform.destroy().succeeded();
}

#[test]
fn a_rule_of_others_that_expires_live_objects_needs_you() {
    let mut scene = Scene::on("plain");
    scene.apply("path = \"omega\"");
    add_expiring_rule(&mut scene, "elsewhere/");
    scene.terraform.plan_is_empty();
    add_expiring_rule(&mut scene, "omega/");
    scene.terraform.run(&["refresh", "-no-color"]).succeeded();
    let verdict = scene.terraform.state()["requirements"]["no_expiration"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(
        verdict.starts_with("needs you: ") && verdict.contains("\"expire\""),
        "{verdict}"
    );
    // It is no change, and every plan tells it.
    let plan = scene.terraform.plan();
    assert_eq!(plan.code, 0, "{}", plan.text);
    assert!(
        plan.words()
            .contains("is not ready for W&B: \"no_expiration\""),
        "{}",
        plan.text
    );
    scene.terraform.destroy().succeeded();
}

/// Puts a rule that expires live objects beside ours.
fn add_expiring_rule(scene: &mut Scene, prefix: &str) {
    let found = scene
        .reader
        .get("get_bucket_lifecycle_configuration", scene.named());
    let mut rules = found["Rules"].as_array().unwrap().clone();
    rules.retain(|rule| rule["ID"] != "expire");
    rules.push(json!({ "ID": "expire", "Status": "Enabled", "Filter": { "Prefix": prefix }, "Expiration": { "Days": 9 } }));
    let configuration =
        json!({ "Bucket": scene.bucket, "LifecycleConfiguration": { "Rules": rules } });
    scene
        .reader
        .get("put_bucket_lifecycle_configuration", configuration);
}

#[test]
fn a_bucket_removed_by_others_is_planned_anew() {
    let mut scene = Scene::on("plain");
    scene.apply("");
    scene.reader.get("delete_bucket", scene.named());
    assert_eq!(scene.terraform.plan().code, 2);
    assert_eq!(
        scene.terraform.planned_change()["actions"],
        json!(["create"])
    );
    scene.terraform.apply().succeeded();
    assert!(scene.exists());
    scene.terraform.destroy().succeeded();
}
