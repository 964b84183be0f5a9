//! `supported_file_stores(list(string) [, separator]) → string`

use super::wrong;
use crate::framework::function::{Function, FunctionError, Parameter, Signature};
use crate::framework::types::Type;
use crate::framework::value::Value;
use crate::wandb::KeyedAddress;

/// What W&B's page wants for teams on CoreWeave: "the exact string `cw://`".
const ANY_OF_COREWEAVE: &str = "cw://";

/// Not documented by W&B; what lists in environment variables usually have.
const USUAL_SEPARATOR: &str = ",";

/// Joins addresses for `GORILLA_SUPPORTED_FILE_STORES`.
pub(super) struct SupportedFileStores;

impl Function for SupportedFileStores {
    fn name(&self) -> &'static str {
        "supported_file_stores"
    }

    fn signature(&self) -> Signature {
        Signature {
            summary: "Writes the value of W&B's GORILLA_SUPPORTED_FILE_STORES".to_owned(),
            description: "Joins the addresses of the stores that teams may use, for the environment variable `GORILLA_SUPPORTED_FILE_STORES` of W&B \
                          Dedicated Cloud or Self-Managed W&B. Each address is checked as `parse_storage_address` does; for CoreWeave W&B takes the bare \
                          `cw://`, too.\n\nW&B must know a store before a team is created on it, and is restarted after a change: W&B's staff do so for \
                          Dedicated Cloud. W&B does not tell when the value is wrong.\n\nAddresses with keys are secrets, and so is their list."
                .to_owned(),
            parameters: vec![Parameter {
                name: "addresses",
                ty: Type::list(Type::String),
                description: "The addresses, as `storage_address` writes them.".to_owned(),
                allow_null: false,
            }],
            variadic: Some(Parameter {
                name: "separator",
                ty: Type::String,
                description: "What stands between two addresses, given once or not at all. Default: a comma. W&B documents none; ask W&B's support if a \
                              list of several stores is not taken."
                    .to_owned(),
                allow_null: false,
            }),
            result: Type::String,
            deprecated: None,
        }
    }

    fn call(&self, arguments: Vec<Value>) -> Result<Value, FunctionError> {
        let separator = match arguments.get(1).map(Value::as_str) {
            None => USUAL_SEPARATOR,
            Some(None | Some("")) => return Err(wrong(1, "It is empty. Leave it out for a comma")),
            Some(Some(separator)) => separator,
        };
        if arguments.len() > 2 {
            return Err(wrong(2, "There is one separator at most"));
        }
        let addresses = arguments
            .first()
            .and_then(Value::elements)
            .unwrap_or_default();
        let addresses = addresses
            .iter()
            .enumerate()
            .map(|(index, address)| {
                checked(address, separator).map_err(|fault| {
                    wrong(
                        0,
                        format!("Element {index} is no address of a store: {fault}"),
                    )
                })
            })
            .collect::<Result<Vec<_>, _>>()?;
        Ok(addresses.join(separator).into())
    }
}

/// The address, if it is one and can be found again in the list.
fn checked<'a>(address: &'a Value, separator: &str) -> Result<&'a str, String> {
    let text = address.as_str().ok_or("it is null")?;
    if text != ANY_OF_COREWEAVE {
        KeyedAddress::parse(text).map_err(|error| error.to_string())?;
    }
    if text.contains(separator) {
        return Err(
            "it holds the separator. Percent-encode it (, is %2C), or give another separator"
                .to_owned(),
        );
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::coreweave_alone(&["cw://"], &[], "cw://")]
    #[case::comma(&["cw://", "gs://b"], &[], "cw://,gs://b")]
    #[case::another_separator(&["cw://", "gs://b"], &[" "], "cw:// gs://b")]
    #[case::as_written(&["az://:k==@acct/c", "s3://b/a,b"], &[";"], "az://:k==@acct/c;s3://b/a,b")]
    #[case::none(&[], &[], "")]
    fn addresses_are_joined(
        #[case] addresses: &[&str],
        #[case] separator: &[&str],
        #[case] expected: &str,
    ) {
        let list = Value::List(addresses.iter().copied().map(Value::from).collect());
        let separator = separator.iter().copied().map(Value::from);
        let joined = SupportedFileStores.call([list].into_iter().chain(separator).collect());
        assert_eq!(joined, Ok(expected.into()));
    }
}
