//! What `outlive gen rust` writes compiles as it is, for headers as they come.

mod common;
mod generated;

use std::fs;
use std::path::Path;

use common::{encoding_options, names, no_libclang, plain, shapes, tricky};
use generated::check;
use outlive_gen::header::Header;
use outlive_gen::options::{Options, State};
use outlive_gen::{read, roles, rust};

fn generate(header: &Header, table: &str, options: &Options) -> String {
    let table = read::read(header, table).unwrap();
    let roles = roles::assign(&table, options).unwrap();
    rust::generate(header, &roles, "outlive gen rust").unwrap()
}

fn named(name: &str, packages: &[&str]) -> Header {
    Header { name: name.into(), packages: names(packages), ..Header::default() }
}

/// Whether Debian's package with a header is there.
fn is_there(header: &str) -> bool {
    let there = Path::new("/usr/include").join(header).exists();
    if !there {
        eprintln!("skipped: no /usr/include/{header}; ci/install.sh installs it");
    }
    there
}

#[test]
fn tables_of_every_kind_compile() {
    if no_libclang() {
        return;
    }
    let tricky_options = Options {
        fallbacks: names(&["*=TRICKY_REFUSED", "type=true"]),
        constants: names(&["version=TRICKY_VERSION"]),
        user_data: Some("arg".into()),
        destroy: Some("destroy".into()),
        skip: names(&["inner", "chosen"]),
        written_by_c: names(&["reserved"]),
        zeros: names(&["*"]),
        tokens: names(&["walk.visit_arg", "text"]),
        errnos: names(&["plain=ECANCELED"]),
        strings: names(&["text.key"]),
        copies: names(&["seen.frame"]),
        ..Options::default()
    };
    let free = Options {
        state: Some(State::None),
        instances: Some(4),
        tokens: names(&["make", "drop.made"]),
        ..Options::default()
    };
    let lent = Options { takes_back: names(&["drop"]), ..free.clone() };
    let lent = generate(&tricky(), "tricky_free", &lent);
    for part in ["keep = release", "    #[callback(takes_back)]\n    pub fn drop("] {
        assert!(lent.contains(part), "no {part} in\n{lent}");
    }
    let kept = generate(&tricky(), "tricky_free", &Options { keep: true, ..free.clone() });
    assert!(kept.contains("keep = release") && !kept.contains("takes_back"), "{kept}");
    let nameless = Options { fallbacks: names(&["*=-1"]), ..Options::default() };
    let bare = Options { copies: Vec::new(), ..tricky_options.clone() };
    let bare = generate(&tricky(), "tricky", &bare);
    assert!(bare.contains("frame: *const sys::frame"), "a copy that nobody asked for\n{bare}");
    let mixed = Options {
        state: Some(State::Argument(Some("0".into()))),
        only: names(&["first"]),
        ..nameless.clone()
    };
    let written = generate(&tricky(), "tricky", &tricky_options);
    for part in [
        "constant(version = sys::TRICKY_VERSION as _)",
        "user_data_member = arg",
        "destroy = destroy",
        "written_by_c(reserved)",
        "    /// Takes a value.\n    #[callback(fallback = sys::TRICKY_REFUSED as _, errno = libc::ECANCELED)]\n",
        "pub fn plain(&self, value: c_int) -> c_int {",
        "#[callback(fallback = Default::default())]",
        "frame: Option<sys::frame>",
        "visit: sys::tricky_visitor, visit_arg: Token",
        "key: Option<&CStr>, bytes: *const c_char, length: usize) -> Option<Token>",
        "#[callback(fallback = true)]\n    pub fn type_(",
        "unknown: *mut sys::tricky_unknown",
        "member = onClose)]\n    pub fn on_close(",
        "exit_code: c_int",
        "hooks: *mut Option<unsafe extern \"C\" fn(c_int)>",
    ] {
        assert!(written.contains(part), "no {part} in\n{written}");
    }
    check(&[
        ("tricky", written),
        ("bare", bare),
        ("lent", lent),
        ("kept", kept),
        ("free", generate(&tricky(), "tricky_free", &free)),
        ("nameless", generate(&tricky(), "tricky_nameless", &nameless)),
        ("first", generate(&tricky(), "tricky_nameless", &mixed)),
    ]);
}

