//! G12 accounted for: at any moment one can list what is held, by whom, since where, with its calls in
//! flight, refused, panicked and, where asked for, served; what was never released is named at exit.
//!
//! Caught when taken out: the counts, the lines kept with a registration, the exit handler.

use core::ffi::c_int;

use std::sync::{Arc, Mutex};

use outlive::{Ended, Held, IncidentKind, TableEntry, TableState, callbacks, ledger};
use outlive_tests::host::{Door, hold, on_event};
use outlive_tests::keeper::Keeper;
use outlive_tests::process::{lines, scene, scene_with};
use outlive_tests::sys::{keeper_object, keeper_table};

const SCENES: &str = env!("CARGO_BIN_EXE_scenes");

struct Counted;

#[callbacks(keeper_table, state = arg, count = true)]
impl Counted {
    #[callback(fallback = -1)]
    fn on_event(&self, value: c_int) -> c_int {
        assert!(value < 100, "too large");
        value
    }
}

fn entry(id: u64) -> Option<TableEntry> {
    ledger().tables.into_iter().find(|entry| entry.id == id)
}

#[test]
fn the_ledger_says_what_is_held_by_whom_and_since_where() {
    let held = Held::new(Counted).unwrap();
    let line = line!() - 1;
    let listed = entry(held.id()).unwrap();
    assert_eq!((listed.table, listed.state), ("keeper_table", TableState::Live));
    assert!(listed.host.ends_with("Counted"), "{}", listed.host);
    assert_eq!((listed.created.file(), listed.created.line()), (file!(), line));
    assert!(listed.ended.is_none() && !listed.leaked && listed.incidents.is_empty());
}

#[test]
fn the_ledger_counts_served_refused_and_panicked_calls() {
    let held = Held::new(Counted).unwrap();
    let keeper = Keeper::of(&held);
    for _ in 0..10 {
        keeper.call(1);
    }
    keeper.call_from_thread(1);
    keeper.call(100);
    let _ = held.revoke();
    let line = line!() - 1;
    for _ in 0..5 {
        keeper.call(1);
    }
    let listed = entry(held.id()).unwrap();
    assert_eq!((listed.served, listed.refused, listed.panicked), (Some(12), 5, 1));
    assert_eq!(listed.state, TableState::Ended);
    assert_eq!(listed.ended.unwrap().line(), line);
    assert_eq!(listed.incidents, [(IncidentKind::LateCall, 5), (IncidentKind::Panic, 1)]);
    let text = listed.to_string();
    assert!(text.contains("5 refused") && text.contains("12 served"), "{text}");
}

#[test]
fn a_table_that_does_not_ask_for_it_has_no_count_of_served_calls() {
    let held = Held::new(on_event(|_, value| value)).unwrap();
    Keeper::of(&held).call(1);
    assert_eq!(entry(held.id()).unwrap().served, None);
}

#[test]
fn the_ledger_shows_the_calls_in_flight() {
    let door = Door::new();
    let held = Held::new(on_event(move |_, value| {
        door.enter();
        value
    }))
    .unwrap();
    let keeper = Keeper::of(&held);
    outlive_tests::wait::until(|| entry(held.id()).unwrap().in_flight == 0);
    let jobs = [1, 2, 3].map(|n| keeper.start(n));
    door.wait_for(3);
    outlive_tests::wait::until(|| entry(held.id()).unwrap().in_flight == 3);
    let id = held.id();
    drop(held);
    assert_eq!(entry(id).unwrap().state, TableState::Ending);
    outlive_tests::wait::until(|| entry(id).unwrap().in_flight == 3);
    door.open();
    jobs.into_iter().for_each(|job| assert!(job.join() > 0));
    outlive_tests::wait::until(|| entry(id).unwrap().state == TableState::Ended);
}

