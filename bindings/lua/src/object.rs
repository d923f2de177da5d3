//! Objects: Rust values with methods for scripts, which Lua's collector ends.

use std::any::TypeId;
use std::ffi::{CString, c_char};

use crate::{Error, Lua, Reference, Value, sys};

/// A Rust type whose values are objects for scripts.
pub trait Object: 'static {
    /// What scripts see as its type: letters and digits.
    const NAME: &'static str;
    /// The names of its methods.
    const METHODS: &'static [&'static str];

    /// Calls a method, one of [`METHODS`](Object::METHODS), with what stands between the parentheses.
    ///
    /// # Errors
    ///
    /// They are raised when this has returned.
    fn call(&self, method: &str, arguments: &[Value]) -> Result<Vec<Value>, Error>;
}

impl Lua {
    /// Gives a value to Lua, which drops it when no script can reach it, or when the state is closed.
    ///
    /// ```
    /// use std::cell::Cell;
    /// use outlive_lua::{Error, Lua, Object, Value};
    ///
    /// struct Counter(Cell<i64>);
    ///
    /// impl Object for Counter {
    ///     const NAME: &'static str = "Counter";
    ///     const METHODS: &'static [&'static str] = &["next", "reset"];
    ///
    ///     fn call(&self, method: &str, _arguments: &[Value]) -> Result<Vec<Value>, Error> {
    ///         self.0.set(if method == "next" { self.0.get() + 1 } else { 0 });
    ///         Ok(vec![Value::Integer(self.0.get())])
    ///     }
    /// }
    ///
    /// let lua = Lua::new()?;
    /// lua.set("counter", lua.object(Counter(Cell::new(0)))?)?;
    /// let values = lua.eval("return counter:next(), counter:next(), counter:reset()")?;
    /// assert_eq!(values, [1, 2, 0].map(Value::Integer));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Memory`], or a name that is none, or that another type has in this state already. The value is dropped.
    #[track_caller]
    pub fn object<O: Object>(&self, object: O) -> Result<Reference, Error> {
        let is_name = O::NAME.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let name = CString::new(O::NAME).ok().filter(|name| is_name && !name.is_empty());
        let Some(name) = name else {
            return Err(Error::new(format!("{:?} is no name: letters and digits", O::NAME)));
        };
        if !self.state().claim(O::NAME, TypeId::of::<O>()) {
            return Err(Error::new(format!("another type has the name {} already", O::NAME)));
        }
        let callee = self.callee(move |method, arguments| match O::METHODS.get(method) {
            Some(name) => object.call(name, arguments.get(1..).unwrap_or_default()),
            None => Err(Error::new("there is no such method")),
        })?;
        let starts: Vec<*const c_char> =
            O::METHODS.iter().map(|method| method.as_ptr().cast()).collect();
        let sizes: Vec<usize> = O::METHODS.iter().map(|method| method.len()).collect();
        self.take(callee, |lua, callee| {
            let count = starts.len();
            // SAFETY: entered by `take`, and so many names are there. The callee is Lua's when this succeeds.
            unsafe {
                sys::ol_push_object(
                    lua,
                    callee,
                    name.as_ptr(),
                    starts.as_ptr(),
                    sizes.as_ptr(),
                    count,
                )
            }
        })
    }
}
