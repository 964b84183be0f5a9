//! The laws of the framework, over random schemas, configurations and prior states: what Terraform's core checks of every plan
//! and every result holds whatever a provider's schema is. No Terraform is needed to see it.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestCaseResult};
use terraform_provider_wandb::framework::path::{Path, Step};
use terraform_provider_wandb::framework::schema::{Attribute, Kind, Mode, Nesting, Schema};
use terraform_provider_wandb::framework::server::{
    ApplyInput, PlanInput, Planned, Server, StateOutput,
};
use terraform_provider_wandb::framework::types::Type;
use terraform_provider_wandb::framework::value::Value;
use terraform_provider_wandb::provider::Wandb;

use crate::support::core::{is_compatible, plan_is_valid, proposed};
use crate::support::sample::{Sample, filled};

/// The one resource of the sample.
const THING: &str = "sample_thing";

/// A schema, and two configurations that may have unknown values.
#[derive(Clone, Debug)]
struct Case {
    schema: Schema,
    first: Value,
    second: Value,
}

fn any_plain_type() -> impl Strategy<Value = Type> {
    prop_oneof![
        Just(Type::Bool),
        Just(Type::Number),
        Just(Type::String),
        Just(Type::list(Type::String)),
        Just(Type::set(Type::Number)),
        Just(Type::map(Type::String)),
        Just(Type::Dynamic),
    ]
}

fn any_attribute(name: &'static str, depth: u32, in_set: bool) -> BoxedStrategy<Attribute> {
    let ty = any_plain_type().prop_map(move |ty| match (ty, in_set) {
        (Type::Dynamic, true) => Type::String, // core refuses the schema otherwise
        (ty, _) => ty,
    });
    let plain = (ty, 0..8u8).prop_flat_map(move |(ty, mode)| {
        let attribute = Attribute::new(name, ty.clone());
        match mode {
            // In a set nothing is computed or write-only.
            1..=5 if in_set => Just(attribute).boxed(),
            0 => Just(attribute.required()).boxed(),
            1 => Just(attribute.computed()).boxed(),
            2 => Just(attribute.computed().stable()).boxed(),
            3 => Just(attribute.optional_computed()).boxed(),
            4 => any_known(&Kind::Plain(ty))
                .prop_filter("a default is a value", |value| !value.is_null())
                .prop_map(move |value| attribute.clone().default(value))
                .boxed(),
            5 => Just(attribute.write_only()).boxed(),
            _ => Just(attribute).boxed(),
        }
    });
    if depth == 0 {
        return plain.prop_flat_map(with_replacement).boxed();
    }
    let nesting = prop_oneof![
        Just(Nesting::Single),
        Just(Nesting::List),
        Just(Nesting::Set),
        Just(Nesting::Map)
    ];
    let nested = (nesting, 0..4u8).prop_flat_map(move |(nesting, mode)| {
        let inner = any_attributes(depth - 1, in_set || nesting == Nesting::Set);
        inner.prop_map(move |attributes| {
            let attribute = Attribute::nested(name, nesting, attributes);
            match mode {
                0 => attribute.required(),
                1 if !in_set => attribute.optional_computed(),
                _ => attribute,
            }
        })
    });
    prop_oneof![3 => plain, 2 => nested]
        .prop_flat_map(with_replacement)
        .boxed()
}

fn with_replacement(attribute: Attribute) -> impl Strategy<Value = Attribute> {
    prop::bool::weighted(0.2).prop_map(move |replace| match replace {
        true => attribute.clone().requires_replace(),
        false => attribute.clone(),
    })
}

fn any_attributes(depth: u32, in_set: bool) -> impl Strategy<Value = Vec<Attribute>> {
    let names = prop::sample::subsequence(vec!["a", "b", "c", "d"], 1..=4);
    names.prop_flat_map(move |names| {
        names
            .into_iter()
            .map(|name| any_attribute(name, depth, in_set))
            .collect::<Vec<_>>()
    })
}

/// A value without anything unknown.
fn any_known(kind: &Kind) -> BoxedStrategy<Value> {
    any_value(kind, false)
}

