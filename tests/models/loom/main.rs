//! The engine, model-checked by loom: each model runs in every interleaving of up to two preemptions
//! (`LOOM_MAX_PREEMPTIONS`), and with every value that the memory model lets a load see.

#![allow(dead_code, unused_imports, reason = "the models use a part of the core")]
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
mod models;

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
