//! Rust values that Lua's collector ends.

#[path = "../../counted.rs"]
mod counted;

use std::cell::Cell;
use std::rc::Rc;

use outlive_lua::{Error, Lua, Object, Value};

use counted::Counted;

struct Counter(Cell<i64>, #[allow(dead_code, reason = "it is dropped")] Counted);

impl Counter {
    fn new(alive: &Rc<Cell<i32>>) -> Self {
        Counter(Cell::new(0), Counted::new(alive))
    }
}

impl Object for Counter {
    const NAME: &'static str = "Counter";
    const METHODS: &'static [&'static str] = &["add", "fail", "panic"];

    fn call(&self, method: &str, arguments: &[Value]) -> Result<Vec<Value>, Error> {
        match (method, arguments) {
            ("add", [Value::Integer(more)]) => {
                self.0.set(self.0.get() + more);
                Ok(vec![self.0.get().into()])
            }
            ("panic", _) => panic!("told to"),
            _ => Err(Error::new("a counter adds integers")),
        }
    }
}

struct Other;

impl Object for Other {
    const NAME: &'static str = "Other";
    const METHODS: &'static [&'static str] = &["add"];

    fn call(&self, _method: &str, _arguments: &[Value]) -> Result<Vec<Value>, Error> {
        Ok(vec!["other".into()])
    }
}

fn with_counter() -> (Lua, Rc<Cell<i32>>) {
    let (lua, alive) = (Lua::new().unwrap(), Rc::new(Cell::new(0)));
    lua.set("counter", lua.object(Counter::new(&alive)).unwrap()).unwrap();
    (lua, alive)
}

#[test]
fn methods_are_called_on_their_own_object() {
    let (lua, alive) = with_counter();
    lua.set("second", lua.object(Counter::new(&alive)).unwrap()).unwrap();
    let values =
        lua.eval("counter:add(5); second:add(7); return counter:add(1), second:add(1)").unwrap();
    assert_eq!(values, [6.into(), 8.into()]);
    let error = lua.eval("counter:fail()").unwrap_err();
    assert_eq!(error, Error::new("a counter adds integers"));
    assert!(lua.eval("counter:missing()").is_err());
}

#[test]
fn a_method_is_not_to_be_had_for_anything_else() {
    let (lua, _alive) = with_counter();
    lua.set("other", lua.object(Other).unwrap()).unwrap();
    for wrong in ["other", "nil", "5", "{}", "print", "coroutine.create(print)"] {
        let error = lua.eval(&format!("counter.add({wrong}, 1)")).unwrap_err();
        assert!(error.to_string().contains("Counter expected"), "{wrong}: {error}");
    }
    assert_eq!(lua.eval("return other:add(1)").unwrap(), ["other".into()]);
    // Its metatable, with the function that ends it, is hidden.
    assert_eq!(lua.eval("return getmetatable(counter)").unwrap(), [false.into()]);
    assert!(lua.eval("setmetatable(counter, {})").is_err());
}

#[test]
fn an_object_ends_when_the_collector_finds_that_no_script_can_reach_it() {
    let (lua, alive) = with_counter();
    lua.eval("weak = setmetatable({counter}, {__mode = 'v'}); counter = nil").unwrap();
    assert_eq!(alive.get(), 1);
    lua.collect().unwrap();
    assert_eq!((alive.get(), lua.eval("return #weak").unwrap()), (0, vec![0.into()]));
}

#[test]
fn many_objects_end_by_the_collectors_own_doing() {
    let (lua, alive) = (Lua::new().unwrap(), Rc::new(Cell::new(0)));
    for _ in 0..2000 {
        drop(lua.object(Counter::new(&alive)).unwrap());
        lua.eval("local t = {} for i = 1, 20 do t[i] = {} end").unwrap();
    }
    assert!(alive.get() < 1000, "{} are alive", alive.get());
    drop(lua);
    assert_eq!(alive.get(), 0);
}

