//! `STRUCT_export.go`: the functions that the trampolines call.

use super::answering::Answering;
use super::table::{Answer, Argument, Method, Plan};
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
    let name = &method.symbol;
    let mut parameters: String =
        method.arguments.iter().map(|one| format!(", {} {}", one.go, cgo(&one.value))).collect();
    let which = if plan.table.is_function { String::new() } else { format!(".{}", method.go) };
    let call = format!(
        "outlive.Host[{}](&call){which}({})",
        plan.interface,
        arguments(&method.arguments).join(", ")
    );
    let (mut results, mut fallback, mut end) = (String::new(), String::new(), "");
    let call = match &method.result {
        None => call,
        // The trampoline has a place for it, with zeros in it.
        Some(Answer { value: Value::Whole { go, cgo }, .. }) => {
            parameters += &format!(", result *C.{cgo}");
            format!("store{go}(result, {call})")
        }
        Some(answer) => {
            let cgo = cgo(&answer.value);
            results = format!("(result {cgo}) ");
            let value = answer.go_fallback.iter();
            fallback = value.map(|value| format!("\tresult = {value}\n")).collect();
            end = "\treturn\n";
            match &answer.value {
                Value::Code { .. } => format!("result = {cgo}({call}.code)"),
                _ => format!("result = {cgo}({call})"),
            }
        }
    };
    format!(
        "\n//export {name}\nfunc {name}(pass *C.struct_outlive_pass{parameters}) {results}{{\n{fallback}\tcall := outlive.Begin(unsafe.Pointer(pass))\n\tdefer outlive.End(&call)\n\t{call}\n\tcall.Done()\n{end}}}\n",
    )
}

/// The type of a parameter or result of an exported function. None of them is a `void *` or a function pointer: C may
/// have a number there, such as `SIG_IGN`, which Go's stacks must not.
fn cgo(value: &Value) -> String {
    match value {
        Value::Scalar { cgo, .. } | Value::Length { cgo } => format!("C.{cgo}"),
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
        Value::Code { go, .. } => format!("{go}{{uintptr({name})}}"),
        Value::Slice { go, length, kind, copied } => {
            let from = format!("(uintptr({name}), uintptr({length}))");
            match (kind, copied) {
                (Elements::Structs, _) => format!("copySeveral{go}{from}"),
                (Elements::Plain, true) => format!("slices.Clone(outlive.Memory[{go}]{from})"),
                (Elements::Plain, false) => format!("outlive.Memory[{go}]{from}"),
            }
        }
        Value::TextOf { length } => {
            format!("string(outlive.Memory[byte](uintptr({name}), uintptr({length})))")
        }
        Value::Answer(how) => answering(name, how),
        Value::Length { .. } | Value::Cookie => return None,
    })
}

/// A completion, whose function C has passed.
fn answering(name: &str, how: &Answering) -> String {
    let Answering { code, go, when_dropped, any_thread, .. } = how;
    let given = how.given();
    let answer = if given.contains("answer") { "answer" } else { "_" };
    format!(
        "outlive.NewCompletion[{go}](&call, {when_dropped}, {any_thread}, func({answer} {go}) {{\n\t\tif function := ({code}{{uintptr({name})}}); !function.IsNil() {{\n\t\t\tfunction.Call({given})\n\t\t}}\n\t}})"
    )
}
