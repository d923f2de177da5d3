//! What members and parameters are, and what is refused.

mod common;

use common::{encoding_options, names, no_libclang, read_encoding, read_tricky, refused};
use outlive_gen::header::Header;
use outlive_gen::options::{Options, State};
use outlive_gen::read;
use outlive_gen::roles::{Found, Role, Value, assign};

/// Options with which `tricky` can be had.
fn options() -> Options {
    Options {
        fallbacks: names(&["*=-1", "type=0"]),
        destroy: Some("destroy".into()),
        zeros: names(&["*"]),
        ..Options::default()
    }
}

fn roles_of(options: &Options, callback: &str) -> Vec<Role> {
    let table = read_tricky("tricky");
    let roles = assign(&table, options).unwrap();
    roles.callbacks.iter().find(|c| c.name == callback).unwrap().parameters.clone()
}

#[test]
fn the_user_data_is_known_by_its_usual_names() {
    if no_libclang() {
        return;
    }
    assert_eq!(roles_of(&options(), "walk"), [Role::Plain, Role::Plain, Role::UserData]);
    let by_name = Options { state: Some(State::Argument(Some("visit_arg".into()))), ..options() };
    assert_eq!(roles_of(&by_name, "walk"), [Role::Plain, Role::UserData, Role::Plain]);
    assert_eq!(roles_of(&by_name, "plain"), [Role::Plain, Role::UserData]);
}

#[test]
fn memory_is_not_taken_for_user_data() {
    if no_libclang() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file.h");
    let text = "#include <stddef.h>\n\
        struct file {\n\
        \tvoid (*write)(void *ctx, const void *data, size_t length);\n\
        \tvoid (*read)(void *ctx, void *data, int size);\n\
        \tvoid *(*alloc)(void *opaque, size_t size);\n\
        \tvoid (*free)(void *memory, void *opaque);\n\
        };\n\
        typedef int (*compare)(const void *arg, const void *data);\n";
    std::fs::write(&path, text).unwrap();
    let header = Header { name: path.display().to_string(), ..Header::default() };
    let table = read::read(&header, "file").unwrap();
    let roles = assign(&table, &Options::default()).unwrap();
    let user_data: Vec<_> = roles.callbacks.iter().map(|callback| callback.user_data()).collect();
    assert_eq!(user_data, [Some(0), Some(0), Some(0), Some(1)]);
    let compare = read::read_function(&header, "compare").unwrap();
    let options = Options { fallbacks: names(&["*=0"]), ..Options::default() };
    assert!(refused(&compare, &options).contains("which parameter is the user data?"));
    let said = Options { state: Some(State::Argument(Some("data".into()))), ..options };
    assert_eq!(assign(&compare, &said).unwrap().callbacks[0].user_data(), Some(1));
}

#[test]
fn without_names_the_last_pointer_is_the_user_data() {
    if no_libclang() {
        return;
    }
    let table = read_tricky("tricky_nameless");
    let options = Options { fallbacks: names(&["*=-1"]), ..Options::default() };
    let roles = assign(&table, &options).unwrap();
    assert_eq!(roles.callbacks[0].parameters, [Role::Plain, Role::Plain, Role::UserData]);
    assert_eq!(roles.callbacks[1].parameters, [Role::Plain, Role::Plain, Role::UserData]);
}

#[test]
fn where_no_parameter_is_user_data_the_candidates_are_listed() {
    if no_libclang() {
        return;
    }
    let table = read_tricky("tricky_free");
    let error = refused(&table, &Options::default());
    assert!(error.contains("make: none") && error.contains("drop: made (0)"), "{error}");
    let none = Options { state: Some(State::None), instances: Some(3), ..Options::default() };
    assert_eq!(assign(&table, &none).unwrap().instances, Some(3));
    let too_many = Options { instances: Some(5000), ..none.clone() };
    assert!(refused(&table, &too_many).contains("from 1 to 1024"));
    let destroyed = Options { destroy: Some("drop".into()), ..none };
    assert!(refused(&table, &destroyed).contains("--state arg"));
}

