//! Allocators with limits, and what happens at them.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use outlive_lua::{Error, Lua, Reference};

#[test]
fn a_limit_is_an_error_that_scripts_can_catch() {
    let lua = Lua::with_limit(200_000).unwrap();
    let greedy = "local t = {} for i = 1, 1e6 do t[i] = ('x'):rep(100) .. i end";
    assert_eq!(lua.eval(greedy), Err(Error::Memory));
    assert!(lua.used() <= 200_000);
    let values = lua.eval(&format!("return pcall(function() {greedy} end)")).unwrap();
    assert_eq!(values, [false.into(), "not enough memory".into()]);
    lua.collect().unwrap();
    assert!(lua.used() < 100_000);
    assert_eq!(lua.eval("return 7").unwrap(), [7.into()]);
}

#[test]
fn the_garbage_is_collected_before_memory_is_refused() {
    let lua = Lua::with_limit(200_000).unwrap();
    lua.eval("collectgarbage('stop'); for i = 1, 1e4 do local _ = ('x'):rep(100) .. i end")
        .unwrap();
    assert!(lua.used() <= 200_000);
}

#[test]
fn a_state_that_cannot_begin_leaves_nothing() {
    for bytes in (0..30_000).step_by(500) {
        if let Err(error) = Lua::with_limit(bytes) {
            assert_eq!(error, Error::Memory);
        }
    }
    assert_eq!(Lua::with_limit(1000).unwrap_err(), Error::Memory);
}

#[test]
fn a_panic_in_the_allocator_refuses() {
    let panics = Rc::new(Cell::new(false));
    let told = panics.clone();
    let lua = Lua::with_allocator(move |_| {
        assert!(!told.get(), "told to");
        true
    })
    .unwrap();
    panics.set(true);
    assert_eq!(lua.eval("return {}, {}"), Err(Error::Memory));
    panics.set(false);
    assert_eq!(lua.eval("return 7").unwrap(), [7.into()]);
}

#[test]
fn an_allocator_that_uses_its_own_state_is_refused() {
    type Place = Rc<RefCell<Option<Reference>>>;
    let (place, answers) = (Place::default(), Rc::new(RefCell::new(Vec::new())));
    let (function, seen) = (place.clone(), answers.clone());
    let lua = Lua::with_allocator(move |_| {
        if let Some(function) = function.borrow().as_ref() {
            seen.borrow_mut().push(function.call(&[]).unwrap_err());
        }
        true
    })
    .unwrap();
    let function = lua.function(|_| Ok(Vec::new())).unwrap();
    place.replace(Some(function));
    assert_eq!(lua.eval("return #{{}, {}}").unwrap(), [2.into()]);
    assert!(!answers.borrow().is_empty());
    assert!(answers.borrow().iter().all(|error| *error == Error::Busy));
    // A reference that the allocator drops is forgotten later.
    drop(place.take());
    lua.collect().unwrap();
}
