//! What `outlive gen go` writes. That it compiles, and that C's calls arrive, the packages in `go/` show.

mod common;

use std::fs;
use std::path::Path;

use common::{encoding_options, names, no_libclang, plain, tricky};
use outlive_gen::go::{self, GoOptions, Unit};
use outlive_gen::header::Header;
use outlive_gen::options::{Options, State};
use outlive_gen::{error, read, roles};

/// The package's files, by the ends of their names.
struct Package(Vec<(String, String)>);

impl Package {
    fn file(&self, end: &str) -> &str {
        let found = self.0.iter().find(|(name, _)| name.ends_with(end));
        &found.unwrap_or_else(|| panic!("no file {end}")).1
    }
}

fn write(header: &Header, table: &str, options: &Options) -> error::Result<Package> {
    let table = read::read(header, table)?;
    let roles = roles::assign(&table, options)?;
    let options = GoOptions::new(header, Path::new("/somewhere"), "hub", "outlive gen go hub.h");
    go::write(&[Unit { roles, name: None }], &options).map(Package)
}

/// A header of the test's own.
fn header(text: &str) -> (tempfile::TempDir, Header) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hub.h");
    fs::write(&path, text).unwrap();
    (folder, Header { name: path.display().to_string(), ..Header::default() })
}

#[track_caller]
fn has(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "no {part} in\n{text}");
    }
}

fn tricky_options() -> Options {
    Options {
        fallbacks: names(&["*=TRICKY_REFUSED", "type=true"]),
        constants: names(&["version=TRICKY_VERSION"]),
        user_data: Some("arg".into()),
        destroy: Some("destroy".into()),
        skip: names(&["inner", "chosen", "moved"]),
        written_by_c: names(&["reserved"]),
        zeros: names(&["*"]),
        tokens: names(&["walk.visit_arg", "text"]),
        errnos: names(&["plain=ECANCELED"]),
        strings: names(&["text.key"]),
        copies: names(&["seen.frame"]),
        slices: names(&["text.bytes=length"]),
        ..Options::default()
    }
}

#[test]
fn each_callback_is_a_method_in_types_of_gos() {
    if no_libclang() {
        return;
    }
    let package = write(&tricky(), "tricky", &tricky_options()).unwrap();
    has(
        package.file("tricky.go"),
        &[
            "\t// Takes a value.\n\tPlain(value int32) int32\n",
            "\tWalk(visit TrickyVisitor, visitArg outlive.Token) int32\n",
            "\tText(key string, bytes []byte) outlive.Token\n",
            "\tType(yes bool, funcArg int8, rangeArg uint64, stringArg float64) bool\n",
            "func (f TrickyVisitor) Call(point PointAddress, visitArg uintptr) {\n",
        ],
    );
    assert!(!package.file("tricky.go").contains("Chosen"));
}

#[test]
fn what_the_options_say_is_in_the_table() {
    if no_libclang() {
        return;
    }
    let package = write(&tricky(), "tricky", &tricky_options()).unwrap();
    has(
        package.file("_trampolines.c"),
        &[
            "\t.version = TRICKY_VERSION,\n",
            "\t.destroy = outlive_go_call_destroy,\n",
            "OUTLIVE_MEMBER(struct tricky, arg, OUTLIVE_USER_DATA)",
            "OUTLIVE_MEMBER(struct tricky, reserved, OUTLIVE_WRITTEN_BY_C)",
            "OUTLIVE_MEMBER(struct tricky, chosen, OUTLIVE_CALLBACK)",
            "\t\terrno = ECANCELED;\n\t\treturn TRICKY_REFUSED;\n",
        ],
    );
    has(package.file("_export.go"), &["\tresult = C.TRICKY_REFUSED\n", "\tresult = true\n"]);
}

