//! Every message a user can get about a bucket, a store, a team or the provider block, in one place.
//!
//! A message says what happened in one sentence that names the object, what is true now, what to do, the facts, and the original
//! error last. Messages about the form of one attribute stand with their rules.

pub mod bucket;
pub mod key;
pub mod provider;
pub mod store;
pub mod team;
pub mod team_creation;
pub mod wandb;

#[cfg(test)]
mod catalogue;
