//! What the model says of headers.

mod common;

use common::{member, no_libclang, read_tricky, tricky, words};
use outlive_gen::header::Header;
use outlive_gen::model::{Type, declare};
use outlive_gen::read::read;

/// A function's parameters as C declares them.
fn parameters(table: &str, callback: &str) -> Vec<String> {
    let table = read_tricky(table);
    let function = member(&table, callback).function().unwrap().clone();
    let declared =
        |p: &outlive_gen::model::Parameter| declare(&p.ty.c, p.name.as_deref().unwrap_or("_"));
    function.parameters.iter().map(declared).collect()
}

#[test]
fn members_are_where_the_compiler_puts_them() {
    if no_libclang() {
        return;
    }
    let table = read_tricky("tricky");
    let at = |name| member(&table, name).offset;
    assert_eq!((table.c_name.as_str(), table.align), ("struct tricky", 8));
    assert_eq!((at("version"), at("plain"), at("moved")), (Some(0), Some(8), Some(16)));
    assert_eq!(at("inner"), at("deep").map(|offset| offset + 8));
    assert!(member(&table, "inner").nested && !member(&table, "deep").nested);
    assert_eq!((at("bits"), member(&table, "reserved").size), (None, 16));
    assert_eq!(at("destroy").map(|offset| offset + 8), Some(table.size));
}

#[test]
fn comments_come_along_without_their_marks() {
    if no_libclang() {
        return;
    }
    let table = read_tricky("tricky");
    let comment = |name| member(&table, name).comment.clone();
    assert_eq!(table.comment.as_deref(), Some("Does everything.\n\nAnd more."));
    assert_eq!(comment("plain").as_deref(), Some("Takes a value."));
    assert_eq!(comment("version").as_deref(), Some("which one"));
    assert_eq!(comment("macro").as_deref(), Some("Named by a macro."));
    assert_eq!(comment("moved"), None);
}

#[test]
fn lines_are_those_of_the_header() {
    if no_libclang() {
        return;
    }
    let table = read_tricky("tricky");
    let header = std::fs::read_to_string(common::folder().join("tricky.h")).unwrap();
    let place = &member(&table, "macro").place;
    assert!(place.file.ends_with("tricky.h"));
    assert!(header.lines().nth(place.line as usize - 1).unwrap().contains("CALLBACK(macro)"));
}

#[test]
fn parameters_are_declared_as_the_header_declares_them() {
    if no_libclang() {
        return;
    }
    assert_eq!(parameters("tricky", "plain"), ["int value", "void *arg"]);
    assert_eq!(
        parameters("tricky", "sorted"),
        ["tricky_compare *compare", "int (*also)(const void *, const void *)", "void *arg"]
    );
    assert_eq!(
        parameters("tricky", "arrays"),
        ["const int *numbers", "tricky_key key", "int (*callback)(int)", "void *arg"]
    );
    assert_eq!(parameters("tricky_nameless", "first"), ["void *_", "int _", "void *_"]);
}

#[test]
fn a_function_that_returns_a_function_keeps_its_own_parameters() {
    if no_libclang() {
        return;
    }
    let table = read_tricky("tricky");
    let function = member(&table, "chosen").function().unwrap();
    assert_eq!(function.parameters.len(), 2);
    assert_eq!(function.result.c, "void (*)(int)");
    assert_eq!(function.result.ty.function().unwrap().parameters.len(), 1);
}

