//! What a watcher waits for, and what a call of it was for.

use core::ffi::c_short;

bitflags::bitflags! {
    /// What a watcher waits for on its descriptor.
    ///
    /// The bits are those of libevent and libvde, so that a C library's `short events` maps with
    /// [`Interest::from_bits_truncate`].
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub struct Interest: c_short {
        /// A read would not block: there is data, an end of file, a hang-up or an error.
        const READ = 0x02;
        /// A write would not block: there is room, a hang-up or an error.
        const WRITE = 0x04;
        /// Stay armed after a call. Without it the watcher is a one-shot: it is called at most once.
        const PERSIST = 0x10;
    }
}

bitflags::bitflags! {
    /// What a watcher is called for. The bits are those of libevent and libvde.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub struct Ready: c_short {
        /// The watcher's time has passed.
        const TIMEOUT = 0x01;
        /// A read would not block.
        const READ = 0x02;
        /// A write would not block.
        const WRITE = 0x04;
    }
}

impl Interest {
    /// The part of it that the system is asked for.
    pub(crate) fn directions(self) -> Interest {
        self & (Interest::READ | Interest::WRITE)
    }
}

impl Ready {
    /// The part of this readiness that a watcher with `interest` is called for.
    pub(crate) fn wanted_by(self, interest: Interest) -> Ready {
        self & Ready::from_bits_truncate(interest.bits())
    }
}
