//! Scenarios that are too long for loom: three or four threads, many steps, random interleavings.

#![allow(dead_code, unused_imports, reason = "the scenarios use a part of the core")]
#![allow(
    clippy::enum_variant_names,
    unfulfilled_lint_expectations,
    reason = "the core is a library, in which these are public"
)]
#![allow(
    clippy::absurd_extreme_comparisons,
    clippy::bad_bit_mask,
    reason = "the limits of the models are small"
)]

include!("../engine.rs");

mod checker;
mod explore;
mod scenarios;

#[path = "../machine/host.rs"]
mod host;
#[path = "../machine/limits.rs"]
mod limits;
#[path = "../machine/platform.rs"]
mod platform;
#[path = "../machine/primitive.rs"]
mod primitive;
#[path = "../machine/region.rs"]
mod region;
#[path = "../machine/threads.rs"]
mod threads;