#[test]
fn a_pointer_has_a_length_where_that_is_said() {
    if no_libclang() {
        return;
    }
    let slices = |texts: &[&str]| Options { slices: names(texts), ..options() };
    let of_text = |key, bytes, length| [key, bytes, length, Role::UserData];
    let plain = of_text(Role::Plain, Role::Plain, Role::Plain);
    assert_eq!(roles_of(&options(), "text"), plain, "the names say nothing");
    let bytes = slices(&["text.bytes=length"]);
    let of_bytes = of_text(Role::Plain, Role::Slice(2), Role::CountOf(1));
    assert_eq!(roles_of(&bytes, "text"), of_bytes);
    let both = slices(&["text.bytes=length", "text.key=length"]);
    let of_both = of_text(Role::Slice(2), Role::Slice(2), Role::CountOf(0));
    assert_eq!(roles_of(&both, "text"), of_both);
    let key = Options { strings: names(&["text.*"]), ..bytes };
    assert_eq!(roles_of(&key, "text"), of_text(Role::String, Role::Slice(2), Role::CountOf(1)));
    let table = read_tricky("tricky");
    for (text, why) in [
        ("moved.0=mood", "no pointer"),
        ("text.bytes", "it is MEMBER.POINTER=COUNT"),
        ("text.bytes=size", "the parameters of `text` are key, bytes, length, arg"),
        ("text.bytes=key", "the number of elements is an integer"),
    ] {
        let error = refused(&table, &slices(&[text]));
        assert!(error.starts_with("--slice ") && error.contains(why), "{text}: {error}");
    }
}

#[test]
fn what_two_options_say_differently_is_refused() {
    if no_libclang() {
        return;
    }
    let table = read_tricky("tricky");
    let text = || names(&["text.bytes"]);
    let slices = || names(&["text.bytes=length"]);
    for two in [
        Options { strings: text(), slices: slices(), ..options() },
        Options { strings: text(), tokens: text(), ..options() },
        Options { strings: text(), raw: text(), ..options() },
        Options { strings: text(), references: text(), ..options() },
        Options { tokens: text(), slices: slices(), ..options() },
    ] {
        let error = refused(&table, &two);
        let why = "text.bytes: another option says that this is something else";
        assert!(error.replace("=length", "").contains(why), "{error}");
    }
    let twice = Options { strings: names(&["text.key", "text.0", "text.*"]), ..options() };
    assert_eq!(roles_of(&twice, "text")[..2], [Role::String, Role::String]);
}

/// The parameters of `encoding` that have a role, as `MEMBER.NAME`, or with a number for a name.
fn of_encoding(options: &Options, role: Role) -> Vec<String> {
    let table = read_encoding();
    let roles = assign(&table, options).unwrap();
    let mut found = Vec::new();
    for callback in &roles.callbacks {
        for (at, _) in callback.parameters.iter().enumerate().filter(|(_, is)| **is == role) {
            let name = callback.function.parameters[at].name.clone();
            found.push(format!("{}.{}", callback.name, name.unwrap_or_else(|| at.to_string())));
        }
    }
    found
}

#[test]
fn a_string_is_what_is_said_to_be_one() {
    if no_libclang() {
        return;
    }
    let strings = |texts: &[&str], raw: &[&str]| {
        let options = Options { strings: names(texts), raw: names(raw), ..encoding_options() };
        of_encoding(&options, Role::String)
    };
    assert!(strings(&[], &[]).is_empty());
    assert_eq!(strings(&["named.label"], &[]), ["named.label"]);
    assert_eq!(strings(&["named.1", "renamed.1"], &[]), ["named.label", "renamed.1"]);
    assert_eq!(strings(&["named.buffer"], &[]), ["named.buffer"]);
    // A `*` takes neither `char *` nor `const unsigned char *`.
    assert_eq!(strings(&["n*.*"], &[]), ["named.label"]);
    assert_eq!(strings(&["*.label"], &[]), ["named.label"]);
    assert_eq!(strings(&["compare.*"], &[]), ["compare.a", "compare.b"]);
    assert_eq!(strings(&["*.1"], &[]), ["convert.bytes", "named.label", "renamed.1"]);
    assert_eq!(
        strings(&["*.*"], &["convert.bytes", "compare.*"]),
        ["named.label", "renamed.1"],
        "and what is said to be raw is left"
    );
}

