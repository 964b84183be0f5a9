//! `storage_address(object) → string`

use super::address_object;
use crate::framework::function::{Function, FunctionError, Parameter, Signature};
use crate::framework::types::Type;
use crate::framework::value::Value;

/// Writes an address.
pub(super) struct StorageAddress;

impl Function for StorageAddress {
    fn name(&self) -> &'static str {
        "storage_address"
    }

    fn signature(&self) -> Signature {
        Signature {
            summary: "Writes a bucket's address in W&B's own notation".to_owned(),
            description: format!(
                "Writes where a bucket is, with or without the keys to it, as W&B's server takes it: `s3://KEY:SECRET@HOST/BUCKET/PATH?region=…&tls=true`. \
                 Keys, paths and values are percent-encoded. The inverse of `parse_storage_address`.\n\nAn address with keys is a secret. It is \
                 sensitive where a key was; whatever holds it holds the key, the state included.\n\nThe object may have these attributes. Which are \
                 needed depends on the kind of store, and the others are left out or null:\n\n{}",
                address_object::ATTRIBUTES
            ),
            parameters: vec![Parameter {
                name: "address",
                // A type with optional attributes cannot be told to Terraform; with this one any of them may be left out.
                ty: Type::Dynamic,
                description: "The parts of the address: an object with `scheme`, `bucket` and what else there is to say.".to_owned(),
                allow_null: false,
            }],
            variadic: None,
            result: Type::String,
            deprecated: None,
        }
    }

    fn call(&self, arguments: Vec<Value>) -> Result<Value, FunctionError> {
        Ok(address_object::read(&arguments, 0)?.exposed().into())
    }
}
