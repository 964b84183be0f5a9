//! A function is called.

use super::pb;
use crate::framework::function::{FunctionError, Signature};
use crate::framework::server::Server;
use crate::framework::value::Value;
use crate::protocol::{Malformed, dynamic_value};

pub(in crate::protocol) async fn call_function(
    server: &Server,
    request: pb::call_function::Request,
) -> pb::call_function::Response {
    match call(server, request).await {
        Ok(result) => pb::call_function::Response {
            result: Some(result),
            error: None,
        },
        Err(error) => {
            let function_argument = error
                .argument
                .and_then(|argument| i64::try_from(argument).ok());
            pb::call_function::Response {
                result: None,
                error: Some(pb::FunctionError {
                    text: error.text,
                    function_argument,
                }),
            }
        }
    }
}

/// The answer when the call panicked.
pub(in crate::protocol) fn failed(diagnostics: Vec<pb::Diagnostic>) -> pb::call_function::Response {
    let text = diagnostics
        .into_iter()
        .map(|diagnostic| diagnostic.detail)
        .collect();
    pb::call_function::Response {
        result: None,
        error: Some(pb::FunctionError {
            text,
            function_argument: None,
        }),
    }
}

async fn call(
    server: &Server,
    request: pb::call_function::Request,
) -> Result<pb::DynamicValue, FunctionError> {
    let Some(entry) = server.catalog().function(&request.name) else {
        return Err(FunctionError {
            text: format!(
                "There is no function {:?} in this version of the provider",
                request.name
            ),
            argument: None,
        });
    };
    let signature = entry.schema();
    let arguments = decode(signature, request.arguments)?;
    let result = server.call_function(&request.name, arguments).await?;
    dynamic_value::encode(&result, &signature.result).map_err(|malformed| broken(&malformed, None))
}

fn decode(signature: &Signature, sent: Vec<pb::DynamicValue>) -> Result<Vec<Value>, FunctionError> {
    let required = signature.parameters.len();
    if sent.len() < required || sent.len() > required && signature.variadic.is_none() {
        return Err(FunctionError {
            text: format!(
                "{required} arguments are required, {} were given",
                sent.len()
            ),
            argument: None,
        });
    }
    let arguments = sent.into_iter().zip(signature.each_parameter()).enumerate();
    arguments
        .map(|(index, (sent, parameter))| {
            dynamic_value::decode(Some(sent), &parameter.ty)
                .map_err(|malformed| broken(&malformed, Some(index)))
        })
        .collect()
}

fn broken(malformed: &Malformed, argument: Option<usize>) -> FunctionError {
    FunctionError {
        text: format!("The value cannot be read: {malformed}"),
        argument,
    }
}
