//! Schemas and signatures on the wire.

use super::type_json;
use crate::framework::function::{Parameter, Signature};
use crate::framework::schema::{Attribute, Kind, Mode, Nesting, Schema};
use crate::proto::tfplugin6 as pb;

/// A schema as Terraform takes it.
pub(super) fn encode(schema: &Schema) -> pb::Schema {
    pb::Schema {
        version: schema.version,
        // Without a block Terraform itself crashes.
        block: Some(pb::schema::Block {
            version: schema.version,
            attributes: schema.attributes.iter().map(attribute).collect(),
            description: schema.description.clone(),
            description_kind: pb::StringKind::Markdown.into(),
            deprecated: schema.deprecated.is_some(),
            deprecation_message: schema.deprecated.clone().unwrap_or_default(),
            ..pb::schema::Block::default()
        }),
    }
}

fn attribute(attribute: &Attribute) -> pb::schema::Attribute {
    // Exactly one of the two: Terraform refuses a schema with both.
    let (ty, nested_type) = match &attribute.kind {
        Kind::Plain(ty) => (type_json::encode(ty), None),
        Kind::Nested(nesting, attributes) => (Vec::new(), Some(nested(*nesting, attributes))),
    };
    pb::schema::Attribute {
        name: attribute.name.to_owned(),
        r#type: ty,
        nested_type,
        description: attribute.description.clone(),
        description_kind: pb::StringKind::Markdown.into(),
        required: attribute.mode == Mode::Required,
        optional: matches!(attribute.mode, Mode::Optional | Mode::OptionalComputed),
        computed: attribute.is_computed(),
        sensitive: attribute.sensitive,
        write_only: attribute.write_only,
        deprecated: attribute.deprecated.is_some(),
        deprecation_message: attribute.deprecated.clone().unwrap_or_default(),
    }
}

fn nested(nesting: Nesting, attributes: &[Attribute]) -> pb::schema::Object {
    use pb::schema::object::NestingMode;
    let nesting = match nesting {
        Nesting::Single => NestingMode::Single,
        Nesting::List => NestingMode::List,
        Nesting::Set => NestingMode::Set,
        Nesting::Map => NestingMode::Map,
    };
    pb::schema::Object {
        attributes: attributes.iter().map(attribute).collect(),
        nesting: nesting.into(),
        ..pb::schema::Object::default()
    }
}

/// A function as Terraform takes it.
pub(super) fn encode_function(signature: &Signature) -> pb::Function {
    pb::Function {
        parameters: signature.parameters.iter().map(parameter).collect(),
        variadic_parameter: signature.variadic.as_ref().map(parameter),
        r#return: Some(pb::function::Return {
            r#type: type_json::encode(&signature.result),
        }),
        summary: signature.summary.clone(),
        description: signature.description.clone(),
        description_kind: pb::StringKind::Markdown.into(),
        deprecation_message: signature.deprecated.clone().unwrap_or_default(),
    }
}

fn parameter(parameter: &Parameter) -> pb::function::Parameter {
    pb::function::Parameter {
        name: parameter.name.to_owned(),
        r#type: type_json::encode(&parameter.ty),
        allow_null_value: parameter.allow_null,
        // Terraform answers "unknown" by itself when an argument is.
        allow_unknown_values: false,
        description: parameter.description.clone(),
        description_kind: pb::StringKind::Markdown.into(),
    }
}
