//! A value in a message: msgpack, or JSON where there is none.

use super::{Malformed, json, msgpack};
use crate::framework::types::Type;
use crate::framework::value::Value;
use crate::proto::tfplugin6 as pb;

/// Reads a value; one that is not there is null.
pub(super) fn decode(sent: Option<pb::DynamicValue>, ty: &Type) -> Result<Value, Malformed> {
    match sent {
        Some(sent) if !sent.msgpack.is_empty() => msgpack::decode(&sent.msgpack, ty),
        Some(sent) if !sent.json.is_empty() => json::decode(&sent.json, ty),
        _ => Ok(Value::Null),
    }
}

/// Writes a value, always as msgpack: JSON cannot say "unknown".
pub(super) fn encode(value: &Value, ty: &Type) -> Result<pb::DynamicValue, Malformed> {
    Ok(pb::DynamicValue {
        msgpack: msgpack::encode(value, ty)?,
        json: Vec::new(),
    })
}
