//! What one table does, as the guide says.

use arbitrary::Arbitrary;
use outlive::{IncidentKind, TableEntry, TableState};

#[derive(Arbitrary, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Shared,
    Exclusive,
    Local,
}

#[derive(Arbitrary, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    Arg,
    OtherArg,
    Code,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Live,
    /// The value is dropped when the last call has left.
    Deferred,
    /// The value stays until somebody takes it or ends it.
    Parked,
    Ended,
}

/// What a call comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Served,
    Refused(IncidentKind),
}

#[derive(Debug)]
pub struct Model {
    pub kind: Kind,
    pub shape: Shape,
    pub state: State,
    /// Calls of C that are inside, and visits of the host.
    pub inside: usize,
    /// The slot is given back once the value has ended.
    pub released: bool,
    pub refused: u64,
    pub panicked: u64,
    pub served: u64,
    pub incidents: [u32; IncidentKind::ALL.len()],
}

impl Model {
    pub fn new(kind: Kind, shape: Shape) -> Self {
        Model {
            kind,
            shape,
            state: State::Live,
            inside: 0,
            released: false,
            refused: 0,
            panicked: 0,
            served: 0,
            incidents: [0; IncidentKind::ALL.len()],
        }
    }

    /// Whether the library has forgotten it.
    pub fn is_gone(&self) -> bool {
        self.released && self.state == State::Ended
    }

    /// What a call comes to that the gate sees now, before its arguments are looked at.
    pub fn admits(&self, own_thread: bool, own_type: bool) -> Outcome {
        match self.kind {
            _ if self.state != State::Live => Outcome::Refused(IncidentKind::LateCall),
            _ if !own_type => Outcome::Refused(IncidentKind::BadArgument),
            Kind::Exclusive if self.inside > 0 => Outcome::Refused(IncidentKind::ConcurrentCall),
            Kind::Local if !own_thread => Outcome::Refused(IncidentKind::WrongThread),
            _ => Outcome::Served,
        }
    }

    /// Counts a refused call.
    pub fn refuse(&mut self, why: IncidentKind) {
        if !self.is_gone() {
            self.refused += 1;
            self.incidents[why as usize] += 1;
        }
    }

    /// Ends it, where a handle asks for it. Whether it has ended now.
    pub fn end(&mut self) -> bool {
        self.state = match self.state {
            State::Ended => State::Ended,
            _ if self.inside == 0 => State::Ended,
            _ => State::Deferred,
        };
        self.state == State::Ended
    }

    /// A call or a visit has left.
    pub fn leave(&mut self) {
        self.inside -= 1;
        if self.inside == 0 && self.state == State::Deferred {
            self.state = State::Ended;
        }
    }

    /// Compares with the ledger.
    pub fn check(&self, entry: Option<&TableEntry>) {
        let Some(entry) = entry else {
            assert!(self.is_gone(), "not in the ledger: {self:?}");
            return;
        };
        assert!(!self.is_gone(), "{entry}: {self:?}");
        let state = match self.state {
            State::Live => TableState::Live,
            State::Deferred | State::Parked => TableState::Ending,
            State::Ended => TableState::Ended,
        };
        assert_eq!(entry.state, state, "{entry}: {self:?}");
        let counts = (entry.in_flight, entry.refused, entry.panicked, entry.served);
        assert_eq!(
            counts,
            (self.inside, self.refused, self.panicked, Some(self.served)),
            "{entry}: {self:?}"
        );
        for (kind, should) in IncidentKind::ALL.iter().zip(self.incidents) {
            let is =
                entry.incidents.iter().find(|(of, _)| of == kind).map_or(0, |(_, count)| *count);
            assert_eq!(is, should, "{kind}: {entry}: {self:?}");
        }
    }
}
