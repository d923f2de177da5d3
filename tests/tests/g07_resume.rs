//! G7 with `panic = resume`: C gets the fallback and runs on, and the panic goes on at the host's side.
//!
//! Caught when taken out: the stash (the panic would be lost), its one place (the second panic would take
//! the first one's), its end with the handle (the payload would leak).

use core::ffi::c_int;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use outlive::{Held, IncidentKind, callbacks, scope};
use outlive_tests::host::Drops;
use outlive_tests::incidents;
use outlive_tests::keeper::Keeper;
use outlive_tests::sys::keeper_table;

/// Panics with the value, but for zero.
struct Careless(Drops);

#[callbacks(keeper_table, state = arg, panic = resume)]
impl Careless {
    #[callback(fallback = -1)]
    fn on_event(&self, value: c_int) -> c_int {
        if value != 0 {
            // Says nothing on stderr, which the test runner does not have from C's threads.
            resume_unwind(Box::new((value, self.0.witness())));
        }
        value
    }
}

fn value_of(payload: Box<dyn Any + Send>) -> c_int {
    payload.downcast::<(c_int, outlive_tests::host::Witness)>().unwrap().0
}

fn caught<R>(f: impl FnOnce() -> R) -> Option<c_int> {
    catch_unwind(AssertUnwindSafe(f)).err().map(value_of)
}

#[test]
fn a_panic_goes_on_when_the_c_function_has_returned() {
    let held = Held::new(Careless(Drops::default())).unwrap();
    let keeper = Keeper::of(&held);
    let mut after = 0;
    let resumed = caught(|| {
        held.calling(|| {
            assert_eq!(keeper.call(5), -1);
            after = 1; // as C's own code after the call
        });
    });
    assert_eq!((resumed, after), (Some(5), 1));
    assert_eq!(incidents::only(held.id(), IncidentKind::Panic).callback(), "on_event");
    assert_eq!(held.calling(|| keeper.call(0)), 0);
}

#[test]
fn the_first_of_several_panics_goes_on_and_the_others_are_dropped() {
    let drops = Drops::default();
    let held = Held::new(Careless(drops.clone())).unwrap();
    let keeper = Keeper::of(&held);
    assert_eq!((keeper.call(1), keeper.call(2), keeper.call(3)), (-1, -1, -1));
    assert_eq!(drops.count(), 2);
    assert_eq!(held.take_panic().map(value_of), Some(1));
    assert!(held.take_panic().is_none());
    assert_eq!(drops.count(), 3);
}

#[test]
fn a_panic_on_a_thread_of_cs_goes_on_on_the_hosts() {
    let held = Held::new(Careless(Drops::default())).unwrap();
    assert_eq!(Keeper::of(&held).call_from_thread(7), -1);
    assert_eq!(caught(|| held.resume_panic()), Some(7));
    held.resume_panic();
}

#[test]
fn the_hosts_next_look_at_its_value_meets_the_panic() {
    let held = Held::new(Careless(Drops::default())).unwrap();
    assert_eq!(Keeper::of(&held).call(4), -1);
    assert_eq!(caught(|| held.with(|_| ())), Some(4));
    assert_eq!(held.with(|_| ()), Ok(()));
}

#[test]
fn what_nobody_takes_is_dropped_with_the_handle() {
    let drops = Drops::default();
    let ends: [fn(Held<Careless>); 3] = [
        |held| drop(held),
        |held| drop(held.into_inner()),
        |held| {
            // SAFETY: C has forgotten it.
            let _ = unsafe { held.release() };
        },
    ];
    for end in ends {
        let before = drops.count();
        let held = Held::new(Careless(drops.clone())).unwrap();
        Keeper::of(&held).call(1);
        assert_eq!(drops.count(), before);
        end(held);
        drops.wait_for(before + 1);
    }
}

#[test]
fn a_scope_lets_it_go_on_at_its_end() {
    let careless = Careless(Drops::default());
    let mut called = false;
    let resumed = caught(|| {
        scope(&careless, |table| {
            assert_eq!(Keeper::of(table).call(3), -1);
            called = true;
        })
    });
    assert_eq!((resumed, called), (Some(3), true));
    assert_eq!(scope(&careless, |table| Keeper::of(table).call(0)).unwrap(), 0);
}
