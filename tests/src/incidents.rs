//! The incidents of a test program, kept so that its tests do not take each other's.

use std::sync::{Mutex, PoisonError};

use outlive::{Incident, IncidentKind, take_incidents};

use crate::wait::until;

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

/// The incidents that `is_meant` tells, of which there are `count`, or more.
///
/// Waits for them: one that another thread is just about to leave holds back those after it.
pub fn those(count: usize, is_meant: impl Fn(&Incident) -> bool) -> Vec<Incident> {
    let meant = || all().into_iter().filter(&is_meant).collect::<Vec<_>>();
    until(|| meant().len() >= count);
    meant()
}

/// The incidents of one table, of which there are `count`, or more. Waits as [`those`] does.
pub fn of(id: u64, count: usize) -> Vec<Incident> {
    those(count, |incident| incident.id() == Some(id))
}

/// The only incident of one table, which is of this kind.
///
/// # Panics
///
/// When there is none, or another.
pub fn only(id: u64, kind: IncidentKind) -> Incident {
    let mut of = of(id, 1);
    assert_eq!(of.iter().map(Incident::kind).collect::<Vec<_>>(), [kind]);
    of.remove(0)
}