#[test]
fn a_string_that_cannot_be_one_is_refused() {
    if no_libclang() {
        return;
    }
    let table = read_encoding();
    let string =
        |text: &str| refused(&table, &Options { strings: names(&[text]), ..encoding_options() });
    for (text, why) in [
        ("named", "it is MEMBER.PARAMETER"),
        ("name.label", "there is no such member; there are map, data, convert"),
        ("name.*", "there is no such member"),
        ("release.data", "this is no callback of the host's"),
        ("named.labels", "the parameters of `named` are data, label, buffer"),
        ("named.data", "this is the user data"),
        ("compare.alen", "this is no `char *`"),
        ("renamed.label", "this is no `char *`"),
        ("*.alen", "this names no `const char *` of a callback"),
        ("*.buffer", "this names no `const char *` of a callback"),
        ("x*.*", "this names no `const char *` of a callback"),
    ] {
        let error = string(text);
        assert!(error.starts_with("--string ") && error.contains(why), "{text}: {error}");
    }
}

#[test]
fn a_struct_is_copied_where_that_is_said() {
    if no_libclang() {
        return;
    }
    let copies = |text: &str| Options { copies: names(&[text]), ..options() };
    assert_eq!(roles_of(&options(), "seen"), [Role::Plain, Role::UserData]);
    for text in ["seen.frame", "seen.0", "seen.*", "*.frame", "*.*"] {
        assert_eq!(roles_of(&copies(text), "seen"), [Role::Copy, Role::UserData], "{text}");
    }
    let raw = Options { raw: names(&["seen.frame"]), ..copies("*.*") };
    assert_eq!(roles_of(&raw, "seen"), [Role::Raw, Role::UserData]);
    let table = read_tricky("tricky");
    for (text, why) in [
        ("plain.value", "this is no pointer to a struct whose members the header has"),
        ("macro.unknown", "this is no pointer to a struct whose members the header has"),
        ("text.key", "this is no pointer to a struct whose members the header has"),
        ("moved.from", "this is no pointer to a struct whose members the header has"),
        ("macro.*", "this names no pointer to a const struct whose members the header has"),
    ] {
        let error = refused(&table, &copies(text));
        assert!(error.starts_with("--copy ") && error.contains(why), "{text}: {error}");
    }
}

#[test]
fn a_reference_is_to_one_number_or_to_where_an_address_goes() {
    if no_libclang() {
        return;
    }
    let references = |text: &str| Options { references: names(&[text]), ..options() };
    let of_macro = |third| [Role::Plain, Role::Plain, third, Role::UserData];
    assert_eq!(roles_of(&options(), "macro"), of_macro(Role::Plain));
    assert_eq!(roles_of(&references("macro.number"), "macro"), of_macro(Role::Reference));
    assert_eq!(roles_of(&references("*.*"), "macro"), of_macro(Role::Reference), "no `char **`");
    let of_arrays = |key| [Role::Reference, key, Role::Plain, Role::UserData];
    assert_eq!(roles_of(&references("arrays.*"), "arrays"), of_arrays(Role::Plain), "no bytes");
    let both = Options { references: names(&["arrays.key", "arrays.numbers"]), ..options() };
    assert_eq!(roles_of(&both, "arrays"), of_arrays(Role::Reference));
    let table = read_tricky("tricky");
    for (text, why) in [
        ("seen.frame", "this is no pointer to a number, or to a pointer to a struct"),
        ("macro.out", "this is no pointer to a number, or to a pointer to a struct"),
        ("walk.visit_arg", "this is no pointer to a number, or to a pointer to a struct"),
        ("text.*", "this names no pointer to a number of several bytes"),
    ] {
        let error = refused(&table, &references(text));
        assert!(error.starts_with("--reference ") && error.contains(why), "{text}: {error}");
    }
}

