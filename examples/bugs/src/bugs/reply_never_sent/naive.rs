//! The binding as it is often written: each way out of a method has to reply.

use core::ffi::{CStr, c_char, c_int, c_void};
use core::str::Utf8Error;

use super::program::{self, Files};
use super::sys::{mount_lookup, mount_reply, operations, request};

struct Mount(Box<Files>);

struct Request(*mut request);

impl Request {
    fn reply(self, status: c_int) {
        // SAFETY: the request waits, and is used up.
        unsafe { mount_reply(self.0, status) };
    }
}

// ANCHOR: bug
fn lookup(files: &Files, request: Request, name: &CStr) -> Result<(), Utf8Error> {
    let name = name.to_str()?; // C waits for the reply
    request.reply(files.find(name));
    Ok(())
}
// ANCHOR_END: bug

/// C calls it in `mount_lookup`, for each lookup.
unsafe extern "C" fn on_lookup(req: *mut request, name: *const c_char, user: *mut c_void) {
    // SAFETY: the mount has it, and is there.
    let files = unsafe { &*user.cast::<Files>() };
    // SAFETY: C passes a string.
    let name = unsafe { CStr::from_ptr(name) };
    if let Err(error) = lookup(files, Request(req), name) {
        eprintln!("lookup of {name:?}: {error}");
    }
}

impl program::Mount for Mount {
    fn new(files: Files) -> Self {
        Mount(Box::new(files))
    }

    fn lookup(&self, name: &CStr) -> c_int {
        let table = operations { lookup: Some(on_lookup) };
        let user = (&raw const *self.0).cast_mut().cast();
        // SAFETY: C uses all three during the call.
        unsafe { mount_lookup(&raw const table, user, name.as_ptr()) }
    }
}

pub(super) fn run() -> String {
    program::run::<Mount>()
}
