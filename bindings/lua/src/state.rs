//! A state: its life, and the ways into it.

use std::any::TypeId;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::ffi::c_int;
use std::ptr;
use std::rc::{Rc, Weak};

use mlua_sys as ffi;
use outlive::{Callback, Held, Local};

use crate::memory::{Memory, Usage};
use crate::sys::{self, Ask, Context};
use crate::{Error, Reference, Value};

/// A Lua state, with the libraries that can do no harm: base without files, coroutine, table, string, math, utf8. It is closed
/// when it is dropped.
///
/// ```
/// use outlive_lua::{Lua, Value};
///
/// let lua = Lua::new()?;
/// lua.set("double", lua.function(|arguments| match arguments {
///     [Value::Integer(value)] => Ok(vec![Value::Integer(value * 2)]),
///     _ => Err(outlive_lua::Error::new("an integer is doubled")),
/// })?)?;
/// assert_eq!(lua.eval("return double(21)")?, [Value::Integer(42)]);
/// let caught = lua.eval("return pcall(double, 'x')")?;
/// assert_eq!(caught, [Value::Boolean(false), Value::from("an integer is doubled")]);
/// # Ok::<(), outlive_lua::Error>(())
/// ```
#[derive(Debug)]
pub struct Lua {
    state: Rc<State>,
}

/// What is behind a [`Lua`]. Whoever is inside of Lua has one of these below, so that the state is not closed there.
pub(crate) struct State {
    main: *mut ffi::lua_State,
    context: Box<Context>,
    /// There until the state is closed.
    memory: Option<Held<Memory, Local>>,
    deciding: Rc<Cell<bool>>,
    /// What the context asks.
    step: RefCell<Option<Callback<Ask, Local>>>,
    /// References that are not used any more. Lua hears of them at the next occasion.
    dropped: RefCell<Vec<c_int>>,
    /// The types of objects, by their names in Lua.
    types: RefCell<HashMap<&'static str, TypeId>>,
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State").field("at", &self.main).field("memory", &self.memory).finish()
    }
}

impl Lua {
    /// A state without a limit.
    ///
    /// # Errors
    ///
    /// [`Error::Memory`]
    #[track_caller]
    pub fn new() -> Result<Self, Error> {
        Lua::with_allocator(|_| true)
    }

    /// A state that has at most so many bytes.
    ///
    /// ```
    /// use outlive_lua::{Error, Lua};
    ///
    /// let lua = Lua::with_limit(1 << 20)?;
    /// assert_eq!(lua.eval("return ('x'):rep(1 << 21)"), Err(Error::Memory));
    /// assert!(lua.used() < 1 << 20);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Memory`] where that is not enough to begin.
    #[track_caller]
    pub fn with_limit(bytes: usize) -> Result<Self, Error> {
        Lua::with_allocator(move |usage| usage.more <= bytes.saturating_sub(usage.used))
    }

    /// A state that asks before it takes memory. Where it is refused, it collects what is garbage and asks once more, and
    /// then it has an error, which scripts can catch. A panic refuses, and so does an attempt to use this state in the
    /// closure.
    ///
    /// # Errors
    ///
    /// [`Error::Memory`]
    #[track_caller]
    pub fn with_allocator(allows: impl Fn(Usage) -> bool + 'static) -> Result<Self, Error> {
        let deciding = Rc::new(Cell::new(false));
        let memory = Memory::new(Box::new(allows), deciding.clone());
        let memory = Held::local(memory).map_err(|_| Error::Memory)?;
        // SAFETY: the function is what Lua's manual wants, and valid until `State` has closed the state.
        let main = unsafe { ffi::lua_newstate(memory.functions().allocate, memory.user_data()) };
        let state = State {
            main,
            context: Box::new(Context {
                current: Cell::new(main),
                may_go_on: Cell::new(None),
                user_data: Cell::new(ptr::null_mut()),
            }),
            step: RefCell::new(None),
            memory: Some(memory),
            deciding,
            dropped: RefCell::default(),
            types: RefCell::default(),
        };
        if main.is_null() {
            return Err(Error::Memory);
        }
        // SAFETY: the state is new; the context is there until it is closed.
        let status = unsafe { sys::ol_open(main, &raw const *state.context) };
        state.check(main, status)?;
        Ok(Lua { state: Rc::new(state) })
    }

    /// How many bytes the state has.
    pub fn used(&self) -> usize {
        self.state.memory.as_ref().and_then(|memory| memory.with(Memory::used).ok()).unwrap_or(0)
    }

    /// Runs a chunk of text, and has what it returns.
    ///
    /// # Errors
    ///
    /// What Lua raises, and what its text lacks.
    pub fn eval(&self, text: &str) -> Result<Vec<Value>, Error> {
        self.load(text.as_bytes(), "chunk")?.call(&[])
    }

    /// Gives a global variable a value.
    ///
    /// # Errors
    ///
    /// [`Error::Memory`], and what a metatable of the globals raises.
    pub fn set(&self, name: &str, value: impl Into<Value>) -> Result<(), Error> {
        self.globals()?.set(name, value)
    }

    /// The value of a global variable.
    ///
    /// # Errors
    ///
    /// [`Error::Memory`], and what a metatable of the globals raises.
    pub fn get(&self, name: &str) -> Result<Value, Error> {
        self.globals()?.get(name)
    }

    fn globals(&self) -> Result<Reference, Error> {
        let (lua, _top) = self.state.enter()?;
        // SAFETY: there is room for one value; the registry has the globals there.
        unsafe { ffi::lua_rawgeti(lua, ffi::LUA_REGISTRYINDEX, ffi::LUA_RIDX_GLOBALS) };
        Reference::new(&self.state, lua, -1)
    }

