//! The documented permissions are what is needed: with them all a bucket on AWS is made, changed, imported and removed, and without one of
//! them the message names it. moto looks at credentials and policies here; it cannot check the signature of a pre-signed URL, so the proof is left out.

use rstest::rstest;
use serde_json::{Value as Json, json};
use terraform_provider_wandb::framework::diagnostic::Diagnostics;
use terraform_provider_wandb::framework::value::Value;
use terraform_provider_wandb::requirements::{BUCKET_PERMISSIONS, REQUIREMENTS};

use crate::support::driver::Driver;
use crate::support::reader::Reader;
use crate::support::servers::Server;
use crate::support::stores::{Store, Wishes};

const REGION: &str = "eu-west-1";

fn documented() -> Vec<&'static str> {
    let of_requirements = REQUIREMENTS
        .iter()
        .flat_map(|requirement| requirement.permissions);
    let mut all = of_requirements
        .chain(BUCKET_PERMISSIONS)
        .copied()
        .collect::<Vec<_>>();
    all.sort_unstable();
    all.dedup();
    all
}

/// A user who is allowed these actions; the key pair.
fn user(server: &Server, actions: &[&str]) -> (String, String) {
    let mut admin = Reader::new(server);
    let name = format!("u-{}", uuid::Uuid::new_v4().simple());
    admin.get("iam.create_user", json!({ "UserName": name }));
    let policy = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": actions, "Resource": "*" }] });
    let text = json!({ "UserName": name, "PolicyName": "p", "PolicyDocument": policy.to_string() });
    admin.get("iam.put_user_policy", text);
    let made = admin.get("iam.create_access_key", json!({ "UserName": name }));
    let text = |field: &str| made["AccessKey"][field].as_str().unwrap().to_owned();
    (text("AccessKeyId"), text("SecretAccessKey"))
}

async fn driver(server: &Server, (access_key, secret_key): (String, String)) -> Driver {
    let server = Server {
        user: access_key,
        password: secret_key,
        ..server.clone()
    };
    Store::Aws.driver(&server, &server.endpoint).await
}

fn config(driver: &Driver, bucket: &str, team: &str) -> Value {
    // The second of two teams lacks a tag of the first.
    let stage = (team == "omega").then_some(("stage", "test"));
    let tags = [("team", team)].into_iter().chain(stage);
    let attributes = vec![
        ("verify", false.into()),
        ("tags", Value::map_of_strings(tags)),
    ];
    let wishes = Wishes {
        attributes,
        ..Wishes::default()
    };
    Store::Aws.bucket(driver, bucket, wishes)
}

/// Makes, changes, imports and removes a bucket; all that was said.
async fn life(server: &Server, actions: &[&str]) -> Diagnostics {
    let bucket = format!("p-{}", uuid::Uuid::new_v4().simple());
    let mut driver = driver(server, user(server, actions)).await;
    let mut said = driver.apply(&config(&driver, &bucket, "omega")).await;
    said.append(driver.apply(&config(&driver, &bucket, "psi")).await);
    if !said.has_error() {
        driver.forget();
        said.append(driver.import(&format!("aws/{bucket}")).await);
        said.append(driver.apply(&config(&driver, &bucket, "psi")).await);
    }
    said.append(driver.apply(&Value::Null).await);
    said
}

#[tokio::test]
async fn the_documented_permissions_are_enough() {
    let server = Server::iam(REGION);
    let said = life(&server, &documented()).await;
    assert!(!said.has_error(), "{said:?}");
}

/// moto does not ask for a permission of its own for encryption, ownership and the block of public access; the others of the list are
/// needed only after something went wrong.
#[rstest]
#[tokio::test]
async fn a_missing_permission_is_named(
    #[values(
        "s3:CreateBucket",
        "s3:DeleteBucket",
        "s3:GetBucketCORS",
        "s3:GetBucketLocation",
        "s3:GetBucketPolicy",
        "s3:GetBucketTagging",
        "s3:GetBucketVersioning",
        "s3:GetLifecycleConfiguration",
        "s3:ListBucket",
        "s3:ListBucketMultipartUploads",
        "s3:ListBucketVersions",
        "s3:PutBucketCORS",
        "s3:PutBucketPolicy",
        "s3:PutBucketTagging",
        "s3:PutBucketVersioning",
        "s3:PutLifecycleConfiguration",
        "kms:CreateAlias",
        "kms:CreateKey",
        "kms:DeleteAlias",
        "kms:DescribeKey",
        "kms:EnableKeyRotation",
        "kms:GetKeyPolicy",
        "kms:GetKeyRotationStatus",
        "kms:ListResourceTags",
        "kms:ScheduleKeyDeletion",
        "kms:TagResource",
        "kms:UntagResource"
    )]
    permission: &str,
) {
    let server = Server::iam(REGION);
    let documented = documented();
    assert!(documented.contains(&permission), "it is not documented");
    let without = documented
        .into_iter()
        .filter(|other| *other != permission)
        .collect::<Vec<_>>();
    let said = life(&server, &without).await;
    // The last call of all is for tidiness: what is missed there is no error.
    assert!(
        said.has_error() || permission == "kms:DeleteAlias",
        "nobody missed it"
    );
    assert!(
        format!("{said:?}").contains(&format!("`{permission}`")),
        "{said:#?}"
    );
}

#[tokio::test]
async fn wrong_credentials_are_told_apart() {
    let server = Server::iam(REGION);
    let (access_key, secret_key) = user(&server, &documented());
    for (keys, words) in [
        (
            ("AKIANOBODY".to_owned(), secret_key.clone()),
            "does not know the access key",
        ),
        (
            (access_key.clone(), "wrong".to_owned()),
            "the secret key does not belong to it",
        ),
    ] {
        let mut driver = driver(&server, keys).await;
        let said = driver
            .apply(&config(&driver, "p-nothing-is-made", "omega"))
            .await;
        assert!(format!("{said:?}").contains(words), "{said:#?}");
    }
    let mut admin = Reader::new(&server);
    let buckets: Json = admin.get("list_buckets", json!({}));
    let names = buckets["Buckets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|found| found["Name"].clone());
    assert!(
        !names
            .collect::<Vec<_>>()
            .contains(&json!("p-nothing-is-made"))
    );
}
