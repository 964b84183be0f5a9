//! A provider that is none of W&B's, for what the protocol and the framework promise to any.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use terraform_provider_wandb::framework::data_source::DataSource;
use terraform_provider_wandb::framework::diagnostic::{Diagnostic, Diagnostics};
use terraform_provider_wandb::framework::ephemeral::{Ephemeral, Opened};
use terraform_provider_wandb::framework::function::{
    Function, FunctionError, Parameter, Signature,
};
use terraform_provider_wandb::framework::operation::Operation;
use terraform_provider_wandb::framework::private::Private;
use terraform_provider_wandb::framework::provider::Provider;
use terraform_provider_wandb::framework::resource::{
    Applied, CreateRequest, DeleteRequest, ReadRequest, Resource, UpdateRequest, Upgrader,
};
use terraform_provider_wandb::framework::schema::{Attribute, Schema};
use terraform_provider_wandb::framework::types::Type;
use terraform_provider_wandb::framework::value::Value;

/// What the resource shall do when it is applied.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Conduct {
    /// What was planned.
    #[default]
    Good,
    /// Panic after the object was made and noted.
    PanicAfterMaking,
    /// Wait to be stopped.
    Hang,
    /// Something else than was planned.
    BreakPromise,
}

/// A provider with one thing of each kind.
pub struct Sample {
    schema: Schema,
    conduct: Arc<Mutex<Conduct>>,
}

impl Sample {
    /// With a resource of that schema.
    pub fn new(schema: Schema) -> Self {
        Self {
            schema,
            conduct: Arc::default(),
        }
    }

    /// With a resource of some attributes of each kind.
    pub fn usual(conduct: Conduct) -> Self {
        let attributes = vec![
            Attribute::string("name").required().requires_replace(),
            Attribute::string("id").computed().stable(),
            Attribute::string("etag").computed(),
            Attribute::number("size").default(1i64),
            Attribute::string("secret").write_only(),
            Attribute::new("any", Type::Dynamic),
            Attribute::single(
                "inner",
                vec![
                    Attribute::string("given"),
                    Attribute::string("made").computed(),
                ],
            ),
        ];
        let sample = Self::new(Schema {
            version: 1,
            attributes,
            ..Schema::default()
        });
        *sample.conduct.lock().unwrap() = conduct;
        sample
    }
}

#[async_trait]
impl Provider for Sample {
    fn schema(&self) -> Schema {
        Schema {
            attributes: vec![Attribute::string("endpoint")],
            ..Schema::default()
        }
    }

    async fn configure(&self, config: Value) -> Diagnostics {
        match config.get("endpoint").as_str() {
            Some("bad") => Diagnostic::error("Bad endpoint", "It is bad.").into(),
            _ => Diagnostics::none(),
        }
    }

    fn resources(&self) -> Vec<Box<dyn Resource>> {
        vec![Box::new(Thing {
            schema: self.schema.clone(),
            conduct: Arc::clone(&self.conduct),
        })]
    }

    fn data_sources(&self) -> Vec<Box<dyn DataSource>> {
        vec![Box::new(Look)]
    }

    fn functions(&self) -> Vec<Box<dyn Function>> {
        vec![Box::new(Join)]
    }

    fn ephemerals(&self) -> Vec<Box<dyn Ephemeral>> {
        vec![Box::new(Token)]
    }
}

/// A resource that keeps what it is given and fills in what is unknown.
struct Thing {
    schema: Schema,
    conduct: Arc<Mutex<Conduct>>,
}

#[async_trait]
impl Resource for Thing {
    fn type_name(&self) -> &'static str {
        "sample_thing"
    }

    fn schema(&self) -> Schema {
        self.schema.clone()
    }

    async fn create(&self, request: CreateRequest, operation: &Operation) -> Applied {
        let made = filled(&request.planned, &self.schema.ty());
        let conduct = *self.conduct.lock().unwrap();
        match conduct {
            Conduct::Good => Applied::state(made, request.private),
            Conduct::PanicAfterMaking => {
                operation.record(made, Private::default());
                panic!("the unexpected");
            }
            Conduct::Hang => match operation.run(std::future::pending::<()>()).await {
                Ok(()) => Applied::gone(),
                Err(cause) => Applied::failed(Diagnostic::error("Stopped", cause.to_string())),
            },
            Conduct::BreakPromise => {
                let mut other = made;
                other.set("size", 99i64.into());
                Applied::state(other, request.private)
            }
        }
    }

    async fn update(&self, request: UpdateRequest, _: &Operation) -> Applied {
        Applied::state(filled(&request.planned, &self.schema.ty()), request.private)
    }

    async fn delete(&self, _: DeleteRequest, _: &Operation) -> Applied {
        Applied::gone()
    }

    async fn read(&self, request: ReadRequest, _: &Operation) -> Applied {
        Applied::state(request.state, request.private)
    }

    async fn import(&self, id: &str, _: &Operation) -> Applied {
        let mut state = self.schema.null_object();
        state.set("id", id.into());
        Applied::state(state, Private::default())
    }

    fn upgraders(&self) -> Vec<Upgrader> {
        let schema = Schema {
            attributes: vec![Attribute::string("title")],
            ..Schema::default()
        };
        let ours = self.schema.null_object();
        if ours
            .entries()
            .is_none_or(|entries| !entries.contains_key("name"))
        {
            return Vec::new();
        }
        vec![Upgrader {
            version: 0,
            schema,
            upgrade: |old| {
                let mut new = Sample::usual(Conduct::Good).schema.null_object();
                new.set("name", old.get("title").clone());
                Ok(new)
            },
        }]
    }
}

