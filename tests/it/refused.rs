//! Permissions that moto does not ask for, refused by a proxy before it: the message names the one that is missing, and nothing is lost.

use rstest::rstest;
use terraform_provider_wandb::framework::value::Value;

use crate::support::proxy::{Fault, Proxy};
use crate::support::reader::Reader;
use crate::support::stores::{Store, Wishes};

const DENIED: Fault = Fault::Answer(403, "AccessDenied");
const KMS_DENIED: Fault = Fault::Answer(400, "AccessDeniedException");

/// Makes, reads, changes and removes a bucket while such calls are refused; all that was said.
async fn life(such: fn(&str) -> bool, fault: Fault) -> (String, bool) {
    let server = Store::Aws.server();
    let proxy = Proxy::before(&server.endpoint);
    let mut driver = Store::Aws.driver(&server, &proxy.url()).await;
    let bucket = format!("r-{}", uuid::Uuid::new_v4().simple());
    let config = |driver: &_, deployment: &'static str| {
        let attributes = vec![("deployment", deployment.into())];
        let wishes = Wishes {
            attributes,
            ..Wishes::default()
        };
        Store::Aws.bucket(driver, &bucket, wishes)
    };
    proxy.rule(move |_, request| such(request).then_some(fault));
    let mut said = driver.apply(&config(&driver, "dedicated")).await;
    if driver.state.is_null() {
        // What was refused keeps a bucket from being made; the rest is tried on one that is there.
        proxy.behave();
        let found = driver.apply(&config(&driver, "dedicated")).await;
        assert!(!found.has_error(), "{found:?}");
        proxy.rule(move |_, request| such(request).then_some(fault));
    }
    said.append(driver.refresh().await);
    said.append(driver.apply(&config(&driver, "multi-tenant")).await);
    proxy.behave();
    driver.tainted = false;
    let found = driver.apply(&Value::Null).await;
    assert!(!found.has_error(), "{found:?}");
    let left = Reader::new(&server).exists(&bucket);
    (format!("{said:#?}"), left)
}

fn puts(call: &str, document: &str) -> bool {
    call.starts_with("PUT") && call.contains(document)
}

fn gets(call: &str, document: &str) -> bool {
    call.starts_with("GET") && call.contains(document)
}

/// A pre-signed request for the object of the proof.
fn proves(call: &str, method: &str) -> bool {
    call.starts_with(method) && call.contains("proof") && call.contains("X-Amz-Signature")
}

#[rstest]
#[case("s3:PutEncryptionConfiguration", |call: &str| puts(call, "?encryption"), DENIED)]
#[case("s3:GetEncryptionConfiguration", |call: &str| gets(call, "?encryption"), DENIED)]
#[case("s3:PutBucketOwnershipControls", |call: &str| puts(call, "?ownershipControls"), DENIED)]
#[case("s3:GetBucketOwnershipControls", |call: &str| gets(call, "?ownershipControls"), DENIED)]
#[case("s3:PutBucketPublicAccessBlock", |call: &str| puts(call, "?publicAccessBlock"), DENIED)]
#[case("s3:GetBucketPublicAccessBlock", |call: &str| gets(call, "?publicAccessBlock"), DENIED)]
#[case("s3:PutObject", |call: &str| proves(call, "PUT"), DENIED)]
#[case("s3:GetObject", |call: &str| proves(call, "GET"), DENIED)]
#[case("s3:DeleteObjectVersion", |call: &str| call.starts_with("DELETE") && call.contains("proof") && call.contains("versionId"), DENIED)]
#[case("s3:AbortMultipartUpload", |call: &str| call.starts_with("DELETE") && call.contains("uploadId"), DENIED)]
#[case("kms:PutKeyPolicy", |call: &str| call.contains("PutKeyPolicy"), KMS_DENIED)]
#[tokio::test]
async fn a_permission_that_is_refused_is_named(
    #[case] permission: &str,
    #[case] such: fn(&str) -> bool,
    #[case] fault: Fault,
) {
    let (said, left) = life(such, fault).await;
    assert!(said.contains(&format!("`{permission}`")), "{said}");
    assert!(!left);
}
