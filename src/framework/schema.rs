//! Schemas: what a user may write, what the provider fills in, and how a change of each attribute is planned.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::diagnostic::Diagnostics;
use super::path::Path;
use super::timeouts::Timeouts;
use super::types::Type;
use super::value::Value;

/// The schema of a resource, a data source, an ephemeral resource or the provider block.
///
/// Attributes only: nested blocks are the older style, and nothing here needs them.
#[derive(Debug, Clone, Default)]
pub struct Schema {
    /// Version of the state this schema describes; an older state is upgraded.
    pub version: i64,
    /// What it is, in Markdown.
    pub description: String,
    /// What a user of it is told when it is deprecated.
    pub deprecated: Option<String>,
    /// The attributes, in the order of the documentation.
    pub attributes: Vec<Attribute>,
    /// The operations that have a time limit, with the limits that hold when the user sets none.
    pub timeouts: Option<Timeouts>,
}

/// Who gives an attribute its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// The user must.
    Required,
    /// The user may; otherwise it is null.
    Optional,
    /// The provider does.
    Computed,
    /// The user may; otherwise the provider does.
    OptionalComputed,
}

/// How nested attributes are held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nesting {
    /// One object.
    Single,
    /// A list of objects.
    List,
    /// A set of objects. Its elements have no names by which one after a change could be matched with one before: nothing in
    /// them may be computed or have a default, and core allows nothing write-only or dynamic.
    Set,
    /// A map of objects.
    Map,
}

/// What an attribute holds.
#[derive(Debug, Clone)]
pub enum Kind {
    /// A value of that type.
    Plain(Type),
    /// Objects that have attributes of their own.
    Nested(Nesting, Vec<Attribute>),
}

/// A rule about one attribute's value. It is asked only about a value that is neither null nor unknown; what is inside a
/// collection may still be unknown, and says nothing then. It never touches the network.
pub type Rule = Arc<dyn Fn(&Value, &Path) -> Diagnostics + Send + Sync>;

/// One attribute.
#[derive(Clone)]
pub struct Attribute {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Who gives the value.
    pub mode: Mode,
    /// What it means, its default, its unit and the effect of a change, in Markdown.
    pub description: String,
    /// Never shown.
    pub sensitive: bool,
    /// Never in a plan or state; only the configuration carries it (Terraform and OpenTofu 1.11 and later).
    pub write_only: bool,
    /// What to use instead, when it is deprecated.
    pub deprecated: Option<String>,
    /// Used when the configuration sets none.
    pub default: Option<Value>,
    /// A changed value needs another object.
    pub requires_replace: bool,
    /// A computed value that a change of other attributes leaves as it is.
    pub stable: bool,
    /// Rules about the value.
    pub rules: Vec<Rule>,
}

impl fmt::Debug for Attribute {
    /// Without the description and the rules, which say nothing in a test's output.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct(self.name)
            .field("kind", &self.kind)
            .field("mode", &self.mode)
            .field("default", &self.default)
            .field("write_only", &self.write_only)
            .field("requires_replace", &self.requires_replace)
            .field("stable", &self.stable)
            .finish_non_exhaustive()
    }
}

impl Schema {
    /// The type of the whole object: what travels between Terraform and the provider.
    #[must_use]
    pub fn ty(&self) -> Type {
        object_type(&self.attributes)
    }

    /// The attribute of that name at the top.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes
            .iter()
            .find(|attribute| attribute.name == name)
    }

    /// An object of this schema in which every attribute is null.
    #[must_use]
    pub fn null_object(&self) -> Value {
        Value::object(
            self.attributes
                .iter()
                .map(|attribute| (attribute.name, Value::Null)),
        )
    }
}

impl Attribute {
    /// An attribute of that type. It is optional until told otherwise.
    #[must_use]
    pub fn new(name: &'static str, ty: Type) -> Self {
        Self::of(name, Kind::Plain(ty))
    }

    /// A string.
    #[must_use]
    pub fn string(name: &'static str) -> Self {
        Self::new(name, Type::String)
    }

    /// A bool.
    #[must_use]
    pub fn bool(name: &'static str) -> Self {
        Self::new(name, Type::Bool)
    }

