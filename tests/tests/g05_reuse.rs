//! G5 late is harmless, while the slot is reused at once. A program of its own: no other test takes the
//! slot, and none misses its incidents for the many of this one.
//!
//! Caught when taken out: the generation in a handle.

use outlive::Held;
use outlive_tests::host::on_event;
use outlive_tests::keeper::Keeper;

#[test]
fn a_released_slot_is_reused_and_the_old_user_data_never_reaches_the_new_value() {
    let held = Held::new(on_event(|_, value| value)).unwrap();
    let (stale, first) = (Keeper::of(&held), held.id());
    // SAFETY: C calls with it later: what G5 is about. The table is a static.
    let _ = unsafe { held.release() };
    let mut reused = 0;
    for n in 0..20_000 {
        let next = Held::new(on_event(move |_, _| n)).unwrap();
        reused += usize::from(next.id() as u32 == first as u32);
        assert_ne!(next.id(), first);
        assert_eq!(stale.call(1), -1, "a stale call reached registration {n}");
        // SAFETY: C has no pointer to this one.
        let _ = unsafe { next.release() };
    }
    assert_eq!(reused, 20_000, "the slot was not reused");
}