#[test]
fn what_is_not_said_to_be_a_string_stays_a_pointer() {
    if no_libclang() {
        return;
    }
    let unasked = generate(&plain("encoding.h"), "encoding", &encoding_options());
    for part in [
        "pub fn convert(&self, bytes: *const c_char) -> c_int {",
        "pub fn compare(&self, alen: c_int, a: *const c_char, blen: c_int, b: *const c_char) -> c_int {",
        "pub fn named(&self, label: *const c_char, buffer: *mut c_char) -> c_int {",
    ] {
        assert!(unasked.contains(part), "no {part} in\n{unasked}");
    }
    assert!(!unasked.contains("unsafe(") && !unasked.contains("CStr"), "{unasked}");
    let strings = names(&["named.*", "named.buffer"]);
    let options = Options { strings, ..encoding_options() };
    let asked = generate(&plain("encoding.h"), "encoding", &options);
    for part in [
        "    unsafe(borrow)\n)]\n",
        "pub fn convert(&self, bytes: *const c_char) -> c_int {",
        "pub fn named(&self, label: Option<&CStr>, buffer: Option<&CStr>) -> c_int {",
    ] {
        assert!(asked.contains(part), "no {part} in\n{asked}");
    }
    check(&[("unasked", unasked), ("asked", asked)]);
}

#[test]
fn memory_is_lent_where_the_options_say_so() {
    if no_libclang() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.h");
    fs::write(
        &path,
        "#include <stddef.h>\n\
         struct part { void *base; size_t length; };\n\
         typedef const char *words;\n\
         struct store {\n\
         \tint (*put)(const void *bytes, size_t length, void *arg);\n\
         \tint (*fill)(int size, unsigned char *room, void *arg);\n\
         \tint (*numbers)(unsigned short n, const double *numbers, void *arg);\n\
         \tint (*parts)(const struct part *parts, int Count, void *arg);\n\
         \tint (*text)(words text, size_t length, void *arg);\n\
         \tint (*get)(int *number, void **handle, struct part *part, const char **name, void *arg);\n\
         };\n",
    )
    .unwrap();
    let header = Header { name: path.display().to_string(), ..Header::default() };
    let refusals = Options { fallbacks: names(&["*=-1"]), ..Options::default() };
    let unasked = generate(&header, "store", &refusals);
    assert!(!unasked.contains("unsafe(borrow)") && !unasked.contains("#[len("), "{unasked}");
    assert!(unasked.contains("pub fn text(&self, text: sys::words, length: usize) -> c_int {"));
    let options = Options {
        slices: names(&[
            "put.bytes=length",
            "fill.room=size",
            "numbers.numbers=n",
            "parts.parts=Count",
        ]),
        strings: names(&["text.text=length"]),
        outs: names(&["get.number", "get.handle", "get.part", "get.name"]),
        ..refusals.clone()
    };
    let asked = generate(&header, "store", &options);
    for part in [
        "use outlive::{Buffer, Out, callbacks};\n",
        "unsafe(borrow)",
        "pub fn put(&self, #[len(length)] bytes: Option<&[u8]>, length: usize) -> c_int {",
        "pub fn fill(&self, size: c_int, #[len(size)] room: Option<Buffer<'_>>) -> c_int {",
        "pub fn numbers(&self, n: c_ushort, #[len(n)] numbers: Option<&[f64]>) -> c_int {",
        "#[len(count)] parts: Option<&[sys::part]>, count: c_int) -> c_int {",
        "pub fn text(&self, #[len(length)] text: Option<&[u8]>, length: usize) -> c_int {",
        "number: Option<Out<'_, c_int>>,\n        handle: Option<Out<'_, *mut c_void>>,",
        "part: Option<Out<'_, sys::part>>,\n        name: Option<Out<'_, *const c_char>>,",
    ] {
        assert!(asked.contains(part), "no {part} in\n{asked}");
    }
    let patterns = Options {
        slices: names(&["*s.*s=n", "*.room=size"]),
        strings: names(&["*.t*t=length"]),
        outs: names(&["g*.*"]),
        ..refusals
    };
    let by_pattern = generate(&header, "store", &patterns);
    for part in [
        "numbers: Option<&[f64]>",
        "parts: *const sys::part",
        "room: Option<Buffer<'_>>",
        "text: Option<&[u8]>",
        "part: Option<Out<'_, sys::part>>",
    ] {
        assert!(by_pattern.contains(part), "no {part} in\n{by_pattern}");
    }
    check(&[("unasked", unasked), ("asked", asked), ("by_pattern", by_pattern)]);
}

