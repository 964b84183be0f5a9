//! The S3 client against a real store: what no plan of Terraform reaches.

use serde_json::json;
use terraform_provider_wandb::clouds::s3::{Bucket, Client, Observed, Settings, Tags};
use terraform_provider_wandb::clouds::{Kind, key_pair};

use crate::support::reader::Reader;
use crate::support::servers::Server;

fn bucket() -> (Bucket, Reader, String) {
    let server = Server::minio("plain");
    let client = Client::new(&Settings {
        endpoint: Some(server.endpoint.parse().unwrap()),
        region: server.region.clone(),
        credentials: key_pair(&server.user, &server.password.clone().into(), None),
        path_style: true,
        ca_bundle: None,
        attempts: 2,
    })
    .unwrap();
    let name = format!("s-{}", uuid::Uuid::new_v4().simple());
    (client.bucket(&name), Reader::new(&server), name)
}

#[tokio::test]
async fn a_missing_bucket_is_absent_by_its_code_alone() {
    let (bucket, _, _) = bucket();
    assert_eq!(
        bucket.require_presence().await.unwrap_err().kind(),
        &Kind::BucketAbsent
    );
    bucket.delete().await.unwrap();
}

#[tokio::test]
async fn removing_a_document_never_removes_the_bucket() {
    let (bucket, mut reader, name) = bucket();
    bucket.create(None, &Tags::new()).await.unwrap();
    // Of an empty bucket with nothing set nothing is sent at all.
    bucket.delete_tags().await.unwrap();
    bucket.delete_lifecycle().await.unwrap();
    assert!(reader.exists(&name));
    bucket
        .put_tags(&Tags::from([("team".into(), "omega".into())]))
        .await
        .unwrap();
    bucket.delete_tags().await.unwrap();
    assert!(reader.exists(&name));
    assert_eq!(bucket.tags().await.unwrap(), Observed::NotSet);
    bucket.delete().await.unwrap();
    assert!(!reader.exists(&name));
}

#[tokio::test]
async fn what_the_store_lacks_is_unsupported_and_not_failed() {
    let (bucket, mut reader, name) = bucket();
    reader.get("create_bucket", json!({ "Bucket": name }));
    let error = bucket
        .put_encryption(&terraform_provider_wandb::clouds::s3::Encryption {
            algorithm: "AES256".into(),
            key_id: None,
            bucket_key: false,
        })
        .await;
    assert_eq!(error.unwrap_err().kind(), &Kind::Unsupported);
    assert_eq!(bucket.cors().await.unwrap(), Observed::NotSet);
    bucket.delete().await.unwrap();
}

/// Why settings are written one by one there: were it mended, the detour could go.
#[tokio::test]
async fn minio_is_known_to_lose_settings_that_are_written_at_the_same_time() {
    let (bucket, _, _) = bucket();
    bucket.create(None, &Tags::new()).await.unwrap();
    assert!(bucket.loses_concurrent_writes());
    bucket.delete().await.unwrap();
}
