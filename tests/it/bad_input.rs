//! Bad input is refused at plan time, at its line, without network.

use rstest::rstest;

use crate::support::terraform::{Program, Workspace};

/// Nobody listens there: a call would fail in other words.
const NOWHERE: &str = "endpoint = \"http://127.0.0.1:1\", access_key = \"a\", secret_key = \"b\"";

fn plan(provider: &str, bucket: &str) -> crate::support::terraform::Output {
    let configuration = format!(
        "terraform {{\n  required_providers {{\n    wandb = {{\n      source = \"wandb/wandb\"\n    }}\n  }}\n}}\n\
         provider \"wandb\" {{\n  {provider}\n}}\nresource \"wandb_byob_bucket\" \"b\" {{\n  {bucket}\n}}\n"
    );
    Workspace::with(Program::Terraform, &configuration).run(&["plan", "-no-color"])
}

#[rstest]
#[case::short("name = \"ab\"", "Invalid bucket name", "name = \"ab\"")]
#[case::long(&format!("name = \"{}\"", "a".repeat(64)), "has 64 characters", "name = ")]
#[case::capitals("name = \"Acme\"", "contains capital letters", "name = ")]
#[case::underscore("name = \"acme_wandb\"", "contains an underscore", "name = ")]
#[case::dots("name = \"acme..wandb\"", "contains \"..\"", "name = ")]
#[case::address("name = \"192.168.0.1\"", "has the form of an IP address", "name = ")]
#[case::reserved("name = \"cw-bucket\"", "is reserved", "name = ")]
#[case::vip("name = \"vip-bucket\"", "is reserved", "name = ")]
#[case::null("name = null", "Missing value for a required attribute", "name = null")]
#[case::negative(
    "noncurrent_version_expiration_days = -1",
    "Invalid number of days",
    "noncurrent_version_expiration_days = -1"
)]
#[case::fraction(
    "abort_incomplete_uploads_days = 1.5",
    "Invalid number of days",
    "abort_incomplete_uploads_days = 1.5"
)]
#[case::age(
    "cors = { max_age_seconds = -5 }",
    "Invalid number of seconds",
    "`cors.max_age_seconds`"
)]
#[case::duration(
    "timeouts = { create = \"soon\" }",
    "Invalid time limit",
    "`timeouts.create`"
)]
#[case::past(
    "timeouts = { delete = \"-5m\" }",
    "Invalid time limit",
    "`timeouts.delete`"
)]
#[case::no_origin(
    "cors = { allowed_origins = [] }",
    "No origin is allowed",
    "`cors.allowed_origins`"
)]
#[case::bare_origin(
    "cors = { allowed_origins = [\"wandb.example.com\"] }",
    "Invalid origin",
    "allowed_origins"
)]
#[case::origin_path(
    "cors = { allowed_origins = [\"https://w.example.com/\"] }",
    "Invalid origin",
    "allowed_origins"
)]
#[case::deployment(
    "deployment = \"cloud\"",
    "Unknown deployment",
    "deployment = \"cloud\""
)]
#[case::multi_tenant(
    "deployment = \"multi-tenant\"",
    "multi-tenant cloud cannot use",
    "deployment = \"multi-tenant\""
)]
#[case::encryption(
    "s3_compatible = { encryption = \"rot13\" }",
    "Unknown encryption",
    "`s3_compatible.encryption`"
)]
#[case::key(
    "s3_compatible = { kms_key_id = \"k\" }",
    "A key without the encryption",
    "kms_key_id"
)]
#[case::key_aes(
    "s3_compatible = { encryption = \"AES256\", kms_key_id = \"k\" }",
    "A key without the encryption",
    "kms_key_id"
)]
#[case::up("path = \"a/../b\"", "Invalid path", "path = \"a/../b\"")]
#[case::slash("path = \"/a\"", "Invalid path", "path = \"/a\"")]
#[case::tag("tags = { \"\" = \"x\" }", "Invalid tag", "tags = ")]
#[case::computed(
    "id = \"forced\"",
    "Value for a read-only attribute",
    "id = \"forced\""
)]
#[case::no_cloud(
    "s3_compatible = null",
    "The bucket has no place",
    "s3_compatible = null"
)]
fn a_bad_bucket_is_refused_at_its_line(
    #[case] attribute: &str,
    #[case] words: &str,
    #[case] line: &str,
) {
    let name = if attribute.starts_with("name") {
        ""
    } else {
        "name = \"acme-wandb\""
    };
    let cloud = if attribute.starts_with("s3_compatible") {
        ""
    } else {
        "s3_compatible = {}"
    };
    let output = plan(
        &format!("s3_compatible = {{ {NOWHERE} }}"),
        &format!("{name}\n  {attribute}\n  {cloud}"),
    );
    let output = output.failed_with(&[words]);
    assert!(
        output.text.contains(line),
        "{line:?} is not pointed at:\n{}",
        output.text
    );
}

