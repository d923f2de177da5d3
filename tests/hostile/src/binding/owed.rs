//! What hosts owe to C, wherever it comes from: for the whole process, so that it is found whatever becomes of the host.

use core::ffi::c_int;
use std::sync::{Mutex, PoisonError};

/// An answer that C waits for.
pub trait Owed: Send {
    /// Answers; whether C was called.
    fn answer(self: Box<Self>, status: c_int) -> bool;
}

/// What C lets a host call, until this is dropped.
pub trait Watching: Send {
    /// Calls C; whether it was called.
    fn call(&self, value: c_int) -> bool;
}

static OWED: Mutex<Vec<Box<dyn Owed>>> = Mutex::new(Vec::new());
static WATCHING: Mutex<Vec<Box<dyn Watching>>> = Mutex::new(Vec::new());

pub(super) fn put_owed(owed: Box<dyn Owed>) {
    OWED.lock().unwrap_or_else(PoisonError::into_inner).push(owed);
}

pub(super) fn put_watching(watching: Box<dyn Watching>) {
    WATCHING.lock().unwrap_or_else(PoisonError::into_inner).push(watching);
}

/// The answer that C has waited for least, if there is one.
pub fn owed() -> Option<Box<dyn Owed>> {
    OWED.lock().unwrap_or_else(PoisonError::into_inner).pop()
}

/// What C has let a host call last.
pub fn watching() -> Option<Box<dyn Watching>> {
    WATCHING.lock().unwrap_or_else(PoisonError::into_inner).pop()
}