    /// Collects all garbage: the objects that no script can reach are dropped.
    ///
    /// # Errors
    ///
    /// [`Error::Busy`] in an allocator.
    pub fn collect(&self) -> Result<(), Error> {
        let (lua, _top) = self.state.enter()?;
        // SAFETY: entered; this takes no more arguments, and raises nothing.
        unsafe { ffi::lua_gc(lua, ffi::LUA_GCCOLLECT) };
        Ok(())
    }

    /// Asks, after each thousand instructions of a script, whether it may go on; `None` takes that away. `false` is an
    /// error in the script, and so is a panic. The script can catch it, and then it is asked again.
    ///
    /// The hook is called on this thread, inside of the script. It may replace itself, and use this state; what it has
    /// run does not ask it.
    ///
    /// ```
    /// use std::time::{Duration, Instant};
    /// use outlive_lua::Lua;
    ///
    /// let lua = Lua::new()?;
    /// let end = Instant::now() + Duration::from_millis(5);
    /// lua.on_step(Some(Box::new(move || Instant::now() < end)))?;
    /// let error = lua.eval("while true do end").unwrap_err();
    /// assert_eq!(error.to_string(), "chunk:1: interrupted by the host");
    /// # Ok::<(), outlive_lua::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Memory`]
    pub fn on_step(&self, hook: Option<Box<dyn Fn() -> bool>>) -> Result<(), Error> {
        let hook = hook.map(|hook| Callback::<Ask>::local_or(0, move || hook().into()));
        let hook = hook.transpose().map_err(|_| Error::Memory)?;
        let context = &self.state.context;
        context.may_go_on.set(hook.as_ref().map(Callback::function));
        context.user_data.set(hook.as_ref().map_or(ptr::null_mut(), Callback::user_data));
        let before = self.state.step.replace(hook);
        if let Some(before) = before {
            // SAFETY: the context has another one now. A call of it that runs leaves first.
            let _ = unsafe { before.release() };
        }
        Ok(())
    }

    pub(crate) fn state(&self) -> &Rc<State> {
        &self.state
    }
}

/// How many values were on a stack, which it goes back to.
pub(crate) struct Top(*mut ffi::lua_State, c_int);

impl Top {
    /// The index of the first value above it.
    pub fn next(&self) -> c_int {
        self.1 + 1
    }
}

impl Drop for Top {
    fn drop(&mut self) {
        // SAFETY: whoever has this is inside of the state. No value up there is to be closed, so that it raises nothing.
        unsafe { ffi::lua_settop(self.0, self.1) };
    }
}

impl State {
    /// The state that is to be used now, with room for a few values, which are gone when the result is.
    pub fn enter(&self) -> Result<(*mut ffi::lua_State, Top), Error> {
        if self.deciding.get() {
            return Err(Error::Busy);
        }
        let lua = self.context.current.get();
        for reference in self.dropped.take() {
            // SAFETY: the reference was Lua's, and is used by nobody any more.
            unsafe { ffi::luaL_unref(lua, ffi::LUA_REGISTRYINDEX, reference) };
        }
        // SAFETY: nobody decides, so that the state can be used.
        let top = unsafe { ffi::lua_gettop(lua) };
        self.reserve(lua, 8)?;
        Ok((lua, Top(lua, top)))
    }

    /// Sees to it that there is room for so many values.
    pub fn reserve(&self, lua: *mut ffi::lua_State, values: usize) -> Result<(), Error> {
        let values = c_int::try_from(values).map_err(|_| Error::Memory)?;
        // SAFETY: the state is in use.
        let is_there = unsafe { ffi::lua_checkstack(lua, values) };
        if is_there == 0 { Err(Error::Memory) } else { Ok(()) }
    }

    /// An error for a status that is not good, whose value is on the stack.
    pub fn check(&self, lua: *mut ffi::lua_State, status: c_int) -> Result<(), Error> {
        match status {
            ffi::LUA_OK => Ok(()),
            ffi::LUA_ERRMEM => Err(Error::Memory),
            status => {
                // SAFETY: the error is on the stack.
                let described = unsafe { sys::ol_describe(lua) };
                // SAFETY: what describes it is, too, or what has kept it from that.
                let message = unsafe { Value::text(lua, -1) };
                Err(match (described, status) {
                    (ffi::LUA_ERRMEM, _) => Error::Memory,
                    (_, ffi::LUA_ERRSYNTAX) => Error::Syntax(message),
                    _ => Error::Runtime(message),
                })
            }
        }
    }

    /// Has a reference forgotten, at the next occasion.
    pub fn forget(&self, reference: c_int) {
        self.dropped.borrow_mut().push(reference);
    }

    /// The type that a name is for: the first that has it.
    pub fn claim(&self, name: &'static str, type_id: TypeId) -> bool {
        *self.types.borrow_mut().entry(name).or_insert(type_id) == type_id
    }

    /// What a callback has of its state.
    pub fn weak(self: &Rc<Self>) -> Weak<Self> {
        Rc::downgrade(self)
    }
}

impl Drop for State {
    fn drop(&mut self) {
        if !self.main.is_null() {
            // SAFETY: nobody is inside: whoever is has a share of this. Lua gives its callbacks back here.
            unsafe { ffi::lua_close(self.main) };
        }
        self.main = ptr::null_mut();
        if let Some(step) = self.step.take() {
            // SAFETY: a state that is closed asks no more.
            let _ = unsafe { step.release() };
        }
        if let Some(memory) = self.memory.take() {
            // SAFETY: a state that is closed, or was never made, calls no more.
            let _ = unsafe { memory.release() };
        }
    }
}
