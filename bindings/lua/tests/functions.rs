//! Rust functions in Lua, and their errors.

#[path = "../../counted.rs"]
mod counted;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use outlive_lua::{Error, Lua, Reference, Value};

use counted::Counted;

fn integers(values: &[Value]) -> Vec<i64> {
    let integer = |value: &Value| match value {
        Value::Integer(value) => *value,
        other => panic!("{other:?} is no integer"),
    };
    values.iter().map(integer).collect()
}

type Function = fn(&[Value]) -> Result<Vec<Value>, Error>;

/// A state with the functions of a test.
fn with(functions: &[(&str, Function)]) -> Lua {
    let lua = Lua::new().unwrap();
    for (name, function) in functions {
        lua.set(name, lua.function(*function).unwrap()).unwrap();
    }
    lua
}

fn fail(arguments: &[Value]) -> Result<Vec<Value>, Error> {
    Err(Error::new(format!("{} arguments", arguments.len())))
}

fn call_first(arguments: &[Value]) -> Result<Vec<Value>, Error> {
    match arguments {
        [Value::Reference(function), rest @ ..] => function.call(rest),
        _ => Err(Error::new("there is nothing to call")),
    }
}

#[test]
fn values_go_in_and_come_back() {
    let lua = with(&[("same", |arguments| Ok(arguments.to_vec()))]);
    let values = lua.eval("return same(nil, true, 7, 0.5, 'a\\0b', '')").unwrap();
    let text = |bytes: &[u8]| Value::String(bytes.to_vec());
    let each = [
        Value::Nil,
        Value::Boolean(true),
        Value::Integer(7),
        Value::Number(0.5),
        text(b"a\0b"),
        text(b""),
    ];
    assert_eq!(values, each);
    assert_eq!(
        lua.eval("local t = {}; return same(t) == t, same(1.0)").unwrap(),
        [true.into(), 1.0.into()]
    );
    assert_eq!(
        lua.eval("return select('#', same(table.unpack({}, 1, 200)))").unwrap(),
        [200.into()]
    );
}

#[test]
fn an_error_is_raised_when_the_function_has_returned() {
    thread_local!(static ENDED: Cell<u32> = const { Cell::new(0) });
    struct Frame;
    impl Drop for Frame {
        fn drop(&mut self) {
            ENDED.set(ENDED.get() + 1);
        }
    }
    let lua = with(&[("fail", |arguments| {
        let _frame = Frame;
        fail(arguments)
    })]);
    assert_eq!(lua.eval("fail(1, 2)").unwrap_err(), Error::new("2 arguments"));
    // Through many frames of Lua's and of coroutines.
    let deep = "local function go(n) if n == 0 then fail() end go(n - 1) end
        return coroutine.wrap(function() return pcall(go, 100) end)()";
    assert_eq!(lua.eval(deep).unwrap(), [false.into(), "0 arguments".into()]);
    assert_eq!(ENDED.get(), 2); // each frame of Rust's has come to its end
}

#[test]
fn an_error_of_lua_ends_at_the_rust_function_that_called() {
    thread_local!(static ENDED: Cell<u32> = const { Cell::new(0) });
    struct Frame;
    impl Drop for Frame {
        fn drop(&mut self) {
            ENDED.set(ENDED.get() + 1);
        }
    }
    let lua = with(&[("call", |arguments| {
        let _frame = Frame;
        call_first(arguments)
    })]);
    let nested = "local function raise() error({code = 5}) end
        local words = setmetatable({}, {__tostring = function() return 'in words' end})
        return pcall(call, call, call, error, 'deep'), pcall(call, function() error(words) end)";
    let values = lua.eval(nested).unwrap();
    assert_eq!(values, [false.into(), false.into(), "in words".into()]);
    assert_eq!(ENDED.get(), 4);
    let values = lua.eval("return pcall(call, call, error, 'deep', 0)").unwrap();
    assert_eq!(values, [false.into(), "deep".into()]);
}

#[test]
fn a_function_may_be_called_again_while_it_runs() {
    let lua = with(&[("call", call_first)]);
    let factorial =
        "function factorial(n) if n == 0 then return 1 end return n * call(factorial, n - 1) end
        return factorial(15)";
    assert_eq!(lua.eval(factorial).unwrap(), [1_307_674_368_000.into()]);
    let endless = "function endless(n) return call(endless, n + 1) end return pcall(endless, 0)";
    let Value::String(message) = &lua.eval(endless).unwrap()[1] else {
        panic!("an error has words")
    };
    assert!(String::from_utf8_lossy(message).contains("stack overflow"));
    assert_eq!(lua.eval("return factorial(3)").unwrap(), [6.into()]);
}

#[test]
fn a_function_may_replace_itself_while_it_runs() {
    let lua = Rc::new(Lua::new().unwrap());
    let (own, alive) = (Rc::downgrade(&lua), Rc::new(Cell::new(0)));
    let counted = Counted::new(&alive);
    let first = move |_: &[Value]| {
        let lua = own.upgrade().expect("it runs");
        lua.set("f", lua.function(|_| Ok(vec![2.into()]))?)?;
        lua.collect()?;
        assert_eq!(counted.alive(), 1); // it is still running, so that it is still there
        Ok(vec![1.into()])
    };
    lua.set("f", lua.function(first).unwrap()).unwrap();
    assert_eq!(integers(&lua.eval("return f(), f()").unwrap()), [1, 2]);
    lua.collect().unwrap();
    assert_eq!(alive.get(), 0);
}

