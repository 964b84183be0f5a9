//! Pre-signed URLs, used as somebody without credentials uses them.

use std::time::Duration;

use aws_sdk_s3::presigning::{PresignedRequest, PresigningConfig};
use aws_smithy_runtime_api::client::http::HttpConnector;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;

use super::bucket::Bucket;
use super::classify;
use crate::clouds::{Error, Kind};

/// Long enough for one request over a slow line.
const VALID: Duration = Duration::from_secs(300);

/// Tries of one request, and the pause before the next, which grows.
const ATTEMPTS: u32 = 3;
const PAUSE: Duration = Duration::from_millis(200);

impl Bucket {
    pub(super) fn presign<E>(
        &self,
        operation: &'static str,
        presigned: Result<PresignedRequest, aws_sdk_s3::error::SdkError<E>>,
    ) -> Result<PresignedRequest, Error>
    where
        E: aws_sdk_s3::error::ProvideErrorMetadata + std::error::Error + 'static,
    {
        presigned.map_err(|error| {
            classify::sdk_error(
                operation,
                &self.client.endpoint,
                &error,
                &Default::default(),
            )
        })
    }

    pub(super) fn prepare(
        &self,
        request: &mut HttpRequest,
        method: &str,
        uri: &str,
    ) -> Result<(), Error> {
        let prepared = request
            .set_method(method)
            .map_err(|error| error.to_string());
        let prepared =
            prepared.and_then(|()| request.set_uri(uri).map_err(|error| error.to_string()));
        prepared.map_err(|message| Error {
            message: Some(message),
            ..Error::new(Kind::Invalid, "Presign", &self.client.endpoint)
        })
    }

    pub(super) async fn send(
        &self,
        operation: &'static str,
        request: HttpRequest,
    ) -> Result<HttpResponse, Error> {
        let answer = self.client.connector().call(request).await;
        answer.map_err(|error| classify::connector_error(operation, &self.client.endpoint, &error))
    }

    /// Sends a pre-signed request, again when the failure may pass, and takes only a 2xx for an answer.
    pub(super) async fn send_signed(
        &self,
        operation: &'static str,
        signed: &PresignedRequest,
        body: &[u8],
        origin: Option<&str>,
    ) -> Result<Answer, Error> {
        let send = || self.send_signed_once(operation, signed, body, origin);
        let (answer, attempts) = repeated(send).await?;
        Ok(Answer { attempts, ..answer })
    }

    /// What an answer that is no success means.
    pub(super) fn refused(&self, operation: &'static str, status: u16, body: &[u8]) -> Error {
        classify::plain_answer(operation, &self.client.endpoint, status, body)
    }

    async fn send_signed_once(
        &self,
        operation: &'static str,
        signed: &PresignedRequest,
        body: &[u8],
        origin: Option<&str>,
    ) -> Result<Answer, Error> {
        let mut request = HttpRequest::new(SdkBody::from(body));
        self.prepare(&mut request, signed.method(), signed.uri())?;
        for (name, value) in signed.headers() {
            request
                .headers_mut()
                .insert(name.to_owned(), value.to_owned());
        }
        if let Some(origin) = origin {
            request.headers_mut().insert("origin", origin.to_owned());
        }
        let mut response = self.send(operation, request).await?;
        let status = response.status().as_u16();
        let body = aws_smithy_types::byte_stream::ByteStream::new(response.take_body())
            .collect()
            .await;
        let body = body
            .map(|bytes| bytes.into_bytes().to_vec())
            .map_err(|error| Error {
                message: Some(error.to_string()),
                ..Error::new(Kind::Interrupted, operation, &self.client.endpoint)
            })?;
        if (200..300).contains(&status) {
            return Ok(Answer {
                response,
                body,
                attempts: 1,
            });
        }
        Err(self.refused(operation, status, &body))
    }
}

pub(super) struct Answer {
    response: HttpResponse,
    pub(super) body: Vec<u8>,
    pub(super) attempts: u32,
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> Option<String> {
        self.response.headers().get(name).map(str::to_owned)
    }
}

pub(super) fn valid() -> Result<PresigningConfig, Error> {
    PresigningConfig::expires_in(VALID).map_err(|error| Error {
        message: Some(error.to_string()),
        ..Error::new(Kind::Invalid, "Presign", "")
    })
}

/// Repeats what fails in a way that may pass; tells how often it was tried.
pub(super) async fn repeated<T, F: Future<Output = Result<T, Error>>>(
    request: impl Fn() -> F,
) -> Result<(T, u32), Error> {
    let mut attempts = 1;
    loop {
        match request().await {
            Ok(answer) => return Ok((answer, attempts)),
            Err(error) if attempts < ATTEMPTS && error.is_temporary() => {
                tokio::time::sleep(PAUSE * attempts).await;
                attempts += 1;
            }
            Err(error) => return Err(Error { attempts, ..error }),
        }
    }
}
