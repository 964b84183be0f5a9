//! What an answer of a store, or the lack of one, means.

use std::error::Error as StdError;

use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::RequestId;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::ConnectorError;

use super::causes::{chain, io_kind};
use super::watch::{Seen, root_element};
use crate::clouds::{Error, Kind, TlsProblem};

/// Codes that say what they mean whatever their status: a failed signature, key or clock comes with 403, on some stores with 400.
pub(super) fn kind_of_code(code: &str) -> Option<Kind> {
    Some(match code {
        "NoSuchBucket" => Kind::BucketAbsent,
        "BucketAlreadyOwnedByYou" => Kind::AlreadyOwned,
        "BucketAlreadyExists" => Kind::OwnedByOther,
        "AccessDenied" | "AccessDeniedException" | "AllAccessDisabled" | "AccountProblem" => {
            Kind::Forbidden
        }
        "InvalidAccessKeyId"
        | "NotSignedUp"
        | "InvalidSecurity"
        | "InvalidClientTokenId"
        | "UnrecognizedClientException" => Kind::UnknownAccessKey,
        "SignatureDoesNotMatch" | "InvalidSignatureException" => Kind::SignatureMismatch,
        "ExpiredToken" | "ExpiredTokenException" | "InvalidToken" | "TokenRefreshRequired" => {
            Kind::ExpiredCredentials
        }
        "NotImplemented" | "MethodNotAllowed" | "XNotImplemented" => Kind::Unsupported,
        "BucketNotEmpty" => Kind::BucketNotEmpty,
        "kms:KeyNotFound"
        | "KMS.NotFoundException"
        | "kms:NotFoundException"
        | "NotFoundException" => Kind::KeyNotFound,
        "SlowDown"
        | "Throttling"
        | "ThrottlingException"
        | "RequestLimitExceeded"
        | "TooManyRequests"
        | "SlowDownRead"
        | "SlowDownWrite" => Kind::Throttled,
        "InternalError" | "ServiceUnavailable" => Kind::Unavailable,
        "OperationAborted" | "ConcurrentModification" | "ConditionalRequestConflict" => {
            Kind::Conflict
        }
        "PermanentRedirect" | "IllegalLocationConstraintException" | "InvalidRegion" => {
            Kind::WrongRegion { expected: None }
        }
        _ => return None,
    })
}

/// What a failed call of the SDK means.
pub(in crate::clouds) fn sdk_error<E>(
    operation: &'static str,
    endpoint: &str,
    error: &SdkError<E, HttpResponse>,
    seen: &Seen,
) -> Error
where
    E: ProvideErrorMetadata + StdError + 'static,
{
    let mut found = match error {
        SdkError::TimeoutError(_) => Error::new(Kind::TimedOut, operation, endpoint),
        SdkError::DispatchFailure(failure) => match failure.as_connector_error() {
            Some(error) => connector_error(operation, endpoint, error),
            None => Error::new(Kind::Unreachable, operation, endpoint),
        },
        // A server that wants TLS says so in plain text and breaks the connection off, so that its words may not arrive.
        SdkError::ResponseError(_) if raw_status(error) == Some(400) => {
            Error::new(Kind::Tls(TlsProblem::EncryptedServer), operation, endpoint)
        }
        SdkError::ResponseError(_) => {
            Error::new(io_kind(error).unwrap_or(Kind::Garbage), operation, endpoint)
        }
        SdkError::ServiceError(_) => answer(operation, endpoint, error, seen),
        // Nothing was sent: the request could not be built.
        _ => Error {
            message: Some(chain(error)),
            ..Error::new(Kind::Invalid, operation, endpoint)
        },
    };
    found.attempts = seen.attempts.max(1);
    if found.message.is_none() && found.status.is_none() {
        found.message = Some(chain(error));
    }
    found
}

fn raw_status<E>(error: &SdkError<E, HttpResponse>) -> Option<u16> {
    error
        .raw_response()
        .map(|response| response.status().as_u16())
}

