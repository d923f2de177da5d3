//! What is kept of Rust sources once their trees are gone.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::place::Place;

/// A bound of a type parameter or a trait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bound {
    Static,
    Lifetime(String),
    /// The last segment of a trait's path.
    Trait(String),
}

/// A type parameter of a function, `impl Trait` in an argument included.
#[derive(Clone, Debug)]
pub struct TypeParam {
    pub name: String,
    pub bounds: Vec<Bound>,
    pub place: Place,
}

/// Where a lifetime of a function's own stands in its signature.
#[derive(Clone, Debug, Default)]
pub struct Lifetimes {
    /// In a borrow of `self`, and nowhere else among the parameters.
    pub of_self: HashSet<String>,
    /// Anywhere else, or of the type.
    pub elsewhere: HashSet<String>,
}

/// What an address is the address of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// A variable of the function.
    Local(String),
    /// `self` behind a reference, or a part of it.
    Borrowed,
    /// What a box that is a variable of the function points to.
    Boxed(String),
}

/// What an expression may be.
#[derive(Clone, Debug, Default)]
pub struct Value {
    /// The parameters that it has in it.
    pub params: BTreeSet<usize>,
    /// Whether it was turned into a raw pointer that nobody drops.
    pub given_up: bool,
    pub address: Option<(Address, Place)>,
    /// The functions that it names.
    pub names: Vec<String>,
    /// Results of functions of the same crate: name, and what each argument has in it.
    pub results: Vec<(String, Vec<BTreeSet<usize>>)>,
}

/// A call, with its arguments.
#[derive(Clone, Debug)]
pub struct Called {
    pub callee: String,
    pub place: Place,
    pub args: Vec<Value>,
    /// Which arguments are null, or `None`.
    pub nothing: Vec<bool>,
}

/// User data that is owned while a callback runs.
#[derive(Clone, Debug)]
pub struct Rebuilt {
    pub name: String,
    pub from_raw: Place,
    pub forgotten: Place,
}

/// A function.
#[derive(Clone, Debug)]
pub struct RustFn {
    pub name: String,
    pub place: Place,
    /// The type whose method it is.
    pub owner: Option<String>,
    /// Whether users of the crate can call it.
    pub is_public: bool,
    pub is_unsafe: bool,
    /// Whether C calls it.
    pub is_callback: bool,
    pub type_params: Vec<TypeParam>,
    pub lifetimes: Lifetimes,
    /// Names and lifetimes in the return type.
    pub returned: HashSet<String>,
    /// Whether there is a raw pointer in it, for which the caller answers.
    pub returns_pointer: bool,
    /// For each parameter but `self`: the type parameters in its type.
    pub params: Vec<Vec<usize>>,
    pub calls: Vec<Called>,
    /// Parameters that it boxes, and returns as a raw pointer.
    pub boxes: BTreeSet<usize>,
    /// Parameters that it gives up by name after the call.
    pub forgotten: HashSet<String>,
    /// Parameters that it takes back, whatever happens.
    pub reclaimed: BTreeSet<usize>,
    /// Variables that it moves elsewhere.
    pub moved: HashSet<String>,
    pub rebuilt: Vec<Rebuilt>,
    /// Whether `catch_unwind` stands in it.
    pub catches: bool,
    /// Whether it calls anything, which may panic.
    pub may_panic: bool,
    /// Whether it waits for something.
    pub waits: bool,
}

/// All Rust sources.
#[derive(Clone, Debug, Default)]
pub struct Model {
    pub functions: Vec<RustFn>,
    /// Traits with their supertraits.
    pub traits: HashMap<String, Vec<Bound>>,
    /// Functions of `extern` blocks.
    pub foreign: HashSet<String>,
    /// Functions that C can call.
    pub callbacks: HashSet<String>,
    /// Types that do not move, as far as their sources tell.
    pub pinned: HashSet<String>,
}

impl Model {
    /// Adds what another file says.
    pub fn add(&mut self, other: Model) {
        self.functions.extend(other.functions);
        self.traits.extend(other.traits);
        self.foreign.extend(other.foreign);
        self.callbacks.extend(other.callbacks);
        self.pinned.extend(other.pinned);
    }
}
