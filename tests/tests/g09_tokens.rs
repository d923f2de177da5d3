//! G9 tokens: a stale, doubly deleted or invented token, or one of another table, is recognised, never
//! dereferenced, never taken for another type.
//!
//! Caught when taken out: serial numbers that are never reused and never addresses; the lookup.

use core::ffi::{c_int, c_void};
use core::ptr::{null_mut, without_provenance_mut};
use std::collections::HashSet;
use std::sync::Mutex;

use outlive::{Held, IncidentKind, Token, Tokens, callbacks};
use outlive_tests::incidents;
use outlive_tests::sys::keeper_plain;

struct Opener(Mutex<Tokens<c_int>>, Mutex<Vec<c_int>>);

#[callbacks(keeper_plain, state = none, required(open, close))]
impl Opener {
    fn open(&self, value: c_int) -> Option<Token> {
        (value >= 0).then(|| self.0.lock().unwrap().insert(value))
    }

    fn close(&self, opened: Token) {
        if let Some(value) = self.0.lock().unwrap().take(opened) {
            self.1.lock().unwrap().push(value);
        }
    }
}

fn opener(name: &'static str) -> Held<Opener> {
    Held::new(Opener(Mutex::new(Tokens::new(name)), Mutex::default())).unwrap()
}

fn open(held: &Held<Opener>, value: c_int) -> *mut c_void {
    // SAFETY: G1: the table is not released.
    let open = unsafe { (*held.as_ptr()).open }.unwrap();
    // SAFETY: as above.
    unsafe { open(value) }
}

fn close(held: &Held<Opener>, opened: *mut c_void) {
    // SAFETY: G1: the table is not released.
    let close = unsafe { (*held.as_ptr()).close }.unwrap();
    // SAFETY: as above; a token is not read.
    unsafe { close(opened) };
}

fn closed(held: &Held<Opener>) -> Vec<c_int> {
    held.with(|host| host.1.lock().unwrap().clone()).unwrap()
}

/// How many bad tokens there were, `at_least` for sure.
fn bad_tokens(name: &str, at_least: usize) -> usize {
    let is_meant =
        |one: &outlive::Incident| one.table() == name && one.kind() == IncidentKind::BadToken;
    incidents::those(at_least, is_meant).len()
}

#[test]
fn c_gets_a_token_back_for_its_value_once() {
    let held = opener("once");
    let (first, second) = (open(&held, 10), open(&held, 20));
    close(&held, second);
    close(&held, second);
    close(&held, first);
    close(&held, first);
    assert_eq!(closed(&held), [20, 10]);
    assert_eq!(bad_tokens("once", 2), 2);
}

#[test]
fn a_stale_token_never_names_a_later_value() {
    let held = opener("stale");
    let stale = open(&held, 1);
    close(&held, stale);
    for value in 0..5000 {
        assert_ne!(open(&held, value), stale);
    }
    close(&held, stale);
    assert_eq!((closed(&held), bad_tokens("stale", 1)), (vec![1], 1));
}

#[test]
fn a_token_of_another_table_finds_nothing() {
    let (mine, other) = (opener("mine"), opener("other"));
    let (one, two) = (open(&mine, 1), open(&other, 2));
    close(&mine, two);
    close(&other, one);
    assert_eq!((closed(&mine), closed(&other)), (vec![], vec![]));
    assert_eq!((bad_tokens("mine", 1), bad_tokens("other", 1)), (1, 1));
    close(&mine, one);
    assert_eq!(closed(&mine), [1]);
}

#[test]
fn an_invented_token_is_never_dereferenced() {
    let held = opener("invented");
    let real = open(&held, 1);
    let invented = [0, 1, 8, usize::MAX, usize::MAX - 1, real.addr() ^ 1, real.addr() ^ 1 << 40];
    for word in invented {
        close(&held, without_provenance_mut(word));
    }
    close(&held, (&raw const held).cast_mut().cast());
    let refused = invented.len() + 1;
    assert_eq!((closed(&held), bad_tokens("invented", refused)), (vec![], refused));
}

#[test]
fn tokens_are_never_null_never_aligned_addresses_and_all_different() {
    let (mut one, mut two) = (Tokens::new("one"), Tokens::new("two"));
    let mut seen = HashSet::new();
    for _ in 0..5000 {
        for token in [one.insert(()), two.insert(())] {
            assert!(!token.is_null() && token.as_ptr().addr() % 2 == 1);
            assert!(seen.insert(token.as_ptr()));
        }
    }
}

#[test]
fn no_token_is_null_for_c() {
    let held = opener("none");
    assert_eq!(open(&held, -1), null_mut());
    let _ = held.revoke();
    assert_eq!(open(&held, 1), null_mut(), "the fallback of a pointer is NULL");
}

#[test]
fn a_bad_token_names_the_container_and_its_line() {
    let tokens = Tokens::<u8>::new("named");
    let line = line!() - 1;
    assert_eq!(tokens.get(Token::from_ptr(without_provenance_mut::<c_void>(77))), None);
    assert!(!tokens.contains(Token::from_ptr(null_mut())));
    let named = incidents::those(1, |one| one.table() == "named");
    assert_eq!(named.len(), 1, "a question is no incident");
    assert_eq!(named[0].created().unwrap().line(), line);
    assert!(named[0].detail().contains("0x4d"), "{}", named[0]);
}
