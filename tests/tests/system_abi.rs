//! Functions of the ABI `system`, as Windows bindings declare them: wherever one of the ABI `C` is accepted.
//!
//! Caught when taken out: each form of the type, the ABI of a destructor, and a call or a refusal through such a function.

use core::ffi::{c_int, c_void};
use std::cell::Cell;
use std::rc::Rc;
use std::sync::{Arc, Mutex};

use outlive::{
    AnyThread, CClosure, Call, Callback, Completion, Ended, Held, Threads, callbacks, functions,
    scope,
};
use outlive_tests::desktop::{
    desktop_ask, desktop_call_hook, desktop_changed, desktop_close, desktop_compare,
    desktop_compare_windows, desktop_done, desktop_enumerate, desktop_enumerate_first,
    desktop_free, desktop_hook, desktop_log, desktop_message, desktop_once, desktop_plugin,
    desktop_run, desktop_table, desktop_unload, desktop_visit, desktop_visit_first, desktop_watch,
};
use outlive_tests::host::{Drops, Witness};

/// How many windows C visits by the callback.
fn enumerate<K: Threads + 'static>(visit: &Callback<desktop_visit, K>) -> c_int {
    let param = visit.user_data().addr() as isize;
    // SAFETY: the function takes any user data.
    unsafe { desktop_enumerate(visit.function(), param) }
}

/// What the callback that C calls once says of the window 1, and whether C has ended it.
fn hand_over_once<K: Threads + 'static>(visit: Callback<desktop_visit, K>) -> c_int {
    let handed = visit.hand_over(|visit| {
        let (function, destroy) = (visit.function(), visit.destroy_notify_system());
        // SAFETY: C calls each once.
        Ok::<_, ()>(unsafe { desktop_once(function, visit.user_data(), Some(destroy)) })
    });
    handed.unwrap()
}

#[test]
fn a_closure_of_each_kind_stands_behind_a_function() {
    let shared = Callback::<desktop_visit>::new_or(0, |window| c_int::from(window.addr() < 2));
    assert_eq!(enumerate(&shared.unwrap()), 2);

    let mut seen = 0;
    let exclusive = Callback::<desktop_visit>::exclusive_or(0, move |window| {
        seen += window.addr();
        c_int::from(seen < 3)
    });
    assert_eq!(enumerate(&exclusive.unwrap()), 2);

    let sum = Rc::new(Cell::new(0));
    let local = Callback::<desktop_visit>::local_or(0, {
        let sum = sum.clone();
        move |window| {
            sum.set(sum.get() + window.addr());
            1
        }
    });
    assert_eq!((enumerate(&local.unwrap()), sum.get()), (3, 6));
}

#[test]
fn a_closure_is_called_once_and_its_destroy_notify_is_a_function_of_the_system_too() {
    let drops = Drops::default();
    let witness = drops.witness();
    let once = Callback::<desktop_visit>::once_or(-1, move |window| {
        drop(witness);
        window.addr() as c_int
    });
    assert_eq!((hand_over_once(once.unwrap()), drops.count()), (1, 1));

    let text = Rc::new(5);
    let once =
        Callback::<desktop_visit>::local_once_or(-1, move |window| window.addr() as c_int + *text);
    assert_eq!(hand_over_once(once.unwrap()), 6);

    let witness = drops.witness();
    let often = Callback::<desktop_visit>::new_or(-1, move |_| {
        let _ = &witness;
        7
    });
    assert_eq!((hand_over_once(often.unwrap()), drops.count()), (7, 2));
}

#[test]
fn the_user_data_may_stand_elsewhere() {
    let first = Callback::<desktop_visit_first>::user_data_first();
    let first = first.new_or(0, |window| c_int::from(window.addr() < 2)).unwrap();
    // SAFETY: the function takes any user data.
    assert_eq!(unsafe { desktop_enumerate_first(first.function(), first.user_data()) }, 2);

    let between = Callback::<desktop_compare>::user_data_at::<1>();
    let between = between.new_or(0, |one, other| (other.addr() - one.addr()) as c_int).unwrap();
    // SAFETY: the function takes any user data.
    assert_eq!(unsafe { desktop_compare_windows(between.function(), between.user_data()) }, 2);
}

#[test]
fn a_late_call_gets_what_was_declared() {
    let visit = Callback::<desktop_visit>::new_or(0, |_| 1).unwrap();
    assert_eq!((enumerate(&visit), visit.revoke(), enumerate(&visit)), (3, Ended::Now, 1));
}

type Unsafe = unsafe extern "system" fn(c_int, *mut c_void) -> c_int;
type Safe = extern "system" fn(c_int, *mut c_void) -> c_int;

#[test]
fn each_form_of_a_type_is_accepted() {
    let double = |value: c_int| value * 2;
    let bare = Callback::<Unsafe>::new_or(0, double).unwrap();
    let safe = Callback::<Safe>::new_or(0, double).unwrap();
    let option = Callback::<Option<Unsafe>>::new_or(0, double).unwrap();
    let safe_option = Callback::<Option<Safe>>::new_or(0, double).unwrap();
    // SAFETY: the function takes any user data.
    assert_eq!(unsafe { (bare.function())(20, bare.user_data()) }, 40);
    assert_eq!((safe.function())(21, safe.user_data()), 42);
    // SAFETY: as above.
    assert_eq!(unsafe { option.function().unwrap()(22, option.user_data()) }, 44);
    assert_eq!(safe_option.function().unwrap()(23, safe_option.user_data()), 46);
}

