//! What a scenario needs, to be able to do anything.

/// What not every build, platform and run has. A scenario names what it needs
/// ([`Scenario::needs`](crate::scenario::Scenario)), and is skipped where that is missing.
///
/// What only the running system can tell, such as what a sandbox refuses, is said by the scenario while it runs
/// ([`Failure::skipped`](crate::scenario::Failure::skipped)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Panics that can be caught.
    Unwinding,
    /// Tables of the library's: its subject has no hand-written counterpart.
    Library,
    /// Shared objects that are loaded and unloaded while the program runs.
    Loading,
    /// Children that are copies of the process, as `fork` makes them.
    Fork,
    /// Signal handlers as POSIX has them.
    Signals,
    /// A handler after each instruction.
    SingleSteps,
    /// Threads that unwind when they are told to end, as those of glibc do.
    ForcedUnwinding,
    /// Stacks that C switches between.
    Fibers,
}

impl Need {
    /// Why this is missing here, in a few words. `control` says that the tables are hand-written ones.
    pub fn missing(self, control: bool) -> Option<&'static str> {
        let (is_there, why) = match self {
            Need::Unwinding => (cfg!(panic = "unwind"), "panics abort in this build"),
            Need::Library => (!control, "nobody writes such tables by hand"),
            Need::Loading => {
                (!cfg!(target_feature = "crt-static"), "a static program loads no shared objects")
            }
            Need::Fork => (cfg!(unix), "there is no fork"),
            Need::Signals => (cfg!(unix), "there are no POSIX signals"),
            Need::SingleSteps => (cfg!(target_arch = "x86_64"), "C single-steps on x86-64 only"),
            Need::ForcedUnwinding => {
                (!cfg!(target_env = "musl"), "musl ends threads without unwinding")
            }
            Need::Fibers => (!cfg!(target_env = "musl"), "musl has no swapcontext"),
        };
        if is_there { None } else { Some(why) }
    }
}
