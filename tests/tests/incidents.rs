//! Incidents: typed values, a hook on the host's side, bounded lines on stderr, an abort where asked for.
//!
//! The hook is the process's: what needs one runs under one lock here.

use core::ffi::{c_int, c_void};
use core::ptr::without_provenance_mut;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use outlive::{
    Held, Incident, IncidentKind, IntoInnerError, Token, Tokens, callbacks, deliver_incidents,
    on_incident,
};
use outlive_tests::host::{Door, hold};
use outlive_tests::keeper::{Keeper, call_with};
use outlive_tests::process::{is_aborted, lines, scene, scene_with};
use outlive_tests::sys::{keeper_mode, keeper_plain, keeper_point, keeper_table};
use outlive_tests::this_thread;
use outlive_tests::wait::without_deadlock;

const SCENES: &str = env!("CARGO_BIN_EXE_scenes");

/// The hook of these tests: what it has seen, and on which threads.
struct Hooked {
    _alone: MutexGuard<'static, ()>,
    seen: Arc<Mutex<Vec<(Incident, std::thread::ThreadId)>>>,
}

impl Hooked {
    fn new() -> Self {
        static ALONE: Mutex<()> = Mutex::new(());
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        deliver_incidents();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let to = Arc::clone(&seen);
        on_incident(move |incident| {
            to.lock().unwrap().push((incident.clone(), std::thread::current().id()));
        });
        Hooked { _alone: alone, seen }
    }

    fn waiting(&self) -> usize {
        self.seen.lock().unwrap().len()
    }

    fn deliver(&self) -> Vec<Incident> {
        deliver_incidents();
        self.seen.lock().unwrap().drain(..).map(|(incident, _)| incident).collect()
    }

    fn only(&self) -> Incident {
        let mut all = self.deliver();
        assert_eq!(all.len(), 1, "{all:?}");
        all.remove(0)
    }
}

#[test]
fn a_hook_gets_incidents_on_the_hosts_side_and_never_in_cs_call() {
    let hooked = Hooked::new();
    let held = hold(|_, value| value);
    let keeper = Keeper::of(&held);
    let _ = held.revoke();
    keeper.call_from_thread(1);
    keeper.call(1);
    assert_eq!(hooked.waiting(), 0, "the hook ran inside a call of C");
    outlive::ledger();
    let seen: Vec<_> = hooked.seen.lock().unwrap().drain(..).collect();
    assert_eq!(seen.len(), 2);
    assert!(seen.iter().all(|(_, thread)| *thread == std::thread::current().id()));
}

#[test]
fn a_hook_may_use_tables() {
    without_deadlock(|| {
        let hooked = Hooked::new();
        let results = Arc::new(Mutex::new(Vec::new()));
        let to = Arc::clone(&results);
        on_incident(move |_| {
            let held = hold(|_, value| value * 2);
            to.lock().unwrap().push(Keeper::of(&held).call(4));
            let _ = held.revoke();
        });
        let held = hold(|_, value| value);
        let keeper = Keeper::of(&held);
        let _ = held.revoke();
        keeper.call(1);
        deliver_incidents();
        assert_eq!(*results.lock().unwrap(), [8]);
        drop(hooked);
    });
}

#[test]
fn a_wrong_thread_is_an_incident() {
    let hooked = Hooked::new();
    let held = Held::local(outlive_tests::host::on_event(|_, value| value)).unwrap();
    Keeper::of(&held).call_from_thread(1);
    let incident = hooked.only();
    assert_eq!((incident.kind(), incident.callback()), (IncidentKind::WrongThread, "on_event"));
    assert_eq!(incident.id(), Some(held.id()));
    assert_ne!(incident.thread(), this_thread() as u32);
}

/// Refuses some of its arguments.
struct Picky;

#[derive(Debug)]
enum Mode {
    Idle,
}

impl TryFrom<keeper_mode> for Mode {
    type Error = ();

    fn try_from(mode: keeper_mode) -> Result<Self, ()> {
        (mode == 0).then_some(Mode::Idle).ok_or(())
    }
}

#[callbacks(keeper_table, state = arg)]
impl Picky {
    #[callback(fallback = -1)]
    fn on_mode(&self, #[try_from] mode: Mode) -> c_int {
        mode as c_int
    }

    fn on_point(&self, point: Option<keeper_point>) -> *mut c_void {
        without_provenance_mut(point.map_or(1, |point| point.x as usize))
    }
}