#[test]
fn an_object_that_a_finalizer_uses_after_its_end_refuses() {
    let (lua, alive) = (Lua::new().unwrap(), Rc::new(Cell::new(0)));
    // Of two that go together, Lua ends the younger one first.
    let finalizer = "function(t) ok, why = pcall(t.counter.add, t.counter, 1) end";
    lua.eval(&format!("late = setmetatable({{}}, {{__gc = {finalizer}}})")).unwrap();
    lua.set("counter", lua.object(Counter::new(&alive)).unwrap()).unwrap();
    lua.eval("late.counter, late, counter = counter, nil, nil").unwrap();
    lua.collect().unwrap();
    assert_eq!(alive.get(), 0);
    let refused = "a callback of the host's has ended, or panicked";
    assert_eq!(lua.eval("return ok, why").unwrap(), [false.into(), refused.into()]);
}

#[test]
fn a_panic_in_a_method_or_in_the_end_is_contained() {
    struct Bomb(Rc<Cell<i32>>);
    impl Drop for Bomb {
        fn drop(&mut self) {
            self.0.set(self.0.get() + 1);
            panic!("in the end")
        }
    }
    impl Object for Bomb {
        const NAME: &'static str = "Bomb";
        const METHODS: &'static [&'static str] = &[];
        fn call(&self, _method: &str, _arguments: &[Value]) -> Result<Vec<Value>, Error> {
            Ok(Vec::new())
        }
    }
    let (lua, _alive) = with_counter();
    let values = lua.eval("return pcall(counter.panic, counter)").unwrap();
    assert_eq!(values, [false.into(), "a callback of the host's has ended, or panicked".into()]);
    assert_eq!(lua.eval("return counter:add(1)").unwrap(), [1.into()]);

    let ended = Rc::new(Cell::new(0));
    drop(lua.object(Bomb(ended.clone())).unwrap());
    lua.collect().unwrap();
    assert_eq!(ended.get(), 1);
    drop(lua.object(Bomb(ended.clone())).unwrap());
    drop(lua);
    assert_eq!(ended.get(), 2);
}

#[test]
fn the_first_type_of_a_name_has_it() {
    struct Impostor(#[allow(dead_code)] Counter);
    impl Object for Impostor {
        const NAME: &'static str = "Counter";
        const METHODS: &'static [&'static str] = &["other"];
        fn call(&self, _method: &str, _arguments: &[Value]) -> Result<Vec<Value>, Error> {
            Ok(Vec::new())
        }
    }
    struct Nameless;
    impl Object for Nameless {
        const NAME: &'static str = "_LOADED";
        const METHODS: &'static [&'static str] = &[];
        fn call(&self, _method: &str, _arguments: &[Value]) -> Result<Vec<Value>, Error> {
            Ok(Vec::new())
        }
    }
    let (lua, alive) = with_counter();
    let error = lua.object(Impostor(Counter::new(&alive))).unwrap_err();
    assert_eq!(error, Error::new("another type has the name Counter already"));
    assert_eq!(alive.get(), 1);
    assert!(lua.object(Nameless).is_err());
    assert_eq!(lua.eval("return counter:add(1)").unwrap(), [1.into()]);
}

#[test]
fn what_an_object_drops_may_call_lua() {
    struct Last(outlive_lua::Reference);
    impl Drop for Last {
        fn drop(&mut self) {
            self.0.call(&["the end".into()]).unwrap();
        }
    }
    impl Object for Last {
        const NAME: &'static str = "Last";
        const METHODS: &'static [&'static str] = &[];
        fn call(&self, _method: &str, _arguments: &[Value]) -> Result<Vec<Value>, Error> {
            Ok(Vec::new())
        }
    }
    let lua = Lua::new().unwrap();
    let Value::Reference(note) =
        lua.eval("return function(words) noted = words end").unwrap()[0].clone()
    else {
        panic!("a function")
    };
    lua.set("last", lua.object(Last(note)).unwrap()).unwrap();
    lua.eval("last = nil; coroutine.wrap(function() for i = 1, 1e5 do local _ = {i} end end)()")
        .unwrap();
    lua.collect().unwrap();
    assert_eq!(lua.eval("return noted").unwrap(), ["the end".into()]);
}