#[test]
fn no_exported_function_has_a_pointer_that_could_be_a_number() {
    if no_libclang() {
        return;
    }
    let package = write(&tricky(), "tricky", &tricky_options()).unwrap();
    let functions: Vec<&str> =
        package.file("_export.go").lines().filter(|line| line.starts_with("func ")).collect();
    assert!(functions.len() > 5);
    for function in functions {
        assert!(!function.contains("unsafe.Pointer"), "{function}");
        assert!(!function.contains("tricky_unknown"), "{function}");
    }
}

#[test]
fn without_user_data_each_instance_has_code_of_its_own() {
    if no_libclang() {
        return;
    }
    let options = Options {
        state: Some(State::None),
        instances: Some(4),
        tokens: names(&["make", "drop.made"]),
        ..Options::default()
    };
    let package = write(&tricky(), "tricky_free", &options).unwrap();
    let source = package.file("_trampolines.c");
    has(source, &["X(0) X(1) X(2) X(3)\n", "outlive_enter_instance(", "OUTLIVE_CONTEXT_FREE"]);
    has(
        package.file("tricky_free.go"),
        &["At most 4 can be held at once.", "Make(size int32) outlive.Token"],
    );
}

#[test]
fn what_takes_back_is_called_until_the_release() {
    if no_libclang() {
        return;
    }
    let free = Options { state: Some(State::None), ..Options::default() };
    let takes_back = Options { takes_back: names(&["drop"]), ..free.clone() };
    let package = write(&tricky(), "tricky_free", &takes_back).unwrap();
    has(
        package.file("_trampolines.c"),
        &[
            "OUTLIVE_MEMBER(struct tricky_free, make, OUTLIVE_CALLBACK)",
            "OUTLIVE_MEMBER(struct tricky_free, drop, OUTLIVE_TAKES_BACK)",
            "\t\t.flags = OUTLIVE_CONTEXT_FREE | OUTLIVE_KEEP,\n",
        ],
    );
    let says = ["// C takes back by it: ", "for C to keep. It is kept until the release."];
    has(package.file("tricky_free.go"), &says);
    let keep = Options { keep: true, ..tricky_options() };
    let package = write(&tricky(), "tricky", &keep).unwrap();
    has(package.file("_trampolines.c"), &["\t\t.flags = OUTLIVE_KEEP,\n"]);
    let neither = write(&tricky(), "tricky", &tricky_options()).unwrap();
    assert!(!neither.file("_trampolines.c").contains(".flags"));
}

#[test]
fn what_go_cannot_have_is_named_with_its_line() {
    if no_libclang() {
        return;
    }
    let (_folder, header) = header(
        "union number { int whole; double real; }; struct flags { unsigned ready : 1; };\n\
         struct hub {\n\
         \tvoid (*fine)(void *arg);\n\
         \tvoid (*either)(union number number, void *arg);\n\
         \tunion number (*given)(void *arg);\n\
         \tvoid (*flags)(struct flags flags, void *arg);\n\
         };\n",
    );
    let said = write(&header, "hub", &Options::default()).map(|_| ()).unwrap_err().to_string();
    has(
        &said,
        &[
            "hub.h:4: either, parameter number: union number, by value",
            "hub.h:5: given, its result: union number, by value",
            "hub.h:6: flags, parameter flags: struct flags, by value: it has a bit-field",
        ],
    );
    assert!(!said.contains("fine"), "{said}");
    let skip = Options { skip: names(&["either", "given", "flags"]), ..Options::default() };
    assert!(write(&header, "hub", &skip).is_ok());
}

