//! What C has of a state is given back with it, however far it came. The ledger is the process's, so that this is a
//! program of its own.

#[path = "../../counted.rs"]
mod counted;

use std::cell::Cell;
use std::rc::Rc;

use outlive_lua::{Error, Lua, Object, Value};

use counted::Counted;

impl Object for Counted {
    const NAME: &'static str = "Counted";
    const METHODS: &'static [&'static str] = &["alive"];

    fn call(&self, _method: &str, _arguments: &[Value]) -> Result<Vec<Value>, Error> {
        Ok(vec![self.alive().into()])
    }
}

/// Everything that a binding does, with something to count.
fn work(lua: &Lua, alive: &Rc<Cell<i32>>) -> Result<(), Error> {
    let (one, two) = (Counted::new(alive), Counted::new(alive));
    let f = lua.function(move |arguments| {
        let _ = &one;
        Ok([arguments, &["more".repeat(50).into()]].concat())
    })?;
    lua.set("f", f)?;
    lua.on_step(Some(Box::new(|| true)))?;
    let failing = move |_: &[Value]| Err(Error::new(format!("{} are alive", two.alive())));
    lua.set("fail", lua.function(failing)?)?;
    lua.set("object", lua.object(Counted::new(alive))?)?;
    lua.eval("t = {f(1, 'two'), pcall(fail), object:alive()}")?;
    let Value::Reference(table) = lua.get("t")? else {
        return Err(Error::new("there is no table"));
    };
    table.set("key", "value")?;
    lua.eval("object = nil; return coroutine.wrap(function() return f(t) end)()")?;
    lua.collect()
}

#[test]
fn a_refusal_at_any_allocation_is_an_error_and_leaks_nothing() {
    let alive = Rc::new(Cell::new(0));
    let mut refusals = 0;
    for number in 0.. {
        let asked = Rc::new(Cell::new(0));
        let count = asked.clone();
        // Once refused, and refused again after the collection.
        let allows = move |_| {
            count.set(count.get() + 1);
            !(number..number + 2).contains(&count.get())
        };
        let result = Lua::with_allocator(allows).and_then(|lua| {
            let first = work(&lua, &alive);
            if first.is_err() {
                work(&lua, &alive).expect("the state is good for more");
            }
            first
        });
        assert_eq!(alive.get(), 0, "at the allocation {number}");
        assert_eq!(
            outlive::ledger().tables.len(),
            0,
            "at the allocation {number}: {}",
            outlive::ledger()
        );
        match result {
            Ok(()) if asked.get() < number => break,
            Ok(()) => {}
            Err(Error::Memory) => refusals += 1,
            // Caught by the script, or in the words of a chunk that could not be compiled.
            Err(Error::Runtime(words) | Error::Syntax(words)) => {
                assert!(words.contains("memory"), "{words}")
            }
            Err(other) => panic!("{other:?} at the allocation {number}"),
        }
    }
    assert!(refusals > 300, "{refusals}");
    assert!(outlive::take_incidents().is_empty()); // nobody has called what had ended
}
