//! `STRUCT_export.go`: the functions that the trampolines call.

use super::table::{Argument, Method, Plan};
use super::types::{Elements, Value};

/// The file's text.
pub fn text(plan: &Plan<'_>) -> String {
    let functions: String = plan.methods.iter().map(|method| function(plan, method)).collect();
    let clones = functions.contains("slices.Clone(");
    format!(
        "{head}package {package}\n\n// #include \"{file}_trampolines.h\"\nimport \"C\"\n\nimport (\n{slices}\t\"unsafe\"\n\n\t\"outlive.dev/go/outlive\"\n)\n{functions}",
        head = super::interface::head(plan),
        package = plan.options.package,
        file = super::names::file_name(&plan.table.name),
        slices = if clones { "\t\"slices\"\n" } else { "" },
    )
}

fn function(plan: &Plan<'_>, method: &Method<'_>) -> String {
    let name = format!("outlive_go_{}_{}", plan.table.name, method.c);
    let parameters: String =
        method.arguments.iter().map(|one| format!(", {} {}", one.go, cgo(&one.value))).collect();
    let result = method.result.as_ref().map(|answer| cgo(&answer.value));
    let results = result.as_ref().map_or(String::new(), |cgo| format!("(result {cgo}) "));
    let fallback = method.result.as_ref().and_then(|answer| answer.go_fallback.as_ref());
    let fallback = fallback.map_or(String::new(), |value| format!("\tresult = {value}\n"));
    let call = format!(
        "outlive.Host[{}](&call).{}({})",
        plan.interface,
        method.go,
        arguments(&method.arguments).join(", ")
    );
    let (call, end) = match &result {
        Some(cgo) => (format!("result = {cgo}({call})"), "\treturn\n"),
        None => (call, ""),
    };
    format!(
        "\n//export {name}\nfunc {name}(pass *C.struct_outlive_pass{parameters}) {results}{{\n{fallback}\tcall := outlive.Begin(unsafe.Pointer(pass))\n\tdefer outlive.End(&call)\n\t{call}\n\tcall.Done()\n{end}}}\n",
    )
}

/// The type of a parameter or result of an exported function. None of them is a `void *`: C may have a number
/// there, which Go's stacks must not.
fn cgo(value: &Value) -> String {
    match value {
        Value::Scalar { cgo, .. } | Value::Length { cgo } | Value::Code { cgo, .. } => {
            format!("C.{cgo}")
        }
        Value::Text => "*C.char".to_owned(),
        Value::Copy { cgo, .. } | Value::Whole { cgo, .. } | Value::Reference { cgo, .. } => {
            format!("*C.{cgo}")
        }
        _ => "C.uintptr_t".to_owned(),
    }
}

/// What the method gets.
fn arguments(all: &[Argument]) -> Vec<String> {
    all.iter().filter_map(argument).collect()
}

fn argument(argument: &Argument) -> Option<String> {
    let name = &argument.go;
    Some(match &argument.value {
        Value::Scalar { go, .. } | Value::Address { go } => format!("{go}({name})"),
        Value::Token => format!("outlive.Token({name})"),
        Value::Text => format!("C.GoString({name})"),
        Value::Copy { go, .. } => format!("copy{go}({name})"),
        Value::Whole { go, .. } => format!("*copy{go}({name})"),
        Value::Reference { go, .. } => format!("(*{go})(unsafe.Pointer({name}))"),
        Value::Code { go, .. } => format!("{go}{{{name}}}"),
        Value::Slice { go, length, kind, copied } => {
            let from = format!("(uintptr({name}), uintptr({length}))");
            match (kind, copied) {
                (Elements::Structs, _) => format!("copySeveral{go}{from}"),
                (Elements::Plain, true) => format!("slices.Clone(outlive.Memory[{go}]{from})"),
                (Elements::Plain, false) => format!("outlive.Memory[{go}]{from}"),
            }
        }
        Value::Length { .. } => return None,
    })
}
