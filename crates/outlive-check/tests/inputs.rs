//! Bad input: words, and no panic.

mod common;

use std::fs;

use common::{folder, go, outcome};
use outlive_check::{Rule, check};
use proptest::prelude::*;

const C: &str = "struct s { void *p; }; static struct s all; void keep(void *q) { all.p = (void *)q; }\nint (*f)(int);\n";
const OBJECTIVE_C: &str =
    "@implementation A\n- (void)b:(void *)c { _d = c; [e f:^(int g) { h(c); }]; }\n@end\n";
const RUST: &str = "extern \"C\" fn cb(d: *mut c_void) { let f = unsafe { Box::from_raw(d as *mut F) }; f(); forget(f); }\n
pub fn set<F: FnMut()>(f: F) where F: Send { let p = Box::into_raw(Box::new(f)); unsafe { set(cb, p as *mut _) } }\n";

fn go_text() -> String {
    go(
        C,
        "func (s *S) f(a, b int) (x *T, err error) { h := cgo.NewHandle(s); go func() { C.keep(unsafe.Pointer(&h)) }(); for i, v := range s.m { s.m[i], *v = v, i }; return &T{a: 5, b: []int{1}}, nil }",
    )
}

#[test]
fn what_is_not_there_is_an_error() {
    let error = check("/nowhere/at/all".as_ref(), &|_, _| {}).unwrap_err();
    assert!(error.contains("/nowhere/at/all"), "{error}");
}

#[test]
fn binary_files_and_files_that_are_too_large_are_named() {
    let folder = folder(&[("a.c", "int a;\n")]);
    fs::write(folder.path().join("b.c"), b"\x7fELF\0\0\0").unwrap();
    fs::write(folder.path().join("c.h"), vec![b'\n'; 17 << 20]).unwrap();
    let found = outcome(folder.path());
    assert_eq!(found.files, 1);
    assert!(
        found.notes.iter().any(|note| note.contains("b.c: not read: a binary file")),
        "{:?}",
        found.notes
    );
    assert!(
        found.notes.iter().any(|note| note.contains("c.h: not read: 17 MB")),
        "{:?}",
        found.notes
    );
}

#[test]
fn a_header_of_ten_megabytes_is_read() {
    let code = "func f() { x := 1; C.keep(unsafe.Pointer(&x)) }";
    let line = "extern int some_function_with_a_name(int first, const char *second);\n";
    let folder = folder(&[("a.h", &line.repeat((10 << 20) / line.len())), ("a.go", &go(C, code))]);
    let found = outcome(folder.path());
    assert_eq!((found.files, found.findings.len()), (2, 1));
}

#[cfg(unix)]
#[test]
fn links_that_go_in_circles_are_not_followed() {
    let folder = folder(&[("a/a.c", C)]);
    std::os::unix::fs::symlink(folder.path(), folder.path().join("a/again")).unwrap();
    std::os::unix::fs::symlink("self.c", folder.path().join("self.c")).unwrap();
    assert_eq!(outcome(folder.path()).files, 1);
}

#[test]
fn a_file_that_does_not_parse_is_read_as_far_as_it_can_be() {
    let broken = "static void *all; void keep(void *p) { all = p; }\n#define X {{{ (\nint X X ) ) } ;;; @@@ $$$ %%% ^^^ '\n";
    let code = "func f() { x := 1; C.keep(unsafe.Pointer(&x)) }";
    let folder = folder(&[
        ("a.c", broken),
        ("a.h", "void keep(void *);"),
        ("a.go", &go("#include \"a.h\"", code)),
    ]);
    let found = outcome(folder.path());
    assert_eq!(found.findings.len(), 1);
    assert!(
        found.partly_read.iter().any(|(path, part)| path.ends_with("a.c") && *part > 0),
        "{:?}",
        found.partly_read
    );
}

#[test]
fn rust_of_another_edition_is_read_item_by_item() {
    let code = "fn old(x: Box<FnMut(&mut u8)>) { x as *mut Box<FnMut(&mut u8)> as *mut u8; }\n"
        .to_owned()
        + RUST;
    let found = outcome(folder(&[("a.rs", &code)]).path());
    assert!(found.findings.iter().any(|finding| finding.rule == Rule::R1), "{:?}", found.notes);
}

#[test]
fn a_repository_without_cgo_and_several_modules_are_no_error() {
    let plain = folder(&[
        ("go.mod", "module a\n"),
        ("a.go", "package a\n"),
        ("b/go.mod", "module b\n"),
        ("b/b.go", "package b\n"),
    ]);
    let found = outcome(plain.path());
    assert!(found.findings.is_empty() && found.notes.is_empty(), "{found:?}");
}

#[test]
fn deep_nesting_is_no_overflow() {
    let deep = |open: &str, close: &str| open.repeat(100_000) + &close.repeat(100_000);
    let folder = folder(&[
        ("a.c", &format!("int a = {};\nvoid f(void *p) {}", deep("(", ")"), deep("{", "}"))),
        ("b.rs", &format!("fn f() {{ {} }}", deep("(", ")"))),
        ("c.rs", &format!("fn f() {{ {}x }}", "!".repeat(100_000))),
        (
            "d.go",
            &format!(
                "package p\nimport \"C\"\nvar a = {}\nfunc f() {}",
                deep("(", ")"),
                deep("{", "}")
            ),
        ),
        ("e.rs", &format!("fn f() {{ x{} }}", ".y()".repeat(20_000))),
    ]);
    outcome(folder.path());
}

/// A part of a source, with some bytes changed.
fn damaged(text: &str, cut: usize, noise: &[(usize, u8)]) -> Vec<u8> {
    let mut bytes = text.as_bytes()[..cut % (text.len() + 1)].to_vec();
    for (at, byte) in noise {
        if !bytes.is_empty() {
            let at = at % bytes.len();
            bytes[at] = *byte;
        }
    }
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn truncated_and_damaged_sources_are_no_panic(
        cut in any::<usize>(),
        noise in proptest::collection::vec((any::<usize>(), any::<u8>()), 0..6),
    ) {
        let folder = folder(&[]);
        for (name, text) in [("a.c", C), ("b.m", OBJECTIVE_C), ("c.rs", RUST), ("d.go", &go_text())] {
            fs::write(folder.path().join(name), damaged(text, cut, &noise)).unwrap();
        }
        outcome(folder.path());
    }
}
