//! `parse_storage_address(string) → object`

use super::{address_object, wrong};
use crate::framework::function::{Function, FunctionError, Parameter, Signature};
use crate::framework::types::Type;
use crate::framework::value::Value;
use crate::wandb::KeyedAddress;

/// Reads an address.
pub(super) struct ParseStorageAddress;

impl Function for ParseStorageAddress {
    fn name(&self) -> &'static str {
        "parse_storage_address"
    }

    fn signature(&self) -> Signature {
        Signature {
            summary: "Reads a bucket's address in W&B's own notation".to_owned(),
            description: format!(
                "Takes an address apart, and refuses one that W&B's server would misread. The inverse of `storage_address`.\n\nIn an address of `s3` or \
                 `cw` the first part is a host if it has a port, or if it has a dot and something follows; otherwise it is the bucket.\n\nThe result has \
                 all of these attributes; those that the address does not have are null:\n\n{}",
                address_object::ATTRIBUTES
            ),
            parameters: vec![Parameter {
                name: "address",
                ty: Type::String,
                description: "The address, for example `s3://minio.example.com:9000/acme-wandb/omega?region=us-east-1&tls=true`.".to_owned(),
                allow_null: false,
            }],
            variadic: None,
            result: address_object::ty(),
            deprecated: None,
        }
    }

    fn call(&self, arguments: Vec<Value>) -> Result<Value, FunctionError> {
        let text = arguments
            .first()
            .and_then(Value::as_str)
            .unwrap_or_default();
        let keyed =
            KeyedAddress::parse(text).map_err(|error| wrong(0, address_object::sentence(error)))?;
        Ok(address_object::write(&keyed))
    }
}
