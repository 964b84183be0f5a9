//! Buckets on AWS, of which moto keeps the documents, the keys and the policies. It looks at neither credentials nor CORS nor what a
//! policy allows; that is for other tests.

use std::sync::atomic::{AtomicUsize, Ordering};

use rstest::rstest;
use serde_json::{Value, json};

use super::Scene;
use crate::support::proxy::{Fault, Proxy, depth};
use crate::support::reader::Reader;

/// W&B's principals (W&B BYOB page, AWS tab).
const DEDICATED: &str = "arn:aws:iam::830241207209:root";
const MULTI_TENANT: &str = "arn:aws:iam::725579432336:role/WandbIntegration";

impl Scene {
    fn documents(&mut self, op: &str) -> Value {
        let named = self.named();
        self.reader.get(op, named)
    }

    fn policy(&mut self) -> Value {
        let policy = self.documents("get_bucket_policy");
        serde_json::from_str(policy["Policy"].as_str().unwrap()).unwrap()
    }

    fn put_policy(&mut self, policy: &Value) {
        let bucket = self.bucket.clone();
        self.reader.get(
            "put_bucket_policy",
            json!({ "Bucket": bucket, "Policy": policy.to_string() }),
        );
    }

    /// The key that the bucket is encrypted with.
    fn key(&mut self) -> String {
        let found = self.documents("get_bucket_encryption");
        let rule = &found["ServerSideEncryptionConfiguration"]["Rules"][0];
        rule["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// Verdicts that are not "met".
    fn unmet(&self) -> Value {
        let state = self.terraform.state();
        let entries = state["requirements"].as_object().unwrap().clone();
        entries
            .into_iter()
            .filter(|(_, verdict)| verdict != "met")
            .collect()
    }
}

fn key_policy(reader: &mut Reader, key: &str) -> Value {
    let found = reader.get(
        "kms.get_key_policy",
        json!({ "KeyId": key, "PolicyName": "default" }),
    );
    serde_json::from_str(found["Policy"].as_str().unwrap()).unwrap()
}

/// A statement with its lists in order, for comparing.
fn ordered(mut statement: Value) -> Value {
    for field in ["Action", "Resource"] {
        if let Some(list) = statement[field].as_array_mut() {
            list.sort_by_key(Value::to_string);
        }
    }
    statement
}

#[test]
fn a_bucket_has_everything_that_the_aws_tab_of_wandbs_page_demands() {
    let mut scene = Scene::aws();
    scene.apply("tags = { team = \"omega\" }");
    scene.terraform.plan_is_empty();
    assert_eq!(scene.unmet(), json!({}));

    let bucket = scene.bucket.clone();
    let statement = json!({
        "Sid": "WAndBAccountAccess",
        "Effect": "Allow",
        "Principal": { "AWS": DEDICATED },
        "Action": [
            "s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetBucketCORS", "s3:GetBucketLocation", "s3:GetBucketVersioning",
            "s3:GetEncryptionConfiguration", "s3:GetObject*", "s3:ListBucket", "s3:ListBucketMultipartUploads", "s3:ListBucketVersions",
            "s3:PutObject",
        ],
        "Resource": [format!("arn:aws:s3:::{bucket}"), format!("arn:aws:s3:::{bucket}/*")],
    });
    let policy = scene.policy();
    assert_eq!(policy["Id"], "WandBAccess");
    assert_eq!(ordered(policy["Statement"][0].clone()), ordered(statement));
    assert_eq!(policy["Statement"].as_array().unwrap().len(), 1);

    let block = scene.documents("get_public_access_block");
    let block = block["PublicAccessBlockConfiguration"]
        .as_object()
        .unwrap()
        .clone();
    assert!(
        block.len() == 4 && block.values().all(|flag| *flag == json!(true)),
        "{block:?}"
    );
    let controls = scene.documents("get_bucket_ownership_controls");
    assert_eq!(
        controls["OwnershipControls"]["Rules"][0]["ObjectOwnership"],
        "BucketOwnerEnforced"
    );
    let cors = scene.documents("get_bucket_cors");
    assert_eq!(
        cors["CORSRules"][0]["AllowedMethods"],
        json!(["GET", "HEAD", "PUT"])
    );
    assert_eq!(cors["CORSRules"][0]["AllowedOrigins"], json!(["*"]));
    assert_eq!(cors["CORSRules"][0]["AllowedHeaders"], json!(["*"]));
    assert_eq!(cors["CORSRules"][0]["ExposeHeaders"], json!(["ETag"]));
    assert_eq!(cors["CORSRules"][0]["MaxAgeSeconds"], 3000);
    assert_eq!(
        scene.documents("get_bucket_versioning")["Status"],
        "Enabled"
    );
    let encryption = scene.documents("get_bucket_encryption");
    let rule = &encryption["ServerSideEncryptionConfiguration"]["Rules"][0];
    assert_eq!(
        rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"],
        "aws:kms"
    );
    assert_eq!(rule["BucketKeyEnabled"], true);
    assert_eq!(
        scene.documents("get_bucket_location")["LocationConstraint"],
        "eu-west-1"
    );
    assert_eq!(scene.reader.tags(&bucket), json!({ "team": "omega" }));

    let key = scene.key();
    let described = scene
        .reader
        .get("kms.describe_key", json!({ "KeyId": key }));
    assert_eq!(described["KeyMetadata"]["KeyUsage"], "ENCRYPT_DECRYPT");
    let rotation = scene
        .reader
        .get("kms.get_key_rotation_status", json!({ "KeyId": key }));
    assert_eq!(rotation["KeyRotationEnabled"], true);
    let aliases = scene
        .reader
        .get("kms.list_aliases", json!({ "KeyId": key }));
    assert_eq!(
        aliases["Aliases"][0]["AliasName"],
        format!("alias/wandb-byob/{bucket}")
    );
    let statements = key_policy(&mut scene.reader, &key)["Statement"].clone();
    assert_eq!(
        statements[0]["Principal"]["AWS"],
        "arn:aws:iam::123456789012:root"
    );
    assert_eq!(statements[0]["Action"], json!(["kms:*"]));
    assert_eq!(statements[1]["Principal"]["AWS"], DEDICATED);
    assert_eq!(
        statements[1]["Action"],
        json!([
            "kms:Decrypt",
            "kms:Describe*",
            "kms:Encrypt",
            "kms:ReEncrypt*",
            "kms:GenerateDataKey*"
        ])
    );

    let state = scene.terraform.state();
    assert_eq!(state["storage_bucket"]["provider"], "AWS");
    assert_eq!(state["storage_bucket"]["kms_key_id"], json!(key));
    assert_eq!(state["instance_settings"]["kms_key"], json!(key));
    assert_eq!(
        state["storage_address"],
        format!("s3://s3.eu-west-1.amazonaws.com/{bucket}?region=eu-west-1&tls=true")
    );

    let destroyed = scene.terraform.destroy().succeeded();
    assert!(
        destroyed.words().contains("is scheduled for deletion"),
        "{}",
        destroyed.text
    );
    assert!(!scene.reader.exists(&bucket));
    let described = scene
        .reader
        .get("kms.describe_key", json!({ "KeyId": key }));
    assert_eq!(described["KeyMetadata"]["KeyState"], "PendingDeletion");
}

#[test]
fn a_destroyed_buckets_key_waits_for_the_days_asked_for_and_the_warning_says_until_when() {
    let mut scene = Scene::aws();
    scene.apply("aws = { region = \"eu-west-1\", kms_key_deletion_window_days = 12 }");
    let key = scene.key();
    let destroyed = scene.terraform.destroy().succeeded();
    let described = scene
        .reader
        .get("kms.describe_key", json!({ "KeyId": key }));
    let until = described["KeyMetadata"]["DeletionDate"].as_str().unwrap();
    let day = until.split('T').next().unwrap();
    assert!(
        destroyed
            .words()
            .contains(&format!("will be deleted on {day}")),
        "{until}: {}",
        destroyed.text
    );
    let days = |date: &str| date.parse::<jiff::Timestamp>().unwrap().as_second() / 86_400;
    let created = described["KeyMetadata"]["CreationDate"].as_str().unwrap();
    assert!(
        (12..=13).contains(&(days(until) - days(created))),
        "{until}"
    );
}

#[test]
fn another_deployment_moves_the_grant_in_place_and_takes_the_old_one_away() {
    let mut scene = Scene::aws();
    scene.apply("deployment = \"dedicated\"");
    let key = scene.key();
    let mut policy = scene.policy();
    let foreign = json!({ "Sid": "Audit", "Effect": "Allow", "Principal": { "AWS": "111122223333" }, "Action": "s3:ListBucket",
        "Resource": format!("arn:aws:s3:::{}", scene.bucket) });
    policy["Statement"]
        .as_array_mut()
        .unwrap()
        .push(foreign.clone());
    scene.put_policy(&policy);
    scene.terraform.plan_is_empty();

    scene.configure("deployment = \"multi-tenant\"");
    assert_eq!(scene.terraform.plan().code, 2);
    assert_eq!(
        scene.terraform.planned_change()["actions"],
        json!(["update"])
    );
    scene.terraform.apply().succeeded();
    scene.terraform.plan_is_empty();
    let policy = scene.policy();
    assert_eq!(policy["Statement"][0]["Principal"]["AWS"], MULTI_TENANT);
    assert_eq!(
        policy["Statement"][1], foreign,
        "a statement of others stays as it was"
    );
    assert!(!policy.to_string().contains(DEDICATED));
    let statements = key_policy(&mut scene.reader, &key);
    assert!(
        statements.to_string().contains(MULTI_TENANT)
            && !statements.to_string().contains(DEDICATED)
    );
    scene.terraform.destroy().succeeded();
}

#[test]
fn a_self_managed_wandb_names_its_own_principals_and_may_change_them() {
    let mut scene = Scene::aws();
    scene.configure("deployment = \"self-managed\"");
    let refused = scene
        .terraform
        .plan()
        .failed_with(&["The principal of your self-managed W&B is not known"]);
    assert!(refused.words().contains("aws.principal_arns"));

    // moto takes the refusal of plain HTTP for one of everything, so no object can be written.
    let with = |role: &str| {
        format!(
            "deployment = \"self-managed\"\n verify = false\n aws = {{ region = \"eu-west-1\", https_only = true, principal_arns = [\"arn:aws:iam::111122223333:role/{role}\"] }}"
        )
    };
    scene.apply(&with("nodes"));
    scene.terraform.plan_is_empty();
    let policy = scene.policy();
    assert_eq!(
        policy["Statement"][0]["Principal"]["AWS"],
        "arn:aws:iam::111122223333:role/nodes"
    );
    assert_eq!(
        policy["Statement"][1]["Condition"],
        json!({ "Bool": { "aws:SecureTransport": "false" } })
    );
    assert_eq!(policy["Statement"][1]["Effect"], "Deny");
    scene.apply(&with("others"));
    scene.terraform.plan_is_empty();
    assert!(!scene.policy().to_string().contains("role/nodes"));
    scene.terraform.destroy().succeeded();
}

#[test]
fn drift_of_what_only_aws_has_is_shown_in_words_and_repaired() {
    let mut scene = Scene::aws();
    scene.apply("");
    let (bucket, key) = (scene.bucket.clone(), scene.key());
    scene
        .reader
        .get("delete_public_access_block", json!({ "Bucket": bucket }));
    scene.reader.get(
        "put_bucket_ownership_controls",
        json!({ "Bucket": bucket, "OwnershipControls": { "Rules": [{ "ObjectOwnership": "ObjectWriter" }] } }),
    );
    let mut policy = scene.policy();
    policy["Statement"][0]["Action"] = json!("s3:GetObject");
    scene.put_policy(&policy);
    let mut of_key = key_policy(&mut scene.reader, &key);
    of_key["Statement"].as_array_mut().unwrap().pop();
    scene.reader.get(
        "kms.put_key_policy",
        json!({ "KeyId": key, "PolicyName": "default", "Policy": of_key.to_string() }),
    );
    scene
        .reader
        .get("kms.disable_key_rotation", json!({ "KeyId": key }));
    // moto disables keys by their bare ids only.
    let id = key.rsplit_once('/').unwrap().1;
    scene.reader.get("kms.disable_key", json!({ "KeyId": id }));

    let plan = scene.terraform.plan();
    assert_eq!(plan.code, 2, "{}", plan.text);
    let before = scene.terraform.planned_change()["before"]["requirements"].clone();
    for (requirement, words) in [
        ("public_access_block", "public access is not blocked"),
        ("ownership", "objects belong to whoever writes them"),
        ("policy", "W&B is not granted s3:GetObject*"),
        ("kms_key", "the key is disabled"),
        ("kms_key_policy", "no policy grants W&B's principal"),
        ("kms_key_rotation", "the key's secret is never replaced"),
    ] {
        let verdict = before[requirement].as_str().unwrap();
        assert!(verdict.contains(words), "{requirement}: {verdict}");
        assert_eq!(
            scene.terraform.planned_change()["after"]["requirements"][requirement],
            "met"
        );
    }
    scene.terraform.apply().succeeded();
    scene.terraform.plan_is_empty();
    assert_eq!(scene.unmet(), json!({}));
    let described = scene
        .reader
        .get("kms.describe_key", json!({ "KeyId": key }));
    assert_eq!(described["KeyMetadata"]["KeyState"], "Enabled");
    scene.terraform.destroy().succeeded();
}

#[test]
fn a_policy_that_means_the_same_is_left_as_it_is_written() {
    let mut scene = Scene::aws();
    scene.apply("");
    let mut policy = scene.policy();
    let statement = &mut policy["Statement"][0];
    statement["Principal"] = json!({ "AWS": ["830241207209"] });
    statement["Action"].as_array_mut().unwrap().reverse();
    statement["Resource"].as_array_mut().unwrap().reverse();
    scene.put_policy(&policy);
    scene.terraform.plan_is_empty();
    assert_eq!(scene.policy(), policy);
    scene.terraform.destroy().succeeded();
}

#[test]
fn a_statement_of_others_that_denies_wandb_needs_you_and_is_not_touched() {
    let mut scene = Scene::aws();
    scene.apply("");
    let mut policy = scene.policy();
    let denial = json!({ "Sid": "NoStrangers", "Effect": "Deny", "Principal": "*", "Action": "s3:PutObject",
        "Resource": format!("arn:aws:s3:::{}/*", scene.bucket) });
    policy["Statement"]
        .as_array_mut()
        .unwrap()
        .push(denial.clone());
    scene.put_policy(&policy);
    scene
        .terraform
        .run(&["apply", "-refresh-only", "-auto-approve", "-no-color"])
        .succeeded();
    let verdict = scene.unmet()["policy"].as_str().unwrap().to_owned();
    assert!(
        verdict.starts_with("needs you: the statement \"NoStrangers\""),
        "{verdict}"
    );
    scene.terraform.plan_is_empty();
    assert!(
        scene.policy()["Statement"]
            .as_array()
            .unwrap()
            .contains(&denial)
    );
    scene.terraform.destroy().succeeded();
}

#[test]
fn a_given_key_is_looked_at_and_never_touched() {
    let mut scene = Scene::aws();
    let made = scene
        .reader
        .get("kms.create_key", json!({ "Description": "of somebody" }));
    let key = made["KeyMetadata"]["Arn"].as_str().unwrap().to_owned();
    let policy = key_policy(&mut scene.reader, &key);
    let given = format!("aws = {{ region = \"eu-west-1\", kms_key_arn = \"{key}\" }}");
    scene.configure(&given);
    let applied = scene.terraform.apply().succeeded();
    assert!(
        applied.words().contains("no policy grants W&B's principal"),
        "{}",
        applied.text
    );
    scene.terraform.plan_is_empty();
    assert_eq!(scene.key(), key);
    assert_eq!(key_policy(&mut scene.reader, &key), policy);
    let verdict = scene.unmet()["kms_key_policy"].as_str().unwrap().to_owned();
    assert!(verdict.starts_with("needs you:"), "{verdict}");

    // From the given key to one of its own, and on to none: what encrypted objects stays.
    scene.apply("");
    scene.terraform.plan_is_empty();
    let own = scene.key();
    assert_ne!(own, key);
    scene.apply("aws = { region = \"eu-west-1\", encryption = \"AES256\" }");
    scene.terraform.plan_is_empty();
    assert_eq!(
        scene.terraform.state()["storage_bucket"]["kms_key_id"],
        Value::Null
    );
    scene.terraform.destroy().succeeded();
    let state = |reader: &mut Reader, key: &str| {
        reader.get("kms.describe_key", json!({ "KeyId": key }))["KeyMetadata"]["KeyState"].clone()
    };
    assert_eq!(state(&mut scene.reader, &key), "Enabled");
    assert_eq!(state(&mut scene.reader, &own), "PendingDeletion");
}

#[test]
fn a_key_that_does_not_exist_is_told_before_anything_is_made() {
    let mut scene = Scene::aws();
    scene.configure("aws = { region = \"eu-west-1\", kms_key_arn = \"arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-0000-0000-000000000000\" }");
    scene
        .terraform
        .apply()
        .failed_with(&["The key does not exist", "Nothing was made."]);
    let bucket = scene.bucket.clone();
    assert!(!scene.reader.exists(&bucket));
}

#[test]
fn an_import_finds_the_region_and_takes_the_bucket_as_it_is() {
    let mut scene = Scene::aws();
    let bucket = scene.bucket.clone();
    scene.apply("");
    let key = scene.key();
    scene
        .terraform
        .run(&["state", "rm", "wandb_byob_bucket.b"])
        .succeeded();
    scene
        .terraform
        .run(&[
            "import",
            "-no-color",
            "wandb_byob_bucket.b",
            &format!("aws/{bucket}"),
        ])
        .succeeded();
    let state = scene.terraform.state();
    assert_eq!(state["aws"]["region"], "eu-west-1");
    assert_eq!(
        state["aws"]["kms_key_arn"],
        Value::Null,
        "the key is its own again"
    );
    assert_eq!(state["storage_bucket"]["kms_key_id"], json!(key));
    // What no server knows has its default: the protection, which the configuration lifts.
    let plan = scene.terraform.plan();
    if plan.code == 2 {
        assert_eq!(
            scene.terraform.planned_change()["actions"],
            json!(["update"])
        );
        scene.terraform.apply().succeeded();
    }
    scene.terraform.plan_is_empty();
    scene.terraform.destroy().succeeded();
}

#[test]
fn a_bucket_of_wandbs_own_module_is_taken_over_without_a_change_of_its_grants() {
    let mut scene = Scene::aws();
    let bucket = scene.bucket.clone();
    // As the module makes it: its Sid, its ownership, no versioning, no lifecycle, a key of its own.
    let key = scene.reader.get("kms.create_key", json!({}))["KeyMetadata"]["Arn"]
        .as_str()
        .unwrap()
        .to_owned();
    scene.reader.get(
        "create_bucket",
        json!({ "Bucket": bucket, "CreateBucketConfiguration": { "LocationConstraint": "eu-west-1" } }),
    );
    scene.reader.get(
        "put_bucket_ownership_controls",
        json!({ "Bucket": bucket, "OwnershipControls": { "Rules": [{ "ObjectOwnership": "BucketOwnerPreferred" }] } }),
    );
    scene.reader.get(
        "put_bucket_encryption",
        json!({ "Bucket": bucket, "ServerSideEncryptionConfiguration": { "Rules": [{ "ApplyServerSideEncryptionByDefault":
            { "SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key } }] } }),
    );
    let actions = [
        "s3:GetObject*",
        "s3:GetEncryptionConfiguration",
        "s3:ListBucket",
        "s3:ListBucketMultipartUploads",
        "s3:ListBucketVersions",
        "s3:AbortMultipartUpload",
        "s3:DeleteObject",
        "s3:PutObject",
        "s3:GetBucketCORS",
        "s3:GetBucketLocation",
        "s3:GetBucketVersioning",
    ];
    let policy = json!({ "Version": "2012-10-17", "Statement": [{ "Sid": "WandbAccountAccess", "Effect": "Allow",
        "Principal": { "AWS": DEDICATED }, "Action": actions,
        "Resource": [format!("arn:aws:s3:::{bucket}/*"), format!("arn:aws:s3:::{bucket}")] }] });
    scene.put_policy(&policy);
    let object = json!({ "Bucket": bucket, "Key": "runs/1", "Body": "data" });
    scene.reader.get("put_object", object);

    scene.configure(&format!(
        "aws = {{ region = \"eu-west-1\", kms_key_arn = \"{key}\" }}"
    ));
    scene
        .terraform
        .run(&[
            "import",
            "-no-color",
            "wandb_byob_bucket.b",
            &format!("aws/{bucket}"),
        ])
        .succeeded();
    assert_eq!(scene.terraform.plan().code, 2);
    assert_eq!(
        scene.terraform.planned_change()["actions"],
        json!(["update"])
    );
    scene.terraform.apply().succeeded();
    scene.terraform.plan_is_empty();
    assert_eq!(scene.policy(), policy);
    let ownership = scene.documents("get_bucket_ownership_controls");
    assert_eq!(
        ownership["OwnershipControls"]["Rules"][0]["ObjectOwnership"],
        "BucketOwnerPreferred"
    );
    let read = scene
        .reader
        .get("get_object", json!({ "Bucket": bucket, "Key": "runs/1" }));
    assert_eq!(read["Text"], "data");
}

#[test]
fn an_existing_bucket_is_never_taken_over_silently_wherever_it_is() {
    let mut scene = Scene::aws();
    let bucket = scene.bucket.clone();
    scene.reader.get(
        "create_bucket",
        json!({ "Bucket": bucket, "CreateBucketConfiguration": { "LocationConstraint": "eu-west-1" } }),
    );
    scene.configure("");
    scene.terraform.apply().failed_with(&[
        "exists already",
        &format!("terraform import wandb_byob_bucket.NAME aws/{bucket}"),
    ]);
    assert_eq!(
        scene
            .reader
            .ask("get_bucket_policy", json!({ "Bucket": bucket })),
        Err("NoSuchBucketPolicy".to_owned())
    );
}

#[test]
fn a_refresh_is_one_round_trip_deep_also_with_a_key() {
    let mut scene = Scene::aws();
    scene.apply("");
    let proxy = Proxy::before(&scene.server.endpoint);
    scene.terraform.env("AWS_ENDPOINT_URL", &proxy.url());
    proxy.delay(std::time::Duration::from_millis(300));
    scene.terraform.plan_is_empty();
    let calls = proxy.calls();
    assert_eq!(depth(&calls), 1, "{calls:#?}");
    scene.terraform.destroy().succeeded();
}

#[test]
fn an_aws_secret_is_in_no_state_message_or_log_also_when_calls_fail() {
    let mut scene = Scene::aws();
    let proxy = Proxy::before(&scene.server.endpoint);
    let (secret, token) = ("canary-secret-7d1e", "canary-token-0b52");
    scene.configure("");
    let text = std::fs::read_to_string(scene.terraform.path().join("main.tf")).unwrap();
    let block = format!(
        "provider \"wandb\" {{\n  aws = {{ access_key = \"AKIACANARY\", secret_key = \"{secret}\", token = \"{token}\" }}\n}}\n"
    );
    scene
        .terraform
        .write("main.tf", &text.replace("provider \"wandb\" {}\n", &block));
    scene.terraform.env("AWS_ENDPOINT_URL", &proxy.url());
    scene.terraform.env("TF_LOG", "TRACE");
    scene.terraform.env("TF_LOG_PATH", "trace.log");
    let mut said = scene.terraform.apply().succeeded().text;
    for fault in [
        Fault::Answer(403, "SignatureDoesNotMatch"),
        Fault::Garbage,
        Fault::ResetBefore,
    ] {
        proxy.rule(move |_, _| Some(fault));
        said += &scene.terraform.plan().text;
    }
    proxy.behave();
    said += &scene.terraform.destroy().succeeded().text;
    for file in ["trace.log", "terraform.tfstate", "terraform.tfstate.backup"] {
        said += &std::fs::read_to_string(scene.terraform.path().join(file)).unwrap_or_default();
    }
    assert!(
        said.contains("PutBucketPolicy") && said.contains("CreateKey"),
        "the log shows the calls"
    );
    for canary in [secret, token] {
        assert!(!said.contains(canary), "{canary}");
    }
}

#[test]
fn two_applies_of_one_bucket_at_the_same_time_end_with_one_that_has_it() {
    let mut scene = Scene::aws();
    let mut other = Scene::aws();
    other.bucket = scene.bucket.clone();
    scene.configure("");
    other.configure("");
    let arguments = ["apply", "-no-color", "-auto-approve"];
    let (one, two) = (
        scene.terraform.start(&arguments),
        other.terraform.start(&arguments),
    );
    let outputs = [one, two].map(|child| child.wait_with_output().unwrap());
    let won = outputs
        .iter()
        .filter(|output| output.status.success())
        .count();
    let texts = outputs.map(|output| {
        String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
    });
    assert_eq!(won, 1, "{texts:#?}");
    assert!(
        texts
            .iter()
            .any(|text| text.contains("exists already") || text.contains("made by somebody else")),
        "{texts:#?}"
    );
    let winner = if scene.terraform.state().is_null() {
        &other
    } else {
        &scene
    };
    winner.terraform.plan_is_empty();
    winner.terraform.destroy().succeeded();
    let bucket = scene.bucket.clone();
    let keys = scene.reader.get("keys_of", json!({ "bucket": bucket }));
    assert!(
        keys.as_array()
            .unwrap()
            .iter()
            .all(|state| state == "PendingDeletion"),
        "{keys}"
    );
}

#[rstest]
#[case::multi_tenant("multi-tenant", MULTI_TENANT)]
#[case::dedicated("dedicated", DEDICATED)]
#[case::self_managed("self-managed", "arn:aws:iam::111122223333:role/wandb-nodes")]
fn the_complete_examples_make_what_they_promise(#[case] kind: &str, #[case] principal: &str) {
    let mut scene = Scene::aws();
    scene
        .terraform
        .copy_example(&format!("complete/aws-{kind}"));
    scene.terraform.env("TF_VAR_bucket", &scene.bucket.clone());
    scene.terraform.env("TF_VAR_region", "eu-west-1");
    scene.terraform.env("TF_VAR_protected", "false");
    scene.terraform.env("TF_VAR_wandb_role_arn", principal);
    // moto takes the refusal of plain HTTP for one of everything, so no object could be written.
    scene.terraform.env("TF_VAR_https_only", "false");
    scene.terraform.apply().succeeded();
    scene.terraform.plan_is_empty();
    assert_eq!(scene.unmet(), json!({}));
    assert_eq!(
        scene.policy()["Statement"][0]["Principal"]["AWS"],
        principal
    );
    scene.terraform.destroy().succeeded();
}

#[test]
fn a_principal_that_is_not_known_yet_is_waited_for() {
    let mut scene = Scene::aws();
    let proxy = Proxy::before(&scene.server.endpoint);
    scene.terraform.env("AWS_ENDPOINT_URL", &proxy.url());
    let refusals = AtomicUsize::new(0);
    proxy.rule(move |_, request| {
        let policy = request.starts_with("PUT") && request.contains("?policy");
        let early = policy && refusals.fetch_add(1, Ordering::Relaxed) < 2;
        early.then_some(Fault::Says(
            400,
            "MalformedPolicy",
            "Invalid principal in policy",
        ))
    });
    scene.apply("");
    scene.terraform.plan_is_empty();
    assert_eq!(scene.unmet(), json!({}));
    scene.terraform.destroy().succeeded();
}

#[test]
fn a_bucket_in_another_region_is_told_with_its_region() {
    let mut scene = Scene::aws();
    let proxy = Proxy::before(&scene.server.endpoint);
    scene.terraform.env("AWS_ENDPOINT_URL", &proxy.url());
    scene.configure("");
    proxy.rule(|_, _| Some(Fault::Elsewhere("ap-southeast-2")));
    scene.terraform.apply().failed_with(&[
        "exists already, in \"ap-southeast-2\"",
        "set `aws.region` to its region",
    ]);
    let bucket = scene.bucket.clone();
    assert!(!scene.reader.exists(&bucket));
}

/// A provider block that logs in that way, in place of the environment's keys.
fn log_in_by(scene: &mut Scene, block: &str) {
    scene.configure("");
    let text = std::fs::read_to_string(scene.terraform.path().join("main.tf")).unwrap();
    let block = format!("provider \"wandb\" {{\n  aws = {{ {block} }}\n}}\n");
    let text = text.replace("provider \"wandb\" {}\n", &block);
    scene.terraform.write("main.tf", &text);
}

#[rstest]
#[case::role(
    "assume_role = { role_arn = \"arn:aws:iam::123456789012:role/deploy\", external_id = \"acme\" }",
    true
)]
#[case::web_identity(
    "assume_role_with_web_identity = { role_arn = \"arn:aws:iam::123456789012:role/deploy\", token_file = \"token\" }",
    true
)]
#[case::profile("profile = \"acme\"", false)]
fn each_way_to_log_in_makes_the_bucket(#[case] block: &str, #[case] asks_for_a_role: bool) {
    let mut scene = Scene::aws();
    let proxy = Proxy::before(&scene.server.endpoint);
    log_in_by(&mut scene, block);
    scene.terraform.env("AWS_ENDPOINT_URL", &proxy.url());
    if !block.contains("assume_role =") {
        // Only the way in the block can be meant.
        scene.terraform.env("AWS_ACCESS_KEY_ID", "");
        scene.terraform.env("AWS_SECRET_ACCESS_KEY", "");
    }
    scene
        .terraform
        .write("token", "a.token.of.an.identity.provider\n");
    std::fs::create_dir(scene.terraform.path().join(".aws")).unwrap();
    scene.terraform.write(
        ".aws/credentials",
        "[acme]\naws_access_key_id = AKIAPROFILE\naws_secret_access_key = secret\n",
    );
    scene.terraform.apply().succeeded();
    let calls = proxy.calls();
    // The token service is asked before anything of the bucket.
    assert_eq!(
        calls[0].request.starts_with("POST /"),
        asks_for_a_role,
        "{:?}",
        calls[0]
    );
    scene.terraform.plan_is_empty();
    scene.terraform.destroy().succeeded();
    let bucket = scene.bucket.clone();
    assert!(!scene.reader.exists(&bucket));
}

/// A cluster of Kubernetes on AWS names a role and a token in the environment (EKS User Guide, "IAM roles for service accounts").
#[test]
fn the_token_of_a_cluster_is_taken_to_the_token_service_that_the_configuration_names() {
    let mut scene = Scene::aws();
    let proxy = Proxy::before(&scene.server.endpoint);
    log_in_by(
        &mut scene,
        &format!("endpoints = {{ sts = {:?} }}", proxy.url()),
    );
    scene.terraform.write("token", "a.token.of.a.cluster\n");
    for (name, value) in [
        ("AWS_ACCESS_KEY_ID", ""),
        ("AWS_SECRET_ACCESS_KEY", ""),
        ("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/deploy"),
        ("AWS_WEB_IDENTITY_TOKEN_FILE", "token"),
        // Nobody listens there.
        ("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:9"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ] {
        scene.terraform.env(name, value);
    }
    scene.terraform.apply().succeeded();
    assert!(proxy.calls()[0].request.starts_with("POST /"));
    scene.terraform.destroy().succeeded();
}

#[test]
fn a_login_that_does_not_exist_is_told_and_nothing_is_made() {
    let mut scene = Scene::aws();
    log_in_by(&mut scene, "profile = \"nobody\"");
    scene.terraform.apply().failed_with(&[
        "no credentials could be had",
        "`aws` in the provider block",
        "Nothing was made.",
    ]);
    let bucket = scene.bucket.clone();
    assert!(!scene.reader.exists(&bucket) && scene.terraform.state().is_null());
}

#[test]
fn a_refused_deletion_keeps_the_bucket_and_its_key_usable_and_says_so() {
    let mut scene = Scene::aws();
    let proxy = Proxy::before(&scene.server.endpoint);
    scene.terraform.env("AWS_ENDPOINT_URL", &proxy.url());
    scene.apply("");
    let key = scene.key();
    proxy.rule(|_, request| {
        let removal = request.starts_with("DELETE") && !request.contains("?");
        removal.then_some(Fault::Answer(403, "AccessDenied"))
    });
    scene.terraform.destroy().failed_with(&[
        "`s3:DeleteBucket`",
        "A key of its own may be scheduled for deletion",
    ]);
    proxy.behave();
    let described = scene
        .reader
        .get("kms.describe_key", json!({ "KeyId": key }));
    assert_eq!(described["KeyMetadata"]["KeyState"], "Enabled");
    scene.terraform.plan_is_empty();
    scene.terraform.destroy().succeeded();
}
