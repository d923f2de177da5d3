//! Watchers that are C functions, from a C library compiled by the test.
#![cfg(unix)]

mod common;

use std::ffi::{CStr, CString, c_int, c_short, c_void};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::Duration;

use common::{READ_PERSIST, drain, fd, pair};
use outlive_loop::{CFunction, Interest, Loop, Ready};

/// `struct seen` of the C library.
#[repr(C)]
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Seen {
    calls: c_int,
    spurious: c_int,
    fd: c_int,
    events: c_short,
}

/// The C library, loaded. It is never unloaded.
struct Library(*mut c_void);

impl Library {
    fn load() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let object = folder.path().join("watchers.so");
        compile(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/c/watchers.c"), &object);
        let path = CString::new(object.as_os_str().as_bytes()).unwrap();
        // SAFETY: a path that ends in NUL; the library has no constructors.
        let handle = unsafe { libc::dlopen(path.as_ptr(), libc::RTLD_NOW) };
        assert!(!handle.is_null(), "cannot load the compiled C library");
        Library(handle)
    }

    fn symbol(&self, name: &CStr) -> *mut c_void {
        // SAFETY: the handle is open, the name ends in NUL.
        let symbol = unsafe { libc::dlsym(self.0, name.as_ptr()) };
        assert!(!symbol.is_null(), "no {name:?}");
        symbol
    }

    fn watcher(&self, name: &CStr) -> CFunction {
        // SAFETY: the test names functions of the C file that have this signature.
        unsafe { std::mem::transmute::<*mut c_void, CFunction>(self.symbol(name)) }
    }
}

fn compile(source: &Path, object: &Path) {
    let compiler = std::env::var_os("CC").unwrap_or_else(|| "cc".into());
    let status = std::process::Command::new(compiler)
        .args(["-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o"])
        .args([object, source])
        .status();
    assert!(status.expect("a C compiler is needed").success());
}

#[test]
#[cfg_attr(target_feature = "crt-static", ignore = "a static program loads no shared objects")]
fn a_c_watcher_gets_its_descriptor_its_events_and_its_argument() {
    let library = Library::load();
    let on_event = library.watcher(c"on_event");
    let events = Loop::new().unwrap();
    let (here, there) = pair();
    let seen = Box::into_raw(Box::new(Seen::default()));
    // SAFETY: `on_event` wants a `struct seen`, which stays until the watcher is removed below.
    let added = unsafe { events.add_c(fd(&here), READ_PERSIST, None, on_event, seen.cast()) };
    for _ in 0..3 {
        there.send(b"x").unwrap();
    }
    assert_eq!(drain(&events), 3);
    assert!(events.remove(added.unwrap()));
    there.send(b"x").unwrap();
    assert_eq!(drain(&events), 0);
    // SAFETY: the watcher is removed, so C has forgotten the box that was made above.
    let seen = unsafe { Box::from_raw(seen) };
    assert_eq!((seen.calls, seen.spurious), (3, 0));
    assert_eq!((seen.fd, seen.events), (fd(&here), Ready::READ.bits()));
}

#[test]
#[cfg_attr(target_feature = "crt-static", ignore = "a static program loads no shared objects")]
fn a_c_timer_gets_minus_one_and_the_timeout_bit() {
    let library = Library::load();
    let on_event = library.watcher(c"on_event");
    let events = Loop::new().unwrap();
    let seen = Box::into_raw(Box::new(Seen::default()));
    // SAFETY: as above; the loop is dropped before the box is taken back.
    let timer = unsafe { events.timer_c(Duration::from_millis(1), true, on_event, seen.cast()) };
    assert_eq!(events.run_once(None).unwrap(), 1);
    assert_eq!(events.run_once(None).unwrap(), 1);
    assert!(events.contains(timer));
    drop(events);
    // SAFETY: the loop is gone.
    let seen = unsafe { Box::from_raw(seen) };
    assert_eq!(*seen, Seen { calls: 2, spurious: 0, fd: -1, events: 0x01 });
}

#[test]
fn the_bits_are_those_of_libvde_and_libevent() {
    let bits = [Interest::READ, Interest::WRITE, Interest::PERSIST].map(|interest| interest.bits());
    assert_eq!(bits, [0x02, 0x04, 0x10]);
    let bits = [Ready::TIMEOUT, Ready::READ, Ready::WRITE].map(|ready| ready.bits());
    assert_eq!(bits, [0x01, 0x02, 0x04]);
}
