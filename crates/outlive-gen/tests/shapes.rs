//! Every way in which C finds a host, and every rule of a call: what the options are, and what contradicts what.
//!
//! That it compiles, and that C's calls arrive, `go/internal/gen/shapes` shows, which is made of the same header.

mod common;

use std::path::Path;

use common::{names, no_libclang, shapes};
use outlive_gen::error::Result;
use outlive_gen::go::{self, GoOptions, Unit};
use outlive_gen::header::Header;
use outlive_gen::model::Table;
use outlive_gen::options::{Options, State};
use outlive_gen::read;
use outlive_gen::roles::{FieldKind, Found, Role, Roles, assign};

fn table(name: &str) -> Table {
    read::read(&shapes(), name).unwrap()
}

fn function(name: &str) -> Table {
    read::read_function(&shapes(), name).unwrap()
}

fn refused(table: &Table, options: &Options) -> String {
    assign(table, options).map(|_| ()).unwrap_err().to_string()
}

fn state(text: &str) -> Option<State> {
    Some(text.parse().unwrap())
}

fn zero() -> Options {
    Options { fallbacks: names(&["*=0"]), zeros: names(&["*"]), ..Options::default() }
}

/// The files of a package.
fn package(units: Vec<Roles<'_>>) -> Result<Vec<(String, String)>> {
    let options = GoOptions::new(&shapes(), Path::new("/somewhere"), "shapes", "outlive gen go");
    let units = units.into_iter().map(|roles| Unit { roles, name: None });
    go::write(&units.collect::<Vec<_>>(), &options)
}

fn file<'f>(files: &'f [(String, String)], name: &str) -> &'f str {
    let found = files.iter().find(|(file, _)| file == name);
    &found.unwrap_or_else(|| panic!("no {name}")).1
}

#[track_caller]
fn has(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "no {part} in\n{text}");
    }
}

#[test]
fn the_table_itself_is_found_by_name_or_by_what_it_is_in() {
    if no_libclang() {
        return;
    }
    let stream = table("shapes_stream");
    let by_name = Options { state: state("table=self"), ..zero() };
    let roles = assign(&stream, &by_name).unwrap();
    assert!(roles.by_address && roles.instances.is_none());
    assert_eq!(roles.callbacks[1].parameters, [Role::Plain, Role::Table]);
    let first = Options { state: state("table"), ..zero() };
    let roles = assign(&stream, &first).unwrap();
    assert_eq!(roles.callbacks[1].parameters, [Role::Table, Role::Plain]);
    let driver = table("shapes_driver");
    let inside = Options { state: state("table=device+driver"), ..zero() };
    let inner = ("struct shapes_device".to_owned(), "driver".to_owned());
    assert_eq!(
        assign(&driver, &inside).unwrap().callbacks[0].found,
        Found::Table { parameter: 1, inside: Some(inner) }
    );
    for (text, why) in [
        ("table=nobody", "--state table=nobody next: it has no such parameter"),
        ("table=level", "--state table=level next: it has no such parameter that is a pointer"),
        (
            "table=self+context",
            "the member context of struct shapes_stream is no struct shapes_stream",
        ),
        ("table=self+nothing", "struct shapes_stream has no member nothing"),
    ] {
        let said = refused(&stream, &Options { state: state(text), ..zero() });
        assert!(said.contains(why), "{said}");
    }
    let carried = Options { user_data: Some("context".into()), ..first.clone() };
    assert!(refused(&stream, &carried).contains("C passes no user data with --state table"));
    let several = Options { instances: Some(4), ..first };
    assert!(refused(&stream, &several).contains("there is no limit"));
}

