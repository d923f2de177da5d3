//! The core of outlive under model checkers. This library is empty: each of the package's three test targets is
//! a crate that compiles the core's own source files (`engine.rs` lists them).
//!
//! * `loom/` runs small models in every interleaving of a bounded number of preemptions, and with every value
//!   that the memory model lets a load see. `ci/models.sh` runs it.
//! * `shuttle/` runs longer scenarios in random interleavings. `ci/shuttle.sh` runs it.
//! * `litmus/` runs the asymmetric pairs of the gate on this machine, with the core's own platform. `ci/litmus.sh`
//!   runs it.
//!
//! The two checkers share `machine/`, which takes the place of the core's `primitive`, `platform`, `region` and
//! `limits`: a machine of few records and slots, on which threads can end at any step and processes can fork.
//! A checker is chosen by its test target, not by a feature or a flag of the compiler: each target is the root
//! of a crate, so that the core's paths (`crate::life`) lead to the copy that is compiled for it.
