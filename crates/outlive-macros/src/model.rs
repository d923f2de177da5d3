//! What a checked block says.

use proc_macro2::Span;
use syn::{Expr, Generics, Ident, Path, Type};

/// A block from which a table can be made.
pub struct Block {
    /// The path of the `outlive` crate.
    pub krate: Path,
    /// The C struct, or what the expansion calls the struct that it makes.
    pub table: Type,
    /// There is no C struct: each callback has the type of its function.
    pub is_of_functions: bool,
    /// The host type, as the impl block names it.
    pub host: Type,
    /// The generics of the impl block.
    pub generics: Generics,
    pub locator: Locator,
    pub panic: Panic,
    pub count: bool,
    /// The host value lives until the release.
    pub keep: bool,
    /// Calls on other threads wait in the inbox of the one that a table is bound to.
    pub delivers: bool,
    /// Where the word `unsafe` of `unsafe(borrow)` stands, if it does.
    pub borrow: Option<Span>,
    pub callbacks: Vec<Callback>,
    pub constants: Vec<Constant>,
    pub written_by_c: Vec<Ident>,
    pub user_data_member: Option<Ident>,
    pub table_offset: Option<TableOffset>,
    pub destroy: Option<Ident>,
}

/// How a call finds its host value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Locator {
    /// By user data that C passes, or that is found by what it passes.
    Arg,
    /// By the address of the table, which C passes.
    Table,
    /// By the code that C calls: there are so many instances.
    ContextFree { instances: usize },
}

/// Where the table begins, from what its parameter points to.
pub struct TableOffset {
    /// So many bytes before it, and not after it.
    pub is_before: bool,
    pub bytes: Expr,
}

/// What a panic does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Panic {
    Fallback,
    Abort,
    Resume,
}

/// A member with the same value in each table.
pub struct Constant {
    pub member: Ident,
    pub value: Expr,
}

/// A method and the member it stands behind.
pub struct Callback {
    pub method: Ident,
    pub member: Ident,
    /// The type of the C function, where no C struct has it.
    pub function: Option<Type>,
    /// C's arguments, with the one that leads to the host value, where one does.
    pub arguments: Vec<Argument>,
    /// The expression that finds the user data, where it is not an argument of its own.
    pub user_data: Option<Expr>,
    /// The parameters of the method after `&self`.
    pub parameters: Vec<Parameter>,
    /// Where the result's type is written, or the method's name.
    pub result: Span,
    pub fallback: Option<Expr>,
    /// Instead of the fallback, after the end.
    pub late: Option<Expr>,
    /// Instead of the fallback, where the method has panicked.
    pub panicked: Option<Expr>,
    /// Instead of the fallback, the process ends.
    pub aborts: bool,
    pub errno: Option<Expr>,
    pub last: Option<Last>,
    /// C takes back by it what it was lent.
    pub takes_back: bool,
    /// C does not wait for it, where another thread serves it.
    pub posted: Option<Span>,
}

/// C calls nothing after a callback.
#[derive(Clone, Copy)]
pub struct Last {
    /// Where the word `unsafe` stands, if it is promised.
    pub promise: Option<Span>,
    pub span: Span,
}

/// An argument that C passes.
pub enum Argument {
    /// The user data, or the table: it leads to the host value, and the method does not take it.
    Locating,
    /// One that the method takes, with the name of its parameter, if it has one.
    Value(Option<Ident>),
}

/// A parameter of a method.
pub enum Parameter {
    /// `&Call`.
    Call(Span),
    /// C's argument at this position.
    Value {
        position: usize,
        ty: Box<Type>,
        conversion: Conversion,
        /// How many values are borrowed, where the type does not say so.
        count: Option<Box<Expr>>,
        span: Span,
    },
}

/// How an argument gets its Rust type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conversion {
    /// By the type alone.
    Plain,
    /// `Option<Token>`.
    Token,
    /// `#[try_from]`.
    Checked,
    /// A reference, a `Buffer` or an `Out`, under `unsafe(borrow)`.
    Borrowed,
}
