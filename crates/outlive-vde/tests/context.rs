//! What a context does with its handler's table.
#![cfg(feature = "hub")]

use std::ffi::c_int;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use outlive::{Ended, Held, IncidentKind, callbacks};
use outlive_loop::Loop;
use outlive_vde::sys::{vde_event_handler, vde_listener};
use outlive_vde::{ContextError, Hub, Limits, LoopHandler, Plug, VdeContext};

fn turn(event_loop: &Loop, until: impl Fn() -> bool) {
    for _ in 0..5000 {
        if until() {
            return;
        }
        event_loop.run_once(Some(Duration::from_millis(2))).unwrap();
    }
    panic!("nothing happened for ten seconds");
}

/// Connects from a thread of its own, while this one turns the loop.
fn connect(event_loop: &Loop, directory: &Path, name: &'static str) -> Plug {
    let directory = directory.to_owned();
    let connecting = std::thread::spawn(move || Plug::connect(directory, name).unwrap());
    turn(event_loop, || connecting.is_finished());
    connecting.join().unwrap()
}

struct Half;

#[callbacks(vde_event_handler, state = none)]
impl Half {
    fn event_del(&self, _event: outlive::Token) {}
}

#[test]
fn a_member_that_c_requires_is_refused_before_c_sees_the_table() {
    let error = VdeContext::new(Half).unwrap_err();
    assert!(matches!(error, ContextError::MissingMember("event_add")), "{error}");
    assert!(error.to_string().contains("event_add"));
}

#[test]
fn a_path_that_cannot_be_listened_in_is_an_error_and_another_try_works() {
    let event_loop = Rc::new(Loop::new().unwrap());
    let context = VdeContext::new(LoopHandler::new(event_loop)).unwrap();
    let parent = tempfile::tempdir().unwrap();
    let too_long = parent.path().join("x".repeat(200));
    assert_eq!(context.listen(&too_long).unwrap_err().raw_os_error(), Some(libc::ENAMETOOLONG));
    let nul = context.listen("a\0b").unwrap_err();
    assert_eq!(nul.kind(), std::io::ErrorKind::InvalidInput);
    let missing = context.listen(parent.path().join("no/such")).unwrap_err();
    assert_eq!(missing.kind(), std::io::ErrorKind::NotFound);
    context.listen(parent.path().join("hub")).unwrap();
    let again = context.listen(parent.path().join("hub2")).unwrap_err();
    assert_eq!(again.raw_os_error(), Some(libc::EALREADY));
}

#[test]
fn a_hub_whose_handler_was_ended_watches_nothing_new_and_gives_back_what_it_watches() {
    let event_loop = Rc::new(Loop::new().unwrap());
    let parent = tempfile::tempdir().unwrap();
    let directory = parent.path().join("hub");
    let context = VdeContext::new(LoopHandler::new(event_loop.clone())).unwrap();
    context.listen(&directory).unwrap();
    let one = connect(&event_loop, &directory, "one");
    let two = connect(&event_loop, &directory, "two");
    assert_eq!(context.handler().revoke(), Ended::Serving);
    one.send(&[7; 64]).unwrap();
    turn(&event_loop, || context.stats().frames_delivered == 1); // what it watches goes on
    let mut frame = [0; 128];
    assert_eq!((two.recv(&mut frame).unwrap(), frame[0]), (64, 7));
    let error = context.set_limits(&Limits { idle_ms: 10, ..context.limits() }).unwrap_err();
    assert_eq!(error.raw_os_error(), Some(libc::ECANCELED), "the fallback's errno comes through C");
    let id = context.handler().id();
    assert!(!event_loop.is_empty());
    context.close();
    assert!(event_loop.is_empty(), "the hub has given all back");
    assert!(!directory.exists());
    let refused: Vec<_> = outlive::take_incidents()
        .into_iter()
        .filter(|incident| incident.id() == Some(id))
        .collect();
    assert!(refused.iter().all(|incident| incident.callback() == "timeout_add"), "{refused:?}");
}

#[test]
fn a_hub_gives_back_to_a_handler_whose_handle_was_dropped() {
    let event_loop = Rc::new(Loop::new().unwrap());
    let parent = tempfile::tempdir().unwrap();
    let held = Held::local(LoopHandler::new(event_loop.clone())).unwrap();
    // SAFETY: KEPT: a table whose handle was dropped stays.
    let hub = unsafe { Hub::new(held.as_ptr()) }.unwrap();
    hub.listen(parent.path().join("hub")).unwrap();
    drop(held);
    assert!(!event_loop.is_empty());
    drop(hub);
    assert!(event_loop.is_empty(), "the hub has given all back");
}