#[test]
fn the_ledger_shows_the_bytes_of_a_tables_own_memory() {
    struct Object;
    #[callbacks(keeper_object, state = arg, user_data_member = opaque)]
    impl Object {
        #[callback(fallback = -1)]
        fn on_event(&self, value: c_int) -> c_int {
            value
        }
    }
    let (object, table) = (Held::new(Object).unwrap(), Held::new(Counted).unwrap());
    assert!(entry(object.id()).unwrap().table_bytes >= size_of::<keeper_object>());
    assert_eq!(entry(table.id()).unwrap().table_bytes, 0);
}

#[test]
fn a_released_table_is_not_listed_any_more() {
    let held = Held::new(Counted).unwrap();
    let id = held.id();
    let _ = held.revoke();
    assert!(entry(id).is_some(), "kept: C may still call");
    // SAFETY: C never had it.
    let _ = unsafe { held.release() };
    assert!(entry(id).is_none());
}

#[test]
fn a_table_released_from_inside_is_not_listed_once_the_call_has_left() {
    type Release = Box<dyn FnOnce() -> Ended + Send>;
    let handle: Arc<Mutex<Option<Release>>> = Arc::default();
    let own = Arc::clone(&handle);
    let held = hold(move |call, value| {
        let release = own.lock().unwrap().take().unwrap();
        assert_eq!(release(), Ended::Later);
        assert_eq!(entry(call.id()).unwrap().state, TableState::Ending);
        value
    });
    let (keeper, id) = (Keeper::of(&held), held.id());
    // SAFETY: C calls no more after the call that releases.
    *handle.lock().unwrap() = Some(Box::new(move || unsafe { held.release() }));
    assert_eq!(keeper.call(5), 5);
    outlive_tests::wait::until(|| entry(id).is_none());
}

#[test]
fn a_leaked_table_is_listed_as_such() {
    let held = Held::new(Counted).unwrap();
    let id = held.id();
    held.leak().unwrap();
    assert!(entry(id).unwrap().leaked);
}

#[test]
fn many_tables_are_all_listed_and_released() {
    let held: Vec<_> = (0..5000).map(|_| Held::new(Counted).unwrap()).collect();
    let ids: std::collections::HashSet<_> = held.iter().map(Held::id).collect();
    assert_eq!(ids.len(), 5000);
    let listed = || ledger().tables.iter().filter(|entry| ids.contains(&entry.id)).count();
    assert_eq!(listed(), 5000);
    for held in held {
        // SAFETY: C never had it.
        let _ = unsafe { held.release() };
    }
    assert_eq!(listed(), 0);
}

#[test]
fn what_was_never_released_is_named_at_exit() {
    let output = scene_with(SCENES, "never-released", &[("OUTLIVE_REPORT", "exit")]);
    assert!(output.status.success());
    let lines = lines(&output);
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines.iter().all(|line| line.starts_with("outlive: never released: keeper_")));
    assert!(lines[0].contains("keeper_table") && lines[0].contains("ended at"), "{lines:?}");
    assert!(lines[1].contains("keeper_plain") && lines[1].contains("live at exit"), "{lines:?}");
    assert!(lines.iter().all(|line| line.contains("scenes")), "{lines:?}");
}

#[test]
fn a_process_that_released_everything_says_nothing_at_exit() {
    let output = scene_with(SCENES, "released", &[("OUTLIVE_REPORT", "exit")]);
    assert!(output.status.success());
    assert_eq!(lines(&output), Vec::<String>::new());
}

#[test]
fn a_process_that_did_not_ask_for_it_says_nothing_at_exit() {
    for name in ["never-released", "fifty-never-released"] {
        let output = scene(SCENES, name);
        assert!(output.status.success());
        assert_eq!(lines(&output), Vec::<String>::new());
    }
}

#[test]
fn the_report_at_exit_is_bounded() {
    let output = scene_with(SCENES, "fifty-never-released", &[("OUTLIVE_REPORT", "exit")]);
    let lines = lines(&output);
    assert!(lines.len() <= 10, "{lines:?}");
    assert!(lines.last().unwrap().contains("42 more"), "{lines:?}");
}
