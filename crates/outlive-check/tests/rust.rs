//! The rules for Rust: what they report, and what they must not.

mod common;

use common::{errors, hints};

/// Declarations of a library, and a callback.
const LIBRARY: &str = "use std::ffi::c_void;
unsafe extern \"C\" { fn set(cb: extern \"C\" fn(*mut c_void), data: *mut c_void); }
extern \"C\" fn call<F: FnMut()>(data: *mut c_void) { let f = unsafe { &mut *(data as *mut F) }; f() }
";
/// C that keeps it.
const KEEPS: &str = "static void *all; void set(void (*cb)(void *), void *data) { all = data; }";

fn rust_errors(code: &str) -> Vec<String> {
    errors(&[("src/lib.rs", &format!("{LIBRARY}{code}")), ("c/a.c", KEEPS)])
}

fn rust_hints(code: &str) -> Vec<String> {
    hints(&[("src/lib.rs", code)])
}

#[test]
fn r1_user_data_that_a_callback_owns() {
    let code = "extern \"C\" fn cb(data: *mut c_void) {
    let f = unsafe { Box::from_raw(data as *mut Box<dyn Fn()>) };
    f();
    std::mem::forget(f);
}";
    assert_eq!(rust_errors(code), ["R1"]);
    assert_eq!(
        rust_errors(&code.replace("std::mem::forget(f)", "let _ = Box::into_raw(f)")),
        ["R1"]
    );
}

#[test]
fn user_data_that_a_callback_borrows_or_frees_is_right() {
    let borrows = "extern \"C\" fn cb(data: *mut c_void) { let f = unsafe { &*(data as *mut Box<dyn Fn()>) }; f(); }";
    assert_eq!(rust_errors(borrows), [""; 0]);
    let leaks = "extern \"C\" fn cb(data: *mut c_void) {
    let f = Box::leak(unsafe { Box::from_raw(data as *mut Box<dyn Fn()>) }); f(); }";
    assert_eq!(rust_errors(leaks), [""; 0]);
    let never_drops = "extern \"C\" fn cb(data: *mut c_void) {
    let f = std::mem::ManuallyDrop::new(unsafe { Box::from_raw(data as *mut Box<dyn Fn()>) }); f(); }";
    assert_eq!(rust_errors(never_drops), [""; 0]);
    let frees = "extern \"C\" fn cb(data: *mut c_void) { drop(unsafe { Box::from_raw(data as *mut Box<dyn Fn()>) }); }";
    assert_eq!(rust_errors(frees), [""; 0]);
}

#[test]
fn r1_a_box_that_ends_while_c_has_its_contents() {
    let code = "pub fn f() { let mut data = Box::new(5); unsafe { set(call::<fn()>, &mut *data as *mut i32 as *mut c_void) }; }";
    assert_eq!(rust_errors(code), ["R1"]);
    let kept = "pub fn f() -> Box<i32> { let mut data = Box::new(5);
    unsafe { set(call::<fn()>, &mut *data as *mut i32 as *mut c_void) }; data }";
    assert_eq!(rust_errors(kept), [""; 0]);
}

#[test]
fn r2_the_address_of_a_self_that_may_move() {
    let code = "pub struct S { n: u32 }
impl S { pub fn f(&mut self) { unsafe { set(call::<fn()>, self as *mut S as *mut c_void) } } }";
    assert_eq!(rust_errors(code), ["R2"]);
    let field = code.replace("self as *mut S", "&mut self.n as *mut u32");
    assert_eq!(rust_errors(&field), ["R2"]);
}

#[test]
fn r2_the_address_of_a_variable() {
    let code = "pub fn f() { let mut n = 5; unsafe { set(call::<fn()>, &mut n as *mut i32 as *mut c_void) } }";
    assert_eq!(rust_errors(code), ["R2"]);
}

#[test]
fn a_self_that_stays_where_it_is_may_be_given_to_c() {
    let boxed = "pub struct S { n: u32 }
impl S {
    pub fn new() -> Box<Self> { Box::new(S { n: 0 }) }
    pub fn f(&mut self) { unsafe { set(call::<fn()>, self as *mut S as *mut c_void) } }
}";
    assert_eq!(rust_errors(boxed), [""; 0]);
    let on_heap = "pub struct S { n: Box<u32> }
impl S { pub fn f(&mut self) { unsafe { set(call::<fn()>, &mut *self.n as *mut u32 as *mut c_void) } } }";
    assert_eq!(rust_errors(on_heap), [""; 0]);
    let pointer = "pub struct S { p: *mut u32 }
impl S { pub fn f(&self) { unsafe { set(call::<fn()>, self.p as *mut c_void) } } }";
    assert_eq!(rust_errors(pointer), [""; 0]);
}

#[test]
fn a_variable_that_c_uses_only_during_the_call_may_be_given_to_it() {
    let code = "pub fn f() { let mut n = 5; unsafe { set(call::<fn()>, &mut n as *mut i32 as *mut c_void) } }";
    let during = "void set(void (*cb)(void *), void *data) { cb(data); }";
    assert_eq!(errors(&[("src/lib.rs", &format!("{LIBRARY}{code}")), ("c/a.c", during)]), [""; 0]);
    let blocks = "pub fn f() { let n = Notification::new();
    unsafe { set(call::<fn()>, &n as *const _ as *mut c_void) }; n.wait() }";
    assert_eq!(rust_errors(blocks), [""; 0]);
}

const STORES: &str =
    "{ let data = Box::into_raw(Box::new(f)); unsafe { set(call::<F>, data as *mut c_void) } }";

