//! What one table or callback does, as the guide says.

use arbitrary::Arbitrary;
use outlive::{Ended, IncidentKind, TableEntry, TableState};

#[derive(Arbitrary, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Shared,
    Exclusive,
    Local,
}

/// What C has, and how it finds the value.
#[derive(Arbitrary, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    Arg,
    OtherArg,
    Code,
    /// With a callback that is C's last.
    Last,
    /// Lent until the release: with a callback that takes back, and one that is C's last.
    Lent,
    Address,
    /// As `Lent`, found by its own address.
    LentAddress,
    Lone,
    /// A lone callback that C calls once.
    Once,
}

/// What leads to the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    ByUserData,
    ByCode,
    ByAddress,
}

/// The callbacks that there may be.
#[derive(Arbitrary, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Member {
    Event,
    TakeBack,
    Done,
}

impl Shape {
    pub fn found(self) -> Found {
        match self {
            Shape::Code => Found::ByCode,
            Shape::Address | Shape::LentAddress => Found::ByAddress,
            _ => Found::ByUserData,
        }
    }

    /// Whether it is a closure.
    pub fn is_lone(self) -> bool {
        matches!(self, Shape::Lone | Shape::Once)
    }

    pub fn is_lent(self) -> bool {
        matches!(self, Shape::Lent | Shape::LentAddress)
    }

    /// Whether a callback of the table is C's last.
    pub fn has_last_call(self) -> bool {
        matches!(self, Shape::Last) || self.is_lent()
    }

    /// Whether C can say at all that it is done.
    pub fn has_last_word(self) -> bool {
        self.found() == Found::ByUserData || self.has_last_call()
    }

    fn is_last(self, member: Member) -> bool {
        self == Shape::Once || self.has_last_call() && member == Member::Done
    }

    /// Whether the callback is served as long as a value is lent.
    fn takes_back(self, member: Member) -> bool {
        self.is_last(member) || member == Member::TakeBack
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Live,
    /// When the last call has left, the value is dropped, or serves what takes back.
    Deferred,
    /// The value is lent to C.
    Serving,
    /// The value stays until somebody takes it or ends it.
    Parked,
    Ended,
}

/// A call of C's.
#[derive(Clone, Copy, Debug)]
pub struct Attempt {
    member: Member,
    takes_back: bool,
    own_thread: bool,
    own_type: bool,
}

impl Attempt {
    /// By a function of this shape.
    pub fn of(shape: Shape, member: Member) -> Self {
        let takes_back = shape.takes_back(member);
        Attempt { member, takes_back, own_thread: true, own_type: true }
    }

    /// The host's own way in, which it has as long as the value is lent.
    pub fn of_host(shape: Shape) -> Self {
        Attempt { takes_back: true, ..Attempt::of(shape, Member::Event) }
    }

    /// From another thread.
    pub fn elsewhere(self) -> Self {
        Attempt { own_thread: false, ..self }
    }

    /// With the state of another.
    pub fn with(self, own_type: bool) -> Self {
        Attempt { own_type, ..self }
    }
}

/// What a call comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Served,
    Refused(IncidentKind),
    /// Admitted while the only call runs.
    UsedUp,
}

/// How a call goes that was admitted.
#[derive(Arbitrary, Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    Well,
    Misaligned,
    Panic,
}

#[derive(Debug)]
pub struct Model {
    pub kind: Kind,
    pub shape: Shape,
    pub state: State,
    /// Calls of C that are inside, and visits of the host.
    pub inside: usize,
    /// Calls of the host's into C.
    pub outgoing: usize,
    /// The host has a handle.
    pub host: bool,
    /// C may have the pointers.
    pub c: bool,
    /// The slot was given back when the value came out.
    given_back: bool,
    /// The host may call C no more.
    pub is_released: bool,
    /// Whether what was owed to C in the value was answered when that ended.
    pub is_answered: bool,
    /// The closure was used up by its only call, and the call that does it is over.
    pub is_spent: bool,
    refused: u64,
    panicked: u64,
    served: u64,
    incidents: [u32; IncidentKind::ALL.len()],
}

impl Model {
    pub fn new(kind: Kind, shape: Shape) -> Self {
        // A closure that is called once is `Exclusive` or `Local`.
        let kind =
            if shape == Shape::Once && kind == Kind::Shared { Kind::Exclusive } else { kind };
        Model {
            kind,
            shape,
            state: State::Live,
            inside: 0,
            outgoing: 0,
            host: true,
            c: true,
            given_back: false,
            is_released: false,
            is_answered: false,
            is_spent: false,
            refused: 0,
            panicked: 0,
            served: 0,
            incidents: [0; IncidentKind::ALL.len()],
        }
    }

    /// Whether the library has forgotten it.
    pub fn is_gone(&self) -> bool {
        self.state == State::Ended && (self.given_back || !self.host && !self.c)
    }

    /// Whether what C has may be another's.
    pub fn is_forgotten(&self) -> bool {
        self.shape.found() != Found::ByUserData && !self.host && !self.c
    }

    /// Whether one function serves both.
    pub fn is_of_the_type_of(&self, other: &Model) -> bool {
        self.shape == other.shape && (!self.shape.is_lone() || self.kind == other.kind)
    }