#[test]
fn enums_of_two_names_and_constants_of_every_kind_compile() {
    if no_libclang() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hub.h");
    fs::write(
        &path,
        "#include <stdbool.h>\n\
         #define HUB_NAME \"hub\"\n\
         #define HUB_VERSION 3\n\
         typedef enum hub_level { HUB_LOW, HUB_HIGH } hub_level_t;\n\
         enum hub_mood { HUB_BAD = -1, HUB_GOOD };\n\
         typedef enum hub_mood hub_mood;\n\
         typedef enum { HUB_RED } hub_color;\n\
         typedef hub_level_t hub_grade;\n\
         struct hub {\n\
         \tconst char *name;\n\
         \tconst char *other;\n\
         \tchar tag[4];\n\
         \tint version;\n\
         \thub_level_t (*level)(hub_level_t level, enum hub_level other, hub_grade *grade, void *arg);\n\
         \thub_mood (*mood)(hub_mood mood, enum hub_mood other, void *arg);\n\
         \thub_color (*color)(hub_color *all, int n, void *arg);\n\
         };\n",
    )
    .unwrap();
    let header = Header { name: path.display().to_string(), ..Header::default() };
    let options = Options {
        constants: names(&[
            "name=HUB_NAME",
            "other=\"a \"b\"\"",
            "tag=\"hé\"",
            "version=HUB_VERSION",
        ]),
        fallbacks: names(&["*=HUB_LOW", "mood=HUB_BAD"]),
        slices: names(&["color.all=n"]),
        outs: names(&["level.grade"]),
        ..Options::default()
    };
    let hub = generate(&header, "hub", &options);
    for part in [
        "name = sys::HUB_NAME.as_ptr()",
        "other = c\"a \\\"b\\\"\".as_ptr()",
        "tag = [104_u8 as _, 195_u8 as _, 169_u8 as _, 0_u8 as _]",
        "level: sys::hub_level_t,\n",
        "grade: Option<Out<'_, sys::hub_grade>>,\n    ) -> sys::hub_level_t {",
    ] {
        assert!(hub.contains(part), "no {part} in\n{hub}");
    }
    let table = read::read(&header, "hub").unwrap();
    let said = |options: &Options| {
        let roles = roles::assign(&table, options).unwrap();
        rust::generate(&header, &roles, "").unwrap_err().to_string()
    };
    for (constants, why) in [
        (["version=HUB_NAME", "tag=\"\""], "--constant version=HUB_NAME: this is a string"),
        (["version=HUB_NAMES", "tag=\"\""], "version=HUB_NAMES: the header has no such constant"),
        (["tag=HUB_NAME", "version=3"], "--constant tag=HUB_NAME: this is a string"),
        (["name=HUB_VERSION", "tag=\"\""], "--constant name=HUB_VERSION: this is no string"),
    ] {
        let (constants, zeros) = (names(&constants), names(&["*"]));
        let said = said(&Options { constants, zeros, ..options.clone() });
        assert!(said.contains(why), "{said}");
    }
    check(&[("hub", hub)]);
}

#[test]
fn what_rust_has_no_way_to_say_is_refused() {
    if no_libclang() {
        return;
    }
    let table = common::read_tricky("tricky");
    let options =
        Options { fallbacks: names(&["*=0"]), zeros: names(&["*"]), ..Options::default() };
    let roles = roles::assign(&table, &options).unwrap();
    let error = rust::generate(&tricky(), &roles, "").unwrap_err().to_string();
    assert!(
        error.contains("tricky.h:") && error.contains(": inner: it stands in an anonymous struct"),
        "{error}"
    );
}