#[test]
fn an_expression_finds_the_user_data_where_no_parameter_is_it() {
    if no_libclang() {
        return;
    }
    let transfer = function("shapes_transfer_cb");
    let found =
        |expressions: &[&str]| Options { user_data_expressions: names(expressions), ..zero() };
    for text in ["*=transfer->user", "shapes_transfer_cb= transfer->user "] {
        let options = found(&[text]);
        let roles = assign(&transfer, &options).unwrap();
        assert_eq!(roles.callbacks[0].found, Found::Expression("transfer->user".into()));
        assert_eq!(roles.callbacks[0].parameters, [Role::Plain]);
    }
    assert!(refused(&transfer, &zero()).contains("which parameter is the user data?"));
    for (text, why) in [
        ("nobody=x", "there is no such member"),
        ("transfer->user", "it is MEMBER=EXPR"),
        ("*=", "there is no expression"),
        ("*=f(transfer", "its parentheses do not match"),
        ("*=f[0)", "its parentheses do not match"),
        ("*=0); exit(1", "its parentheses do not match"),
        ("*=0; exit(1)", "it has a `;`"),
        ("*=unsafe { *transfer }", "Rust's stands in `unsafe` by itself"),
    ] {
        let said = refused(&transfer, &found(&[text]));
        assert!(said.starts_with("--user-data-expr") && said.contains(why), "{said}");
    }
    let none = Options { state: Some(State::None), ..found(&["*=transfer->user"]) };
    assert!(refused(&transfer, &none).contains("C passes no user data with --state none"));
}

#[test]
fn cs_last_call_is_no_call_by_which_it_takes_back() {
    if no_libclang() {
        return;
    }
    let listener = table("shapes_listener");
    let options = Options { lasts: names(&["on_close"]), ..zero() };
    let roles = assign(&listener, &options).unwrap();
    let lasts: Vec<bool> = roles.callbacks.iter().map(|callback| callback.is_last).collect();
    assert_eq!(lasts, [false, false, true]);
    assert!(!roles.keeps);
    let both = Options { takes_back: names(&["on_close"]), ..options.clone() };
    assert!(refused(&listener, &both).starts_with("--last on_close: --takes-back says"));
    let nobody = Options { lasts: names(&["on_open"]), ..zero() };
    assert!(refused(&listener, &nobody).starts_with("--last on_open: there is no such member"));
    let left_out = Options { skip: names(&["on_close"]), ..options };
    assert!(refused(&listener, &left_out).starts_with("--last on_close: this is no callback"));
}

#[test]
fn once_is_for_a_function() {
    if no_libclang() {
        return;
    }
    let once = Options { once: true, ..zero() };
    let done = function("shapes_done_cb");
    assert!(assign(&done, &once).unwrap().callbacks[0].is_last);
    assert!(refused(&table("shapes_listener"), &once).starts_with("--once is for a --function"));
    let again = Options { takes_back: names(&["shapes_done_cb"]), ..once };
    assert!(refused(&done, &again).starts_with("--once says that C does not call again"));
}

#[test]
fn late_and_panicked_calls_have_values_that_the_result_can_be() {
    if no_libclang() {
        return;
    }
    let listener = table("shapes_listener");
    let options =
        Options { lates: names(&["on_event=SHAPES_GONE"]), panickeds: names(&["*=-3"]), ..zero() };
    let roles = assign(&listener, &options).unwrap();
    let late: Vec<_> = roles.callbacks.iter().map(|c| c.late.as_ref().map(|v| v.c())).collect();
    assert_eq!(late, [Some("SHAPES_GONE".into()), None, None]);
    let panicked: Vec<_> =
        roles.callbacks.iter().map(|c| c.panicked.as_ref().map(|v| v.c())).collect();
    // No size is negative, and nothing is returned by the last one.
    assert_eq!(panicked, [Some("-3".into()), None, None]);
    for (lates, panickeds, why) in [
        (names(&["on_close=1"]), vec![], "--late on_close=1: it returns nothing"),
        (vec![], names(&["on_text=-1"]), "--panicked on_text=-1: the C type has no such value"),
        (vec![], names(&["nobody=1"]), "--panicked nobody: there is no such member"),
        (names(&["on_event"]), vec![], "--late on_event: it is MEMBER=VALUE"),
    ] {
        let said = refused(&listener, &Options { lates, panickeds, ..zero() });
        assert!(said.starts_with(why), "{said}");
    }
}

