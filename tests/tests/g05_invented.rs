//! G5 late is harmless: words that C made up are refused. A program of its own: the word could be the
//! user data of another test's table.
//!
//! Caught when taken out: the comparison of the word with the gate's; the look at what the slot has given out.

use core::ffi::c_void;
use core::ptr::without_provenance_mut;

use outlive::{Held, IncidentKind};
use outlive_tests::host::on_event;
use outlive_tests::incidents;
use outlive_tests::keeper::call_with;

#[test]
fn invented_user_data_is_refused() {
    let held = Held::new(on_event(|_, value| value)).unwrap();
    let real = held.user_data().addr();
    let on_stack = 0u64;
    let mut invented =
        vec![usize::MAX, 1, 2, 3, 0xdead_beef, core::ptr::from_ref(&on_stack).addr()];
    // Every word that differs from the real one in one bit.
    invented.extend((0..usize::BITS).map(|bit| real ^ 1 << bit));
    for word in invented {
        let arg: *mut c_void = without_provenance_mut(word);
        assert_eq!(call_with(&held, 5, arg), -1, "user data {word:#x}");
    }
    let told = incidents::all();
    assert!(told.iter().all(|one| one.kind() == IncidentKind::BadArgument), "{told:?}");
    assert_eq!(call_with(&held, 5, held.user_data()), 5);
}
