//! What both languages come to: functions that store pointers, pass them on and return them. [`crate::flow`] follows
//! the pointers through it.

use std::sync::Arc;

use crate::place::Place;

/// A name in a source.
pub type Name = Arc<str>;

/// Whose code or memory it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Side {
    C,
    Host,
}

/// What a pointer came from, in its function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Origin {
    /// The parameter of this index.
    Param(u16),
    /// Memory that the function made, by its index in [`Function::objects`].
    Object(u16),
    /// What the call of this index in [`Function::calls`] returned.
    Result(u16),
    /// A variable that outlives every call.
    Global,
}

/// Whether it is the pointer itself, or what was read from where it points.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Loaded {
    /// The pointer.
    No,
    /// All of what it points to.
    Whole,
    /// One member.
    Field(Name),
    /// The pointer as a number, which no collector takes for one.
    Number,
}

/// A value.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Operand {
    pub origin: Origin,
    pub loaded: Loaded,
}

impl Operand {
    /// The pointer of this origin.
    pub fn new(origin: Origin) -> Self {
        Operand { origin, loaded: Loaded::No }
    }

    /// As [`load`](Operand::load), unless something was read of it already.
    pub fn load_first(self, loaded: Loaded) -> Self {
        if self.loaded == Loaded::No { self.load(loaded) } else { self }
    }

    /// What is read from where it points.
    pub fn load(mut self, loaded: Loaded) -> Self {
        self.loaded = loaded;
        self
    }
}

/// A store of `value` into memory that `into` leads to.
#[derive(Clone, Debug)]
pub struct Store {
    pub value: Operand,
    pub into: Origin,
    pub field: Option<Name>,
    pub side: Side,
    pub place: Place,
}

/// A call.
#[derive(Clone, Debug)]
pub struct Call {
    pub callee: Name,
    pub side: Side,
    /// What each argument may be.
    pub args: Vec<Vec<Operand>>,
    pub place: Place,
}

/// What kind of memory an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Memory {
    /// A variable whose address is taken.
    Variable,
    /// A variable that holds a `cgo.Handle`, and whose address is taken.
    Handle,
    /// A value that was made on the heap.
    Fresh,
    /// The same of a type of C's: a table of callbacks, a context.
    Table,
    /// The number of a `cgo.Handle`, which is no memory but ends like some.
    Number,
    /// Memory of C's that Go asked for.
    OfC,
    /// Anything else.
    Other,
}

/// Memory that a function makes.
#[derive(Clone, Debug)]
pub struct Object {
    pub name: Name,
    pub memory: Memory,
    /// The expression that makes the pointer.
    pub birth: Place,
}

/// A function of either language.
#[derive(Clone, Debug)]
pub struct Function {
    pub name: Name,
    pub side: Side,
    pub place: Place,
    /// The folder of a Go function's package.
    pub package: Name,
    pub objects: Vec<Object>,
    pub stores: Vec<Store>,
    pub calls: Vec<Call>,
    pub returns: Vec<(Operand, Place)>,
    /// Whether it returns a pointer that Go's compiler knows nothing of: an `unsafe.Pointer`, a number, or a type of C's.
    pub raw_result: bool,
    /// The same of its parameters.
    pub raw_params: Vec<bool>,
    /// What the host keeps alive until some later line of the function, and no longer.
    pub kept_alive: Vec<(Origin, Place)>,
    /// What a deferred call deletes or frees.
    pub released: Vec<(Origin, Place)>,
}
