//! Who may do what with a bucket: its policy, the block of public access, the ownership of objects. Amazon's own S3 has all of them.

use aws_sdk_s3::types::{
    ObjectOwnership, OwnershipControls, OwnershipControlsRule, PublicAccessBlockConfiguration,
};

use super::Observed;
use super::bucket::{Bucket, call};
use super::documents::get;
use super::watch::Watch;
use crate::clouds::Error;

/// What of public access is blocked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublicAccess {
    /// New public ACLs are refused.
    pub block_acls: bool,
    /// Public ACLs that are there count for nothing.
    pub ignore_acls: bool,
    /// New public policies are refused.
    pub block_policy: bool,
    /// A public policy counts only within the account.
    pub restrict_buckets: bool,
}

impl PublicAccess {
    /// All of it.
    pub const BLOCKED: Self = Self {
        block_acls: true,
        ignore_acls: true,
        block_policy: true,
        restrict_buckets: true,
    };
}

impl Bucket {
    /// The bucket's policy, as it is written.
    ///
    /// # Errors
    /// The call that failed.
    pub async fn policy(&self) -> Result<Observed<String>, Error> {
        let watch = Watch::default();
        let request = self.client.sdk.get_bucket_policy().bucket(&self.name);
        let result = request.customize().interceptor(watch.clone()).send().await;
        let found = match self.json_document("GetBucketPolicy", &watch, result) {
            Ok(found) => found.policy,
            Err(error) if error.code() == Some("NoSuchBucketPolicy") => None,
            Err(error) => return Err(error),
        };
        Ok(found.map_or(Observed::NotSet, Observed::Set))
    }

    /// Writes the bucket's policy.
    ///
    /// # Errors
    /// The call that failed; `UnknownPrincipal` when the policy names one that is not known, perhaps not yet.
    pub async fn put_policy(&self, policy: &str) -> Result<(), Error> {
        let watch = Watch::default();
        let request = self.client.sdk.put_bucket_policy().bucket(&self.name);
        let request = request.policy(policy).customize();
        let result = request.interceptor(watch.clone()).send().await;
        // Some that imitate Amazon's S3 answer with a word; what counts is read back.
        self.ended(
            "PutBucketPolicy",
            &watch.seen(),
            result,
            watch.seen().is_page(),
        )
        .map(drop)
    }

    /// What of public access is blocked.
    ///
    /// # Errors
    /// The call that failed.
    pub async fn public_access(&self) -> Result<Observed<PublicAccess>, Error> {
        let request = self.client.sdk.get_public_access_block();
        let found = get!(
            self,
            "GetPublicAccessBlock",
            request,
            absent = &["NoSuchPublicAccessBlockConfiguration"],
            root = "PublicAccessBlockConfiguration"
        )?;
        Ok(found.map(|found| {
            let block = found.public_access_block_configuration();
            let of = |field: fn(&PublicAccessBlockConfiguration) -> Option<bool>| {
                block.and_then(field).unwrap_or(false)
            };
            PublicAccess {
                block_acls: of(PublicAccessBlockConfiguration::block_public_acls),
                ignore_acls: of(PublicAccessBlockConfiguration::ignore_public_acls),
                block_policy: of(PublicAccessBlockConfiguration::block_public_policy),
                restrict_buckets: of(PublicAccessBlockConfiguration::restrict_public_buckets),
            }
        }))
    }

    /// Blocks all public access.
    ///
    /// # Errors
    /// The call that failed.
    pub async fn block_public_access(&self) -> Result<(), Error> {
        let configuration = PublicAccessBlockConfiguration::builder()
            .block_public_acls(true)
            .ignore_public_acls(true)
            .block_public_policy(true)
            .restrict_public_buckets(true)
            .build();
        let request = self.client.sdk.put_public_access_block().bucket(&self.name);
        let request = request.public_access_block_configuration(configuration);
        call!(self, "PutPublicAccessBlock", request).map(drop)
    }

    /// Who owns objects that others write, in Amazon's word: `BucketOwnerEnforced`, `BucketOwnerPreferred` or `ObjectWriter`.
    ///
    /// # Errors
    /// The call that failed.
    pub async fn ownership(&self) -> Result<Observed<String>, Error> {
        let request = self.client.sdk.get_bucket_ownership_controls();
        let found = get!(
            self,
            "GetBucketOwnershipControls",
            request,
            absent = &["OwnershipControlsNotFoundError"],
            root = "OwnershipControls"
        )?;
        Ok(found.map(|found| {
            let rules = found
                .ownership_controls()
                .map(OwnershipControls::rules)
                .unwrap_or_default();
            rules
                .first()
                .map(|rule| rule.object_ownership().as_str().to_owned())
                .unwrap_or_default()
        }))
    }

    /// Makes the owner of the bucket the owner of every object in it, and switches ACLs off. A bucket whose own ACL grants somebody something keeps
    /// ACLs, and the owner gets the objects that are written for it.
    ///
    /// # Errors
    /// The call that failed.
    pub async fn own_all_objects(&self) -> Result<(), Error> {
        let enforced = self.put_ownership(ObjectOwnership::BucketOwnerEnforced);
        match enforced.await {
            Err(error) if error.code() == Some("InvalidBucketAclWithObjectOwnership") => {
                self.put_ownership(ObjectOwnership::BucketOwnerPreferred)
                    .await
            }
            other => other,
        }
    }

    async fn put_ownership(&self, ownership: ObjectOwnership) -> Result<(), Error> {
        let rule = OwnershipControlsRule::builder().object_ownership(ownership);
        // The builders ask for the ownership and a rule, which are given.
        let controls = OwnershipControls::builder()
            .set_rules(rule.build().ok().map(|rule| vec![rule]))
            .build();
        let request = self.client.sdk.put_bucket_ownership_controls();
        let request = request
            .bucket(&self.name)
            .set_ownership_controls(controls.ok());
        call!(self, "PutBucketOwnershipControls", request).map(drop)
    }
}
