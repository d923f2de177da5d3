//! The incidents of a test program, kept so that its tests do not take each other's.

use std::sync::{Mutex, PoisonError};

use outlive::{Incident, IncidentKind, take_incidents};

static SEEN: Mutex<Vec<Incident>> = Mutex::new(Vec::new());

/// Every incident so far, of all tests of this program.
pub fn all() -> Vec<Incident> {
    let mut seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
    seen.extend(take_incidents());
    seen.clone()
}

/// Makes room for more, in tests that cause many.
pub fn keep() {
    SEEN.lock().unwrap_or_else(PoisonError::into_inner).extend(take_incidents());
}

/// The incidents of one table.
pub fn of(id: u64) -> Vec<Incident> {
    all().into_iter().filter(|incident| incident.id() == Some(id)).collect()
}

/// The only incident of one table, which is of this kind.
///
/// # Panics
///
/// When there is none, or another.
pub fn only(id: u64, kind: IncidentKind) -> Incident {
    let mut of = of(id);
    assert_eq!(of.iter().map(Incident::kind).collect::<Vec<_>>(), [kind]);
    of.remove(0)
}