    /// What a call comes to that the gate sees now, before its arguments are looked at.
    pub fn admits(&self, attempt: Attempt) -> Outcome {
        let is_open = match self.state {
            State::Live => true,
            State::Deferred => attempt.takes_back && self.is_still_lent(),
            State::Serving => attempt.takes_back,
            State::Parked | State::Ended => false,
        };
        match self.kind {
            _ if !is_open => Outcome::Refused(IncidentKind::LateCall),
            _ if !attempt.own_type => Outcome::Refused(IncidentKind::BadArgument),
            Kind::Exclusive if self.inside > 0 => Outcome::Refused(IncidentKind::ConcurrentCall),
            Kind::Local if !attempt.own_thread => Outcome::Refused(IncidentKind::WrongThread),
            _ if self.shape == Shape::Once && self.inside > 0 => Outcome::UsedUp,
            _ => Outcome::Served,
        }
    }

    /// C's word closes at once what it ends, so that nothing is lent after it.
    fn is_still_lent(&self) -> bool {
        self.shape.is_lent() && self.c
    }

    /// A call was made, and has come back: `how` is how it went if it was served, and `was_inside` whether it then stood
    /// among those inside.
    pub fn called(&mut self, attempt: Attempt, outcome: Outcome, how: How, was_inside: bool) {
        match outcome {
            Outcome::Refused(why) => self.refuse(attempt, why),
            Outcome::UsedUp => {
                self.refused += 1;
                self.tell(IncidentKind::LateCall);
            }
            Outcome::Served => self.serve(how),
        }
        if was_inside {
            self.leave();
        }
        if attempt.own_type && self.shape.is_last(attempt.member) {
            let is_served = outcome == Outcome::Served && how == How::Well;
            self.last_call(is_served && self.shape != Shape::Once);
        }
    }

    fn refuse(&mut self, attempt: Attempt, why: IncidentKind) {
        if self.is_gone() {
            return;
        }
        self.refused += 1;
        // The last call is C's to make, also when the host has ended the registration.
        let is_owed = attempt.own_type && self.shape.is_last(attempt.member) && self.c;
        if why != IncidentKind::LateCall || !is_owed {
            self.tell(why);
        }
    }

    fn serve(&mut self, how: How) {
        self.served += 1;
        self.is_spent |= self.shape == Shape::Once;
        match how {
            How::Well => {}
            How::Panic => {
                self.panicked += 1;
                self.tell(IncidentKind::Panic);
            }
            How::Misaligned => self.tell(IncidentKind::BadArgument),
        }
    }

    fn tell(&mut self, incident: IncidentKind) {
        self.incidents[incident as usize] += 1;
    }

    fn last_call(&mut self, is_served: bool) {
        if self.is_gone() || self.last_word() {
            return;
        }
        // Two were inside together.
        if is_served && self.host && self.kind != Kind::Exclusive {
            self.tell(IncidentKind::ConcurrentCall);
        }
    }

    /// C calls the destroy notify.
    pub fn notify(&mut self) {
        if !self.is_gone() && !self.last_word() && self.shape != Shape::Once {
            self.tell(IncidentKind::LateCall);
        }
    }

    /// C is done. `false` where it was before.
    fn last_word(&mut self) -> bool {
        let is_first = self.c;
        self.c = false;
        if is_first {
            let _ = self.end();
        }
        is_first
    }

    /// Ends it, as a handle asks for it, or C.
    pub fn end(&mut self) -> Ended {
        let is_lent = self.is_still_lent();
        match self.state {
            State::Ended => Ended::Now,
            State::Serving if is_lent => Ended::Serving,
            _ if self.inside + self.outgoing > 0 => {
                self.state = State::Deferred;
                Ended::Later
            }
            _ if is_lent => {
                self.state = State::Serving;
                Ended::Serving
            }
            _ => {
                self.has_ended();
                Ended::Now
            }
        }
    }

    fn has_ended(&mut self) {
        self.state = State::Ended;
        self.is_answered = !self.is_released;
    }

    /// What a release says.
    pub fn release(&mut self) -> Ended {
        (self.host, self.c, self.is_released) = (false, false, true);
        let ended = self.end();
        if self.outgoing > 0 { Ended::Later } else { ended }
    }

    /// The value came out, and was dropped.
    pub fn take(&mut self) {
        self.has_ended();
        self.host = false;
        // A context-free table comes with a remainder, which is not released.
        self.given_back = self.shape.found() != Found::ByCode && !self.shape.has_last_call();
    }

    /// A call or a visit has left.
    pub fn leave(&mut self) {
        self.inside -= 1;
        self.left();
    }

    /// A call into C has come back.
    pub fn come_back(&mut self) {
        self.outgoing -= 1;
        self.left();
    }

    fn left(&mut self) {
        if self.inside + self.outgoing == 0 && self.state == State::Deferred {
            let _ = self.end();
        }
    }

    /// Whether the value has been dropped.
    pub fn is_dropped(&self) -> bool {
        self.state == State::Ended || self.is_spent
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
            State::Serving => TableState::Serving,
            State::Ended => TableState::Ended,
        };
        assert_eq!(entry.state, state, "{entry}: {self:?}");
        let served = (!self.shape.is_lone()).then_some(self.served);
        let inside = self.inside + self.outgoing;
        assert_eq!(
            (entry.in_flight, entry.refused, entry.panicked, entry.served),
            (inside, self.refused, self.panicked, served),
            "{entry}: {self:?}"
        );
        for (kind, should) in IncidentKind::ALL.iter().zip(self.incidents) {
            let is =
                entry.incidents.iter().find(|(of, _)| of == kind).map_or(0, |(_, count)| *count);
            assert_eq!(is, should, "{kind}: {entry}: {self:?}");
        }
    }
}
