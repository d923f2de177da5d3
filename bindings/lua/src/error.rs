//! What goes wrong.

use std::fmt;

/// An error of Lua's, or for Lua.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// A chunk that is no Lua.
    Syntax(String),
    /// An error that was raised, in words.
    Runtime(String),
    /// The allocator has given no more.
    Memory,
    /// The state is closed, or being closed.
    Closed,
    /// The allocator is deciding: it may not use the state.
    Busy,
}

impl Error {
    /// What a function returns to have an error raised.
    ///
    /// ```
    /// use outlive_lua::{Error, Lua};
    ///
    /// let lua = Lua::new()?;
    /// lua.set("fail", lua.function(|_| Err(Error::new("no such file")))?)?;
    /// assert_eq!(lua.eval("fail()").unwrap_err(), Error::new("no such file"));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn new(message: impl Into<String>) -> Self {
        Error::Runtime(message.into())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Syntax(message) | Error::Runtime(message) => f.write_str(message),
            Error::Memory => f.write_str("not enough memory: collect, or allow more"),
            Error::Closed => f.write_str("the Lua state is closed"),
            Error::Busy => f.write_str("an allocator may not use the Lua state that asks it"),
        }
    }
}

impl std::error::Error for Error {}
