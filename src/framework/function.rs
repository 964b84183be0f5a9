//! What a provider function implements (Terraform 1.8, OpenTofu 1.7 and later).

use super::types::Type;
use super::value::Value;

/// A pure function: the same arguments always give the same result, and nothing outside is touched.
pub trait Function: Send + Sync {
    /// The name after `provider::wandb::`.
    fn name(&self) -> &'static str;

    /// Its parameters, result and description.
    fn signature(&self) -> Signature;

    /// Calls it. The arguments are in the order of the parameters, those of the variadic parameter after them.
    ///
    /// # Errors
    /// When an argument is no good; the error names it.
    fn call(&self, arguments: Vec<Value>) -> Result<Value, FunctionError>;
}

/// How a function is called.
pub struct Signature {
    /// One line.
    pub summary: String,
    /// All of it, in Markdown.
    pub description: String,
    /// The parameters.
    pub parameters: Vec<Parameter>,
    /// A last parameter that may be given any number of times.
    pub variadic: Option<Parameter>,
    /// The type of the result.
    pub result: Type,
    /// What to use instead, when it is deprecated.
    pub deprecated: Option<String>,
}

impl Signature {
    /// The parameter of each argument: the variadic one again and again after the others.
    pub fn each_parameter(&self) -> impl Iterator<Item = &Parameter> {
        let variadic = std::iter::repeat_with(|| self.variadic.as_ref());
        self.parameters
            .iter()
            .chain(variadic.map_while(|parameter| parameter))
    }
}

/// A parameter of a function.
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub ty: Type,
    /// Its meaning, in Markdown.
    pub description: String,
    /// Whether null may be given; otherwise Terraform refuses it.
    pub allow_null: bool,
}

/// Why a call failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionError {
    /// Whole sentences: what is wrong and what is right. No full stop at the end: Terraform adds one.
    pub text: String,
    /// The argument to blame, from 0.
    pub argument: Option<usize>,
}