#[test]
fn tokens_are_pointers_and_not_the_user_data() {
    if no_libclang() {
        return;
    }
    let token = |text: &str| Options { tokens: names(&[text]), ..options() };
    let table = read_tricky("tricky");
    let roles =
        assign(&table, &token("walk.visit_arg")).map(|roles| roles.callbacks[3].parameters[1]);
    assert_eq!(roles.unwrap(), Role::Token);
    assert!(refused(&table, &token("walk.arg")).contains("this is the user data"));
    assert!(refused(&table, &token("plain.value")).contains("no pointer"));
    assert!(
        refused(&table, &token("plain.nothing"))
            .contains("the parameters of `plain` are value, arg")
    );
    assert!(
        refused(&table, &token("nothing"))
            .contains("there is no such member; there are version, plain")
    );
}

#[test]
fn what_takes_back_is_a_callback_and_keeps_the_value() {
    if no_libclang() {
        return;
    }
    let table = read_tricky("tricky");
    let takes_back = |all: &[&str]| Options { takes_back: names(all), ..options() };
    let with = takes_back(&["plain", "seen"]);
    let roles = assign(&table, &with).unwrap();
    let marked = roles.callbacks.iter().filter(|callback| callback.takes_back);
    assert_eq!(marked.map(|callback| callback.name).collect::<Vec<_>>(), ["plain", "seen"]);
    assert!(roles.keeps);
    let keeps = |options: &Options| assign(&table, options).unwrap().keeps;
    assert_eq!((keeps(&Options { keep: true, ..options() }), keeps(&options())), (true, false));
    for (name, why) in [
        ("plane", "there is no such member; there are version, plain"),
        ("version", "this is no callback of the host's"),
        ("destroy", "this is no callback of the host's"),
        ("x*", "there is no such member"),
        ("ver*", "this is no callback of the host's"),
    ] {
        let error = refused(&table, &takes_back(&[name]));
        assert!(error.starts_with("--takes-back ") && error.contains(why), "{name}: {error}");
    }
}

#[test]
fn numbers_need_a_fallback_that_they_can_be() {
    if no_libclang() {
        return;
    }
    let table = read_tricky("tricky");
    let fallbacks = |texts: &[&str]| Options { fallbacks: names(texts), ..options() };
    let error = refused(&table, &fallbacks(&[]));
    for line in [
        "tricky.h:25: plain returns int: --fallback plain=-1 or --fallback plain=0\n",
        "tricky.h:31: type returns _Bool: --fallback type=false or --fallback type=true\n",
    ] {
        assert!(error.contains(line), "no {line} in\n{error}");
    }
    assert!(!error.contains("text"), "NULL is a pointer's: {error}");
    let error = refused(&table, &fallbacks(&["*=-1"]));
    assert!(error.contains(": type returns _Bool: ") && !error.contains("plain"), "{error}");
    assert!(error.contains("These cannot be the value of '*=-1'. Say so for each"), "{error}");
    assert!(refused(&table, &fallbacks(&["plain=0x100000000"])).contains("no such value"));
    assert!(refused(&table, &fallbacks(&["plain=1+1"])).contains("a value is"));
    let error = refused(&table, &fallbacks(&["seen=1"]));
    assert!(error.contains("tricky.h:27") && error.contains("it returns nothing; leave"));
    let error = refused(&table, &fallbacks(&["text=-1"]));
    assert!(error.contains("text returns const char *: --fallback text=NULL"), "{error}");
    let roles = assign(&table, &fallbacks(&["*=TRICKY_REFUSED", "plain=-0x10"]));
    let fallbacks: Vec<_> = roles.unwrap().callbacks.into_iter().map(|c| c.fallback).collect();
    assert_eq!(fallbacks[0], Some(Value::Integer(-16)));
    assert_eq!(fallbacks[3], Some(Value::Name("TRICKY_REFUSED".into())));
}

