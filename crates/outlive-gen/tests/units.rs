//! Several tables and functions in one Rust file.

mod common;
mod generated;

use std::fs;

use common::{names, no_libclang, shapes};
use generated::{check, test};
use outlive_gen::error::Result;
use outlive_gen::header::Header;
use outlive_gen::model::Table;
use outlive_gen::options::Options;
use outlive_gen::rust::RustOptions;
use outlive_gen::unit::Unit;
use outlive_gen::{read, roles, rust};

const LOG: &str = "#include <stddef.h>\n\
    enum level { LOW, HIGH };\n\
    struct pair { int a, b; };\n\
    typedef int (*log_line)(enum level level, const char *text, void *arg);\n\
    typedef void (*log_done)(void *arg);\n\
    typedef void *(*log_alloc)(void *arg, size_t n);\n\
    typedef int log_compare(int a, void *arg, int b);\n\
    typedef enum level (*log_pick)(void *arg);\n\
    typedef struct pair (*log_make)(void *arg);\n\
    typedef int (*log_late)(void *arg);\n\
    typedef int (*log_text)(const char *text, void *arg);\n\
    typedef int (*log_moved)(struct pair *pair, void *arg);\n\
    typedef void (*log_wake)(void);\n\
    typedef int (*log_callback)(int, void *);\n\
    struct log { int (*line)(enum level level, const char *text, void *arg); };\n\
    struct sink { int (*line)(struct sink *sink, const char *text); };\n";

fn header(text: &str) -> (tempfile::TempDir, Header) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.h");
    fs::write(&path, text).unwrap();
    (folder, Header { name: path.display().to_string(), ..Header::default() })
}

/// Writes tables and functions with what is said of each: `struct log` is a table, `log=Log` has a name.
fn write(header: &Header, all: &[(&str, &[(&str, &str)])]) -> Result<String> {
    write_on(header, None, all)
}

/// As [`write`], on declarations that are there.
fn write_on(header: &Header, sys: Option<&str>, all: &[(&str, &[(&str, &str)])]) -> Result<String> {
    let tables: Vec<Table> = all
        .iter()
        .map(|(c, _)| {
            let c = c.split('=').next().unwrap();
            match c.strip_prefix("struct ") {
                Some(tag) => read::read(header, tag).unwrap(),
                None => read::read_function(header, c).unwrap(),
            }
        })
        .collect();
    let units = tables.iter().zip(all).map(|(table, (c, said))| {
        let mut options = Options { fallbacks: names(&["*=-1"]), ..Options::default() };
        said.iter().for_each(|(option, value)| options.say(option, value).unwrap());
        let roles = roles::assign(table, &options)?;
        let name = c.split_once('=').map(|(_, name)| name.to_owned());
        Ok(Unit { roles, name })
    });
    let options =
        RustOptions { sys: sys.map(str::to_owned), ..RustOptions::new("outlive gen rust") };
    rust::write(header, &units.collect::<Result<Vec<_>>>()?, &options)
}

fn refused(header: &Header, all: &[(&str, &[(&str, &str)])]) -> String {
    write(header, all).unwrap_err().to_string()
}

const CALLS: &str = "
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c_calls_closures() {
        let held = line(|level, text| level as i32 + i32::from(text.is_null())).unwrap();
        let function = held.function().unwrap();
        let text = core::ptr::null();
        assert_eq!(unsafe { function(sys::HIGH, text, held.user_data()) }, 2);
        let user_data = held.user_data();
        drop(held);
        assert_eq!(unsafe { function(sys::HIGH, text, user_data) }, -1);

        let called = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
        let told = called.clone();
        let held = done(move || told.store(true, std::sync::atomic::Ordering::Relaxed)).unwrap();
        unsafe { held.function().unwrap()(held.user_data()) };
        assert!(called.load(std::sync::atomic::Ordering::Relaxed));

        let held = alloc(|n| n as *mut _).unwrap();
        assert_eq!(unsafe { held.function().unwrap()(held.user_data(), 8) } as usize, 8);

        let held = compare(|a, b| a - b).unwrap();
        assert_eq!(unsafe { held.function().unwrap()(7, held.user_data(), 3) }, 4);

        let held: Pick = pick(|| sys::LOW).unwrap();
        let function = held.function().unwrap();
        let user_data = held.user_data();
        drop(held);
        assert_eq!(unsafe { function(user_data) }, sys::HIGH);
    }

    #[test]
    fn c_calls_methods() {
        let held = outlive::Held::new(Late).unwrap();
        let late = held.functions().log_late.unwrap();
        let user_data = held.user_data();
        assert_eq!(unsafe { late(user_data) }, -1);
        let _ = held.revoke();
        assert_eq!(unsafe { late(user_data) }, -2);
        let held = outlive::Held::new(Wake).unwrap();
        unsafe { held.functions().log_wake.unwrap()() };
        let moved = outlive::Held::new(Moved).unwrap();
        let mut pair = sys::pair { a: 0, b: 0 };
        let function = moved.functions().log_moved.unwrap();
        assert_eq!(unsafe { function(&raw mut pair, moved.user_data()) }, -1);
    }
}
";

