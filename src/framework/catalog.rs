//! All that a provider offers, found by name; each schema is made when it is first needed.

use std::sync::OnceLock;

use super::data_source::DataSource;
use super::diagnostic::{Diagnostic, Diagnostics};
use super::ephemeral::Ephemeral;
use super::function::{Function, Signature};
use super::provider::Provider;
use super::resource::Resource;
use super::schema::Schema;

/// A thing and its description, made once.
pub struct Entry<T: ?Sized, D> {
    pub(super) thing: Box<T>,
    name: &'static str,
    describe: fn(&T) -> D,
    description: OnceLock<D>,
}

impl<T: ?Sized, D> Entry<T, D> {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Its schema or signature.
    pub fn schema(&self) -> &D {
        self.description
            .get_or_init(|| (self.describe)(&self.thing))
    }
}

/// All that a provider offers.
pub struct Catalog {
    /// The schema of the provider block.
    pub provider: Schema,
    /// The managed resources.
    pub resources: Vec<Entry<dyn Resource, Schema>>,
    /// The data sources.
    pub data_sources: Vec<Entry<dyn DataSource, Schema>>,
    /// The ephemeral resources.
    pub ephemerals: Vec<Entry<dyn Ephemeral, Schema>>,
    /// The functions.
    pub functions: Vec<Entry<dyn Function, Signature>>,
}

impl Catalog {
    pub(super) fn of(provider: &impl Provider) -> Self {
        Self {
            provider: provider.schema(),
            resources: entries(
                provider.resources(),
                |thing| thing.type_name(),
                |thing| thing.schema(),
            ),
            data_sources: entries(
                provider.data_sources(),
                |thing| thing.type_name(),
                |thing| thing.schema(),
            ),
            ephemerals: entries(
                provider.ephemerals(),
                |thing| thing.type_name(),
                |thing| thing.schema(),
            ),
            functions: entries(
                provider.functions(),
                |thing| thing.name(),
                |thing| thing.signature(),
            ),
        }
    }

    /// The resource of that type.
    ///
    /// # Errors
    /// When there is none.
    pub fn resource(&self, type_name: &str) -> Result<&Entry<dyn Resource, Schema>, Diagnostics> {
        find(&self.resources, type_name, "resource")
    }

    /// The data source of that type.
    ///
    /// # Errors
    /// When there is none.
    pub fn data_source(
        &self,
        type_name: &str,
    ) -> Result<&Entry<dyn DataSource, Schema>, Diagnostics> {
        find(&self.data_sources, type_name, "data source")
    }

    /// The ephemeral resource of that type.
    ///
    /// # Errors
    /// When there is none.
    pub fn ephemeral(&self, type_name: &str) -> Result<&Entry<dyn Ephemeral, Schema>, Diagnostics> {
        find(&self.ephemerals, type_name, "ephemeral resource")
    }

    /// The function of that name.
    #[must_use]
    pub fn function(&self, name: &str) -> Option<&Entry<dyn Function, Signature>> {
        self.functions.iter().find(|entry| entry.name == name)
    }
}

fn entries<T: ?Sized, D>(
    things: Vec<Box<T>>,
    name: fn(&T) -> &'static str,
    describe: fn(&T) -> D,
) -> Vec<Entry<T, D>> {
    let entry = |thing: Box<T>| Entry {
        name: name(&thing),
        thing,
        describe,
        description: OnceLock::new(),
    };
    things.into_iter().map(entry).collect()
}

fn find<'a, T: ?Sized, D>(
    entries: &'a [Entry<T, D>],
    type_name: &str,
    kind: &str,
) -> Result<&'a Entry<T, D>, Diagnostics> {
    entries.iter().find(|entry| entry.name == type_name).ok_or_else(|| {
        let detail = format!("This version of the provider has no {kind} {type_name:?}. Check the name and the provider's version.");
        Diagnostic::error(format!("Unknown {kind} {type_name:?}"), detail).into()
    })
}