#[test]
fn members_can_be_chosen_and_left_out() {
    if no_libclang() {
        return;
    }
    let table = read_tricky("tricky");
    let names_of = |options: &Options| {
        let roles = assign(&table, options).unwrap();
        roles.callbacks.iter().map(|c| c.name.to_owned()).collect::<Vec<_>>()
    };
    let options = || Options { fallbacks: names(&["*=0"]), ..options() };
    let only = Options { only: names(&["plain", "s*"]), ..options() };
    assert_eq!(names_of(&only), ["plain", "seen", "sorted"]);
    let skip = Options { skip: names(&["sorted"]), ..only };
    assert_eq!(names_of(&skip), ["plain", "seen"]);
    let none = Options { skip: names(&["*"]), ..options() };
    assert!(refused(&table, &none).contains("no callback of `tricky` is left"));
    let wrong = Options { only: names(&["plane"]), ..options() };
    assert!(refused(&table, &wrong).starts_with("--only plane: there is no such member"));
    // Or else no name at all would be left, which means all callbacks.
    let wrong = Options { only: names(&["plane*"]), ..options() };
    assert!(refused(&table, &wrong).starts_with("--only plane*: there is no such member"));
    let inside = Options { only: names(&["p*i*", "s*d"]), ..options() };
    assert_eq!(names_of(&inside), ["plain", "sorted"]);
    let wrong = Options { skip: names(&["s*x", "plain"]), ..options() };
    assert!(refused(&table, &wrong).starts_with("--skip s*x: there is no such member"));
}

#[test]
fn a_destroy_notify_takes_the_user_data() {
    if no_libclang() {
        return;
    }
    let table = read_tricky("tricky");
    let destroy = |name: &str| Options { destroy: Some(name.into()), ..options() };
    assert_eq!(assign(&table, &options()).unwrap().destroy.map(|(_, at)| at), Some(0));
    assert!(refused(&table, &destroy("version")).contains("no function pointer"));
    assert!(refused(&table, &destroy("plain")).contains("returns nothing"));
}

#[test]
fn all_that_cannot_be_mapped_is_named_with_line_and_reason() {
    if no_libclang() {
        return;
    }
    let table = read_tricky("tricky_impossible");
    let error = refused(&table, &Options { fallbacks: names(&["*=0"]), ..Options::default() });
    for (what, why) in [
        ("variadic", "variadic"),
        ("old_style", "without a prototype"),
        ("precise, its result", "a long double"),
        ("list, parameter arguments", "a va_list"),
        ("wide, parameter number", "128 bits"),
        ("several", "an array of function pointers"),
        ("either", "a union with function pointers"),
    ] {
        let line = error.lines().find(|line| line.contains(&format!(": {what}: ")));
        let line = line.unwrap_or_else(|| panic!("{what} in {error}"));
        assert!(line.contains("tricky.h:") && line.contains(why), "{line}");
    }
    let fine = Options { only: names(&["fine"]), fallbacks: names(&["*=0"]), ..Options::default() };
    assert_eq!(assign(&table, &fine).unwrap().callbacks.len(), 1);
}

