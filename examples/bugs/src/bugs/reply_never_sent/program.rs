//! A file system with one file, and what is asked of it.

use core::ffi::{CStr, c_int};

use crate::log::Log;
use crate::report::waits_for;

pub(super) const WAITS_FOR: &str = "the reply to the lookup of a name that is not UTF-8";

pub(super) const NO_ENTRY: c_int = -2;
pub(super) const IO_ERROR: c_int = -5;

/// The file system of the program, which a binding serves.
pub(super) struct Files {
    /// Tells that the value is dropped.
    _alive: Log,
}

impl Files {
    pub(super) fn find(&self, name: &str) -> c_int {
        if name == "notes.txt" { 0 } else { NO_ENTRY }
    }
}

/// A binding of the mount, which serves the files until it is dropped.
pub(super) trait Mount {
    fn new(files: Files) -> Self;
    /// What a program does that looks a file up.
    fn lookup(&self, name: &CStr) -> c_int;
}

pub(super) fn run<M: Mount>() -> String {
    let mount = M::new(Files { _alive: Log::new() });
    let notes = mount.lookup(c"notes.txt");
    waits_for(WAITS_FOR);
    let coffee = mount.lookup(c"caf\xe9");
    let gone = mount.lookup(c"gone.txt");
    format!("notes.txt: {notes}, caf\\xe9: {coffee}, gone.txt: {gone}")
}
