//! Every message, written out: a change of one is seen in review, as the user will see it.

use std::fmt::Write;
use std::time::Duration;

use super::key::Left;
use super::{bucket, key, provider, store, team, team_creation, wandb as calls};
use crate::clouds::aws::KeyState;
use crate::clouds::s3::Inventory;
use crate::clouds::{Cloud, Error, Kind, TlsProblem};
use crate::framework::diagnostic::{Diagnostic, Severity};
use crate::framework::operation::Interrupted;
use crate::framework::path::Path;
use crate::requirements::key::{OWNER_TAG, Unfit};
use crate::wandb;

const NAME: &str = "acme-wandb";
const IMPORT_ID: &str = "s3_compatible/acme-wandb";
const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/1234abcd";

fn written(messages: &[Diagnostic]) -> String {
    let mut text = String::new();
    for message in messages {
        let severity = match message.severity {
            Severity::Error => "Error",
            Severity::Warning => "Warning",
        };
        let at = message
            .path
            .as_ref()
            .map(|path| format!(" (at {path})"))
            .unwrap_or_default();
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "{severity}: {}{at}\n\n{}\n\n---\n",
            message.summary, message.detail
        );
    }
    text
}

#[test]
fn messages_about_a_bucket() {
    let refused = Error::sample(Kind::Forbidden, 403, "AccessDenied");
    let found = Inventory {
        versions: 3,
        delete_markers: 2,
        uploads: 1,
        more: true,
    };
    let versioning = Path::of("versioning");
    let text = written(&[
        bucket::exists(NAME, IMPORT_ID),
        bucket::taken(NAME),
        bucket::taken_or_forbidden(Cloud::Aws, NAME, &refused),
        bucket::elsewhere(NAME, Some("eu-west-1"), "aws/acme-wandb"),
        bucket::elsewhere(NAME, None, "aws/acme-wandb"),
        bucket::other_partition("cn-north-1", "arn:aws:iam::830241207209:root", false),
        bucket::other_partition("eu-west-1", "arn:aws-cn:iam::111122223333:role/wandb", true),
        bucket::lost_race(NAME, IMPORT_ID),
        bucket::protected(
            NAME,
            "A change of `name` would destroy the bucket and make another one,",
        ),
        bucket::not_empty(NAME, &found),
        bucket::not_offered(
            NAME,
            &versioning,
            "PutBucketVersioning 501 NotImplemented",
            "The bucket was not made.",
        ),
        bucket::still_unmet(
            NAME,
            "versioning",
            "versioning is off",
            Some(versioning),
            "The bucket was removed again; nothing is left of it.",
        ),
        bucket::import_absent(
            NAME,
            &Error::sample(Kind::BucketAbsent, 404, "NoSuchBucket"),
        ),
        bucket::needs_you(NAME, "cors", "needs you: PUT is not allowed"),
        bucket::takes_all(NAME),
        bucket::unproven(
            NAME,
            "read",
            "other bytes came back than were written",
            "Look at what is between.",
            "The bucket stays.",
        ),
        bucket::left_behind(NAME, "DeleteBucket: 403 AccessDenied"),
    ]);
    insta::assert_snapshot!(text);
}

#[test]
fn messages_about_a_key() {
    let (until, now) = (Some("2026-12-23T00:00:00Z"), "Nothing was changed.");
    let alias = "alias/wandb-byob/acme-wandb";
    let refused = Error::sample(Kind::Forbidden, 403, "AccessDenied");
    let states = [
        KeyState::Disabled,
        KeyState::PendingDeletion(until.map(str::to_owned)),
        KeyState::PendingDeletion(None),
        KeyState::Other("PendingImport".to_owned()),
    ];
    let unfit = [Unfit::Missing, Unfit::Asymmetric]
        .into_iter()
        .chain(states.map(Unfit::State));
    let mut messages = unfit
        .map(|why| key::unfit(KEY, &why, now))
        .collect::<Vec<_>>();
    messages.extend([
        key::retired(NAME, KEY, until),
        key::retired(NAME, KEY, None),
        key::taken_back(NAME, KEY, until),
        key::keeps_name(NAME, alias, KEY, &refused),
        key::not_ours(NAME, KEY, OWNER_TAG),
        key::without_bucket(NAME, KEY),
        key::not_looked_for(NAME, alias, &Error::unanswered(Kind::Unreachable)),
    ]);
    let left = [
        Left::Unnamed,
        Left::Unscheduled(&refused),
        Left::Found,
        Left::Needed,
        Left::Encrypts,
        Left::Open,
    ];
    messages.extend(left.map(|why| key::left(NAME, KEY, why)));
    insta::assert_snapshot!(written(&messages));
}