/// The members of one table, in each form of both ABIs.
#[repr(C)]
struct Forms {
    c: unsafe extern "C" fn(c_int, *mut c_void) -> c_int,
    c_safe: Option<extern "C" fn(c_int, *mut c_void) -> c_int>,
    system: Unsafe,
    system_safe: Safe,
    system_option: Option<Unsafe>,
    system_safe_option: Option<Safe>,
    unnamed: Option<unsafe extern "system" fn(c_int)>,
}

struct Tens;

#[callbacks(Forms, state = arg)]
impl Tens {
    #[callback(fallback = -1)]
    fn c(&self, value: c_int) -> c_int {
        value + 10
    }

    #[callback(fallback = -2)]
    fn c_safe(&self, value: c_int) -> c_int {
        value + 20
    }

    #[callback(fallback = -3)]
    fn system(&self, value: c_int) -> c_int {
        value + 30
    }

    #[callback(fallback = -4)]
    fn system_safe(&self, value: c_int) -> c_int {
        value + 40
    }

    #[callback(fallback = -5)]
    fn system_option(&self, value: c_int) -> c_int {
        value + 50
    }

    #[callback(fallback = -6)]
    fn system_safe_option(&self, value: c_int) -> c_int {
        value + 60
    }
}

#[test]
fn a_table_has_members_of_both_abis_in_each_form() {
    let held = Held::new(Tens).unwrap();
    let (table, arg) = (held.as_ptr(), held.user_data());
    // SAFETY: it stays, and nobody writes it.
    let table = unsafe { &*table };
    assert!(table.unnamed.is_none());
    let call_all = || {
        // SAFETY: the functions take any user data.
        let c = unsafe { (table.c)(1, arg) };
        let c_safe = table.c_safe.unwrap()(1, arg);
        // SAFETY: as above.
        let system = unsafe { (table.system)(1, arg) };
        let system_safe = (table.system_safe)(1, arg);
        // SAFETY: as above.
        let system_option = unsafe { table.system_option.unwrap()(1, arg) };
        let system_safe_option = table.system_safe_option.unwrap()(1, arg);
        [c, c_safe, system, system_safe, system_option, system_safe_option]
    };
    assert_eq!(call_all(), [11, 21, 31, 41, 51, 61]);
    assert_eq!(held.revoke(), Ended::Now);
    assert_eq!(call_all(), [-1, -2, -3, -4, -5, -6]);
}

/// What C has passed to the host, for later.
#[derive(Default)]
struct Owed {
    answers: Vec<AnyThread<Completion<desktop_done>>>,
    watching: Vec<AnyThread<CClosure<desktop_changed>>>,
}

struct Desktop {
    owed: Arc<Mutex<Owed>>,
    _witness: Witness,
}

#[callbacks(desktop_table, state = arg)]
impl Desktop {
    #[callback(fallback = -1)]
    fn on_message(&self, message: u8, weight: f64) -> c_int {
        (f64::from(message) * weight * 2.0) as c_int
    }

    #[callback(fallback = -2)]
    fn on_log(&self, value: c_int) -> c_int {
        value + 1
    }

    #[callback(panicked = ())]
    fn ask(&self, call: &Call<'_>, done: desktop_done, cookie: *mut c_void) {
        // SAFETY: `desktop.h`: once, by `done`.
        let answer = unsafe { Completion::of(call, done, cookie, -1) };
        // SAFETY: on any thread.
        let answer = unsafe { answer.assume_send() };
        self.owed.lock().unwrap().answers.push(answer);
    }

    #[callback(panicked = ())]
    fn watch(
        &self,
        call: &Call<'_>,
        changed: desktop_changed,
        data: *mut c_void,
        free: desktop_free,
    ) {
        // SAFETY: `desktop.h`: until the data is freed, once.
        let changed = unsafe { CClosure::of(call, changed, data, free) };
        // SAFETY: on any thread.
        let changed = unsafe { changed.assume_send() };
        changed.call(1).unwrap();
        self.owed.lock().unwrap().watching.push(changed);
    }

    #[callback(last)]
    fn on_close(&self) {}
}

fn desktop(drops: &Drops) -> (Held<Desktop>, Arc<Mutex<Owed>>) {
    let owed = Arc::<Mutex<Owed>>::default();
    let desktop = Desktop { owed: owed.clone(), _witness: drops.witness() };
    (Held::new(desktop).unwrap(), owed)
}

#[test]
fn c_calls_members_of_both_abis_and_ends_the_value_by_its_last_call() {
    let drops = Drops::default();
    let (held, _owed) = desktop(&drops);
    let (table, arg) = (held.as_ptr(), held.user_data());
    held.hand_over(|_| Ok::<_, ()>(())).unwrap();
    // SAFETY: the table is live.
    assert_eq!(unsafe { desktop_message(table, arg) }, 7);
    // SAFETY: as above.
    assert_eq!(unsafe { desktop_log(table, 4, arg) }, 5);
    // SAFETY: as above, until here.
    unsafe { desktop_close(table, arg) };
    assert_eq!(drops.count(), 1);
}