#[test]
fn tables_and_functions_stand_in_one_file_with_the_types_in_common() {
    if no_libclang() {
        return;
    }
    let (_folder, header) = header(LOG);
    let text = write(
        &header,
        &[
            ("struct log", &[("--string", "line.text")]),
            ("struct sink=Drain", &[("--state", "table")]),
            ("log_line=Line", &[]),
            ("log_done", &[("--once", "")]),
            ("log_alloc", &[]),
            ("log_compare", &[]),
            ("log_pick", &[("--fallback", "*=HIGH")]),
            ("log_make", &[]),
            ("log_late", &[("--late", "log_late=-2")]),
            ("log_text", &[("--string", "log_text.text")]),
            ("log_moved", &[("--out", "log_moved.pair"), ("--keep", "release")]),
            ("log_wake", &[("--state", "none"), ("--once", "")]),
            ("log_callback", &[]),
        ],
    );
    let text = text.unwrap();
    for part in [
        "pub type level = ",
        "#[callbacks(sys::log, state = arg, unsafe(borrow))]\nimpl Log {",
        "#[callbacks(sys::sink, state = table)]\nimpl Drain {",
        "pub type Line = Callback<sys::log_line>;",
        "F: Fn(sys::level, *const c_char) -> c_int + Send + Sync + 'static,",
        "Callback::<sys::log_line>::new_or(-1, closure)",
        "pub type Done = Callback<sys::log_done, Exclusive>;",
        "Callback::<sys::log_done>::once(closure)",
        "Callback::<sys::log_alloc>::user_data_first().new(closure)",
        "Callback::<sys::log_compare>::user_data_at::<1>().new_or(-1, closure)",
        "#[callback(type = sys::log_late, fallback = -1, late = -2)]",
        "#[callbacks(state = arg, unsafe(borrow))]\nimpl Text {",
        "#[callbacks(state = arg, keep = release, unsafe(borrow))]\nimpl Moved {",
        "#[callbacks(state = none, instances = 64)]\nimpl Wake {",
        "unsafe(last)",
        // `Callback` is what the file has from elsewhere.
        "pub type LogCallback = Callback<sys::log_callback>;",
    ] {
        assert!(text.contains(part), "no {part} in\n{text}");
    }
    assert_eq!(text.matches("pub type level = ").count(), 1, "{text}");
    test(&[("log", text + CALLS)]);
}

#[test]
fn names_are_given_once() {
    if no_libclang() {
        return;
    }
    let (_folder, header) = header(
        "struct a_log { void (*line)(void *arg); };\nstruct b_log { void (*line)(void *arg); };\n\
         struct option { void (*line)(void *arg); };\n",
    );
    let derived =
        write(&header, &[("struct a_log", &[]), ("struct b_log", &[]), ("struct option", &[])]);
    let derived = derived.unwrap();
    for host in ["Log", "BLog", "OptionHost"] {
        assert!(derived.contains(&format!("pub struct {host};")), "{derived}");
    }
    check(&[("derived", derived)]);
    for (all, words) in [
        (
            ["struct a_log=Log", "struct b_log=Log"],
            "b_log=Log: the file has another Log: say another name",
        ),
        (["struct a_log=Option", "struct b_log"], "a_log=Option: the file has another Option"),
        (
            ["struct a_log=log", "struct b_log"],
            "a_log=log: a type of Rust's has a name that begins with",
        ),
        (["struct a_log=A-B", "struct b_log"], "a_log=A-B: a type of Rust's"),
        (["struct a_log", "struct a_log"], "a_log is named twice"),
    ] {
        let said = refused(&header, &[(all[0], &[]), (all[1], &[])]);
        assert!(said.contains(words), "{said}");
    }
    let other = write(&header, &[("struct a_log", &[]), ("struct b_log=Log", &[])]).unwrap();
    assert!(other.contains("impl ALog {") && other.contains("impl Log {"), "{other}");
}

