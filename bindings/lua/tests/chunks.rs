//! Readers and writers of chunks.

use std::cell::RefCell;
use std::io::{self, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use outlive_lua::{Error, Lua, Value};

/// Reads a byte at a time, and then does something else.
struct Slowly<'a, F>(&'a [u8], F);

impl<F: FnMut() -> io::Result<usize>> Read for Slowly<'_, F> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self.0.split_first() {
            Some((first, rest)) => {
                into[0] = *first;
                self.0 = rest;
                Ok(1)
            }
            None => (self.1)(),
        }
    }
}

#[test]
fn a_chunk_is_read_block_by_block() {
    let lua = Lua::new().unwrap();
    let chunk = lua.load(Slowly(b"local a, b = ... return a + b", || Ok(0)), "sum").unwrap();
    assert_eq!(chunk.call(&[1.into(), 2.into()]).unwrap(), [3.into()]);
    let long = format!("return #'{}'", "x".repeat(100_000));
    assert_eq!(lua.load(long.as_bytes(), "long").unwrap().call(&[]).unwrap(), [100_000.into()]);
    let error = lua.load(&b"return ("[..], "half").unwrap_err();
    assert!(matches!(&error, Error::Syntax(words) if words.starts_with("half:1:")), "{error}");
    assert!(matches!(lua.load(&b"\x1bLua"[..], "compiled"), Err(Error::Syntax(_))));
    assert!(lua.load(&b""[..], "a\0b").is_err());
}

#[test]
fn a_reader_that_fails_leaves_no_half_of_a_chunk() {
    let lua = Lua::new().unwrap();
    // What was read is a chunk by itself.
    let broken = || Err(io::Error::other("the line is cut"));
    let error = lua.load(Slowly(b"return 1", broken), "half").unwrap_err();
    assert_eq!(error, Error::new("the chunk cannot be read: the line is cut"));
}

#[test]
fn a_panic_in_a_reader_goes_on_behind_lua() {
    let lua = Lua::new().unwrap();
    let load = || lua.load(Slowly(b"return 1", || panic!("told to")), "half");
    let payload = catch_unwind(AssertUnwindSafe(load)).unwrap_err();
    assert_eq!(*payload.downcast::<&str>().unwrap(), "told to");
    assert_eq!(lua.eval("return 7").unwrap(), [7.into()]);
}

#[test]
fn a_reader_may_use_the_state() {
    let lua = Lua::new().unwrap();
    let text = RefCell::new(vec!["return 1", "return 2 + "]);
    let inner = || {
        let Some(next) = text.borrow_mut().pop() else { return Ok(0) };
        lua.eval("collectgarbage(); count = (count or 0) + 1").map_err(io::Error::other)?;
        assert!(!next.is_empty());
        Ok(0)
    };
    let chunk = lua.load(Slowly(b"return 5", inner), "outer").unwrap();
    assert_eq!(chunk.call(&[]).unwrap(), [5.into()]);
    assert_eq!(lua.get("count").unwrap(), 1.into());
}

#[test]
fn a_function_is_written_and_read_again() {
    let lua = Lua::new().unwrap();
    let mut compiled = Vec::new();
    lua.load(&b"local x = ... return x * 2"[..], "double").unwrap().dump(&mut compiled).unwrap();
    // SAFETY: it is what was written.
    let double = unsafe { lua.load_compiled(compiled.as_slice(), "double") }.unwrap();
    assert_eq!(double.call(&[21.into()]).unwrap(), [42.into()]);
    let rust = lua.function(|_| Ok(Vec::new())).unwrap();
    assert_eq!(
        rust.dump(&mut compiled),
        Err(Error::new("only a function of Lua's can be written"))
    );
}

#[test]
fn a_writer_that_fails_or_panics_ends_the_writing() {
    struct Full(Rc<RefCell<usize>>, bool);
    impl Write for Full {
        fn write(&mut self, data: &[u8]) -> io::Result<usize> {
            *self.0.borrow_mut() += 1;
            match (*self.0.borrow(), self.1) {
                (1, _) => Ok(data.len()),
                (_, true) => panic!("told to"),
                (_, false) => Err(io::Error::other("the disk is full")),
            }
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let lua = Lua::new().unwrap();
    let chunk = lua.load(&b"return 'a', 'b', 'c'"[..], "c").unwrap();
    let calls = Rc::new(RefCell::new(0));
    let error = chunk.dump(Full(calls.clone(), false)).unwrap_err();
    assert_eq!(error, Error::new("the chunk cannot be written: the disk is full"));
    assert_eq!(calls.replace(0), 2);
    let dump = || chunk.dump(Full(calls.clone(), true));
    assert!(catch_unwind(AssertUnwindSafe(dump)).is_err());
    assert_eq!(*calls.borrow(), 2);
    assert_eq!(chunk.call(&[]).unwrap().len(), 3);
    assert_eq!(lua.eval("return 1").unwrap(), [Value::Integer(1)]);
}