/// A value that a configuration may have at the place of such an attribute.
fn any_value(kind: &Kind, unknowns: bool) -> BoxedStrategy<Value> {
    let known = match kind {
        Kind::Plain(ty) => any_plain(ty, unknowns),
        Kind::Nested(Nesting::Single, attributes) => any_object(attributes, unknowns),
        Kind::Nested(Nesting::List, attributes) => {
            prop::collection::vec(any_object(attributes, unknowns), 0..3)
                .prop_map(Value::List)
                .boxed()
        }
        Kind::Nested(Nesting::Set, attributes) => {
            prop::collection::vec(any_object(attributes, unknowns), 0..3)
                .prop_map(set_of)
                .boxed()
        }
        Kind::Nested(Nesting::Map, attributes) => {
            prop::collection::btree_map("[xy]", any_object(attributes, unknowns), 0..3)
                .prop_map(Value::Map)
                .boxed()
        }
    };
    match unknowns {
        true => prop_oneof![8 => known, 1 => Just(Value::unknown())].boxed(),
        false => known,
    }
}

fn any_plain(ty: &Type, unknowns: bool) -> BoxedStrategy<Value> {
    let inner = |ty: &Type| any_value(&Kind::Plain(ty.clone()), unknowns);
    match ty {
        Type::Bool => any::<bool>().prop_map(Value::from).boxed(),
        Type::Number => (0..3i64).prop_map(Value::from).boxed(),
        Type::List(ty) => prop::collection::vec(inner(ty), 0..3)
            .prop_map(Value::List)
            .boxed(),
        Type::Set(ty) => prop::collection::vec(inner(ty), 0..3)
            .prop_map(set_of)
            .boxed(),
        Type::Map(ty) => prop::collection::btree_map("[xy]", inner(ty), 0..3)
            .prop_map(Value::Map)
            .boxed(),
        Type::Dynamic => "[pq]"
            .prop_map(|text| Value::Dynamic(Box::new((Type::String, text.into()))))
            .boxed(),
        _ => "[pq]".prop_map(Value::from).boxed(),
    }
}

/// A set has each element once.
fn set_of(elements: Vec<Value>) -> Value {
    let mut set: Vec<Value> = Vec::new();
    for element in elements {
        if !set.contains(&element) {
            set.push(element);
        }
    }
    Value::Set(set)
}

fn any_object(attributes: &[Attribute], unknowns: bool) -> BoxedStrategy<Value> {
    let entries = attributes
        .iter()
        .map(|attribute| {
            let name = attribute.name;
            let value = any_value(&attribute.kind, unknowns);
            let value = match attribute.mode {
                Mode::Required => value,
                Mode::Computed => Just(Value::Null).boxed(),
                _ => prop_oneof![3 => value, 1 => Just(Value::Null)].boxed(),
            };
            value.prop_map(move |value| (name, value))
        })
        .collect::<Vec<_>>();
    entries.prop_map(Value::object).boxed()
}

fn any_case() -> impl Strategy<Value = Case> {
    any_attributes(2, false).prop_flat_map(|attributes| {
        let configuration = any_object(&attributes, true);
        let schema = Schema {
            attributes,
            ..Schema::default()
        };
        (configuration.clone(), configuration).prop_map(move |(first, second)| Case {
            schema: schema.clone(),
            first,
            second,
        })
    })
}

/// Terraform's part: it merges, plans, checks, resolves what was unknown, plans again, checks, applies, checks.
struct Core {
    server: Server,
    schema: Schema,
    runtime: tokio::runtime::Runtime,
}

impl Core {
    fn of(schema: &Schema) -> Self {
        Self {
            server: Server::new(Sample::new(schema.clone())),
            schema: schema.clone(),
            runtime: tokio::runtime::Builder::new_current_thread()
                .enable_time()
                .build()
                .unwrap(),
        }
    }

    /// A plan that core would take.
    fn plan(&self, prior: &Value, config: &Value) -> Result<Planned, TestCaseError> {
        let proposed = match config.is_null() {
            true => Value::Null,
            false => proposed(&self.schema.attributes, prior, config),
        };
        let input = || PlanInput {
            config: config.clone(),
            prior: prior.clone(),
            proposed: proposed.clone(),
            private: Vec::new(),
        };
        let planned = self.runtime.block_on(self.server.plan(THING, input()));
        let again = self.runtime.block_on(self.server.plan(THING, input()));
        prop_assert!(planned.diagnostics.is_empty(), "{:?}", planned.diagnostics);
        prop_assert_eq!(
            &planned.planned,
            &again.planned,
            "a plan depends on its input only"
        );
        if config.is_null() {
            prop_assert!(planned.planned.is_null(), "a destroy plans nothing");
        } else {
            plan_is_valid(&self.schema.attributes, prior, config, &planned.planned)
                .map_err(TestCaseError::fail)?;
        }
        self.replacements_are_real(prior, &planned)?;
        Ok(planned)
    }

