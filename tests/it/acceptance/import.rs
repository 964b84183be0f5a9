//! Taking over a bucket that exists.

use serde_json::json;

use super::Scene;

#[test]
fn an_import_by_command_needs_at_most_one_repair() {
    let mut scene = Scene::on("plain");
    scene.reader.get("create_bucket", scene.named());
    let tagging = json!({ "Bucket": scene.bucket, "Tagging": { "TagSet": [{ "Key": "billing", "Value": "42" }] } });
    scene.reader.get("put_bucket_tagging", tagging);
    scene.put_object("run/history");
    scene.configure("tags = { team = \"omega\" }");

    let id = format!("s3_compatible/{}", scene.bucket);
    scene
        .terraform
        .run(&["import", "-no-color", "wandb_byob_bucket.b", &id])
        .succeeded();
    let state = scene.terraform.state();
    assert_eq!(
        (
            &state["deletion_protection"],
            &state["versioning"],
            &state["tags"]
        ),
        (&json!(true), &json!(false), &json!({}))
    );
    assert_eq!(scene.terraform.plan().code, 2);
    assert_eq!(
        scene.terraform.planned_change()["actions"],
        json!(["update"])
    );
    scene.terraform.apply().succeeded();
    scene.terraform.plan_is_empty();
    assert_eq!(
        scene.reader.tags(&scene.bucket.clone()),
        json!({ "team": "omega", "billing": "42" })
    );
    assert_eq!(
        scene
            .reader
            .get("everything", json!({ "bucket": scene.bucket }))["versions"],
        json!(["run/history"])
    );
}

#[test]
fn an_import_block_takes_over_what_this_provider_made() {
    let scene = Scene::on("plain");
    scene.apply("tags = { team = \"omega\" }");
    scene
        .terraform
        .run(&["state", "rm", "wandb_byob_bucket.b"])
        .succeeded();
    let block = format!(
        "import {{\n  to = wandb_byob_bucket.b\n  id = \"s3_compatible/{}\"\n}}\n",
        scene.bucket
    );
    scene.terraform.write("import.tf", &block);
    scene.terraform.apply().succeeded();
    scene.terraform.plan_is_empty();
    scene.terraform.destroy().succeeded();
}

/// MinIO has one CORS rule for all buckets, and a bucket without a rule of its own is judged by it.
#[test]
fn an_imported_bucket_is_judged_by_what_browsers_are_told() {
    let scene = Scene::on("plain");
    scene.apply("");
    let before = scene.terraform.state()["requirements"]["cors"].clone();
    let id = format!("s3_compatible/{}", scene.bucket);
    for arguments in [
        vec!["state", "rm", "wandb_byob_bucket.b"],
        vec!["import", "-no-color", "wandb_byob_bucket.b", &id],
    ] {
        scene.terraform.run(&arguments).succeeded();
    }
    assert_eq!(before, "met");
    assert_eq!(scene.terraform.state()["requirements"]["cors"], before);
    scene.apply("");
    scene.terraform.destroy().succeeded();
}

#[test]
fn an_existing_bucket_is_never_taken_over_silently() {
    let mut scene = Scene::on("plain");
    scene.reader.get("create_bucket", scene.named());
    scene.configure("");
    let import = format!(
        "terraform import wandb_byob_bucket.NAME s3_compatible/{}",
        scene.bucket
    );
    scene
        .terraform
        .apply()
        .failed_with(&["exists already", &import]);
    assert!(scene.exists() && scene.terraform.state().is_null());
}

#[test]
fn an_import_of_nothing_says_so() {
    let scene = Scene::on("plain");
    scene.configure("");
    let import = |id: &str| {
        scene
            .terraform
            .run(&["import", "-no-color", "wandb_byob_bucket.b", id])
    };
    import("s3_compatible/no-such-bucket-anywhere")
        .failed_with(&["Cannot import non-existent remote object"]);
    import("no-such-bucket").failed_with(&["Invalid import id", "`s3_compatible/NAME`"]);
    import("azure/bucket").failed_with(&["Invalid import id"]);
    import("s3_compatible/a/b").failed_with(&["Invalid import id"]);
}