#[test]
fn members_of_a_copied_struct_are_strings_and_slices_where_it_is_said() {
    if no_libclang() {
        return;
    }
    let listener = table("shapes_listener");
    let copied = Options { copies: names(&["on_event.event"]), ..zero() };
    let options = Options {
        strings: names(&["on_event.event.name=name_length", "on_event.event.place.file"]),
        slices: names(&["on_event.event.data=data_length"]),
        wide: names(&["on_event.event.position"]),
        ..copied.clone()
    };
    let roles = assign(&listener, &options).unwrap();
    let said: Vec<_> = roles
        .fields
        .iter()
        .map(|f| (f.record.as_str(), f.field.as_str(), f.kind.clone()))
        .collect();
    assert_eq!(
        said,
        [
            ("struct shapes_event", "name", FieldKind::StringOf("name_length".into())),
            ("struct shapes_place", "file", FieldKind::String),
            ("struct shapes_event", "data", FieldKind::Slice("data_length".into())),
            ("struct shapes_event", "position", FieldKind::Wide),
        ]
    );
    let text = "on_event.event.name=name_length";
    let unsaid = Options { strings: names(&[text]), ..zero() };
    assert!(refused(&listener, &unsaid).contains("methods have no copy of this struct"));
    let slices = names(&["on_event.event.name=name_length"]);
    let both = Options { strings: names(&[text]), slices, ..copied.clone() };
    assert!(refused(&listener, &both).contains("another option says that this is something else"));
    let wrong = |strings: &[&str], slices: &[&str], wide: &[&str]| {
        let (strings, slices, wide) = (names(strings), names(slices), names(wide));
        refused(&listener, &Options { strings, slices, wide, ..copied.clone() })
    };
    has(
        &wrong(&["on_event.event.nam"], &[], &[]),
        &["struct shapes_event has no member nam that is"],
    );
    has(&wrong(&["on_event.event.data"], &[], &[]), &["this is no `char *`"]);
    has(
        &wrong(&["on_event.event.name=weights"], &[], &[]),
        &["the number of elements is an integer"],
    );
    has(&wrong(&["on_event.event.name.x"], &[], &[]), &["has no member name that is a struct"]);
    has(&wrong(&[], &["on_event.event.data"], &[]), &["it is MEMBER.PARAMETER.POINTER=COUNT"]);
    has(&wrong(&[], &["on_event.event.total=position"], &[]), &["this is no pointer to data"]);
    has(&wrong(&[], &[], &["on_event.event.data_length"]), &["this is no `size_t`"]);
    has(&wrong(&[], &[], &["on_text.text"]), &["--uint64 on_text.text: this is no `size_t`"]);
    has(&wrong(&["on_text.text=text"], &[], &[]), &["the number of elements is an integer"]);
    has(&wrong(&["on_text.length=position"], &[], &[]), &["this is no `char *`"]);
}

#[test]
fn a_completion_has_a_cookie_and_all_other_values() {
    if no_libclang() {
        return;
    }
    let worker = table("shapes_worker");
    let owed =
        |texts: &[&str]| Options { state: state("arg=arg"), completions: names(texts), ..zero() };
    let options = owed(&["start.done=cookie:-125:1.5,any-thread", "ask.told=told_arg:SHAPES_HIGH"]);
    let roles = assign(&worker, &options).unwrap();
    let start = &roles.callbacks[0];
    assert_eq!(start.parameters[1..], [Role::Answer(0), Role::Cookie(0), Role::UserData]);
    assert!(start.completions[0].any_thread && !roles.callbacks[1].completions[0].any_thread);
    assert_eq!(
        (start.completions[0].cookie_at, roles.callbacks[1].completions[0].cookie_at),
        (0, 1)
    );
    for (text, why) in [
        ("start.done=cookie", "takes 2 arguments, and 0 are given"),
        ("start.done=cookie:1", "takes 2 arguments, and 1 are given"),
        ("start.done=cookie:x y:1", "a value is a number"),
        ("start.done=cookie:1.5:1", "1.5: the C type has no such value"),
        ("start.done=cookie:1:1,some-thread", "behind the comma stands `any-thread`"),
        ("start.job=cookie:1", "this is no function pointer"),
        ("start.done=job:1:1", "the cookie is a `void *`"),
        ("start.done=nobody:1:1", "the parameters of `start` are job, done, cookie, arg"),
        ("start.done=arg:1:1", "another option says that this, or its cookie"),
        ("start.done", "it is MEMBER.PARAMETER=COOKIE"),
        ("begin.done=cookie", "there is no such member"),
    ] {
        let said = refused(&worker, &owed(&[text]));
        assert!(said.starts_with("--completion") && said.contains(why), "{said}");
    }
    let twice = owed(&["start.done=cookie:1:1", "start.done=cookie:1:1"]);
    assert!(refused(&worker, &twice).contains("another option says"));
}