#[rstest]
#[case::scheme("s3_compatible = { endpoint = \"minio.example.com\" }", &["Invalid endpoint"], "`s3_compatible.endpoint`")]
#[case::ftp("s3_compatible = { endpoint = \"ftp://minio\" }", &["http:// or https://"], "`s3_compatible.endpoint`")]
#[case::path("s3_compatible = { endpoint = \"http://minio/bucket\" }", &["more than scheme, host and port"], "`s3_compatible.endpoint`")]
#[case::userinfo("s3_compatible = { endpoint = \"http://u:hunter2@minio\" }", &["contains credentials"], "")]
#[case::no_secret("s3_compatible = { endpoint = \"http://m\", access_key = \"a\" }", &["Half of the store's credentials", "secret_key"], "s3_compatible")]
#[case::no_access("s3_compatible = { endpoint = \"http://m\", secret_key = \"a\" }", &["Half of the store's credentials", "access_key"], "s3_compatible")]
#[case::no_endpoint("s3_compatible = { access_key = \"a\", secret_key = \"b\" }", &["endpoint of the S3-compatible store is not known", "WANDB_S3_ENDPOINT"], "s3_compatible")]
#[case::nothing("", &["endpoint of the S3-compatible store is not known"], "")]
#[case::no_keys("s3_compatible = { endpoint = \"http://m\" }", &["no credentials", "WANDB_S3_ACCESS_KEY"], "")]
#[case::ca("s3_compatible = { endpoint = \"https://m\", access_key = \"a\", secret_key = \"b\", ca_bundle = \"/no/such.pem\" }", &["Invalid certificate bundle"], "")]
#[case::deployment("deployment = \"cloud\"", &["Unknown deployment"], "deployment = \"cloud\"")]
#[case::derived("base_url = \"https://api.wandb.ai\"\n  s3_compatible = { endpoint = \"http://m\", access_key = \"a\", secret_key = \"b\" }", &["multi-tenant cloud cannot use"], "")]
#[case::base_url("base_url = \"https://wandb.ai\"", &["did you mean https://api.wandb.ai"], "base_url = ")]
#[case::tag("default_tags = { \"\" = \"x\" }", &["Invalid tag"], "default_tags = ")]
fn a_bad_provider_block_is_refused(
    #[case] block: &str,
    #[case] words: &[&str],
    #[case] line: &str,
) {
    let output = plan(block, "name = \"acme-wandb\"\n  s3_compatible = {}").failed_with(words);
    assert!(
        output.text.contains(line) && !output.text.contains("hunter2@"),
        "{}",
        output.text
    );
}

#[test]
fn an_empty_provider_block_without_a_bucket_plans() {
    let configuration = "terraform {\n  required_providers {\n    wandb = {\n      source = \"wandb/wandb\"\n    }\n  }\n}\nprovider \"wandb\" {}\n";
    Workspace::with(Program::Terraform, configuration)
        .run(&["plan", "-no-color"])
        .succeeded();
}

const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/1234abcd";

