//! Chunks of code, as Lua reads and writes them.

use std::cell::{Cell, RefCell};
use std::ffi::{CStr, CString, c_char, c_int};
use std::io::{self, Read, Write};
use std::ptr;

use mlua_sys::{self as ffi, lua_State};
use outlive::{Out, callbacks, scope};

use crate::{Error, Lua, Reference, sys};

/// How much is read at a time.
const BLOCK: usize = 4096;

/// Where a chunk comes from, while Lua reads it.
struct Source<'a> {
    from: &'a RefCell<dyn Read + 'a>,
    /// What was read last, which Lua uses until the next call.
    block: Box<[Cell<u8>]>,
    failed: Cell<Option<io::Error>>,
}

// Lua's pointers are valid for the call.
#[callbacks(state = arg, user_data = 1, unsafe(borrow), panic = resume)]
impl Source<'_> {
    /// Lua calls it for the next block, in `lua_load`, on this thread. NULL is the end.
    #[callback(type = sys::Reader)]
    fn read(&self, _state: *mut lua_State, size: Out<'_, usize>) -> *const c_char {
        let mut block = vec![0; self.block.len()];
        let read = self.from.borrow_mut().read(&mut block);
        let read = read.unwrap_or_else(|error| {
            self.failed.set(Some(error));
            0
        });
        for (place, byte) in self.block.iter().zip(&block[..read.min(block.len())]) {
            place.set(*byte);
        }
        size.write(read);
        if read == 0 { ptr::null() } else { self.block.as_ptr().cast() }
    }
}

/// Where a chunk goes, while Lua writes it.
struct Sink<'a> {
    to: &'a RefCell<dyn Write + 'a>,
    failed: Cell<Option<io::Error>>,
}

// Lua's pointers are valid for the call.
#[callbacks(state = arg, unsafe(borrow), panic = resume)]
impl Sink<'_> {
    /// Lua calls it for the next bytes, in `lua_dump`, on this thread. What is not 0 ends it.
    #[callback(type = sys::Writer, fallback = 1)]
    fn write(&self, _state: *mut lua_State, #[len(_size)] data: &[u8], _size: usize) -> c_int {
        match self.to.borrow_mut().write_all(data) {
            Ok(()) => 0,
            Err(error) => {
                self.failed.set(Some(error));
                1
            }
        }
    }
}

impl Lua {
    /// Reads a chunk of text, block by block, and makes a function of it. Errors call it `name`.
    ///
    /// The reader may use this state. A panic in it goes on here, when Lua has ended its work.
    ///
    /// # Errors
    ///
    /// [`Error::Syntax`], [`Error::Memory`], or what the reader says.
    pub fn load(&self, text: impl Read, name: &str) -> Result<Reference, Error> {
        // SAFETY: it is text.
        unsafe { self.load_as(text, name, c"t") }
    }

    /// Reads a chunk that [`dump`](Reference::dump) has written.
    ///
    /// # Safety
    ///
    /// It was written by `dump`, and nobody has changed it: Lua does not check it.
    ///
    /// # Errors
    ///
    /// As for [`load`](Lua::load).
    pub unsafe fn load_compiled(&self, chunk: impl Read, name: &str) -> Result<Reference, Error> {
        // SAFETY: the caller's promise.
        unsafe { self.load_as(chunk, name, c"b") }
    }

    /// # Safety
    ///
    /// What is compiled comes from Lua.
    unsafe fn load_as(&self, from: impl Read, name: &str, mode: &CStr) -> Result<Reference, Error> {
        let (lua, _top) = self.state().enter()?;
        let name =
            CString::new(format!("={name}")).map_err(|_| Error::new("a name has a zero byte"))?;
        let block = vec![Cell::new(0); BLOCK].into_boxed_slice();
        let source = Source { from: &RefCell::new(from), block, failed: Cell::new(None) };
        let status = scope(&source, |scoped| {
            let (read, user_data) = (scoped.functions().read, scoped.user_data());
            // SAFETY: entered; the reader's arguments are what Lua's manual says.
            unsafe { sys::ol_load(lua, read, user_data, name.as_ptr(), mode.as_ptr()) }
        });
        if let Some(error) = source.failed.take() {
            return Err(Error::new(format!("the chunk cannot be read: {error}")));
        }
        self.state().check(lua, status.map_err(|_| Error::Memory)?)?;
        Reference::new(self.state(), lua, -1)
    }
}

impl Reference {
    /// Writes a function of Lua's as a compiled chunk, without its upvalues.
    ///
    /// The writer may use this state. A panic in it goes on here, when Lua has ended its work.
    ///
    /// # Errors
    ///
    /// What the writer says, or that this is no function of Lua's.
    pub fn dump(&self, to: impl Write) -> Result<(), Error> {
        self.with_state(|_state, lua| {
            let sink = Sink { to: &RefCell::new(to), failed: Cell::new(None) };
            let status = scope(&sink, |scoped| {
                let (write, user_data) = (scoped.functions().write, scoped.user_data());
                // SAFETY: entered, with the value on the stack; the writer's arguments are what Lua's manual says.
                unsafe { sys::ol_dump(lua, write, user_data, 0) }
            });
            match (sink.failed.take(), status) {
                (Some(error), _) => {
                    Err(Error::new(format!("the chunk cannot be written: {error}")))
                }
                (None, Ok(ffi::LUA_OK)) => Ok(()),
                (None, Ok(_)) => Err(Error::new("only a function of Lua's can be written")),
                (None, Err(_)) => Err(Error::Memory),
            }
        })
    }
}