#[test]
fn a_constant_string_stands_where_c_has_strings() {
    if no_libclang() {
        return;
    }
    let listener = table("shapes_listener");
    let said = |constants: &[&str]| Options { constants: names(constants), ..zero() };
    let strings = said(&["name=\"a \"b\"\"", "tag=\"abc\""]);
    let files = package(vec![assign(&listener, &strings).unwrap()]).unwrap();
    let source = file(&files, "shapes_listener_trampolines.c");
    has(source, &["\t.name = \"a \\\"b\\\"\",\n", "\t.tag = \"abc\",\n"]);
    let long = refused(&listener, &said(&["tag=\"abcd\""]));
    assert!(long.contains("the array has no room"), "{long}");
    let number = refused(&table("shapes_device"), &said(&["number=\"a\""]));
    assert!(number.contains("the member is no string"), "{number}");
    let result = Options { fallbacks: names(&["on_event=\"a\""]), ..zero() };
    assert!(refused(&listener, &result).contains("the C type has no such value"));
}

#[test]
fn a_function_is_named_by_its_typedef() {
    if no_libclang() {
        return;
    }
    for name in ["shapes_log_cb", "shapes_compare"] {
        let function = function(name);
        assert!(function.is_function && function.members.len() == 1);
        assert_eq!(function.members[0].name.as_deref(), Some(name));
        assert!(function.members[0].function().is_some_and(|f| !f.parameters.is_empty()));
    }
    let said = read::read_function(&shapes(), "shapes_log").map(|_| ()).unwrap_err().to_string();
    has(&said, &["no typedef `shapes_log` of a function", "there are shapes_log_cb, "]);
    assert!(read::read_function(&shapes(), "size_t").is_err());
}

#[test]
fn tables_and_functions_of_a_package_share_its_types_and_stay_apart() {
    if no_libclang() {
        return;
    }
    let (listener, stream) = (table("shapes_listener"), table("shapes_stream"));
    let (log, compare) = (function("shapes_log_cb"), function("shapes_compare"));
    let by_address = Options { state: state("table=self"), ..zero() };
    let without = Options { state: Some(State::None), ..zero() };
    let all = || {
        vec![
            assign(&listener, &zero()).unwrap(),
            assign(&stream, &by_address).unwrap(),
            assign(&log, &zero()).unwrap(),
            assign(&compare, &without).unwrap(),
        ]
    };
    let files = package(all()).unwrap();
    assert_eq!(files.len(), 4 * 4 + 2, "with outlive.h, and what says so where there is no cgo");
    has(file(&files, "shapes_listener.go"), &["func HoldListener(", "type HeldListener = "]);
    has(file(&files, "shapes_stream.go"), &["func HoldStream(", "type Level uint32\n"]);
    has(
        file(&files, "shapes_log_cb.go"),
        &["func NewLogCb(f LogCb, ", "type LogCb func(level Level, "],
    );
    has(file(&files, "shapes_compare.go"), &["At most 64 can be held at once."]);
    let declared = files.iter().filter(|(_, text)| text.contains("type Level uint32")).count();
    assert_eq!(declared, 1, "the enum is one type of the package");
    let flags = files.iter().filter(|(_, text)| text.contains("#cgo ")).count();
    assert_eq!(flags, 0, "a package of its own needs no flags");

    let one_table = package(all().split_off(1)).unwrap();
    has(file(&one_table, "shapes_stream.go"), &["func Hold(", "type Held = outlive.Held[Stream]"]);
    let twice = [all(), all()].concat();
    let said = package(twice).unwrap_err().to_string();
    has(&said, &["two would be written into shapes_listener.go"]);
}

