//! The hook that is asked whether a script may go on.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

#[path = "../../counted.rs"]
mod counted;

use counted::Counted;
use outlive_lua::{Error, Lua, Value};

const LONG: &str = "local n = 0 for i = 1, 20000 do n = n + 1 end return n";

#[test]
fn a_script_that_may_not_go_on_has_an_error_in_every_coroutine() {
    let lua = Lua::new().unwrap();
    assert_eq!(lua.eval(LONG).unwrap(), [20000.into()]);
    lua.eval("co = coroutine.create(function() while true do end end)").unwrap();
    lua.on_step(Some(Box::new(|| false))).unwrap();
    assert_eq!(
        lua.eval("while true do end").unwrap_err(),
        Error::new("chunk:1: interrupted by the host")
    );
    let inside = lua.eval("return coroutine.resume(co)").unwrap();
    assert_eq!(inside, [false.into(), "chunk:1: interrupted by the host".into()]);
    // It can be caught, as all errors can.
    assert_eq!(
        lua.eval("return (pcall(function() while true do end end))").unwrap(),
        [false.into()]
    );
    lua.on_step(None).unwrap();
    assert_eq!(lua.eval(LONG).unwrap(), [20000.into()]);
}

#[test]
fn a_hook_that_replaces_itself_ends_when_it_returns() {
    let (lua, alive) = (Rc::new(Lua::new().unwrap()), Rc::new(Cell::new(0)));
    let (log, own) = (Rc::new(RefCell::new(Vec::new())), Rc::downgrade(&lua));
    let (seen, counted) = (log.clone(), Counted::new(&alive));
    lua.on_step(Some(Box::new(move || {
        let lua = own.upgrade().expect("its script runs");
        let next = seen.clone();
        lua.on_step(Some(Box::new(move || {
            next.borrow_mut().push("second");
            next.borrow().len() < 4
        })))
        .unwrap();
        assert_eq!(counted.alive(), 1);
        seen.borrow_mut().push("first");
        true
    })))
    .unwrap();
    assert!(lua.eval(LONG).is_err());
    assert_eq!(alive.get(), 0);
    assert_eq!(*log.borrow(), ["first", "second", "second", "second"]);
}

#[test]
fn a_hook_may_use_the_state_and_is_not_asked_for_that() {
    let lua = Rc::new(Lua::new().unwrap());
    let (own, answers) = (Rc::downgrade(&lua), Rc::new(RefCell::new(Vec::new())));
    let seen = answers.clone();
    lua.on_step(Some(Box::new(move || {
        let lua = own.upgrade().expect("its script runs");
        seen.borrow_mut().extend(lua.eval(LONG).unwrap());
        true
    })))
    .unwrap();
    assert_eq!(lua.eval(LONG).unwrap(), [20000.into()]);
    assert!(answers.borrow().len() > 10);
    assert!(answers.borrow().iter().all(|answer| *answer == Value::Integer(20000)));
}

#[test]
fn a_panic_in_the_hook_is_an_error_of_the_script() {
    let lua = Lua::new().unwrap();
    lua.on_step(Some(Box::new(|| panic!("told to")))).unwrap();
    assert_eq!(lua.eval(LONG).unwrap_err(), Error::new("chunk:1: interrupted by the host"));
    lua.on_step(None).unwrap();
    assert_eq!(lua.eval(LONG).unwrap(), [20000.into()]);
}

#[test]
fn a_hook_is_dropped_with_its_state() {
    let alive = Rc::new(Cell::new(0));
    let lua = Lua::new().unwrap();
    for _ in 0..2 {
        let counted = Counted::new(&alive);
        lua.on_step(Some(Box::new(move || counted.alive() == 1))).unwrap();
    }
    assert_eq!(alive.get(), 1);
    assert_eq!(lua.eval(LONG).unwrap(), [20000.into()]);
    drop(lua);
    assert_eq!(alive.get(), 0);
}
