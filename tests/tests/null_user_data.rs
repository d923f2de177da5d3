//! NULL as user data, which is no handle, while the slot that it seems to name is free.
//!
//! In a file of its own: no other test may take the first slot.

use outlive::{Held, IncidentKind};
use outlive_tests::host::on_event;
use outlive_tests::incidents;
use outlive_tests::keeper::call_with;

#[test]
fn null_user_data_is_refused_while_the_first_slot_is_free() {
    let first = Held::new(on_event(|_, value| value)).unwrap();
    let second = Held::new(on_event(|_, value| value)).unwrap();
    assert_eq!(call_with(&second, 1, core::ptr::null_mut()), -1);
    // SAFETY: C has no pointer to it.
    let _ = unsafe { first.release() };
    assert_eq!(call_with(&second, 1, core::ptr::null_mut()), -1);
    let incidents = incidents::all();
    assert_eq!(incidents.len(), 2);
    for incident in incidents {
        assert_eq!(
            (incident.kind(), incident.id(), incident.created()),
            (IncidentKind::BadArgument, None, None),
            "named for a table: {incident}"
        );
    }
}
