//! The resources a user can write, one folder each. A folder reads schema → model → plan → apply → read → import.

pub(crate) mod aws_rules;
pub mod byob_bucket;
pub(crate) mod rules;
pub mod team_storage;
