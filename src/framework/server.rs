//! Does what Terraform asks, on values: finds the thing, keeps the rules, calls it.