#[test]
fn enums_have_their_constants_whatever_their_sign() {
    if no_libclang() {
        return;
    }
    let table = read_tricky("tricky");
    let moved = member(&table, "moved").function().unwrap();
    let constants = |at: usize| match moved.parameters[at].ty.ty.resolved() {
        Type::Enum(e) => {
            let values: Vec<i128> = e.constants.iter().map(|c| c.value).collect();
            (e.name.clone().unwrap(), e.signed, values)
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(constants(1), ("mood".to_owned(), true, vec![-2, 1]));
    assert_eq!(constants(2), ("tricky_volume".to_owned(), false, vec![0, 0x8000_0000]));
}

#[test]
fn structs_have_their_fields_and_unions_are_known() {
    if no_libclang() {
        return;
    }
    let table = read_tricky("tricky");
    let seen = member(&table, "seen").function().unwrap();
    let (to, to_const) = seen.parameters[0].ty.ty.pointee().unwrap();
    let Type::Record(frame) = to.resolved() else { panic!("{to:?}") };
    assert!(to_const && frame.complete && frame.fields.len() == 8);
    let is_union =
        |at: usize| matches!(&frame.fields[at].ty, Type::Record(record) if record.is_union);
    assert_eq!([is_union(2), is_union(3), is_union(4)], [true, true, false]);
    assert_eq!((frame.fields[3].name.as_deref(), frame.fields[3].offset), (None, Some(24)));
    assert!(matches!(frame.fields[1].ty, Type::Array { length: Some(4), .. }));
    let unknown =
        member(&table, "macro").function().unwrap().parameters[0].ty.ty.pointee().unwrap();
    assert!(matches!(unknown.0.resolved(), Type::Record(record) if !record.complete));
}

#[test]
fn function_pointers_inside_of_arguments_have_their_own_parameters() {
    if no_libclang() {
        return;
    }
    let table = read_tricky("tricky");
    let walk = member(&table, "walk").function().unwrap();
    let visit = walk.parameters[0].ty.ty.function().unwrap();
    assert_eq!(visit.parameters[1].name.as_deref(), Some("visit_arg"));
    assert!(matches!(&walk.parameters[0].ty.ty, Type::Typedef { name, comment: Some(comment), .. }
        if name == "tricky_visitor" && comment == "Called for each point."));
}

#[test]
fn macros_of_the_command_line_decide_what_is_there() {
    if no_libclang() {
        return;
    }
    let mut header = tricky();
    header.arguments[1] = "-DTRICKY_LEVEL=1".into();
    let table = read(&header, "tricky").unwrap();
    assert!(table.members.iter().all(|member| member.name.as_deref() != Some("deep")));
}

#[test]
fn a_header_that_does_not_compile_is_shown_with_its_lines() {
    if no_libclang() {
        return;
    }
    let mut header = tricky();
    header.arguments.pop();
    let error = words(read(&header, "tricky").unwrap_err());
    assert!(error.contains("tricky.h:8:2: \"TRICKY_LEVEL is needed\""), "{error}");
    let missing = Header { name: "no/such.h".into(), ..Header::default() };
    assert!(words(read(&missing, "x").unwrap_err()).contains("'no/such.h' file not found"));
    let package = Header { packages: vec!["no-such-package".into()], ..tricky() };
    assert!(words(read(&package, "x").unwrap_err()).starts_with("pkg-config: "));
}

#[test]
fn a_struct_that_is_not_there_is_answered_with_those_that_are() {
    if no_libclang() {
        return;
    }
    let error = words(read(&tricky(), "trickie").unwrap_err());
    assert!(
        error.ends_with(
            "has no struct or typedef `trickie`; there are tricky, tricky_free, \
        tricky_nameless, tricky_impossible, frame"
        ),
        "{error}"
    );
}

#[test]
fn a_struct_that_is_no_table_is_refused_with_its_line() {
    if no_libclang() {
        return;
    }
    let error = words(read(&tricky(), "tricky_data").unwrap_err());
    assert!(error.contains("tricky.h:") && error.contains("has no function pointers"), "{error}");
    let error = words(read(&tricky(), "tricky_later").unwrap_err());
    assert!(error.contains("tricky.h:") && error.contains("is only declared"), "{error}");
}

#[test]
fn a_typedef_without_a_tag_is_found_by_its_name() {
    if no_libclang() {
        return;
    }
    let table = read_tricky("tricky_impossible");
    assert_eq!(
        (table.c_name.as_str(), table.name.as_str()),
        ("tricky_impossible", "tricky_impossible")
    );
    assert_eq!(table.comment.as_deref(), Some("What cannot be mapped."));
}