#[rstest]
#[case::no_region("aws = {}", "region")]
#[case::region("aws = { region = \"Ireland\" }", "Invalid AWS region")]
#[case::key(
    "aws = { region = \"us-east-1\", kms_key_arn = \"1234abcd\" }",
    "Invalid key ARN"
)]
#[case::alias(
    "aws = { region = \"us-east-1\", kms_key_arn = \"arn:aws:kms:us-east-1:111122223333:alias/x\" }",
    "Invalid key ARN"
)]
#[case::another_part_of_aws("aws = { region = \"cn-north-1\" }", "W&B is in another part of AWS")]
#[case::a_principal_of_another_part(
    "aws = { region = \"us-gov-west-1\", principal_arns = [\"arn:aws:iam::111122223333:role/wandb\"] }",
    "W&B is in another part of AWS"
)]
#[case::key_elsewhere(&format!("aws = {{ region = \"eu-west-1\", kms_key_arn = \"{KEY}\" }}"), "A key of another region")]
#[case::key_with_aes(&format!("aws = {{ region = \"us-east-1\", encryption = \"AES256\", kms_key_arn = \"{KEY}\" }}"), "A key without the encryption")]
#[case::new_key_with_aes(
    "aws = { region = \"us-east-1\", encryption = \"AES256\", create_kms_key = true }",
    "A key without the encryption"
)]
#[case::two_keys(&format!("aws = {{ region = \"us-east-1\", create_kms_key = true, kms_key_arn = \"{KEY}\" }}"), "Two keys for one bucket")]
#[case::no_key(
    "aws = { region = \"us-east-1\", create_kms_key = false }",
    "No key that W&B could use"
)]
#[case::window(
    "aws = { region = \"us-east-1\", kms_key_deletion_window_days = 3 }",
    "7 to 30 days"
)]
#[case::everybody(
    "aws = { region = \"us-east-1\", principal_arns = [\"*\"] }",
    "Invalid principal"
)]
#[case::nobody(
    "aws = { region = \"us-east-1\", principal_arns = [] }",
    "No principal"
)]
#[case::two_clouds(
    "aws = { region = \"us-east-1\" }\n  s3_compatible = {}",
    "The bucket has two places"
)]
#[case::self_managed(
    "deployment = \"self-managed\"\n  aws = { region = \"us-east-1\" }",
    "principal of your self-managed W&B is not known"
)]
#[case::reserved(
    "aws = { region = \"us-east-1\" }\n  tags = { \"terraform-provider-wandb:creating\" = \"x\" }",
    "this provider's own"
)]
fn a_bad_bucket_on_aws_is_refused_before_anything_is_asked(
    #[case] attributes: &str,
    #[case] words: &str,
) {
    let block = "deployment = \"dedicated\"\n  aws = { access_key = \"a\", secret_key = \"b\", endpoints = { s3 = \"http://127.0.0.1:1\", kms = \"http://127.0.0.1:1\" } }";
    plan(block, &format!("name = \"acme-wandb\"\n  {attributes}")).failed_with(&[words]);
}

#[rstest]
#[case::nobody_says("", &["It is not known how W&B runs", "`base_url`"])]
#[case::self_managed_by_url("base_url = \"https://wandb.example.com\"", &["principal of your self-managed W&B is not known", "aws.principal_arns"])]
#[case::half("deployment = \"dedicated\"\n  aws = { access_key = \"a\" }", &["Half of the AWS login is missing"])]
#[case::two_logins("deployment = \"dedicated\"\n  aws = { profile = \"p\", access_key = \"a\", secret_key = \"b\" }", &["Two logins to AWS"])]
#[case::endpoint("deployment = \"dedicated\"\n  aws = { endpoints = { s3 = \"minio\" } }", &["Invalid endpoint", "`aws.endpoints.s3`"])]
#[case::role("deployment = \"dedicated\"\n  aws = { assume_role = { role_arn = \"admin\" } }", &["Invalid ARN"])]
fn a_bad_provider_block_for_aws_is_refused(#[case] block: &str, #[case] words: &[&str]) {
    plan(
        block,
        "name = \"acme-wandb\"\n  aws = { region = \"us-east-1\" }",
    )
    .failed_with(words);
}

#[rstest]
#[case::multi_tenant("base_url = \"https://api.wandb.ai\"")]
#[case::dedicated("base_url = \"https://acme.wandb.io\"")]
#[case::said("deployment = \"dedicated\"")]
fn a_bucket_on_aws_is_planned_without_a_login_or_a_network(#[case] block: &str) {
    let output = plan(
        block,
        "name = \"acme-wandb\"\n  aws = { region = \"us-east-1\" }",
    )
    .succeeded();
    assert!(
        output
            .text
            .contains("s3://s3.us-east-1.amazonaws.com/acme-wandb?region=us-east-1&tls=true"),
        "{}",
        output.text
    );
}