#[test]
fn a_star_names_members_wherever_they_are_named() {
    if no_libclang() {
        return;
    }
    let table = read_tricky("tricky");
    let options = Options {
        fallbacks: names(&["*=-1", "type=0", "*a*=-2", "*la*=-3"]),
        lates: names(&["p*=-4"]),
        errnos: names(&["*=EIO", "s*=EBUSY"]),
        lasts: names(&["on*"]),
        takes_back: names(&["s*"]),
        tokens: names(&["te*", "*.visit_*"]),
        slices: names(&["*.bytes=length"]),
        user_data_expressions: names(&["*=arg", "w*=visit_arg"]),
        ..options()
    };
    let roles = assign(&table, &options).unwrap();
    let of = |name: &str| roles.callbacks.iter().find(|callback| callback.name == name).unwrap();
    let fallback = |name: &str| of(name).fallback.clone();
    assert_eq!(fallback("plain"), Some(Value::Integer(-3)), "the name with more letters");
    assert_eq!(fallback("arrays"), Some(Value::Integer(-2)));
    assert_eq!(fallback("sorted"), Some(Value::Integer(-1)));
    assert_eq!(fallback("type"), Some(Value::Integer(0)), "a whole name goes before all");
    assert_eq!(
        (of("plain").late.clone(), of("walk").late.clone()),
        (Some(Value::Integer(-4)), None)
    );
    assert_eq!(of("plain").errno.as_deref(), Some("EIO"));
    assert_eq!(of("sorted").errno.as_deref(), Some("EBUSY"));
    assert!(of("onClose").is_last && !of("plain").is_last);
    assert!(of("sorted").takes_back && of("seen").takes_back && !of("walk").takes_back);
    assert!(of("text").gives_token);
    assert_eq!(of("walk").parameters[1], Role::Token);
    assert_eq!(of("text").parameters[1..3], [Role::Slice(2), Role::CountOf(1)]);
    assert_eq!(of("walk").found, Found::Expression("visit_arg".into()));
    assert_eq!(of("plain").found, Found::Expression("arg".into()));
    for (wrong, why) in [
        (Options { tokens: names(&["p*"]), ..options.clone() }, "plain returns no pointer to data"),
        (
            Options { slices: names(&["*.bytes=n"]), ..options.clone() },
            "no callback has such a pointer, and an integer `n`",
        ),
        (
            Options { outs: names(&["se*.*"]), ..options.clone() },
            "--out se*.*: this names no pointer to a value of several bytes that may be written",
        ),
    ] {
        let said = refused(&table, &wrong);
        assert!(said.contains(why) && said.contains("tricky.h:"), "{said}");
    }
}

#[test]
fn every_member_is_decided() {
    if no_libclang() {
        return;
    }
    let table = read_tricky("tricky");
    let undecided = Options { zeros: vec![], ..options() };
    let error = refused(&table, &undecided);
    for line in [
        ": version (const int): --constant version=VALUE, --written-by-c version, --zero version\n",
        ": an anonymous union (union): --zero '*'\n",
        ": bits (unsigned int): --constant bits=VALUE, ",
        ": reserved (unsigned char[16]): --written-by-c reserved, --zero reserved\n",
        ": arg (void *): --user-data arg, --constant arg=VALUE, --written-by-c arg, --zero arg",
    ] {
        assert!(error.contains(line), "no {line} in\n{error}");
    }
    assert!(error.contains("tricky.h:23: version"), "{error}");
    assert!(!error.contains("plain") && !error.contains("destroy"), "{error}");
    let decided = Options {
        constants: names(&["version=3", "*s=0"]),
        written_by_c: names(&["reserved"]),
        user_data: Some("arg".into()),
        zeros: names(&["*"]),
        ..undecided.clone()
    };
    let roles = assign(&table, &decided).unwrap();
    let constants: Vec<_> = roles.constants.iter().map(|(m, _)| m.name.as_deref()).collect();
    assert_eq!(constants, [Some("version"), Some("bits")]);
    let but_one = Options { zeros: names(&["b*"]), constants: names(&["version=3"]), ..decided };
    let error = refused(&table, &but_one);
    assert!(error.contains("an anonymous union") && !error.contains(": bits"), "{error}");
}