fn answer<E>(
    operation: &'static str,
    endpoint: &str,
    error: &SdkError<E, HttpResponse>,
    seen: &Seen,
) -> Error
where
    E: ProvideErrorMetadata + StdError + 'static,
{
    let response = error.raw_response();
    let status = response.map(|response| response.status().as_u16());
    let body = response
        .and_then(|response| response.body().bytes())
        .unwrap_or_default();
    let code = error.code().filter(|code| !code.is_empty());
    let message = error.message().filter(|message| !message.is_empty());
    let kind = kind_of(operation, status.unwrap_or(0), code, message, body, seen);
    let kind = match kind {
        // Amazon's S3 names the right region at least here.
        Kind::WrongRegion { expected: None } => Kind::WrongRegion {
            expected: response
                .and_then(|response| response.headers().get("x-amz-bucket-region"))
                .map(str::to_owned),
        },
        kind => kind,
    };
    let request_id = response.and_then(|response| response.request_id());
    let found = Error {
        status,
        ..Error::new(kind, operation, endpoint)
    };
    found.told(code, message, request_id)
}

/// What an answer means, by code where it has one, by status otherwise.
fn kind_of(
    operation: &str,
    status: u16,
    code: Option<&str>,
    message: Option<&str>,
    body: &[u8],
    seen: &Seen,
) -> Kind {
    if let Some(Kind::OwnedByOther) = code.and_then(kind_of_code)
        && operation != "CreateBucket"
    {
        // A store that does not know `PUT /bucket?sub` takes it for CreateBucket.
        return Kind::Unsupported;
    }
    match code {
        // Amazon's IAM takes some seconds to make a new role known to the services.
        Some("MalformedPolicy" | "MalformedPolicyDocumentException")
            if message.is_some_and(|message| message.to_lowercase().contains("principal")) =>
        {
            return Kind::UnknownPrincipal;
        }
        Some("AuthorizationHeaderMalformed") => {
            return Kind::WrongRegion {
                expected: named_region(body, message),
            };
        }
        Some("RequestTimeTooSkewed" | "RequestExpired") => {
            let server = element(body, "ServerTime").or_else(|| seen.date.clone());
            return Kind::ClockSkew {
                server,
                local: jiff::Timestamp::now().to_string(),
            };
        }
        _ => {}
    }
    if let Some(kind) = code.and_then(kind_of_code) {
        return kind;
    }
    if status == 400 && contains(body, "HTTP request to an HTTPS server") {
        return Kind::Tls(TlsProblem::EncryptedServer);
    }
    // S3's own root element, that of AWS's older services, or the JSON of its newer ones.
    let root = root_element(body);
    let from_s3 = code.is_some()
        || body.trim_ascii_start().starts_with(b"{")
        || matches!(root.as_deref(), Some("Error" | "ErrorResponse"))
        || body.is_empty();
    match status {
        _ if !from_s3 && !matches!(status, 429 | 500..=599 | 405) => Kind::Garbage,
        400 if operation.starts_with("PutBucket") && unknown_document(operation, code) => {
            Kind::Unsupported
        }
        401 | 403 => Kind::Forbidden,
        301 | 307 => Kind::WrongRegion { expected: None },
        404 => Kind::NotFound,
        405 | 501 => Kind::Unsupported,
        408 => Kind::TimedOut,
        409 => Kind::Conflict,
        429 => Kind::Throttled,
        500..=599 => Kind::Unavailable,
        400..=499 => Kind::Invalid,
        _ => Kind::Garbage,
    }
}

/// Ceph's gateway 16 says `400 InvalidArgument` to a default encryption, which it does not know.
fn unknown_document(operation: &str, code: Option<&str>) -> bool {
    operation == "PutBucketEncryption" && code == Some("InvalidArgument")
}

/// What an answer to a request means that was not sent through the SDK.
pub(super) fn plain_answer(
    operation: &'static str,
    endpoint: &str,
    status: u16,
    body: &[u8],
) -> Error {
    let code = element(body, "Code").filter(|code| !code.is_empty());
    let message = element(body, "Message").filter(|message| !message.is_empty());
    let kind = kind_of(
        operation,
        status,
        code.as_deref(),
        message.as_deref(),
        body,
        &Seen::default(),
    );
    let request_id = element(body, "RequestId");
    let found = Error {
        status: Some(status),
        ..Error::new(kind, operation, endpoint)
    };
    found.told(code.as_deref(), message.as_deref(), request_id.as_deref())
}

/// What it means that no answer came.
pub(super) fn connector_error(
    operation: &'static str,
    endpoint: &str,
    error: &ConnectorError,
) -> Error {
    let kind = if error.is_timeout() {
        Kind::TimedOut
    } else {
        io_kind(error).unwrap_or(Kind::Unreachable)
    };
    Error {
        message: Some(chain(error)),
        ..Error::new(kind, operation, endpoint)
    }
}

