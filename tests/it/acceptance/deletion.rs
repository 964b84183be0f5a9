//! Nothing deletes what is protected, or holds anything, unless the applied configuration says so.

use serde_json::json;

use super::Scene;

#[test]
fn a_protected_bucket_is_neither_destroyed_nor_replaced() {
    let mut scene = Scene::on("plain");
    scene.apply("deletion_protection = true");
    scene.terraform.destroy().failed_with(&[
        "is protected from deletion",
        "`deletion_protection = false`",
    ]);
    let name = scene.bucket.clone();
    scene.bucket = format!("{name}-2");
    scene.configure("deletion_protection = true");
    let plan = scene.terraform.plan();
    assert_eq!(plan.code, 1, "{}", plan.text);
    assert!(
        plan.words()
            .contains("A change of `name` needs another bucket"),
        "{}",
        plan.text
    );
    // Unprotecting it in the same step does not count: only what was applied does.
    scene.configure("deletion_protection = false");
    assert_eq!(scene.terraform.plan().code, 1);
    assert!(scene.reader.exists(&name));

    scene.bucket = name;
    scene.apply("deletion_protection = false");
    scene.terraform.destroy().succeeded();
    assert!(!scene.exists());
}

#[test]
fn a_tainted_protected_bucket_is_not_replaced() {
    let mut scene = Scene::on("plain");
    scene.apply("deletion_protection = true");
    scene.put_object("run/history");
    scene
        .terraform
        .run(&["taint", "wandb_byob_bucket.b"])
        .succeeded();
    scene
        .terraform
        .apply()
        .failed_with(&["is protected from deletion"]);
    scene
        .terraform
        .run(&["untaint", "wandb_byob_bucket.b"])
        .succeeded();
    scene
        .terraform
        .run(&[
            "apply",
            "-no-color",
            "-auto-approve",
            "-replace=wandb_byob_bucket.b",
        ])
        .failed_with(&["is protected from deletion"]);
    assert!(scene.exists());
    scene.terraform.plan_is_empty();
}

#[test]
fn a_full_bucket_is_refused_and_removed_only_with_force() {
    let mut scene = Scene::on("plain");
    scene.apply("");
    let bucket = scene.bucket.clone();
    scene
        .reader
        .get("fill", json!({ "bucket": bucket, "count": 1100 }));
    scene.put_object("object-00000");
    scene.reader.get(
        "delete_object",
        json!({ "Bucket": bucket, "Key": "object-00001" }),
    );
    scene.reader.get(
        "create_multipart_upload",
        json!({ "Bucket": bucket, "Key": "upload" }),
    );
    scene.terraform.destroy().failed_with(&[
        "is not empty",
        "at least 999 objects and old versions, 1 delete marker",
        "`force_destroy = true`",
    ]);
    assert!(scene.exists());
    assert_eq!(scene.terraform.state()["name"], json!(bucket));

    // It counts only once it was applied.
    scene.configure("force_destroy = true");
    scene
        .terraform
        .run(&["destroy", "-no-color", "-auto-approve", "-refresh=false"])
        .failed_with(&["is not empty"]);
    scene.terraform.apply().succeeded();
    scene.terraform.destroy().succeeded();
    assert!(!scene.exists());
}

#[test]
fn old_versions_alone_keep_a_bucket() {
    let mut scene = Scene::on("plain");
    scene.apply("");
    scene.put_object("run");
    scene.reader.get(
        "delete_object",
        json!({ "Bucket": scene.bucket, "Key": "run" }),
    );
    scene
        .terraform
        .destroy()
        .failed_with(&["1 object or old version, 1 delete marker"]);
    scene.apply("force_destroy = true");
    let destroyed = scene.terraform.destroy().succeeded();
    assert!(
        destroyed
            .words()
            .contains("will be destroyed with everything in it"),
        "{}",
        destroyed.text
    );
}

#[test]
fn destroying_a_bucket_that_is_gone_succeeds() {
    let mut scene = Scene::on("plain");
    scene.apply("");
    scene.reader.get("delete_bucket", scene.named());
    scene
        .terraform
        .run(&["destroy", "-no-color", "-auto-approve", "-refresh=false"])
        .succeeded();
}