    /// A path that forces a replacement leads to a difference that is known, and every such difference has its path.
    fn replacements_are_real(&self, prior: &Value, planned: &Planned) -> TestCaseResult {
        for path in &planned.requires_replace {
            let at = |value: &Value| {
                path.steps()
                    .iter()
                    .fold(value.clone(), |value, step| match step {
                        Step::Attribute(name) => value.get(name).clone(),
                        _ => value,
                    })
            };
            prop_assert!(!prior.is_null(), "{path}: nothing to replace");
            prop_assert_ne!(at(prior), at(&planned.planned), "{}: no difference", path);
            prop_assert!(!at(&planned.planned).is_unknown(), "{path}: a suspicion");
        }
        let forcing = |attribute: &&Attribute| attribute.requires_replace && !attribute.write_only;
        for attribute in self.schema.attributes.iter().filter(forcing) {
            let (before, after) = (
                prior.get(attribute.name),
                planned.planned.get(attribute.name),
            );
            let differs = after.is_wholly_known() && before != after;
            let replaced = prior.is_null() || planned.planned.is_null();
            prop_assert!(
                replaced
                    || !differs
                    || planned.requires_replace.contains(&Path::of(attribute.name)),
                "{}: a difference without a replacement",
                attribute.name
            );
        }
        Ok(())
    }

    /// Plans, resolves, plans and applies. A replacement destroys first, as core does it.
    fn apply(&self, prior: &Value, config: &Value) -> Result<Value, TestCaseError> {
        let first = self.plan(prior, config)?;
        let resolved = filled(config, &self.schema.ty());
        let mut prior = prior.clone();
        let mut expected = first.planned.clone();
        if !first.requires_replace.is_empty() {
            let gone = self.carry_out(&prior, &Value::Null, &Value::Null)?;
            prop_assert!(gone.is_null());
            prior = Value::Null;
            expected = self.plan(&prior, config)?.planned;
        }
        let last = self.plan(&prior, &resolved)?;
        if !last.requires_replace.is_empty() {
            // What was unknown asks for another object. No replacement was planned, so apply must refuse.
            let refused = self.try_out(&prior, &last.planned, &resolved);
            prop_assert!(refused.diagnostics.has_error(), "a replacement nobody saw");
            prop_assert_eq!(&refused.state, &prior);
            return Ok(prior);
        }
        is_compatible(&expected, &last.planned)
            .map_err(|wrong| TestCaseError::fail(format!("inconsistent final plan: {wrong}")))?;
        if last.planned == prior {
            return Ok(prior); // core does not call the provider
        }
        let state = self.carry_out(&prior, &last.planned, &resolved)?;
        prop_assert!(state.is_wholly_known(), "{state:?}");
        let settled = self.plan(&state, &resolved)?;
        prop_assert_eq!(&settled.planned, &state, "a plan after apply is empty");
        prop_assert!(settled.requires_replace.is_empty());
        Ok(state)
    }

    fn try_out(&self, prior: &Value, planned: &Value, config: &Value) -> StateOutput {
        let input = ApplyInput {
            config: config.clone(),
            prior: prior.clone(),
            planned: planned.clone(),
            private: Vec::new(),
        };
        self.runtime.block_on(self.server.apply(THING, input))
    }

    fn carry_out(
        &self,
        prior: &Value,
        planned: &Value,
        config: &Value,
    ) -> Result<Value, TestCaseError> {
        let applied = self.try_out(prior, planned, config);
        prop_assert!(applied.diagnostics.is_empty(), "{:?}", applied.diagnostics);
        is_compatible(planned, &applied.state)
            .map_err(|wrong| TestCaseError::fail(format!("inconsistent result: {wrong}")))?;
        Ok(applied.state)
    }
}