    /// A number.
    #[must_use]
    pub fn number(name: &'static str) -> Self {
        Self::new(name, Type::Number)
    }

    /// An object with attributes of its own.
    #[must_use]
    pub fn single(name: &'static str, attributes: Vec<Attribute>) -> Self {
        Self::of(name, Kind::Nested(Nesting::Single, attributes))
    }

    /// A collection of objects with attributes of their own.
    #[must_use]
    pub fn nested(name: &'static str, nesting: Nesting, attributes: Vec<Attribute>) -> Self {
        Self::of(name, Kind::Nested(nesting, attributes))
    }

    fn of(name: &'static str, kind: Kind) -> Self {
        Self {
            name,
            kind,
            mode: Mode::Optional,
            description: String::new(),
            sensitive: false,
            write_only: false,
            deprecated: None,
            default: None,
            requires_replace: false,
            stable: false,
            rules: Vec::new(),
        }
    }

    /// The user must set it.
    #[must_use]
    pub fn required(self) -> Self {
        Self {
            mode: Mode::Required,
            ..self
        }
    }

    /// The provider sets it.
    #[must_use]
    pub fn computed(self) -> Self {
        Self {
            mode: Mode::Computed,
            ..self
        }
    }

    /// The user may set it; otherwise the provider does.
    #[must_use]
    pub fn optional_computed(self) -> Self {
        Self {
            mode: Mode::OptionalComputed,
            ..self
        }
    }

    /// What it means, for the documentation.
    #[must_use]
    pub fn described(self, description: impl Into<String>) -> Self {
        Self {
            description: description.into(),
            ..self
        }
    }

    /// Never shown.
    #[must_use]
    pub fn sensitive(self) -> Self {
        Self {
            sensitive: true,
            ..self
        }
    }

    /// Never in a plan or state.
    #[must_use]
    pub fn write_only(self) -> Self {
        Self {
            write_only: true,
            ..self
        }
    }

    /// Still there, but no longer recommended.
    #[must_use]
    pub fn deprecated(self, instead: impl Into<String>) -> Self {
        Self {
            deprecated: Some(instead.into()),
            ..self
        }
    }

    /// Used when the configuration sets none. Terraform's core lets only a computed attribute differ from its configuration,
    /// so an attribute with a default is computed as well.
    #[must_use]
    pub fn default(self, value: impl Into<Value>) -> Self {
        Self {
            default: Some(value.into()),
            mode: Mode::OptionalComputed,
            ..self
        }
    }

    /// A changed value needs another object.
    #[must_use]
    pub fn requires_replace(self) -> Self {
        Self {
            requires_replace: true,
            ..self
        }
    }

    /// A computed value that a change of other attributes leaves as it is.
    #[must_use]
    pub fn stable(self) -> Self {
        Self {
            stable: true,
            ..self
        }
    }

    /// Adds a rule about its value.
    #[must_use]
    pub fn rule(
        mut self,
        rule: impl Fn(&Value, &Path) -> Diagnostics + Send + Sync + 'static,
    ) -> Self {
        self.rules.push(Arc::new(rule));
        self
    }

    /// Whether the configuration may set it.
    #[must_use]
    pub fn is_configurable(&self) -> bool {
        self.mode != Mode::Computed
    }

    /// Whether the provider may set it.
    #[must_use]
    pub fn is_computed(&self) -> bool {
        matches!(self.mode, Mode::Computed | Mode::OptionalComputed)
    }

    /// The type of its value.
    #[must_use]
    pub fn ty(&self) -> Type {
        match &self.kind {
            Kind::Plain(ty) => ty.clone(),
            Kind::Nested(nesting, attributes) => {
                let object = object_type(attributes);
                match nesting {
                    Nesting::Single => object,
                    Nesting::List => Type::list(object),
                    Nesting::Set => Type::set(object),
                    Nesting::Map => Type::map(object),
                }
            }
        }
    }
}

fn object_type(attributes: &[Attribute]) -> Type {
    Type::Object(
        attributes
            .iter()
            .map(|attribute| (attribute.name.to_owned(), attribute.ty()))
            .collect::<BTreeMap<_, _>>(),
    )
}
