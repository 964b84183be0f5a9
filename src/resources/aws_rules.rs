//! What may be written into the attributes that concern AWS. Every rule is asked at plan time and never touches the network.

use crate::framework::diagnostic::{Diagnostic, Diagnostics};
use crate::framework::path::Path;
use crate::framework::value::Value;

/// Days that a key can wait for its deletion (AWS KMS API, ScheduleKeyDeletion).
const WINDOW: std::ops::RangeInclusive<i64> = 7..=30;

/// The parts of an ARN: `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE` (AWS General Reference).
pub(crate) struct Arn<'a> {
    pub(crate) partition: &'a str,
    pub(crate) service: &'a str,
    pub(crate) region: &'a str,
    account: &'a str,
    resource: &'a str,
}

impl<'a> Arn<'a> {
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.splitn(6, ':');
        let (word, partition) = (parts.next()?, parts.next()?);
        let begins = word == "arn" && partition.starts_with("aws");
        let (service, region) = (parts.next()?, parts.next()?);
        let (account, resource) = (parts.next()?, parts.next()?);
        (begins && !resource.is_empty()).then_some(Self {
            partition,
            service,
            region,
            account,
            resource,
        })
    }
}

/// An ARN of any kind.
pub(crate) fn arn(value: &Value, path: &Path) -> Diagnostics {
    match value.as_str() {
        Some(text) if Arn::parse(text).is_none() => refuse(
            "Invalid ARN",
            format!(
                "{text:?} is no ARN. Write it as AWS shows it, such as \"arn:aws:iam::111122223333:role/wandb\"."
            ),
            path,
        ),
        _ => Diagnostics::none(),
    }
}

/// The name of a region.
pub(crate) fn aws_region(value: &Value, path: &Path) -> Diagnostics {
    let Some(text) = value.as_str() else {
        return Diagnostics::none();
    };
    let letters =
        |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase());
    let parts = text.split('-').collect::<Vec<_>>();
    let well_formed = match parts.as_slice() {
        [places @ .., number] => {
            (2..=3).contains(&places.len())
                && places.iter().all(|part| letters(part))
                && !number.is_empty()
                && number.bytes().all(|byte| byte.is_ascii_digit())
        }
        [] => false,
    };
    if well_formed {
        return Diagnostics::none();
    }
    refuse(
        "Invalid AWS region",
        format!(
            "{text:?} is no name of a region. Write it as AWS does, such as \"us-east-1\" or \"eu-central-1\"."
        ),
        path,
    )
}

/// The address of a key: not its bare id and no alias, which W&B's account could not resolve.
pub(crate) fn kms_key_arn(value: &Value, path: &Path) -> Diagnostics {
    let Some(text) = value.as_str() else {
        return Diagnostics::none();
    };
    let good = Arn::parse(text).is_some_and(|arn| {
        arn.service == "kms"
            && !arn.region.is_empty()
            && is_account(arn.account)
            && arn
                .resource
                .strip_prefix("key/")
                .is_some_and(|id| !id.is_empty())
    });
    if good {
        return Diagnostics::none();
    }
    refuse(
        "Invalid key ARN",
        format!(
            "{text:?} is no ARN of a key. Write \"arn:aws:kms:REGION:ACCOUNT:key/ID\"; a bare id or an alias means nothing in W&B's account."
        ),
        path,
    )
}

/// Who may use the bucket: accounts, roles and users.
pub(crate) fn principals(value: &Value, path: &Path) -> Diagnostics {
    let principals = value.elements().unwrap_or_default();
    if principals.is_empty() {
        let detail = "Without a principal W&B could not use the bucket. Name at least one, or leave the attribute out for W&B's own.";
        return refuse("No principal", detail.to_owned(), path);
    }
    let wrong = principals.iter().filter_map(Value::as_str).filter(|text| {
        !is_account(text)
            && !Arn::parse(text).is_some_and(|arn| arn.service == "iam" && is_account(arn.account))
    });
    wrong
        .map(|text| {
            Diagnostic::error(
                "Invalid principal",
                format!(
                    "{text:?} is no principal of AWS. Write the ARN of a role, a user or an account's root, such as \
                     \"arn:aws:iam::111122223333:role/wandb\", or the number of an account. `*` would open the bucket to everybody."
                ),
            )
            .at(path.clone())
        })
        .collect()
}

/// Days until a key is deleted.
pub(crate) fn deletion_window(value: &Value, path: &Path) -> Diagnostics {
    match value.as_i64() {
        Some(days) if WINDOW.contains(&days) => Diagnostics::none(),
        _ => refuse(
            "Invalid number of days",
            "AWS keeps a key that is scheduled for deletion for 7 to 30 days.".to_owned(),
            path,
        ),
    }
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn refuse(summary: &str, detail: String, path: &Path) -> Diagnostics {
    Diagnostic::error(summary, detail).at(path.clone()).into()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("us-east-1", true)]
    #[case("us-gov-west-1", true)]
    #[case("cn-north-1", true)]
    #[case("us-east", false)]
    #[case("US-EAST-1", false)]
    #[case("us-east-1a", false)]
    #[case("", false)]
    fn a_region_is_written_as_aws_does(#[case] text: &str, #[case] good: bool) {
        assert_eq!(aws_region(&text.into(), &Path::root()).is_empty(), good);
    }

    #[rstest]
    #[case("arn:aws:kms:us-east-1:111122223333:key/1234abcd", true)]
    #[case("arn:aws-us-gov:kms:us-gov-west-1:111122223333:key/mrk-1", true)]
    #[case("arn:aws:kms:us-east-1:111122223333:alias/x", false)]
    #[case("1234abcd", false)]
    #[case("arn:aws:kms:us-east-1::key/1", false)]
    #[case("arn:aws:s3:::bucket", false)]
    fn a_key_is_named_by_its_address(#[case] text: &str, #[case] good: bool) {
        assert_eq!(kms_key_arn(&text.into(), &Path::root()).is_empty(), good);
    }

    #[rstest]
    #[case(&["arn:aws:iam::111122223333:role/wandb"], true)]
    #[case(&["111122223333"], true)]
    #[case(&["*"], false)]
    #[case(&["arn:aws:iam:::role/wandb"], false)]
    #[case(&["arn:aws:s3:::bucket"], false)]
    #[case(&[], false)]
    fn a_principal_is_an_account_a_role_or_a_user(#[case] texts: &[&str], #[case] good: bool) {
        let value = Value::set_of_strings(texts.iter().copied());
        assert_eq!(principals(&value, &Path::root()).is_empty(), good);
    }
}
