//! Trying a bucket the way W&B and browsers use it: through pre-signed URLs.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aws_sdk_s3::presigning::{PresignedRequest, PresigningConfig};
use aws_smithy_runtime_api::client::http::HttpConnector;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;

use super::bucket::{Bucket, call};
use super::classify;
use super::watch::Watch;
use crate::clouds::{Error, Kind};

/// Long enough for one request over a slow line.
const VALID: Duration = Duration::from_secs(300);

/// Tries of one request, and the pause before the next, which grows.
const ATTEMPTS: u32 = 3;
const PAUSE: Duration = Duration::from_millis(200);

/// The request headers a browser asks leave for, as W&B's front end would.
const REQUEST_HEADERS: &str = "content-type";

/// A small object that is written, looked at in every way, and removed.
pub struct Probe<'a> {
    bucket: &'a Bucket,
    key: String,
    written: Mutex<Written>,
    /// There may be uploads nobody knows the id of.
    unclear_upload: AtomicBool,
}

/// What is known of the writes, for removing them.
#[derive(Default)]
enum Written {
    /// Nothing was sent.
    #[default]
    Nothing,
    /// One object, under that version where the store has versions.
    Once(Option<String>),
    /// An answer was lost: there may be several versions.
    Unclear,
}

/// What a browser is told when it asks whether it may send a request from another origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preflight {
    /// The origin that asked.
    pub origin: String,
    /// The method it asked for.
    pub method: String,
    /// The HTTP status; a browser takes any 2xx.
    pub status: u16,
    allow_origin: Option<String>,
    allow_methods: Option<String>,
    allow_headers: Option<String>,
}

impl Preflight {
    /// Whether the origin may ask at all.
    #[must_use]
    pub fn allows_origin(&self) -> bool {
        let allowed = self.allow_origin.as_deref();
        (200..300).contains(&self.status) && (allowed == Some("*") || allowed == Some(&self.origin))
    }

    /// Whether the method is allowed. `GET` needs no leave of its own (Fetch standard, "CORS-safelisted method").
    #[must_use]
    pub fn allows_method(&self) -> bool {
        let allowed = self.allow_methods.as_deref().unwrap_or_default();
        self.method == "GET" || listed(allowed, &self.method)
    }

    /// Whether the request headers are allowed.
    #[must_use]
    pub fn allows_headers(&self) -> bool {
        listed(
            self.allow_headers.as_deref().unwrap_or_default(),
            REQUEST_HEADERS,
        )
    }
}

fn listed(list: &str, wanted: &str) -> bool {
    list.split(',')
        .map(str::trim)
        .any(|entry| entry == "*" || entry.eq_ignore_ascii_case(wanted))
}

impl Bucket {
    /// What a browser is told that asks to send `method` from `origin` to an object of the bucket. Needs no credentials.
    ///
    /// # Errors
    /// When no answer came.
    pub async fn preflight(&self, origin: &str, method: &str) -> Result<Preflight, Error> {
        let url = self.presign(
            "PresignGetObject",
            self.client
                .sdk
                .get_object()
                .bucket(&self.name)
                .key("preflight")
                .presigned(valid()?)
                .await,
        )?;
        let mut request = HttpRequest::new(SdkBody::empty());
        self.prepare(
            &mut request,
            "OPTIONS",
            url.uri().split('?').next().unwrap_or_default(),
        )?;
        let headers = request.headers_mut();
        headers.insert("origin", origin.to_owned());
        headers.insert("access-control-request-method", method.to_owned());
        headers.insert("access-control-request-headers", REQUEST_HEADERS);
        let answer = self.send("Preflight", request).await?;
        let header = |name| answer.headers().get(name).map(str::to_owned);
        Ok(Preflight {
            origin: origin.to_owned(),
            method: method.to_owned(),
            status: answer.status().as_u16(),
            allow_origin: header("access-control-allow-origin"),
            allow_methods: header("access-control-allow-methods"),
            allow_headers: header("access-control-allow-headers"),
        })
    }