#[test]
fn a_release_before_the_hub_has_ended_removes_its_watchers() {
    let event_loop = Rc::new(Loop::new().unwrap());
    let parent = tempfile::tempdir().unwrap();
    let held = Held::local(LoopHandler::new(event_loop.clone())).unwrap();
    // SAFETY: KEPT is what this breaks: the hub calls a table that was released, whose functions stay, and which is
    // used again last of all.
    let hub = unsafe { Hub::new(held.as_ptr()) }.unwrap();
    hub.listen(parent.path().join("hub")).unwrap();
    assert!(!event_loop.is_empty());
    // SAFETY: as above.
    assert_eq!(unsafe { held.release() }, Ended::Now);
    assert!(event_loop.is_empty(), "nothing fires into the hub when it is gone");
    drop(hub); // what it gives back is refused
}

#[derive(Default)]
struct Tap {
    opened: AtomicU32,
    closed: AtomicU32,
    frames: AtomicU32,
}

#[callbacks(vde_listener, state = arg, count = true)]
impl Tap {
    fn port_opened(&self, _port: u32, description: *const std::ffi::c_char) {
        assert!(!description.is_null());
        self.opened.fetch_add(1, Ordering::Relaxed);
    }

    fn port_closed(&self, _port: u32, _reason: c_int) {
        self.closed.fetch_add(1, Ordering::Relaxed);
    }

    #[callback(fallback = 0)]
    fn frame(&self, _port: u32, _frame: *const std::ffi::c_void, _length: usize) -> c_int {
        self.frames.fetch_add(1, Ordering::Relaxed);
        0
    }
}

#[test]
fn a_listener_hears_of_ports_and_frames_until_it_is_ended() {
    let event_loop = Rc::new(Loop::new().unwrap());
    let parent = tempfile::tempdir().unwrap();
    let directory = parent.path().join("hub");
    let context = VdeContext::new(LoopHandler::new(event_loop.clone())).unwrap();
    let tap = Arc::new(Held::new(Tap::default()).unwrap());
    context.set_listener(tap.clone());
    context.listen(&directory).unwrap();
    let one = connect(&event_loop, &directory, "one");
    let two = connect(&event_loop, &directory, "two");
    assert_eq!(tap.with(|tap| tap.opened.load(Ordering::Relaxed)), Ok(2));
    let mut names: Vec<_> = context.ports().into_iter().map(|port| port.description).collect();
    names.sort();
    assert!(names[0].contains("one") && names[1].contains("two"), "{names:?}");
    one.send(&[1; 64]).unwrap();
    turn(&event_loop, || context.stats().frames_delivered == 1);
    assert_eq!(tap.with(|tap| tap.frames.load(Ordering::Relaxed)), Ok(1));
    assert_eq!(tap.revoke(), Ended::Now);
    one.send(&[2; 64]).unwrap();
    turn(&event_loop, || context.stats().frames_delivered == 2); // the fallback lets frames pass
    let mut frame = [0; 128];
    assert_eq!((two.recv(&mut frame).unwrap(), frame[0]), (64, 1));
    assert_eq!((two.recv(&mut frame).unwrap(), frame[0]), (64, 2));
    drop(context);
    let is_late = |incident: &outlive::Incident| {
        incident.kind() == IncidentKind::LateCall
            && incident.callback() == "frame"
            && incident.created().unwrap().file() == file!()
    };
    // One that another test's thread is just about to leave holds back those after it.
    turn(&event_loop, || outlive::take_incidents().iter().any(is_late));
}

#[test]
fn several_contexts_live_in_one_process() {
    let event_loop = Rc::new(Loop::new().unwrap());
    let parent = tempfile::tempdir().unwrap();
    let contexts: Vec<VdeContext<LoopHandler>> = (0..10)
        .map(|number| {
            let context = VdeContext::new(LoopHandler::new(event_loop.clone())).unwrap();
            context.listen(parent.path().join(number.to_string())).unwrap();
            context
        })
        .collect();
    let plugs: Vec<Plug> = (0..10)
        .map(|number| connect(&event_loop, &parent.path().join(number.to_string()), "plug"))
        .collect();
    assert!(contexts.iter().all(|context| context.stats().ports_open == 1));
    drop(contexts);
    assert!(plugs.iter().all(|plug| !plug.is_connected()));
    assert!(event_loop.is_empty());
}

#[test]
fn a_null_table_is_refused_by_the_hub() {
    // SAFETY: the hub reads nothing of a NULL table.
    let error = unsafe { Hub::new(std::ptr::null_mut()) }.unwrap_err();
    assert_eq!(error.raw_os_error(), Some(libc::EINVAL));
}