proptest! {
    #![proptest_config(Config { cases: 2_000, failure_persistence: None, max_shrink_iters: 200, ..Config::default() })]

    #[test]
    fn whatever_the_schema_core_accepts_every_plan_and_result(case in any_case()) {
        let core = Core::of(&case.schema);
        let made = core.apply(&Value::Null, &case.first)?;
        let read = core.runtime.block_on(core.server.read(THING, made.clone(), Vec::new()));
        prop_assert_eq!(&read.state, &made, "a read of what nobody changed");
        let changed = core.apply(&made, &case.second)?;
        core.plan(&changed, &Value::Null)?;
        let gone = core.carry_out(&changed, &Value::Null, &Value::Null)?;
        prop_assert!(gone.is_null());
    }

    #[test]
    fn a_stable_value_outlives_the_change_of_another(case in any_case()) {
        let core = Core::of(&case.schema);
        let made = core.apply(&Value::Null, &case.first)?;
        let planned = core.plan(&made, &case.second)?;
        let stable = |attribute: &&Attribute| attribute.stable && !made.get(attribute.name).is_null();
        for attribute in case.schema.attributes.iter().filter(stable) {
            prop_assert_eq!(planned.planned.get(attribute.name), made.get(attribute.name));
        }
    }
}

/// What core refuses in a schema, and what the framework cannot keep.
fn mistakes(attributes: &[Attribute], reserved: &[&str], in_set: bool) -> Vec<String> {
    let mut found = Vec::new();
    for attribute in attributes {
        let mut rule = |kept: bool, rule: &str| {
            if !kept {
                found.push(format!("{}: {rule}", attribute.name));
            }
        };
        let letters =
            |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_';
        rule(
            attribute.name.chars().all(letters),
            "a name is made of a-z, 0-9 and _",
        );
        rule(
            !reserved.contains(&attribute.name),
            "the name is Terraform's",
        );
        rule(
            !attribute.description.is_empty(),
            "a description is missing",
        );
        rule(
            !(attribute.write_only && attribute.is_computed()),
            "write-only is never computed",
        );
        rule(
            !in_set || !(attribute.is_computed() || attribute.write_only),
            "computed in a set",
        );
        rule(
            !in_set || attribute.ty() != Type::Dynamic,
            "dynamic in a set",
        );
        if let Kind::Nested(nesting, inner) = &attribute.kind {
            found.extend(mistakes(inner, &[], in_set || *nesting == Nesting::Set));
        }
    }
    found
}

#[test]
fn the_schemas_of_this_provider_keep_the_rules() {
    let server = Server::new(Wandb::default());
    let catalog = server.catalog();
    let provider = mistakes(&catalog.provider.attributes, &["alias", "version"], false);
    assert_eq!(provider, Vec::<String>::new());
    let reserved = [
        "count",
        "for_each",
        "provider",
        "lifecycle",
        "depends_on",
        "connection",
        "provisioner",
    ];
    for resource in &catalog.resources {
        assert!(resource.name().starts_with("wandb_"), "{}", resource.name());
        let found = mistakes(&resource.schema().attributes, &reserved, false);
        assert_eq!(found, Vec::<String>::new(), "{}", resource.name());
    }
}

#[test]
fn the_functions_of_this_provider_keep_the_rules() {
    let server = Server::new(Wandb::default());
    let is_identifier = |name: &str| {
        let letters = |c: char| c.is_ascii_lowercase() || c == '_';
        !name.is_empty() && name.chars().all(letters)
    };
    assert!(!server.catalog().functions.is_empty());
    for function in &server.catalog().functions {
        let (name, signature) = (function.name(), function.schema());
        assert!(is_identifier(name), "{name}");
        assert!(
            !signature.summary.is_empty() && !signature.summary.contains('\n'),
            "{name}"
        );
        assert!(
            signature.description.len() > signature.summary.len(),
            "{name}"
        );
        let parameters = signature.parameters.iter().chain(&signature.variadic);
        let mut names = parameters
            .map(|parameter| {
                assert!(is_identifier(parameter.name), "{name}: {}", parameter.name);
                assert!(
                    !parameter.description.is_empty(),
                    "{name}: {}",
                    parameter.name
                );
                parameter.name
            })
            .collect::<Vec<_>>();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count, "{name}: two parameters of one name");
    }
}