    /// A probe under that key.
    #[must_use]
    pub fn probe(&self, key: String) -> Probe<'_> {
        Probe {
            bucket: self,
            key,
            written: Mutex::default(),
            unclear_upload: AtomicBool::default(),
        }
    }

    fn presign<E>(
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

    fn prepare(&self, request: &mut HttpRequest, method: &str, uri: &str) -> Result<(), Error> {
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

    async fn send(
        &self,
        operation: &'static str,
        request: HttpRequest,
    ) -> Result<HttpResponse, Error> {
        let answer = self.client.connector().call(request).await;
        answer.map_err(|error| classify::connector_error(operation, &self.client.endpoint, &error))
    }

    /// Sends a pre-signed request, again when the failure may pass, and takes only a 2xx for an answer.
    async fn send_signed(
        &self,
        operation: &'static str,
        signed: &PresignedRequest,
        body: &[u8],
        origin: Option<&str>,
    ) -> Result<Answer, Error> {
        let mut attempts = 1;
        loop {
            match self.send_signed_once(operation, signed, body, origin).await {
                Ok(answer) => return Ok(Answer { attempts, ..answer }),
                Err(error) if attempts < ATTEMPTS && error.is_temporary() => {
                    tokio::time::sleep(PAUSE * attempts).await;
                    attempts += 1;
                }
                Err(error) => return Err(Error { attempts, ..error }),
            }
        }
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
        Err(classify::plain_answer(
            operation,
            &self.client.endpoint,
            status,
            &body,
        ))
    }
}

struct Answer {
    response: HttpResponse,
    body: Vec<u8>,
    attempts: u32,
}

impl Answer {
    fn header(&self, name: &str) -> Option<String> {
        self.response.headers().get(name).map(str::to_owned)
    }
}

impl Probe<'_> {
    /// Writes the object, and gives the encryption that the store says it used.
    ///
    /// # Errors
    /// The request that failed.
    pub async fn put(&self, content: &[u8]) -> Result<Option<String>, Error> {
        let request = self.sdk().put_object().bucket(self.name()).key(&self.key);
        let signed = self
            .bucket
            .presign("PutObject", request.presigned(valid()?).await)?;
        self.note(Written::Unclear);
        let answer = self
            .bucket
            .send_signed("PutObject", &signed, content, None)
            .await?;
        if answer.attempts == 1 {
            self.note(Written::Once(answer.header("x-amz-version-id")));
        }
        Ok(answer.header("x-amz-server-side-encryption"))
    }

    fn note(&self, written: Written) {
        *self.written.lock().unwrap_or_else(PoisonError::into_inner) = written;
    }

    /// Asks for the object's head, and gives the encryption it names.
    ///
    /// # Errors
    /// The request that failed.
    pub async fn head(&self) -> Result<Option<String>, Error> {
        let request = self.sdk().head_object().bucket(self.name()).key(&self.key);
        let signed = self
            .bucket
            .presign("HeadObject", request.presigned(valid()?).await)?;
        let answer = self
            .bucket
            .send_signed("HeadObject", &signed, b"", None)
            .await?;
        Ok(answer.header("x-amz-server-side-encryption"))
    }

    /// Reads the object as a browser on `origin` would: its content, and whether a script may see the `ETag`.
    ///
    /// # Errors
    /// The request that failed.
    pub async fn get(&self, origin: &str) -> Result<(Vec<u8>, bool), Error> {
        let request = self.sdk().get_object().bucket(self.name()).key(&self.key);
        let signed = self
            .bucket
            .presign("GetObject", request.presigned(valid()?).await)?;
        let answer = self
            .bucket
            .send_signed("GetObject", &signed, b"", Some(origin))
            .await?;
        let exposed = answer
            .header("access-control-expose-headers")
            .is_some_and(|list| listed(&list, "etag"));
        Ok((answer.body, exposed))
    }

    /// Whether the bucket's listing shows the object.
    ///
    /// # Errors
    /// The request that failed.
    pub async fn is_listed(&self) -> Result<bool, Error> {
        let request = self
            .sdk()
            .list_objects_v2()
            .bucket(self.name())
            .prefix(&self.key);
        let listed = call!(self.bucket, "ListObjectsV2", request)?;
        Ok(listed
            .contents()
            .iter()
            .any(|object| object.key() == Some(&self.key)))
    }

    /// Begins a multipart upload and aborts it.
    ///
    /// # Errors
    /// The request that failed.
    pub async fn upload(&self) -> Result<(), Error> {
        let begin = self
            .sdk()
            .create_multipart_upload()
            .bucket(self.name())
            .key(&self.key);
        self.unclear_upload.store(true, Ordering::Relaxed);
        let watch = Watch::default();
        let begun = begin.customize().interceptor(watch.clone()).send().await;
        let begun = self
            .bucket
            .finished("CreateMultipartUpload", &watch, begun)?;
        let abort = self
            .sdk()
            .abort_multipart_upload()
            .bucket(self.name())
            .key(&self.key);
        let abort = abort.set_upload_id(begun.upload_id().map(str::to_owned));
        call!(self.bucket, "AbortMultipartUpload", abort)?;
        // A request that was sent again may have begun more than one.
        self.unclear_upload
            .store(watch.seen().attempts > 1, Ordering::Relaxed);
        Ok(())
    }

    /// Removes what was written, so that neither a version nor a delete marker stays.
    ///
    /// # Errors
    /// The request that failed.
    pub async fn remove(&self) -> Result<(), Error> {
        if self.unclear_upload.load(Ordering::Relaxed) {
            self.bucket.abort_all(&self.key).await?;
        }
        let written =
            std::mem::take(&mut *self.written.lock().unwrap_or_else(PoisonError::into_inner));
        match written {
            Written::Nothing => Ok(()),
            Written::Once(version) => {
                // In a bucket whose versioning is suspended an object has the version "null"; without it a marker would stay.
                let null = version.is_none();
                match self
                    .remove_version(Some(version.unwrap_or_else(|| "null".to_owned())))
                    .await
                {
                    Err(error)
                        if null && matches!(error.kind(), Kind::Unsupported | Kind::Invalid) =>
                    {
                        self.remove_version(None).await
                    }
                    other => other,
                }
            }
            Written::Unclear => self.bucket.remove_all(&self.key).await,
        }
    }

    async fn remove_version(&self, version: Option<String>) -> Result<(), Error> {
        let request = self
            .sdk()
            .delete_object()
            .bucket(self.name())
            .key(&self.key);
        call!(self.bucket, "DeleteObject", request.set_version_id(version)).map(drop)
    }

    fn sdk(&self) -> &aws_sdk_s3::Client {
        &self.bucket.client.sdk
    }

    fn name(&self) -> &str {
        &self.bucket.name
    }
}

fn valid() -> Result<PresigningConfig, Error> {
    PresigningConfig::expires_in(VALID).map_err(|error| Error {
        message: Some(error.to_string()),
        ..Error::new(Kind::Invalid, "Presign", "")
    })
}