/// `expecting 'eu-west-1'`, or the element `Region`.
fn named_region(body: &[u8], message: Option<&str>) -> Option<String> {
    let quoted = || {
        Some(
            message?
                .rsplit_once("expecting '")?
                .1
                .split('\'')
                .next()?
                .to_owned(),
        )
    };
    element(body, "Region")
        .or_else(quoted)
        .filter(|region| !region.is_empty())
}

fn element(body: &[u8], name: &str) -> Option<String> {
    let text = std::str::from_utf8(body).ok()?;
    let after = text.split_once(&format!("<{name}>"))?.1;
    Some(after.split_once("</")?.0.to_owned())
}

fn contains(body: &[u8], words: &str) -> bool {
    std::str::from_utf8(body).is_ok_and(|text| text.contains(words))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn kind(operation: &str, status: u16, code: Option<&str>, body: &str) -> Kind {
        kind_of(
            operation,
            status,
            code,
            None,
            body.as_bytes(),
            &Seen::default(),
        )
    }

    #[rstest]
    #[case::gone("GetBucketCors", 404, Some("NoSuchBucket"), Kind::BucketAbsent)]
    #[case::bare_404("HeadBucket", 404, None, Kind::NotFound)]
    #[case::key("PutBucketEncryption", 404, Some("kms:KeyNotFound"), Kind::KeyNotFound)]
    #[case::minio_cors("PutBucketCors", 501, Some("NotImplemented"), Kind::Unsupported)]
    #[case::fall_through(
        "PutBucketVersioning",
        409,
        Some("BucketAlreadyExists"),
        Kind::Unsupported
    )]
    #[case::ceph_encryption("PutBucketEncryption", 400, Some("InvalidArgument"), Kind::Unsupported)]
    #[case::taken("CreateBucket", 409, Some("BucketAlreadyExists"), Kind::OwnedByOther)]
    #[case::own(
        "CreateBucket",
        409,
        Some("BucketAlreadyOwnedByYou"),
        Kind::AlreadyOwned
    )]
    #[case::denied("PutBucketCors", 403, Some("AccessDenied"), Kind::Forbidden)]
    #[case::unknown_key(
        "GetBucketCors",
        403,
        Some("InvalidAccessKeyId"),
        Kind::UnknownAccessKey
    )]
    #[case::rgw_unknown_key("GetBucketCors", 404, None, Kind::NotFound)]
    #[case::throttled("PutBucketCors", 503, Some("SlowDown"), Kind::Throttled)]
    #[case::fault("PutBucketCors", 500, Some("InternalError"), Kind::Unavailable)]
    #[case::malformed(
        "PutBucketLifecycleConfiguration",
        400,
        Some("MalformedXML"),
        Kind::Invalid
    )]
    fn answers_mean_what_their_code_says(
        #[case] operation: &str,
        #[case] status: u16,
        #[case] code: Option<&str>,
        #[case] expected: Kind,
    ) {
        assert_eq!(kind(operation, status, code, ""), expected);
    }

    #[test]
    fn a_web_page_is_no_answer_of_a_store() {
        assert_eq!(
            kind(
                "GetBucketCors",
                200,
                None,
                "<html><body>Log in</body></html>"
            ),
            Kind::Garbage
        );
        assert_eq!(
            kind("GetBucketCors", 404, None, "<html>not here</html>"),
            Kind::Garbage
        );
    }

    #[test]
    fn a_server_that_wants_tls_is_recognised() {
        let body = "Client sent an HTTP request to an HTTPS server.\n";
        assert_eq!(
            kind("GetBucketCors", 400, None, body),
            Kind::Tls(TlsProblem::EncryptedServer)
        );
    }

    #[test]
    fn the_right_region_is_taken_from_the_answer() {
        let body =
            "<Error><Code>AuthorizationHeaderMalformed</Code><Region>eu-west-1</Region></Error>";
        let expected = Kind::WrongRegion {
            expected: Some("eu-west-1".to_owned()),
        };
        assert_eq!(
            kind(
                "GetBucketCors",
                400,
                Some("AuthorizationHeaderMalformed"),
                body
            ),
            expected
        );
    }
}