#[test]
fn names_that_would_meet_stay_apart() {
    if no_libclang() {
        return;
    }
    let (_folder, header) = header(
        "#include <stddef.h>\n\
         enum hub_port { HUB_PORT_A };\n\
         struct hub_port_s;\n\
         struct port { int number; };\n\
         struct hub_held {\n\
         \tvoid (*event_add)(enum hub_port pass, const struct port *type, void *arg);\n\
         \tvoid (*EventAdd)(int instance, int result, void *arg);\n\
         };\n",
    );
    let options = Options { copies: names(&["event_add.type"]), ..Options::default() };
    let package = write(&header, "hub_held", &options).unwrap();
    has(
        package.file("hub_held.go"),
        &[
            // Held is what every package has.
            "type Held2 interface {\n",
            "\tEventAdd(passArg Port, typeArg *PortStruct)\n",
            "\tEventAdd2(instanceArg int32, resultArg int32)\n",
        ],
    );
    has(
        package.file("_trampolines.c"),
        &["outlive_go_call_EventAdd(int instance_arg, int result_arg, void *arg)"],
    );
}

#[test]
fn memory_is_a_slice_where_its_length_is_said() {
    if no_libclang() {
        return;
    }
    let (_folder, header) = header(
        "#include <stddef.h>\n\
         struct part { void *base; size_t length; };\n\
         struct hub {\n\
         \tvoid (*said)(const void *bytes, size_t length, void *arg);\n\
         \tvoid (*fill)(unsigned char *room, size_t size, void *arg);\n\
         \tvoid (*parts)(int count, const struct part *parts, void *arg);\n\
         \tvoid (*numbers)(const double *numbers, int count, void *arg);\n\
         };\n",
    );
    let unasked = write(&header, "hub", &Options::default()).unwrap();
    has(
        unasked.file("hub.go"),
        &[
            "\tSaid(bytes uintptr, length int)\n",
            "\tFill(room uintptr, size int)\n",
            "\tParts(count int32, parts PartAddress)\n",
            "\tNumbers(numbers uintptr, count int32)\n",
        ],
    );
    let slices =
        names(&["said.bytes=length", "fill.room=size", "parts.parts=count", "numbers.numbers=1"]);
    let package = write(&header, "hub", &Options { slices, ..Options::default() }).unwrap();
    has(
        package.file("hub.go"),
        &[
            "\tSaid(bytes []byte)\n",
            "\t// Memory of C's until the method returns: room.\n\tFill(room []byte)\n",
            "\tParts(parts []Part)\n",
            "\tNumbers(numbers []float64)\n",
        ],
    );
    has(
        package.file("_export.go"),
        &[
            ".Said(slices.Clone(outlive.Memory[byte](uintptr(bytes), uintptr(length))))",
            ".Fill(outlive.Memory[byte](uintptr(room), uintptr(size)))",
            ".Parts(copySeveralPart(uintptr(parts), uintptr(count)))",
            ".Numbers(slices.Clone(outlive.Memory[float64](uintptr(numbers), uintptr(count))))",
        ],
    );
}

#[test]
fn what_is_not_said_to_be_a_string_stays_an_address() {
    if no_libclang() {
        return;
    }
    let unasked = write(&plain("encoding.h"), "encoding", &encoding_options()).unwrap();
    has(
        unasked.file("encoding.go"),
        &[
            "\tConvert(bytes uintptr) int32\n",
            "\tCompare(alen int32, a uintptr, blen int32, b uintptr) int32\n",
            "\tNamed(label uintptr, buffer uintptr) int32\n",
        ],
    );
    assert!(!unasked.file("_export.go").contains("GoString"));
    let options = Options { strings: names(&["named.label"]), ..encoding_options() };
    let asked = write(&plain("encoding.h"), "encoding", &options).unwrap();
    has(
        asked.file("encoding.go"),
        &["\tConvert(bytes uintptr) int32\n", "\tNamed(label string, buffer "],
    );
    assert_eq!(asked.file("_export.go").matches("GoString(label)").count(), 1);
}

#[test]
fn a_struct_that_is_not_to_be_copied_stays_an_address() {
    if no_libclang() {
        return;
    }
    let seen = |options: Options| {
        let package = write(&tricky(), "tricky", &options).unwrap();
        let mut lines = package.file("_export.go").lines();
        lines.find(|line| line.contains(".Seen(")).unwrap().to_owned()
    };
    assert!(seen(tricky_options()).ends_with(".Seen(copyFrame(frame))"));
    let unasked = Options { copies: Vec::new(), ..tricky_options() };
    assert!(seen(unasked).ends_with(".Seen(FrameAddress(frame))"));
}