#[test]
fn a_member_of_a_struct_is_one_thing_in_a_package() {
    if no_libclang() {
        return;
    }
    let (listener, other) = (table("shapes_listener"), table("shapes_listener"));
    let said = |strings: &[&str], slices: &[&str]| Options {
        copies: names(&["on_event.event"]),
        strings: names(strings),
        slices: names(slices),
        ..zero()
    };
    let text = said(&["on_event.event.name=name_length"], &[]);
    let bytes = said(&[], &["on_event.event.name=name_length"]);
    let both = vec![assign(&listener, &text).unwrap(), assign(&other, &bytes).unwrap()];
    has(
        &package(both).unwrap_err().to_string(),
        &["name of struct shapes_event is said to be two things"],
    );
}

#[test]
fn a_package_in_the_librarys_module_has_no_copy_of_its_header() {
    if no_libclang() {
        return;
    }
    let listener = table("shapes_listener");
    let folder = tempfile::tempdir().unwrap();
    let inside = folder.path().join("internal/hub");
    std::fs::create_dir_all(&inside).unwrap();
    let written = |module: &str| {
        std::fs::write(folder.path().join("go.mod"), format!("module {module}\n")).unwrap();
        let units = [Unit { roles: assign(&listener, &zero()).unwrap(), name: None }];
        go::write(&units, &GoOptions::new(&shapes(), &inside, "hub", "outlive gen go")).unwrap()
    };
    let own = written("outlive.dev/go");
    has(file(&own, "shapes_listener.go"), &["// #cgo CFLAGS: -I${SRCDIR}/../../outlive\n"]);
    assert!(own.iter().all(|(name, _)| name != "outlive.h"));
    let elsewhere = written("outlive.dev/gopher");
    assert!(!file(&elsewhere, "shapes_listener.go").contains("CFLAGS"));
    has(file(&elsewhere, "outlive.h"), &["DO NOT EDIT.", "bool outlive_enter("]);
}

#[test]
fn what_the_linker_sees_of_a_package_has_names_of_its_own() {
    if no_libclang() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("meet.h");
    let text = "struct a { void (*b_c)(void *arg); void (*describe)(void *arg); };\n\
                struct a_b { void (*c)(void *arg); };\n\
                typedef void (*a_b_c)(void *arg);\n";
    std::fs::write(&path, text).unwrap();
    let header = Header { name: path.display().to_string(), ..Header::default() };
    let tables = ["a", "a_b"].map(|name| read::read(&header, name).unwrap());
    let function = read::read_function(&header, "a_b_c").unwrap();
    let units = tables
        .iter()
        .chain([&function])
        .map(|table| Unit { roles: assign(table, &Options::default()).unwrap(), name: None });
    let units: Vec<Unit<'_>> = units.collect();
    let options = GoOptions::new(&header, folder.path(), "meet", "outlive gen go");
    let files = go::write(&units, &options).unwrap();
    let exports = files.iter().flat_map(|(_, text)| text.lines());
    let exports = exports.filter_map(|line| line.strip_prefix("//export ")).map(str::to_owned);
    let described = files.iter().flat_map(|(_, text)| text.split("status := C.").skip(1));
    let described = described.map(|rest| rest.split('(').next().unwrap().to_owned());
    let mut symbols: Vec<String> = exports.chain(described).collect();
    assert_eq!(symbols.len(), 4 + 3, "{symbols:?}");
    symbols.sort();
    symbols.dedup();
    assert_eq!(symbols.len(), 4 + 3, "{symbols:?}");
    // The header has no guard, and cgo compiles what all of the files include at once.
    has(
        file(&files, "a_trampolines.h"),
        &["#ifndef OUTLIVE_GO_HEADER\n#define OUTLIVE_GO_HEADER\n"],
    );
}