#[test]
fn r3_a_closure_without_static() {
    assert_eq!(rust_errors(&format!("pub fn f<F: FnMut() + Send>(f: F) {STORES}")), ["R3"]);
    let bound_to_self = format!(
        "pub struct S;\nimpl S {{ pub fn f<'c, F>(&'c self, f: F) where F: FnMut() + Send + 'c {STORES} }}"
    );
    assert_eq!(rust_errors(&bound_to_self), ["R3"]);
    let anonymous = format!("pub fn f(f: impl FnMut()) {}", STORES.replace("::<F>", "::<fn()>"));
    assert_eq!(rust_errors(&anonymous), ["R3"]);
    let forgotten = "pub fn f<F: FnMut()>(f: F) { let mut data: Box<Box<dyn FnMut()>> = Box::new(Box::new(f));
    unsafe { set(call::<fn()>, &mut *data as *mut Box<dyn FnMut()> as *mut c_void) }; std::mem::forget(data); }";
    assert_eq!(rust_errors(forgotten), ["R3"]);
}

#[test]
fn r3_is_reported_where_users_call() {
    let inner = format!("struct Inner;\nimpl Inner {{ fn f<F: FnMut()>(&self, f: F) {STORES} }}\n");
    let short = format!(
        "{inner}pub struct S(Inner);\nimpl S {{ pub fn g<F: FnMut()>(&self, f: F) {{ self.0.f(f) }} }}"
    );
    let found = common::findings(&[("src/lib.rs", &format!("{LIBRARY}{short}"))]);
    let errors: Vec<_> = found.iter().filter(|finding| finding.rule.to_string() == "R3").collect();
    assert_eq!(errors.len(), 1);
    assert_eq!(errors[0].function, "g");
    let long = short.replace("pub fn g<F: FnMut()>", "pub fn g<F: FnMut() + 'static>");
    assert_eq!(rust_errors(&long), [""; 0]);
}

#[test]
fn r3_through_a_function_that_boxes() {
    let code =
        "fn boxed<T>(value: T) -> *mut c_void { Box::into_raw(Box::new(value)) as *mut c_void }
pub fn f<F: FnMut()>(f: F) { unsafe { set(call::<F>, boxed(f)) } }";
    assert_eq!(rust_errors(code), ["R3"]);
}

#[test]
fn a_bound_that_says_static_is_right_wherever_it_stands() {
    assert_eq!(rust_errors(&format!("pub fn f<F: FnMut() + 'static>(f: F) {STORES}")), [""; 0]);
    assert_eq!(
        rust_errors(&format!("pub fn f<F>(f: F) where F: FnMut() + Send + 'static {STORES}")),
        [""; 0]
    );
    let by_trait = format!(
        "pub trait Handler: Base {{}}\npub trait Base: 'static {{}}\npub fn f<F: Handler>(f: F) {STORES}"
    );
    assert_eq!(rust_errors(&by_trait), [""; 0]);
    assert_eq!(rust_errors(&by_trait.replace("Base: 'static", "Base")), ["R3"]);
}

#[test]
fn a_guard_whose_lifetime_ties_it_to_the_registration_is_right() {
    let guard = format!(
        "pub struct Guard<'a>(&'a ());\npub fn f<'a, F: FnMut() + 'a>(f: F) -> Guard<'a> {}",
        STORES.replace("as *mut c_void) } }", "as *mut c_void) }; Guard(&()) }")
    );
    assert_eq!(rust_errors(&guard), [""; 0]);
    let of_type = format!(
        "pub struct S<'a>(&'a ());\nimpl<'a> S<'a> {{ pub fn f<F: FnMut() + 'a>(&self, f: F) {STORES} }}"
    );
    assert_eq!(rust_errors(&of_type), [""; 0]);
}

#[test]
fn a_type_that_another_parameter_has_too_may_be_tied_by_it() {
    let index =
        format!("pub struct Index<T>(T);\npub fn f<F: FnMut()>(index: Index<F>, f: F) {STORES}");
    assert_eq!(rust_errors(&index), [""; 0]);
    let pointer =
        STORES.replace("as *mut c_void) } }", "as *mut c_void) }; std::ptr::null_mut() }");
    assert_eq!(
        rust_errors(&format!("pub fn f<F: FnMut()>(f: F) -> *mut c_void {pointer}")),
        [""; 0]
    );
}

#[test]
fn a_closure_that_is_taken_back_before_the_end_is_right() {
    let code = "pub fn f<F: FnMut()>(f: F) { let data = Box::into_raw(Box::new(f));
    unsafe { set(call::<F>, data as *mut c_void) }; drop(unsafe { Box::from_raw(data) }); }";
    assert_eq!(rust_errors(code), [""; 0]);
}

#[test]
fn an_unsafe_function_leaves_it_to_its_caller() {
    assert_eq!(rust_errors(&format!("pub unsafe fn f<F: FnMut()>(f: F) {STORES}")), [""; 0]);
}

#[test]
fn h3_a_callback_that_catches_nothing() {
    let code = "extern \"C\" fn cb(data: *mut std::ffi::c_void) { work(); }\nfn work() {}";
    assert_eq!(rust_hints(code), ["H3"]);
    let catches = code.replace("work(); }", "let _ = std::panic::catch_unwind(|| work()); }");
    assert_eq!(rust_hints(&catches), [""; 0]);
    let by_another =
        code.replace("fn work() {}", "fn work() { let _ = std::panic::catch_unwind(|| 5); }");
    assert_eq!(rust_hints(&by_another), [""; 0]);
}

#[test]
fn h4_a_closure_that_need_not_be_send() {
    let stores = format!("{LIBRARY}pub fn f<F: FnMut() + 'static>(f: F) {STORES}");
    assert!(rust_hints(&stores).contains(&"H4".to_owned()));
    assert!(!rust_hints(&stores.replace("'static", "Send + 'static")).contains(&"H4".to_owned()));
}
