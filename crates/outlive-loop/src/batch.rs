//! What the system has reported at once, while it is worked off.

use crate::backend::Report;
use crate::flags::Ready;

/// How many reports are fetched at once, at first.
const AT_FIRST: usize = 64;
/// How many are fetched at most, after all of fewer were there.
const AT_MOST: usize = 1024;

/// What has happened since the reports were fetched.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Since {
    /// Nothing: they are true.
    Nothing,
    /// Callbacks have run, which may have read or written what was ready.
    Callbacks,
    /// The host was at work outside of the loop.
    Host,
}

pub(crate) struct Batch {
    reports: Vec<Report>,
    next: usize,
    /// How many are fetched at once.
    size: usize,
    /// Each is asked for anew, and serves one call.
    is_single: bool,
    /// The current report has led to a call.
    is_used: bool,
    since: Since,
}

impl Batch {
    pub(crate) fn new() -> Self {
        let (reports, since) = (Vec::new(), Since::Nothing);
        Batch { reports, next: 0, size: AT_FIRST, is_single: false, is_used: false, since }
    }

    /// How many reports to fetch, and where to.
    pub(crate) fn refill(&mut self, is_single: bool) -> (usize, &mut Vec<Report>) {
        if !self.is_single && self.reports.len() >= self.size {
            self.size = (2 * self.size).min(AT_MOST);
        }
        self.reports.clear();
        (self.next, self.is_single, self.is_used) = (0, is_single, false);
        self.since = Since::Nothing;
        (if is_single { 1 } else { self.size }, &mut self.reports)
    }

    /// Takes what became known otherwise, after which something has happened.
    pub(crate) fn refill_with(&mut self, known: &mut Vec<Report>, is_single: bool, since: Since) {
        self.reports.clear();
        self.reports.append(known);
        (self.next, self.is_single, self.is_used, self.since) = (0, is_single, false, since);
    }

    pub(crate) fn current(&self) -> Option<Report> {
        self.reports.get(self.next).copied()
    }

    pub(crate) fn is_done(&self) -> bool {
        self.next >= self.reports.len()
    }

    pub(crate) fn advance(&mut self) {
        self.next += 1;
        self.is_used = false;
    }

    /// The current report has led to a call for `ready`: what is left of it may serve others.
    pub(crate) fn used_for(&mut self, ready: Ready) {
        self.is_used = true;
        let Some(Report::Ready(_, left)) = self.reports.get_mut(self.next) else { return };
        *left -= ready;
        if self.is_single || left.is_empty() {
            self.advance();
        }
    }

    /// Whether the current report has led to a call.
    pub(crate) fn is_used(&self) -> bool {
        self.is_used
    }

    /// Puts one to the end of those that were fetched, unless these were to be one.
    pub(crate) fn append(&mut self, report: Report) {
        if !self.is_single && self.reports.len() < AT_MOST {
            self.reports.push(report);
        }
    }

    pub(crate) fn since(&self) -> Since {
        self.since
    }

    /// Code of the host's runs now.
    pub(crate) fn happens(&mut self, what: Since) {
        if self.since != Since::Host {
            self.since = what;
        }
    }
}