#[test]
fn messages_about_the_provider_block() {
    let text = written(&[
        provider::no_endpoint(),
        provider::no_credentials(),
        provider::half_a_key_pair("access_key"),
        provider::half_a_key_pair("secret_key"),
        provider::bad_endpoint(
            Path::of("s3_compatible").attribute("endpoint"),
            "minio:9000",
            "has no scheme.",
        ),
        provider::half_an_aws_login("access_key", "secret_key"),
        provider::two_aws_logins("profile", "access_key"),
        provider::no_principal(true),
        provider::no_principal(false),
        provider::bad_ca_bundle("It holds no certificate."),
        provider::not_known_yet("`s3_compatible.endpoint`"),
        provider::needed_now("`s3_compatible.endpoint`"),
        provider::not_on_multi_tenant(Path::of("s3_compatible")),
        provider::wandb_setting("the file ~/.netrc cannot be read"),
        provider::wandb_key("the API key from the file ~/.netrc is no W&B key"),
        provider::no_api_key("https://wandb.example.com"),
    ]);
    insta::assert_snapshot!(text);
}

#[test]
fn messages_about_a_call_to_a_store_that_failed() {
    let text = call_failed(Cloud::S3Compatible);
    insta::assert_snapshot!(text);
}

#[test]
fn messages_about_a_call_to_aws_that_failed() {
    let mut text = call_failed(Cloud::Aws);
    let refused = |operation, kind, code| {
        let refused = Error::refused(operation, "In AWS's own words.");
        let error = refused.known_as(kind, 400, code);
        store::call_failed(
            Cloud::Aws,
            "Creating the bucket \"acme-wandb\"",
            "Nothing was made.",
            &error,
        )
    };
    let elsewhere = Kind::WrongRegion {
        expected: Some("eu-west-1".to_owned()),
    };
    text += &written(&[
        refused("CreateKey", Kind::Forbidden, "AccessDeniedException"),
        refused("GetCallerIdentity", Kind::Forbidden, "AccessDenied"),
        refused("CreateAlias", Kind::Garbage, "html"),
        refused(
            "CreateBucket",
            elsewhere,
            "IllegalLocationConstraintException",
        ),
        refused("CreateBucket", Kind::Conflict, "OperationAborted"),
        refused("CreateBucket", Kind::Invalid, "TooManyBuckets"),
        refused("CreateKey", Kind::Invalid, "LimitExceededException"),
    ]);
    insta::assert_snapshot!(text);
}

fn call_failed(cloud: Cloud) -> String {
    let kinds = [
        (Kind::BucketAbsent, 404, "NoSuchBucket"),
        (Kind::NotFound, 404, "NotFound"),
        (Kind::AlreadyOwned, 409, "BucketAlreadyOwnedByYou"),
        (Kind::OwnedByOther, 409, "BucketAlreadyExists"),
        (Kind::Forbidden, 403, "AccessDenied"),
        (Kind::UnknownAccessKey, 403, "InvalidAccessKeyId"),
        (Kind::SignatureMismatch, 403, "SignatureDoesNotMatch"),
        (Kind::ExpiredCredentials, 400, "ExpiredToken"),
        (
            Kind::WrongRegion {
                expected: Some("eu-west-1".to_owned()),
            },
            400,
            "AuthorizationHeaderMalformed",
        ),
        (
            Kind::WrongRegion { expected: None },
            301,
            "PermanentRedirect",
        ),
        (
            Kind::ClockSkew {
                server: Some("12:00:00Z".to_owned()),
                local: "13:00:00Z".to_owned(),
            },
            403,
            "RequestTimeTooSkewed",
        ),
        (Kind::Unsupported, 501, "NotImplemented"),
        (Kind::BucketNotEmpty, 409, "BucketNotEmpty"),
        (Kind::KeyNotFound, 400, "KMS.NotFoundException"),
        (Kind::UnknownPrincipal, 400, "MalformedPolicy"),
        (Kind::Throttled, 503, "SlowDown"),
        (Kind::Unavailable, 500, "InternalError"),
        (Kind::Conflict, 409, "OperationAborted"),
        (Kind::Invalid, 400, "InvalidRequest"),
        (Kind::Garbage, 200, "html"),
    ];
    let answered = kinds.map(|(kind, status, code)| Error::sample(kind, status, code));
    let unanswered = [
        Kind::TimedOut,
        Kind::Unreachable,
        Kind::NoCredentials,
        Kind::Interrupted,
        Kind::Tls(TlsProblem::PlaintextServer),
        Kind::Tls(TlsProblem::EncryptedServer),
        Kind::Tls(TlsProblem::UntrustedCertificate),
        Kind::Tls(TlsProblem::WrongName),
        Kind::Tls(TlsProblem::Other),
    ]
    .map(Error::unanswered);
    let messages = answered
        .iter()
        .chain(&unanswered)
        .map(|error| {
            store::call_failed(
                cloud,
                "Updating the bucket \"acme-wandb\"",
                "Nothing was changed.",
                error,
            )
        })
        .collect::<Vec<_>>();
    written(&messages)
}

