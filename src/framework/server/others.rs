//! Data sources, ephemeral resources and functions: what has no state.

use super::{Server, damaged_private};
use crate::framework::diagnostic::Diagnostics;
use crate::framework::ephemeral::{Opened, Renewed};
use crate::framework::function::FunctionError;
use crate::framework::guard::{guarded, panicked};
use crate::framework::private::Private;
use crate::framework::timeouts::Limit;
use crate::framework::value::Value;

impl Server {
    /// Reads a data source.
    pub async fn read_data_source(&self, type_name: &str, config: Value) -> (Value, Diagnostics) {
        let entry = match self.catalog.data_source(type_name) {
            Ok(entry) => entry,
            Err(unknown) => return (Value::Null, unknown),
        };
        let operation = self.operation(entry.schema(), &config, Limit::Read);
        match guarded(entry.thing.read(config, &operation)).await {
            Ok(Ok(read)) => read,
            Ok(Err(failed)) => (Value::Null, failed),
            Err(panic) => (Value::Null, panicked(&panic, "Nothing was read.").into()),
        }
    }

    /// Opens an ephemeral resource.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub async fn open_ephemeral(
        &self,
        type_name: &str,
        config: Value,
    ) -> Result<Opened, Diagnostics> {
        let entry = self.catalog.ephemeral(type_name)?;
        let operation = self.operation(entry.schema(), &config, Limit::Read);
        let opened = guarded(entry.thing.open(config, &operation)).await;
        opened.unwrap_or_else(|panic| Err(panicked(&panic, "Nothing was opened.").into()))
    }

    /// Prolongs an ephemeral resource.
    ///
    /// # Errors
    /// When it cannot be prolonged.
    pub async fn renew_ephemeral(
        &self,
        type_name: &str,
        private: &[u8],
    ) -> Result<Renewed, Diagnostics> {
        let entry = self.catalog.ephemeral(type_name)?;
        let private = Private::from_bytes(private).map_err(|damaged| damaged_private(&damaged))?;
        let operation = self.operation(entry.schema(), &Value::Null, Limit::Read);
        let renewed = guarded(entry.thing.renew(private, &operation)).await;
        renewed.unwrap_or_else(|panic| Err(panicked(&panic, "It was not prolonged.").into()))
    }

    /// Closes an ephemeral resource.
    pub async fn close_ephemeral(&self, type_name: &str, private: &[u8]) -> Diagnostics {
        let entry = match self.catalog.ephemeral(type_name) {
            Ok(entry) => entry,
            Err(unknown) => return unknown,
        };
        let private = match Private::from_bytes(private) {
            Ok(private) => private,
            Err(damaged) => return damaged_private(&damaged),
        };
        let operation = self.operation(entry.schema(), &Value::Null, Limit::Delete);
        let closed = guarded(entry.thing.close(private, &operation)).await;
        closed.unwrap_or_else(|panic| panicked(&panic, "It may still be open.").into())
    }

    /// Calls a function.
    ///
    /// # Errors
    /// When there is no such function, or an argument is no good.
    pub async fn call_function(
        &self,
        name: &str,
        arguments: Vec<Value>,
    ) -> Result<Value, FunctionError> {
        let plain = |text: String| FunctionError {
            text,
            argument: None,
        };
        let entry = self
            .catalog
            .function(name)
            .ok_or_else(|| plain(format!("There is no function {name:?} here")))?;
        let signature = entry.schema();
        for (index, (argument, parameter)) in
            arguments.iter().zip(signature.each_parameter()).enumerate()
        {
            if argument.is_null() && !parameter.allow_null {
                return Err(FunctionError {
                    text: format!("`{}` must not be null", parameter.name),
                    argument: Some(index),
                });
            }
        }
        // Terraform answers so by itself. Whatever else calls must not get a result of half the arguments.
        if !arguments.iter().all(Value::is_wholly_known) {
            return Ok(Value::unknown());
        }
        let called = guarded(async { entry.thing.call(arguments) }).await;
        called.unwrap_or_else(|panic| Err(plain(panicked(&panic, "").detail)))
    }
}
