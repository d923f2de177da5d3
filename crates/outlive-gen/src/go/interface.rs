//! `STRUCT.go`: the interface, the types of its methods, and `Hold`.

use super::names::{self, comment};
use super::options::MARK;
use super::structs::Struct;
use super::table::{Argument, Method, Plan};
use super::types::{Code, Declared, Value};

/// The first lines of every file.
pub fn head(plan: &Plan<'_>) -> String {
    format!("// {MARK}\n// {}\n\n", plan.options.command_line)
}

/// The file's text.
pub fn text(plan: &Plan<'_>) -> String {
    let file = names::file_name(&plan.table.name);
    let mut out = head(plan);
    out += &format!("package {}\n\n", plan.options.package);
    let mut packages = plan.options.pkg_config.clone();
    packages.retain(|one| one != "outlive");
    packages.insert(0, "outlive".to_owned());
    for (key, values) in [("pkg-config", &packages), ("CFLAGS", &plan.options.c_flags)] {
        if !values.is_empty() {
            out += &format!("// #cgo {key}: {}\n", values.join(" "));
        }
    }
    out += &format!("// #include \"{file}_trampolines.h\"\nimport \"C\"\n\n");
    out += "import (\n\t\"unsafe\"\n\n\t\"outlive.dev/go/outlive\"\n)\n\n";
    out += &interface(plan);
    for declared in &plan.types.declared {
        out.push('\n');
        out += &declaration(plan, declared);
    }
    out + &hold(plan)
}

fn interface(plan: &Plan<'_>) -> String {
    let mut text = format!("{} is the {}.", plan.interface, plan.table.c_name);
    if let Some(said) = &plan.table.comment {
        text += &format!("\n\n{said}");
    }
    let mut out = comment("", &text) + &format!("type {} interface {{\n", plan.interface);
    for method in &plan.methods {
        out += &method_of(method);
    }
    out + "}\n"
}

fn method_of(method: &Method<'_>) -> String {
    let mut text = format!("{} is the callback {}.", method.go, method.c);
    if let Some(said) = &method.callback.member.comment {
        text += &format!("\n\n{said}");
    }
    if method.callback.takes_back {
        text += "\n\nC takes back by it: it is called until the release, after Revoke too.";
    }
    let lent = |one: &&Argument| {
        matches!(one.value, Value::Reference { .. } | Value::Slice { copied: false, .. })
    };
    let lent: Vec<&str> = method.arguments.iter().filter(lent).map(|one| one.go.as_str()).collect();
    if !lent.is_empty() {
        text += &format!("\n\nMemory of C's until the method returns: {}.", lent.join(", "));
    }
    let parameters: Vec<String> = method
        .arguments
        .iter()
        .filter_map(|one| go(&one.value).map(|ty| format!("{} {ty}", one.go)))
        .collect();
    let result = method.result.as_ref().and_then(|answer| go(&answer.value));
    let result = result.map_or(String::new(), |ty| format!(" {ty}"));
    comment("\t", &text) + &format!("\t{}({}){result}\n", method.go, parameters.join(", "))
}

/// A value's type in the interface; `None` for a length, which a slice has.
fn go(value: &Value) -> Option<String> {
    Some(match value {
        Value::Scalar { go, .. }
        | Value::Address { go }
        | Value::Whole { go, .. }
        | Value::Code { go, .. } => go.clone(),
        Value::Token => "outlive.Token".to_owned(),
        Value::Text => "string".to_owned(),
        Value::Copy { go, .. } | Value::Reference { go, .. } => format!("*{go}"),
        Value::Slice { go, .. } => format!("[]{go}"),
        Value::Length { .. } => return None,
    })
}