#[test]
fn a_function_is_dropped_when_no_script_can_reach_it_or_the_state_is_closed() {
    let (lua, alive) = (Lua::new().unwrap(), Rc::new(Cell::new(0)));
    let function = || {
        let counted = Counted::new(&alive);
        lua.function(move |_| Ok(vec![counted.alive().into()])).unwrap()
    };
    lua.set("f", function()).unwrap();
    lua.set("g", function()).unwrap();
    let kept = function();
    lua.eval("f = nil").unwrap();
    lua.collect().unwrap();
    assert_eq!(alive.get(), 2);
    assert_eq!(integers(&kept.call(&[]).unwrap()), [2]);
    drop(kept);
    lua.collect().unwrap();
    assert_eq!(alive.get(), 1);
    drop(lua);
    assert_eq!(alive.get(), 0);
}

#[test]
fn a_panic_is_an_error_that_scripts_can_catch() {
    let lua = with(&[("call", call_first), ("panics", |_| panic!("told to"))]);
    let words: Value = "a callback of the host's has ended, or panicked".into();
    assert_eq!(lua.eval("return pcall(panics)").unwrap(), [false.into(), words.clone()]);
    assert_eq!(lua.eval("return pcall(call, panics)").unwrap(), [false.into(), words]);
    assert_eq!(lua.eval("return 7").unwrap(), [7.into()]);
}

#[test]
fn coroutines_call_functions_that_call_back_on_their_own_stack() {
    let lua = with(&[("call", call_first)]);
    let script = "local co = coroutine.wrap(function()
            for i = 1, 3 do coroutine.yield(call(function(x) return x * x, coroutine.running() end, i)) end
        end)
        return (co()), (co()), (co())";
    assert_eq!(integers(&lua.eval(script).unwrap()), [1, 4, 9]);
    // A yield cannot pass a frame of Rust's: that is an error, and ends there.
    let across = "return coroutine.wrap(function() return pcall(call, coroutine.yield) end)()";
    let values = lua.eval(across).unwrap();
    assert_eq!(values, [false.into(), "attempt to yield across a C-call boundary".into()]);
}

#[test]
fn tables_are_read_and_written_and_their_metatables_may_raise() {
    let lua = Lua::new().unwrap();
    let Value::Reference(table) = lua.eval("t = {a = 1}; return t").unwrap()[0].clone() else {
        panic!("a table")
    };
    table.set("b", 2).unwrap_or_else(|error| panic!("{error}"));
    table.set(3, table.clone()).unwrap();
    assert_eq!(lua.eval("return t.a + t.b, t[3] == t").unwrap(), [3.into(), true.into()]);
    assert_eq!(table.get("a").unwrap(), 1.into());
    assert_eq!(table.get("z").unwrap(), Value::Nil);
    lua.eval("setmetatable(t, {__index = function(_, key) error('no ' .. key, 0) end})").unwrap();
    assert_eq!(table.get("z").unwrap_err(), Error::new("no z"));
    assert!(table.set(Value::Nil, 1).is_err());
    assert!(table.call(&[]).is_err());
}

#[test]
fn what_is_of_another_state_is_refused() {
    let (one, other) = (Lua::new().unwrap(), Lua::new().unwrap());
    let function = one.function(|_| Ok(Vec::new())).unwrap();
    assert!(other.set("f", function.clone()).is_err());
    drop(one);
    assert_eq!(function.call(&[]), Err(Error::Closed));
}

#[test]
fn a_state_that_is_given_up_inside_a_callback_is_closed_after_it() {
    let (place, alive) = (Rc::new(RefCell::new(None)), Rc::new(Cell::new(0)));
    let lua = Lua::new().unwrap();
    let (own, counted) = (place.clone(), Counted::new(&alive));
    let give_up = move |_: &[Value]| {
        own.take();
        Ok(vec![counted.alive().into()])
    };
    let function: Reference = lua.function(give_up).unwrap();
    place.replace(Some(lua));
    assert_eq!(function.call(&[]), Ok(vec![1.into()]));
    assert_eq!(alive.get(), 0);
    assert_eq!(function.call(&[]), Err(Error::Closed));
}

#[test]
fn what_a_finalizer_calls_while_the_state_is_closed_is_refused() {
    let calls = Rc::new(Cell::new(0));
    let lua = Lua::new().unwrap();
    let seen = calls.clone();
    let count = move |_: &[Value]| {
        seen.set(seen.get() + 1);
        Ok(Vec::new())
    };
    lua.set("count", lua.function(count).unwrap()).unwrap();
    lua.eval("setmetatable({}, {__gc = count}); t = setmetatable({}, {__gc = function() pcall(count); count() end})").unwrap();
    lua.collect().unwrap();
    assert_eq!(calls.get(), 1);
    drop(lua);
    assert_eq!(calls.get(), 1);
}

#[test]
fn scripts_can_do_no_harm() {
    let lua = Lua::new().unwrap();
    let gone = lua.eval("return io, os, debug, package, require, dofile, loadfile").unwrap();
    assert!(gone.iter().all(|value| *value == Value::Nil));
    let compiled = "local f, e = load(string.dump(function() end), 'x', 'b') return f, e ~= nil";
    assert_eq!(lua.eval(compiled).unwrap(), [Value::Nil, true.into()]);
    assert_eq!(
        lua.eval("return load('return ...')(5), load('return a', 'x', 't', {a = 6})()").unwrap(),
        [5.into(), 6.into()]
    );
}