#[test]
fn a_bad_argument_is_an_incident_that_names_it() {
    let hooked = Hooked::new();
    let held = Held::new(Picky).unwrap();
    // SAFETY: G1: the table is not released.
    let table = unsafe { &*held.as_ptr() };
    // SAFETY: as above.
    let call_mode = |mode| unsafe { table.on_mode.unwrap()(mode, held.user_data()) };
    assert_eq!((call_mode(0), call_mode(7)), (0, -1));
    let incident = hooked.only();
    assert_eq!((incident.kind(), incident.callback()), (IncidentKind::BadArgument, "on_mode"));
    assert!(incident.detail().contains("argument 0"), "{incident}");

    let misaligned: *const keeper_point = without_provenance_mut::<keeper_point>(0x1001);
    // SAFETY: as above; a misaligned pointer is not read.
    let result = unsafe { table.on_point.unwrap()(misaligned, held.user_data()) };
    assert!(result.is_null());
    assert!(hooked.only().detail().contains("misaligned"));
}

#[test]
fn the_user_data_of_another_table_is_a_bad_argument() {
    let hooked = Hooked::new();
    let (held, picky) = (hold(|_, value| value), Held::new(Picky).unwrap());
    assert_eq!(call_with(&held, 1, picky.user_data()), -1);
    let incident = hooked.only();
    assert_eq!((incident.kind(), incident.id()), (IncidentKind::BadArgument, Some(picky.id())));
}

#[test]
fn invented_user_data_is_a_bad_argument_of_no_table() {
    let hooked = Hooked::new();
    let held = hold(|_, value| value);
    call_with(&held, 1, without_provenance_mut(0xdead_beef));
    let incident = hooked.only();
    assert_eq!(
        (incident.kind(), incident.id(), incident.created()),
        (IncidentKind::BadArgument, None, None)
    );
    assert_eq!((incident.table(), incident.callback()), ("keeper_table", "on_event"));
    assert_eq!(incident.detail(), "0xdeadbeef is the user data of no table");
    call_with(&held, 1, core::ptr::null_mut());
    assert_eq!(hooked.only().detail(), "the user data is NULL");
}

#[test]
fn a_bad_token_is_an_incident() {
    let hooked = Hooked::new();
    let tokens = Tokens::<()>::new("timer");
    tokens.get(Token::from_ptr(core::ptr::null()));
    let incident = hooked.only();
    assert_eq!((incident.kind(), incident.table()), (IncidentKind::BadToken, "timer"));
}

#[test]
fn no_instance_left_is_an_incident_that_says_what_to_change() {
    struct Single;
    #[callbacks(keeper_plain, state = none, instances = 1)]
    impl Single {
        #[callback(fallback = -1)]
        fn on_event(&self, value: c_int) -> c_int {
            value
        }
    }
    let hooked = Hooked::new();
    let _held = Held::new(Single).unwrap();
    let line = line!() + 1;
    assert!(Held::new(Single).is_err());
    let incident = hooked.only();
    assert_eq!(incident.kind(), IncidentKind::NoInstanceLeft);
    assert_eq!(incident.created().unwrap().line(), line);
    assert!(incident.detail().contains("instances"), "{incident}");
}

#[test]
fn a_close_that_waits_for_a_second_names_the_thread_it_waits_for() {
    without_deadlock(|| {
        let hooked = Hooked::new();
        let door = Door::new();
        let held = hold(move |_, value| {
            door.enter();
            value
        });
        let keeper = Keeper::of(&held);
        let job = keeper.start(1);
        door.wait_for(1);
        assert_eq!(held.revoke_timeout(Duration::from_millis(1500)), outlive::Ended::Later);
        let incident = hooked.only();
        assert_eq!((incident.kind(), incident.id()), (IncidentKind::SlowClose, Some(held.id())));
        assert!(incident.detail().contains("thread"), "{incident}");
        door.open();
        job.join();
    });
}

#[test]
fn an_incidents_text_names_table_callback_and_lines() {
    let hooked = Hooked::new();
    let held = hold(|_, value| value);
    let keeper = Keeper::of(&held);
    let _ = held.revoke();
    keeper.call(1);
    let text = hooked.only().to_string();
    assert!(text.starts_with("late call: keeper_table.on_event"), "{text}");
    assert_eq!(text.matches("incidents.rs:").count(), 2, "{text}");
}

#[test]
fn stderr_gets_one_line_for_each_kind_and_table() {
    let output = scene(SCENES, "late-calls");
    assert!(output.status.success(), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "refused: 1000\n");
    let lines = lines(&output);
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(
        lines[0].starts_with("outlive: late call: keeper_table.on_event (made at"),
        "{lines:?}"
    );
    assert!(lines[1].starts_with("outlive: call from the wrong thread: keeper_table.on_event"));
}