#[test]
fn a_completion_answers_and_a_closure_of_cs_is_called_and_freed() {
    let (held, owed) = desktop(&Drops::default());
    let (table, arg) = (held.as_ptr(), held.user_data());
    let (mut answered, mut dropped, mut sum) = (0, 0, 0);
    // SAFETY: the table is live, and the memory is there until C's function has been called.
    unsafe { desktop_ask(table, &raw mut answered, arg) };
    // SAFETY: as above.
    unsafe { desktop_ask(table, &raw mut dropped, arg) };
    // SAFETY: as above, until C's destructor has been called.
    unsafe { desktop_watch(table, &raw mut sum, arg) };
    let Owed { mut answers, watching } = core::mem::take(&mut *owed.lock().unwrap());
    assert_eq!(answers.remove(0).into_inner().complete(8), Ok(()));
    drop(answers);
    assert_eq!(watching[0].call(10), Ok(()));
    drop(watching);
    assert_eq!((answered, dropped, sum), (8, -1, 111));
}

struct Plugin {
    _witness: Witness,
}

#[callbacks(desktop_plugin, state = arg, destroy = destroy)]
impl Plugin {
    #[callback(fallback = -1)]
    fn run(&self, value: c_int) -> c_int {
        value * 2
    }
}

#[test]
fn the_destroy_notify_is_a_member_or_passed_by_itself() {
    let drops = Drops::default();
    let plugin = || Held::new(Plugin { _witness: drops.witness() }).unwrap();
    let mut functions = functions::<Plugin>();

    let by_member = plugin();
    let (table, arg) = (by_member.as_ptr(), by_member.user_data());
    by_member.hand_over(|_| Ok::<_, ()>(())).unwrap();
    // SAFETY: the table is live.
    assert_eq!(unsafe { desktop_run(table, 3, arg) }, 6);
    // SAFETY: the functions are constants.
    assert_eq!(unsafe { desktop_run(&raw const functions, 4, arg) }, 8);
    // SAFETY: the table is live until here.
    unsafe { desktop_unload(table, arg) };
    assert_eq!(drops.count(), 1);

    let passed = plugin();
    let arg = passed.user_data();
    functions.destroy = Some(passed.destroy_notify_system());
    passed.hand_over(|_| Ok::<_, ()>(())).unwrap();
    // SAFETY: the functions are constants.
    unsafe { desktop_unload(&raw const functions, arg) };
    assert_eq!(drops.count(), 2);
}

struct Hook(c_int);

#[callbacks(desktop_hook, state = none, instances = 4)]
impl Hook {
    #[callback(fallback = -1)]
    fn hook(&self, code: c_int) -> c_int {
        self.0 + code
    }
}

#[test]
fn each_instance_of_a_context_free_table_has_its_own_function() {
    let hooks = [1, 2, 3].map(|number| Held::new(Hook(number)).unwrap());
    // SAFETY: the tables stay.
    let call = |hook: &Held<Hook>| unsafe { desktop_call_hook(hook.as_ptr(), 10) };
    assert_eq!(hooks.each_ref().map(call), [11, 12, 13]);
    assert_eq!(hooks[1].revoke(), Ended::Now);
    assert_eq!(hooks.each_ref().map(call), [11, -1, 13]);
}

/// Functions that C takes one by one.
struct Visitor(c_int);

#[callbacks(state = arg)]
impl Visitor {
    #[callback(type = desktop_visit, fallback = 0)]
    fn visit(&self, window: *mut c_void) -> c_int {
        c_int::from((window.addr() as c_int) < self.0)
    }

    #[callback(type = desktop_visit_first, user_data = first, fallback = 0)]
    fn visit_first(&self, window: *mut c_void) -> c_int {
        c_int::from((window.addr() as c_int) < self.0)
    }

    #[callback(type = unsafe extern "C" fn(*mut c_void) -> c_int, fallback = -1)]
    fn end(&self) -> c_int {
        self.0
    }
}

#[test]
fn functions_of_both_abis_share_a_value_held_or_lent() {
    let held = Held::new(Visitor(2)).unwrap();
    let (functions, arg) = (held.functions(), held.user_data());
    // SAFETY: the functions take any user data.
    assert_eq!(unsafe { desktop_enumerate(functions.visit, arg.addr() as isize) }, 2);
    // SAFETY: as above.
    assert_eq!(unsafe { desktop_enumerate_first(functions.visit_first, arg) }, 2);
    // SAFETY: as above.
    assert_eq!(unsafe { (functions.end)(arg) }, 2);
    let visited = scope(&Visitor(1), |scoped| {
        let param = scoped.user_data().addr() as isize;
        // SAFETY: the functions take any user data.
        unsafe { desktop_enumerate(scoped.functions().visit, param) }
    });
    assert_eq!(visited.unwrap(), 1);
}