#[test]
fn tables_of_real_libraries_compile() {
    if no_libclang() {
        return;
    }
    let all = |value: &str| Options { fallbacks: names(&[value]), ..Options::default() };
    let mut modules = Vec::new();
    if is_there("ares.h") {
        modules
            .push(("ares", generate(&named("ares.h", &[]), "ares_socket_functions", &all("*=-1"))));
    }
    if is_there("lzma.h") {
        let options = Options { user_data: Some("opaque".into()), ..Options::default() };
        modules.push(("lzma", generate(&named("lzma.h", &[]), "lzma_allocator", &options)));
    }
    if is_there("dbus-1.0/dbus/dbus.h") {
        let options = Options {
            skip: names(&["dbus_internal_pad*"]),
            ..all("*=DBUS_HANDLER_RESULT_NOT_YET_HANDLED")
        };
        let header = named("dbus/dbus.h", &["dbus-1"]);
        modules.push(("dbus", generate(&header, "DBusObjectPathVTable", &options)));
    }
    if is_there("git2.h") {
        let options = Options {
            user_data: Some("payload".into()),
            constants: names(&["version=GIT_REMOTE_CALLBACKS_VERSION"]),
            ..all("*=-1")
        };
        modules.push((
            "git",
            generate(&named("git2.h", &["libgit2"]), "git_remote_callbacks", &options),
        ));
    }
    let hub = Path::new(env!("CARGO_MANIFEST_DIR")).join("../outlive-vde/c/vde_hub.h");
    let options = Options {
        state: Some(State::None),
        tokens: names(&["event_add", "event_del.ev", "timeout_add", "timeout_del.ev"]),
        errnos: names(&["event_add=ECANCELED", "timeout_add=ECANCELED"]),
        ..Options::default()
    };
    let hub = named(&hub.display().to_string(), &[]);
    modules.push(("hub", generate(&hub, "vde_event_handler", &options)));
    check(&modules);
}

#[test]
fn what_finds_the_table_and_what_ends_it_is_said_to_the_macro() {
    if no_libclang() {
        return;
    }
    let refusals = || Options { fallbacks: names(&["*=-1"]), ..Options::default() };
    let state = |text: &str| Some(text.parse::<State>().unwrap());
    let stream = Options {
        state: state("table=self"),
        lasts: names(&["release"]),
        written_by_c: names(&["context"]),
        lates: names(&["next=SHAPES_GONE"]),
        panickeds: names(&["next=-3"]),
        ..refusals()
    };
    let stream = generate(&shapes(), "shapes_stream", &stream);
    for part in [
        "#[callbacks(sys::shapes_stream, state = table, written_by_c(context))]\n",
        "#[callback(fallback = -1, late = sys::SHAPES_GONE as _, panicked = -3)]\n",
        "#[callback(fallback = -1, table = last)]\n    pub fn join(&self, other: *mut sys::shapes_stream)",
        "#[callback(unsafe(last))]\n    pub fn release(&self)",
    ] {
        assert!(stream.contains(part), "no {part} in\n{stream}");
    }
    let driver = Options { state: state("table=device+driver"), ..refusals() };
    let driver = generate(&shapes(), "shapes_driver", &driver);
    assert!(driver.contains("table_offset = core::mem::offset_of!(sys::shapes_device, driver)"));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("usb.h");
    fs::write(
        &path,
        "struct transfer { int length; void *user; };\n\
         struct usb { const char *name; int (*done)(struct transfer *transfer); void (*close)(void *arg); };\n",
    )
    .unwrap();
    let header = Header { name: path.display().to_string(), ..Header::default() };
    let usb = Options {
        user_data_expressions: names(&["done=(*transfer).user"]),
        lasts: names(&["close"]),
        constants: names(&["name=\"a \"b\"\""]),
        ..refusals()
    };
    let usb = generate(&header, "usb", &usb);
    assert!(usb.contains("user_data = unsafe { (*transfer).user }"), "{usb}");
    assert!(usb.contains("#[callback(last, user_data = last)]"), "{usb}");
    check(&[("stream", stream), ("driver", driver), ("usb", usb)]);
}

#[test]
fn what_is_for_go_is_refused_in_words() {
    if no_libclang() {
        return;
    }
    let said = |table: &str, options: Options| {
        let table = read::read(&shapes(), table).unwrap();
        let options = Options { fallbacks: names(&["*=0"]), zeros: names(&["*"]), ..options };
        let roles = roles::assign(&table, &options).unwrap();
        rust::generate(&shapes(), &roles, "outlive gen rust").unwrap_err().to_string()
    };
    let options = Options::default;
    let copied = || Options { copies: names(&["on_event.event"]), ..options() };
    let completion = Options {
        state: Some(State::Argument(Some("arg".into()))),
        completions: names(&["wait.ready=cookie"]),
        ..options()
    };
    assert!(said("shapes_worker", completion).starts_with("--completion is for Go: "));
    for (words, options) in [
        ("--uint64", Options { wide: names(&["on_text.position"]), ..options() }),
        ("--uint64", Options { wide: names(&["on_text"]), ..options() }),
        ("a member of a struct", Options { strings: names(&["on_event.event.name"]), ..copied() }),
    ] {
        let said = said("shapes_listener", options);
        assert!(said.contains(words) && said.contains(" is for Go: "), "{said}");
    }
}