#[test]
fn a_call_after_the_release_gets_one_line_for_each_callback() {
    let output = scene(SCENES, "late-after-release");
    assert!(output.status.success(), "{output:?}");
    let expected = ["first", "second"].map(|callback| {
        let host = "scenes::late_after_release::Listener";
        format!("outlive: late call: listener.{callback}: released, for {host}")
    });
    assert_eq!(lines(&output), expected);
}

#[test]
fn the_lines_of_a_kind_and_a_table_are_bounded() {
    let output = scene(SCENES, "many-tables");
    assert!(output.status.success());
    let lines = lines(&output);
    assert!((3..=10).contains(&lines.len()), "{lines:?}");
    assert!(lines.last().unwrap().contains("counted and not written"), "{lines:?}");
}

#[test]
fn the_environment_can_ask_for_an_abort_at_once() {
    let output = scene_with(SCENES, "late-calls", &[("OUTLIVE_ON_INCIDENT", "abort")]);
    assert!(is_aborted(output.status), "{output:?}");
    assert_eq!(lines(&output).len(), 1, "{output:?}");
    let output = scene_with(SCENES, "late-calls", &[("OUTLIVE_ON_INCIDENT", "report")]);
    assert!(output.status.success());
}

#[test]
fn a_word_of_the_environment_that_means_nothing_is_told() {
    for (name, known) in [
        ("OUTLIVE_ON_INCIDENT", "report or abort"),
        ("OUTLIVE_REPORT", "exit"),
        ("OUTLIVE_GATE", "asymmetric or fenced or counted"),
    ] {
        let output = scene_with(SCENES, "released", &[(name, "yes")]);
        assert!(output.status.success(), "{output:?}");
        let expected = format!("outlive: {name}=yes has no meaning: it may be {known}");
        assert_eq!(lines(&output), [expected]);
    }
}

#[test]
fn a_drop_is_no_incident_even_where_incidents_abort() {
    let abort = [("OUTLIVE_ON_INCIDENT", "abort")];
    let output = scene_with(SCENES, "dropped", &abort);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(lines(&output), Vec::<String>::new());
}

#[test]
fn a_hook_takes_the_place_of_the_lines() {
    let output = scene(SCENES, "hooked");
    assert!(output.status.success(), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "late call: 10\n");
    assert_eq!(lines(&output), Vec::<String>::new());
}

#[test]
fn a_process_without_stderr_goes_on() {
    let output = scene(SCENES, "without-stderr");
    assert!(output.status.success(), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stdout).ends_with("still here\n"), "{output:?}");
    assert!(output.stderr.is_empty());
}

#[test]
#[cfg_attr(windows, ignore = "no process is given little memory there")]
fn without_memory_a_value_is_not_held_and_comes_back() {
    let output = scene_with(SCENES, "no-memory", &[("OUTLIVE_REPORT", "exit")]);
    assert!(output.status.success(), "{output:?}");
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(said, "large: NoMemory, the value is back\nsmall: NoMemory, the value is back\n");
    // The report at exit needs none.
    let lines = lines(&output);
    assert!(lines.last().unwrap().contains("more tables"), "{lines:?}");
}

#[test]
fn a_late_call_of_an_exiting_process_is_refused_and_reported() {
    let output = scene_with(SCENES, "late-at-exit", &[("OUTLIVE_REPORT", "exit")]);
    assert!(output.status.success());
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim_end(), "at exit: -1");
    let lines = lines(&output);
    assert!(lines.iter().any(|line| line.starts_with("outlive: late call: ")), "{lines:?}");
    assert!(lines.iter().any(|line| line.starts_with("outlive: never released: ")), "{lines:?}");
}

#[test]
fn a_panic_of_the_hook_stays_in_the_library() {
    let output = scene(SCENES, "panicking-hook");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "went on\n", "{output:?}");
    let lines = lines(&output);
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].starts_with("outlive: the incident hook panicked at: late call"), "{lines:?}");
}

#[test]
fn errors_say_what_to_do_next() {
    let held = hold(|_, value| value);
    let _ = held.revoke();
    assert!(held.with(|_| ()).unwrap_err().to_string().contains("make another"));
    let error = held.into_inner().err().unwrap();
    assert!(error.to_string().contains("release the table"), "{error}");
    let IntoInnerError::Ended(held) = error else { panic!("{error:?}") };
    let closed = held.leak().err().unwrap();
    assert!(closed.to_string().contains("release it, and make another"), "{closed}");
}