#[test]
fn go_follows_the_pointers_that_it_is_told_to_follow() {
    if no_libclang() {
        return;
    }
    let (_folder, header) = header(
        "struct part;\n\
         struct hub {\n\
         \tvoid (*get)(int *number, unsigned char *byte, struct part **part, void **any, void *arg);\n\
         };\n",
    );
    let unasked = write(&header, "hub", &Options::default()).unwrap();
    let get = "\tGet(number uintptr, byteArg uintptr, part uintptr, any uintptr)\n";
    has(unasked.file("hub.go"), &[get]);
    let references = names(&["get.number", "get.byte", "get.part"]);
    let options = Options { references, ..Options::default() };
    let asked = write(&header, "hub", &options).unwrap();
    has(
        asked.file("hub.go"),
        &["\t// Memory of C's until the method returns: number, byteArg, part.\n\
             \tGet(number *int32, byteArg *byte, part *Part, any uintptr)\n"],
    );
    let long = Options { references: names(&["get.any"]), ..Options::default() };
    let said = write(&header, "hub", &long).map(|_| ()).unwrap_err().to_string();
    has(&said, &["--reference get.any: this is no pointer to a number"]);
}

#[test]
fn go_writes_where_it_is_told_to_put_a_value() {
    if no_libclang() {
        return;
    }
    let (_folder, header) = header(
        "struct part { int a; }; enum hub_level { HUB_LOW };\n\
         struct hub {\n\
         \tvoid (*get)(int *number, void **any, struct part **part, enum hub_level *level, void *arg);\n\
         \tvoid (*all)(struct part *part, void *arg);\n\
         };\n",
    );
    let outs = names(&["get.*"]);
    let package = write(&header, "hub", &Options { outs, ..Options::default() }).unwrap();
    has(
        package.file("hub.go"),
        &["\t// Memory of C's until the method returns: number, any, part, level.\n\
             \tGet(number *int32, any *uintptr, part *PartAddress, level *Level)\n"],
    );
    let outs = names(&["all.part"]);
    let said = write(&header, "hub", &Options { outs, ..Options::default() });
    let said = said.map(|_| ()).unwrap_err().to_string();
    has(&said, &["hub.h:4: all, parameter part: Go has no value of this type", "without --out"]);
}

#[test]
fn a_struct_that_go_cannot_copy_is_named() {
    if no_libclang() {
        return;
    }
    let (_folder, header) = header(
        "struct flags { unsigned ready : 1; };\n\
         struct hub {\n\
         \tvoid (*set)(const struct flags *flags, void *arg);\n\
         };\n",
    );
    let all = Options { copies: names(&["*.*"]), ..Options::default() };
    let said = write(&header, "hub", &all).map(|_| ()).unwrap_err().to_string();
    has(&said, &["hub.h:3: set, parameter flags: it has a bit-field", "without --copy"]);
    let package = write(&header, "hub", &Options::default()).unwrap();
    has(package.file("hub.go"), &["\tSet(flags Flags)\n"]);
}

#[test]
fn every_file_says_that_it_is_generated_and_how() {
    if no_libclang() {
        return;
    }
    let package = write(&tricky(), "tricky", &tricky_options()).unwrap();
    assert_eq!(package.0.len(), 6);
    for (name, text) in &package.0 {
        let mut lines = text.lines();
        let first = lines.next().unwrap_or_default();
        assert!(
            first.contains("Code generated by outlive gen go; DO NOT EDIT."),
            "{name}: {first}"
        );
        let second = lines.next().unwrap_or_default();
        assert!(second.contains("outlive gen go hub.h") || name == "outlive.h", "{name}: {second}");
    }
}