#[test]
fn a_member_is_one_thing() {
    if no_libclang() {
        return;
    }
    let table = read_tricky("tricky");
    let is = |say: &dyn Fn(&mut Options)| {
        let mut options = options();
        say(&mut options);
        options
    };
    for (options, why) in [
        (
            is(&|o| {
                o.constants = names(&["version=3"]);
                o.zeros = names(&["version", "*"]);
            }),
            "--zero version: --constant says that this is something else",
        ),
        (
            is(&|o| {
                o.user_data = Some("arg".into());
                o.written_by_c = names(&["arg"]);
            }),
            "--written-by-c arg: --user-data says that this is something else",
        ),
        (
            is(&|o| {
                o.only = names(&["plain", "walk"]);
                o.skip = names(&["walk"]);
            }),
            "--skip walk: --only says that this is something else",
        ),
        (is(&|o| o.skip = names(&["destroy"])), "--skip destroy: --destroy says"),
        (is(&|o| o.skip = names(&["version"])), "--skip version: this is no callback"),
        (is(&|o| o.zeros = names(&["plain"])), "--zero plain: this is a callback"),
        (is(&|o| o.zeros = names(&["x*"])), "--zero x*: there is no such member"),
        (is(&|o| o.user_data = Some("bits".into())), "--user-data bits: it has no room"),
        (is(&|o| o.constants = names(&["arg=5"])), "--constant arg=5: the C type has no such"),
        (is(&|o| o.constants = names(&["reserved=0"])), "--constant reserved=0: the member is no"),
    ] {
        let said = refused(&table, &options);
        assert!(said.starts_with(why) && said.contains("tricky.h:"), "{why}: {said}");
    }
}

#[test]
fn what_nobody_has_said_is_listed_with_what_says_it() {
    if no_libclang() {
        return;
    }
    let table = read_tricky("tricky");
    let notes = |options: &Options| {
        let roles = assign(&table, options).unwrap();
        roles.notes.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let all = notes(&options());
    assert!(
        all[0].contains(": plain, moved, seen, ")
            && all[0].contains("is `arg`, which is called so: --state arg=arg,last confirms it"),
        "{all:?}"
    );
    for (line, note) in [
        (
            27,
            "seen.frame is passed on as a pointer, since the header does not say whether it is one: --copy seen.frame copies it, --raw seen.frame leaves it so",
        ),
        (
            28,
            "walk.visit_arg is passed on as a pointer, since the header does not say what it is: --token walk.visit_arg",
        ),
        (30, "text: a refused call returns NULL: --fallback text=NULL confirms it"),
        (
            30,
            "text.key is passed on as a pointer, since the header does not say whether a NUL ends it: --string text.key",
        ),
        (
            30,
            "text.bytes is passed on as a pointer, since the header does not say how long it is: --string text.bytes=length or --slice text.bytes=length",
        ),
        (
            33,
            "macro.number is passed on as a pointer, since the header does not say whether C reads or writes it: --out macro.number",
        ),
    ] {
        let found = all.iter().any(|one| one.contains(&format!("tricky.h:{line}: {note}")));
        assert!(found, "no {line} {note} in {all:#?}");
    }
    let confirmed = Options {
        state: Some(State::Argument(Some("arg,last".into()))),
        raw: names(&["*.*"]),
        fallbacks: names(&["*=NULL", "*=-1", "*=0"]),
        ..options()
    };
    assert!(notes(&confirmed).is_empty(), "{:?}", notes(&confirmed));
    let table = read_tricky("tricky_nameless");
    let options = Options { fallbacks: names(&["*=-1"]), ..Options::default() };
    let first = assign(&table, &options).unwrap().notes[0].to_string();
    assert!(first.contains(": first, second: the user data is parameter 2, the last `void *`: --state arg=last confirms"), "{first}");
    let free = read_tricky("tricky_free");
    let options = Options { state: Some(State::None), ..Options::default() };
    let notes = assign(&free, &options).unwrap().notes;
    assert!(notes[0].to_string().contains("at most 64 can be held at once: --instances N"));
}
