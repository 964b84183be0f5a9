//! Integration tests: the real binary, the real Terraform and OpenTofu, real stores.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that cannot go on has failed, and may say what it counted"
)]

mod acceptance;
mod aws_moods;
mod bad_input;
mod conformance;
mod degraded;
mod docs;
mod faults;
mod functions;
mod fuzz;
mod laws;
mod permissions;
mod plugin;
mod protocol;
mod refused;
mod support;
mod team_faults;
mod teams;
