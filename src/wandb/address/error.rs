//! Why a text or its parts are no address.

use super::Scheme;

/// What is wrong, and what is right.
///
/// Nothing of the address stands in it: where one is written wrongly, any part of it may be a piece of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// There is no `://`.
    #[error("an address begins with s3://, cw://, gs:// or az://, and this one with none of them")]
    NoScheme,
    /// Another word for a kind of store (W&B operator, `infra-connection-settings.md`: "`gcs://` is not accepted").
    #[error("W&B does not take {wrong}://, write {right}:// instead")]
    OtherSpelling {
        /// The word that stands there.
        wrong: &'static str,
        /// What it means.
        right: Scheme,
    },
    /// The address of a web server.
    #[error(
        "this is the address of a web server. Write s3://, the host and the bucket, and ?tls=true where it begins with https://: for \
         example s3://minio.example.com/acme-wandb?tls=true"
    )]
    WebAddress,
    /// A line break, for example.
    #[error(
        "it holds a line break or another character that cannot be printed. In a key such a character is percent-encoded, as `storage_address` does"
    )]
    Unprintable,
    /// A `#`.
    #[error("it holds a #, and whatever follows would be lost. Write %23 instead")]
    Fragment,
    /// An `@` after the first `/` or `?`.
    #[error(
        "an @ stands behind the first / or ?. If it ends the keys, one of them holds a character that must be percent-encoded (/ is %2F, ? is \
         %3F), as `storage_address` does; elsewhere write %40"
    )]
    MisplacedAt,
    /// More than one `?` (an old version of W&B's page has it so), or `;`.
    #[error(
        "an address has one ?, and & between its parameters: for example ?region=us-east-1&tls=true"
    )]
    MisjoinedParameters,
    /// A `%` without two hexadecimal digits.
    #[error("a % is not followed by two hexadecimal digits. Write %25 for the character itself")]
    BadEscape,
    /// Percent-encoded bytes that are no text.
    #[error("what is percent-encoded is not UTF-8 text")]
    NotText,
    /// A character that cannot stand in a key as it is.
    #[error(
        "one of the keys holds a character that must be percent-encoded, as `storage_address` does"
    )]
    KeysNotEncoded,
    /// One key without the other.
    #[error("`{missing}` is missing: `access_key` and `secret_key` are given together, or neither")]
    HalfAKeyPair {
        /// The one that is not there.
        missing: &'static str,
    },
    /// A key of no characters.
    #[error("`{key}` is empty: give it a value, or leave it out (null)")]
    EmptyKey {
        /// Which one.
        key: &'static str,
    },
    /// Azure knows no access key.
    #[error(
        "`access_key` has no meaning with az: the account is named after the @, and its key alone is the `secret_key` (az://:KEY@ACCOUNT/CONTAINER)"
    )]
    AccessKeyOfAzure,
    /// There is no bucket.
    #[error("`bucket` is missing")]
    NoBucket,
    /// The same with CoreWeave, whose bare `cw://` W&B's page wants in one place.
    #[error(
        "`bucket` is missing: a bare cw:// is good only for W&B's list of file stores (GORILLA_SUPPORTED_FILE_STORES)"
    )]
    NoBucketOfCoreWeave,
    /// There is no container.
    #[error("`container` is missing: an address on Azure is az://ACCOUNT/CONTAINER")]
    NoContainer,
    /// There is no account.
    #[error("`account` is missing: an address on Azure is az://ACCOUNT/CONTAINER")]
    NoAccount,
    /// Google's buckets have no host.
    #[error("`host` has no meaning with gs: Google's buckets are found by their names alone")]
    HostOfGoogle,
    /// The host is none.
    #[error(
        "`host` is not a host with or without a port. Write neither a scheme nor a path: for example minio.example.com:9000"
    )]
    BadHost,
    /// The account is none.
    #[error(
        "`account` is not the name of a storage account: letters and digits alone, without .blob.core.windows.net"
    )]
    BadAccount,
    /// The bucket or container is none.
    #[error(
        "`{word}` holds a character that no name has: it is made of letters, digits, dots, hyphens and underscores"
    )]
    BadName {
        /// Whether it is called bucket or container.
        word: &'static str,
    },
    /// A host that looks like a bucket.
    #[error(
        "`host` has neither a dot nor a port, and would be taken for a bucket. Write its port, too: for example minio:9000"
    )]
    HostLikeBucket,
    /// A bucket that looks like a host.
    #[error(
        "`bucket` has a dot in it and a `path` behind it, and would be taken for a host. Write the `host`, too: for example \
         s3.us-east-1.amazonaws.com"
    )]
    BucketLikeHost,
    /// The path is none.
    #[error(
        "`path` is empty, begins or ends with a slash, or holds a control character. Write the folder inside the bucket: for example teams/omega"
    )]
    BadPath,
    /// A parameter that is for S3 alone.
    #[error("`{parameter}` has no meaning with {scheme}: only s3 and cw take it")]
    ForeignParameter {
        /// Which one.
        parameter: &'static str,
        /// The kind of store.
        scheme: Scheme,
    },
    /// A parameter that W&B's server does not know.
    #[error(
        "it has a parameter that W&B's server does not know: that knows region, tls and forcePathStyle, written so"
    )]
    UnknownParameter,
    /// The same parameter again.
    #[error("`{parameter}` stands there twice")]
    Twice {
        /// Which one.
        parameter: &'static str,
    },
    /// Neither true nor false.
    #[error("`{parameter}` is neither true nor false")]
    NotABool {
        /// Which one.
        parameter: &'static str,
    },
    /// A region of no characters.
    #[error("`region` is empty: give it a value, or leave it out")]
    EmptyRegion,
}