fn declaration(plan: &Plan<'_>, declared: &Declared) -> String {
    let with = |first: String, said: &Option<String>| match said {
        Some(said) => comment("", &format!("{first}\n\n{said}")),
        None => comment("", &first),
    };
    match declared {
        Declared::Address { go, c, comment: said, copies } => {
            let mut out = with(format!("{go} is the address of a {c} of C's; 0 for NULL."), said);
            out += &format!("type {go} uintptr\n");
            if let Some(copy) = copies {
                let cgo = c.replacen(' ', "_", 1);
                out += &format!(
                    "\n// Copy gives the struct as it is now, nil for NULL. C must still have it.\nfunc (a {go}) Copy() *{copy} {{\n\tif a == 0 {{\n\t\treturn nil\n\t}}\n\treturn copy{copy}(&outlive.Memory[C.{cgo}](uintptr(a), 1)[0])\n}}\n"
                );
            }
            out
        }
        Declared::Struct(of) => {
            with(
                format!("{} is the {}, copied while C's call is going on.", of.go, of.c),
                &of.comment,
            ) + &copied(of)
        }
        Declared::Enum { go, c, base, comment: said, constants } => {
            let mut out =
                with(format!("{go} is the enum {c}."), said) + &format!("type {go} {base}\n");
            if !constants.is_empty() {
                out += &format!("\n// What a {go} can be.\nconst (\n");
                let width = constants.iter().map(|(name, ..)| name.len()).max().unwrap_or(0);
                for (name, value, _) in constants {
                    out += &format!("\t{name:width$} {go} = {value}\n");
                }
                out += ")\n";
            }
            out
        }
        Declared::Code(code) => {
            with(format!("{} is the function type {} of C.", code.go, code.cgo), &code.comment)
                + &function(&plan.table.name, code)
        }
    }
}

fn copied(of: &Struct) -> String {
    let Struct { go, cgo, .. } = of;
    let width = of.fields.iter().map(|field| field.go.len()).max().unwrap_or(0);
    let mut out = format!("type {go} struct {{\n");
    for field in &of.fields {
        out += &format!("\t{:width$} {}\n", field.go, field.ty);
    }
    out += &format!(
        "}}\n\nfunc copy{go}(from *C.{cgo}) *{go} {{\n\tif from == nil {{\n\t\treturn nil\n\t}}\n\tto := new({go})\n"
    );
    for field in &of.fields {
        out += &format!("\tto.{} = {}\n", field.go, field.value());
    }
    out += "\treturn to\n}\n";
    if of.stored {
        out += &format!("\nfunc store{go}(to *C.{cgo}, from {go}) {{\n");
        for field in &of.fields {
            out += &format!("\t{}\n", field.store());
        }
        out += "}\n";
    }
    if of.several {
        out += &format!(
            "\nfunc copySeveral{go}(from, length uintptr) []{go} {{\n\tto := make([]{go}, length)\n\tfor i := range to {{\n\t\tto[i] = *copy{go}(&outlive.Memory[C.{cgo}](from, length)[i])\n\t}}\n\treturn to\n}}\n"
        );
    }
    out
}

fn function(table: &str, code: &Code) -> String {
    let Code { go, cgo, .. } = code;
    let mut out = format!("type {go} struct {{\n\tcode C.{cgo}\n}}\n");
    out += &format!(
        "\n// IsNil says whether C has passed NULL.\nfunc (f {go}) IsNil() bool {{ return f.code == nil }}\n"
    );
    let Some(call) = &code.call else { return out };
    let parameters: Vec<String> = call
        .parameters
        .iter()
        .map(|one| format!("{} {}", names::parameter(&one.name), one.go))
        .collect();
    let given: String = call
        .parameters
        .iter()
        .map(|one| format!(", C.{}({})", one.cgo, names::parameter(&one.name)))
        .collect();
    let called = format!("C.outlive_go_{table}_call_{cgo}(f.code{given})");
    let (result, body) = match &call.result {
        Some((go, _)) => (format!(" {go}"), format!("return {go}({called})")),
        None => (String::new(), called),
    };
    out + &format!(
        "\n// Call calls the function. It must not be NULL.\nfunc (f {go}) Call({}){result} {{\n\t{body}\n}}\n",
        parameters.join(", ")
    )
}

fn hold(plan: &Plan<'_>) -> String {
    let Plan { interface, table, .. } = plan;
    let (name, c) = (&table.name, &table.c_name);
    let most = plan
        .roles
        .instances
        .map_or(String::new(), |n| format!(" At most {n} can be held at once."));
    let kept = if plan.roles.keeps { " It is kept until the release." } else { "" };
    format!(
        "
// Held is a host, of type {interface}, held as a {c}.
type Held = outlive.Held[{interface}]

var table = outlive.NewType(\"{name}\", func() (unsafe.Pointer, int) {{
\tvar described *C.outlive_type
\tstatus := C.outlive_go_{name}_describe(&described)
\treturn unsafe.Pointer(described), int(status)
}})

// Hold holds host as a {c}, for C to keep.{kept}{most}
func Hold(host {interface}, options ...outlive.Option) (*Held, error) {{
\treturn outlive.Hold(table, host, options...)
}}
"
    )
}