#[test]
fn messages_about_an_operation_that_was_ended() {
    let ended = |cause| {
        store::interrupted(
            "Creating the bucket \"acme-wandb\"",
            "Nothing was made.",
            "create",
            cause,
        )
    };
    let text = written(&[
        ended(Interrupted::Cancelled),
        ended(Interrupted::TimedOut(Duration::from_secs(300))),
    ]);
    insta::assert_snapshot!(text);
}

#[test]
fn messages_about_a_team_to_be_made() {
    let error = |kind| wandb::Error::sample(kind, 400, "In the server's own words.");
    let name = "omega";
    let storage = wandb::Storage {
        path: Some("omega".to_owned()),
        ..wandb::Storage::new("minio:9000/acme".to_owned(), wandb::Provider::Minio)
    };
    let other = wandb::Storage::new("other".to_owned(), wandb::Provider::Gcp);
    let words = ["The bucket does not exist.".to_owned()];
    let lost = error(wandb::Kind::Interrupted);
    let text = written(&[
        team_creation::exists(name, "VGVhbTox"),
        team_creation::taken(name, &error(wandb::Kind::Exists)),
        team_creation::refused(name, &storage, &error(wandb::Kind::Refused)),
        team_creation::unusable(name, &storage, &words, "No team was made."),
        team_creation::unusable_yet(name, &words),
        team_creation::storage_warning(name, "CORS lacks PUT"),
        team_creation::untested(&error(wandb::Kind::NotOffered)),
        team_creation::ignored(name, None),
        team_creation::ignored(name, Some(&other)),
        team_creation::named_otherwise("Omega", name),
        team_creation::unverified(name, "it did not answer in time"),
        team_creation::unknown_members(name, &words, "No team was made."),
        team_creation::lost(name, &lost),
        team_creation::unclear(name, &lost, "W&B did not answer in time"),
        team_creation::perhaps_ours(name, "VGVhbTox", None, &lost),
        team_creation::perhaps_ours(name, "VGVhbTox", Some(&None), &lost),
        team_creation::perhaps_ours(name, "VGVhbTox", Some(&Some(other)), &lost),
        team_creation::unavailable("AZURE"),
        team_creation::no_storage(name),
        team_creation::half_an_identity("azure_client_id"),
        team_creation::no_container(true),
        team_creation::no_container(false),
        team_creation::no_host("acme"),
        team_creation::address_for_a_name("https://minio/acme", "MINIO"),
        team_creation::address_for_a_name("s3://acme", "AWS"),
    ]);
    insta::assert_snapshot!(text);
}

#[test]
fn messages_about_a_team() {
    let (name, path) = ("omega", Path::of("storage_bucket").attribute("name"));
    let not_offered =
        wandb::Error::sample(wandb::Kind::NotOffered, 400, "In the server's own words.");
    let asked = wandb::Storage {
        kms_key_id: Some("key".to_owned()),
        ..wandb::Storage::new("acme".to_owned(), wandb::Provider::Aws)
    };
    let told = wandb::Storage {
        kms_key_id: Some("another".to_owned()),
        ..asked.clone()
    };
    let found = |id: &str, name: &str| wandb::Team {
        id: id.to_owned(),
        name: name.to_owned(),
        members: Vec::new(),
        etag: None,
    };
    let text = written(&[
        team::on_another_storage(name, Some(&told), &asked),
        team::on_another_storage(name, None, &asked),
        team::taken_from_configuration(name, &["`sub_path`".to_owned()]),
        team::may_turn_out_changed(name, &["storage_bucket.kms_key_id".to_owned()]),
        team::immutable(name, &path, true, true),
        team::immutable(name, &path, false, true),
        team::protected(name),
        team::would_stay(name),
        team::end(name, true),
        team::end(name, false),
        team::cannot_be_deleted(name, &not_offered),
        team::gone(name),
        team::no_such_team("psi"),
        team::on_no_bucket(name),
        team::two_teams(name, &found("VGVhbTox", name), &found(name, "psi")),
        team::other_organization(name, "The state is kept as it was."),
        team::made_anew(name, "VGVhbTox", "The state is kept as it was."),
    ]);
    insta::assert_snapshot!(text);
}

#[test]
fn messages_about_a_call_to_wandb_that_failed() {
    let kinds = [
        wandb::Kind::Unauthorized,
        wandb::Kind::Forbidden,
        wandb::Kind::Absent,
        wandb::Kind::Exists,
        wandb::Kind::Changed,
        wandb::Kind::Refused,
        wandb::Kind::NotOffered,
        wandb::Kind::Throttled,
        wandb::Kind::Unavailable,
        wandb::Kind::TimedOut,
        wandb::Kind::Unreachable,
        wandb::Kind::Interrupted,
        wandb::Kind::Redirected("login.example.com".to_owned()),
        wandb::Kind::Garbage,
    ];
    let found = kinds.map(|kind| {
        let error = wandb::Error::sample(kind, 400, "In the server's own words.");
        calls::call_failed("Creating the team \"omega\"", "No team was made.", &error)
    });
    insta::assert_snapshot!(written(&found));
}
