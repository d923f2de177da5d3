//! The same binding: what leaves a method replies, however it leaves.

use core::ffi::{CStr, c_int};
use core::str::Utf8Error;

use outlive::{Call, Completion, First, Held, callbacks};

use super::program::{self, Files, IO_ERROR};
use super::sys::{mount_lookup, mount_reply, operations, request};

struct Mount(Option<Held<Server>>);

struct Server(Files);

type Reply = unsafe extern "C" fn(*mut request, c_int);
type Request = Completion<Reply, First>;

// ANCHOR: bug
fn lookup(files: &Files, request: Request, name: &CStr) -> Result<(), Utf8Error> {
    let name = name.to_str()?; // the request is dropped, and replies IO_ERROR
    request.complete(files.find(name)).expect("the mount is there");
    Ok(())
}

#[callbacks(operations, state = arg, unsafe(borrow))]
impl Server {
    #[callback(fallback = unsafe { mount_reply(req, IO_ERROR) }, panicked = ())]
    fn lookup(&self, call: &Call, req: *mut request, name: &CStr) {
        // SAFETY: the request waits for one reply, which any thread may give.
        let request = unsafe { Request::cookie_first(call, mount_reply, req, IO_ERROR) };
        if let Err(error) = lookup(&self.0, request, name) {
            eprintln!("lookup of {name:?}: {error}");
        }
    }
}
// ANCHOR_END: bug

impl program::Mount for Mount {
    fn new(files: Files) -> Self {
        Mount(Some(Held::new(Server(files)).expect("a slot is free")))
    }

    fn lookup(&self, name: &CStr) -> c_int {
        let Some(server) = &self.0 else { return IO_ERROR };
        // SAFETY: C uses all three during the call.
        unsafe { mount_lookup(server.as_ptr(), server.user_data(), name.as_ptr()) }
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        if let Some(server) = self.0.take() {
            // SAFETY: C keeps nothing between lookups.
            let _ = unsafe { server.release() };
        }
    }
}

pub(super) fn run() -> String {
    program::run::<Mount>()
}
