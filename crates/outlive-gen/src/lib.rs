//! Reads a struct of callbacks from a C header, and writes its Rust or Go side.
//!
//! `header` has libclang read the header and makes the [`model`] of the table, `roles` says what its
//! members and parameters are to `outlive`, and the backends write code from both.

pub mod model;
pub mod roles;