/// A value of the type where there was none.
pub fn filled(value: &Value, ty: &Type) -> Value {
    match (value, ty) {
        (Value::Unknown(_), Type::Bool) => true.into(),
        (Value::Unknown(_), Type::Number) => 7i64.into(),
        (Value::Unknown(_), Type::String) => "made".into(),
        (Value::Unknown(_), Type::Dynamic) => Value::Null,
        (Value::Unknown(_), Type::List(_)) => Value::List(Vec::new()),
        (Value::Unknown(_), Type::Set(_)) => Value::Set(Vec::new()),
        (Value::Unknown(_), Type::Map(_)) => Value::Map(Default::default()),
        (Value::Unknown(_), Type::Tuple(types)) => {
            Value::Tuple(types.iter().map(|_| Value::Null).collect())
        }
        (Value::Unknown(_), Type::Object(types)) => Value::Object(
            types
                .keys()
                .map(|name| (name.clone(), Value::Null))
                .collect(),
        ),
        (Value::List(elements), Type::List(ty)) => {
            Value::List(elements.iter().map(|element| filled(element, ty)).collect())
        }
        (Value::Set(elements), Type::Set(ty)) => {
            Value::Set(elements.iter().map(|element| filled(element, ty)).collect())
        }
        (Value::Map(entries), Type::Map(ty)) => Value::Map(
            entries
                .iter()
                .map(|(key, entry)| (key.clone(), filled(entry, ty)))
                .collect(),
        ),
        (Value::Object(entries), Type::Object(types)) => Value::Object(
            entries
                .iter()
                .map(|(name, entry)| (name.clone(), filled(entry, &types[name])))
                .collect(),
        ),
        (Value::Tuple(elements), Type::Tuple(types)) => Value::Tuple(
            elements
                .iter()
                .zip(types)
                .map(|(element, ty)| filled(element, ty))
                .collect(),
        ),
        (Value::Dynamic(typed), _) => {
            Value::Dynamic(Box::new((typed.0.clone(), filled(&typed.1, &typed.0))))
        }
        _ => value.clone(),
    }
}

struct Look;

#[async_trait]
impl DataSource for Look {
    fn type_name(&self) -> &'static str {
        "sample_look"
    }

    fn schema(&self) -> Schema {
        Schema {
            attributes: vec![
                Attribute::string("name").required(),
                Attribute::string("found").computed(),
            ],
            ..Schema::default()
        }
    }

    async fn read(
        &self,
        mut config: Value,
        _: &Operation,
    ) -> Result<(Value, Diagnostics), Diagnostics> {
        config.set("found", "yes".into());
        Ok((config, Diagnostics::none()))
    }
}

struct Join;

impl Function for Join {
    fn name(&self) -> &'static str {
        "join"
    }

    fn signature(&self) -> Signature {
        let parameter = |name| Parameter {
            name,
            ty: Type::String,
            description: String::new(),
            allow_null: false,
        };
        Signature {
            summary: "Joins.".to_owned(),
            description: "Joins words.".to_owned(),
            parameters: vec![parameter("with")],
            variadic: Some(parameter("words")),
            result: Type::String,
            deprecated: None,
        }
    }

    fn call(&self, arguments: Vec<Value>) -> Result<Value, FunctionError> {
        let words = arguments
            .iter()
            .filter_map(Value::as_str)
            .collect::<Vec<_>>();
        match words.as_slice() {
            ["panic", ..] => panic!("the unexpected"),
            ["", ..] => Err(FunctionError {
                text: "It is empty".to_owned(),
                argument: Some(0),
            }),
            [with, words @ ..] => Ok(words.join(with).into()),
            [] => Ok(Value::Null),
        }
    }
}

struct Token;

#[async_trait]
impl Ephemeral for Token {
    fn type_name(&self) -> &'static str {
        "sample_token"
    }

    fn schema(&self) -> Schema {
        Schema {
            attributes: vec![Attribute::string("token").computed()],
            ..Schema::default()
        }
    }

    async fn open(&self, mut config: Value, _: &Operation) -> Result<Opened, Diagnostics> {
        config.set("token", "t".into());
        let mut private = Private::default();
        private.set("lease", "l");
        Ok(Opened {
            result: config,
            private,
            renew_at: None,
            diagnostics: Diagnostics::none(),
        })
    }
}