#[test]
fn every_shape_of_the_macro_can_be_said() {
    if no_libclang() {
        return;
    }
    let text = write(
        &shapes(),
        &[
            (
                "struct shapes_listener",
                &[
                    ("--constant", "name=\"listener\""),
                    ("--zero", "tag"),
                    ("--fallback", "on_text=0"),
                    ("--last", "on_close"),
                    ("--keep", "release"),
                    ("--takes-back", "on_text"),
                    ("--late", "on_event=SHAPES_GONE"),
                    ("--panicked", "on_event=-3"),
                    ("--copy", "on_event.event"),
                    ("--string", "on_text.text=length"),
                    ("--errno", "on_*=ECANCELED"),
                ],
            ),
            (
                "struct shapes_stream",
                &[("--state", "table=self"), ("--last", "release"), ("--written-by-c", "context")],
            ),
            ("struct shapes_driver", &[("--state", "table=device+driver")]),
            (
                "struct shapes_array",
                &[
                    ("--user-data", "private_data"),
                    ("--user-data-expr", "release=(*arg0).private_data"),
                    ("--zero", "length"),
                    ("--last", "release"),
                ],
            ),
            ("shapes_log_cb", &[]),
            ("shapes_compare", &[("--state", "none"), ("--instances", "2")]),
            ("shapes_transfer_cb", &[("--user-data-expr", "*=(*transfer).user")]),
        ],
    );
    let text = text.unwrap();
    for part in [
        "    keep = release,\n",
        "#[callback(takes_back, fallback = 0, errno = libc::ECANCELED)]",
        "#[callback(last, errno = libc::ECANCELED)]",
        "#[callbacks(sys::shapes_stream, state = table, written_by_c(context))]",
        "#[callbacks(state = none, instances = 2)]\nimpl Compare {",
        "user_data = unsafe { (*arg0).private_data }",
        "user_data = unsafe { (*transfer).user }",
        "pub type LogCb = Callback<sys::shapes_log_cb>;",
    ] {
        assert!(text.contains(part), "no {part} in\n{text}");
    }
    check(&[("shapes", text)]);
}

#[test]
fn declarations_that_are_there_are_used() {
    if no_libclang() {
        return;
    }
    let (_folder, header) = header(
        "#include <sys/time.h>\n#include <sys/types.h>\n#include <stdio.h>\n\
         #define HUB_NAME \"hub\"\n\
         typedef enum { HUB_LOW } hub_level;\n\
         struct hub {\n\
         \tconst char *name;\n\
         \tssize_t (*wait)(struct timeval *limit, FILE *file, hub_level level, off_t at, void *arg);\n\
         };\n\
         typedef hub_level (*hub_cb)(hub_level level, void *arg);\n",
    );
    let hub: &[(&str, &str)] = &[("--constant", "name=\"hub\""), ("--out", "wait.limit")];
    let text = write_on(
        &header,
        Some("itself::ffi"),
        &[("struct hub", hub), ("hub_cb", &[("--fallback", "*=HUB_LOW")])],
    );
    let text = text.unwrap();
    for part in [
        "use itself::ffi as sys;\n",
        "#[callbacks(sys::hub, state = arg, constant(name = c\"hub\".as_ptr()), unsafe(borrow))]",
        "limit: Option<Out<'_, libc::timeval>>,",
        "file: *mut libc::FILE,",
        "at: libc::off_t,",
        ") -> isize {",
        "Callback::<sys::hub_cb>::new_or(sys::HUB_LOW as sys::hub_level, closure)",
    ] {
        assert!(text.contains(part), "no {part} in\n{text}");
    }
    assert!(!text.contains("pub mod sys"), "{text}");
    let ffi = "use core::ffi::{c_char, c_void};\n\n\
        #[allow(non_camel_case_types)]\npub type hub_level = u32;\npub const HUB_LOW: hub_level = 0;\n\
        #[allow(non_camel_case_types)]\npub type hub_cb = Option<unsafe extern \"C\" fn(hub_level, *mut c_void) -> hub_level>;\n\
        #[allow(non_camel_case_types)]\n#[repr(C)]\npub struct hub {\n    pub name: *const c_char,\n    \
        pub wait: Option<unsafe extern \"C\" fn(*mut libc::timeval, *mut libc::FILE, hub_level, libc::off_t, *mut c_void) -> isize>,\n}\n";
    check(&[("hub", text), ("ffi", ffi.to_owned())]);
    let texts: &[(&str, &str)] = &[("--constant", "name=HUB_NAME")];
    for (path, said, words) in [
        ("hub sys", hub, "--sys hub sys: a path in Rust is such as"),
        ("hub_sys", texts, "--constant name=HUB_NAME: with --sys a string is written as it is"),
    ] {
        let refused = write_on(&header, Some(path), &[("struct hub", said)]);
        let refused = refused.unwrap_err().to_string();
        assert!(refused.contains(words), "{refused}");
    }
}

#[test]
fn words_of_rust_are_names_in_c() {
    if no_libclang() {
        return;
    }
    let (_folder, header) = header(
        "struct box {\n\
         \tint (*Option)(int type, int self, int fn, void *arg);\n\
         \tint (*match)(int r, void *arg);\n\
         \tvoid (*Self)(void *arg);\n\
         \tvoid (*_x)(void *arg);\n\
         \tvoid (*x)(void *arg);\n\
         };\n\
         typedef int (*type)(void *arg);\n\
         typedef int (*odd_cb)(int fn, int fn_, void *arg);\n",
    );
    let text = write(&header, &[("struct box", &[]), ("type", &[]), ("odd_cb", &[])]).unwrap();
    for part in [
        "#[callbacks(sys::box_, state = arg)]\nimpl BoxHost {",
        "pub type Type = Callback<sys::type_>;",
        "let held = cb(|fn_, fn__| -1)?;",
    ] {
        assert!(text.contains(part), "no {part} in\n{text}");
    }
    check(&[("odd", text)]);
}
