//! `STRUCT.go`: the interface, the types of its methods, and `Hold`.

use super::names::{self, a, comment};
use super::options::MARK;
use super::structs::Struct;
use super::table::{Method, Names, Plan};
use super::types::{Code, Declared, Value};
use crate::roles::Roles;
use crate::unsaid;

/// The first lines of every file.
pub fn head(plan: &Plan<'_>) -> String {
    format!("// {MARK}\n// {}\n\n", plan.options.command_line)
}

/// The file's text.
pub fn text(plan: &Plan<'_>) -> String {
    let file = names::file_name(&plan.table.name);
    let mut body = match plan.table.is_function {
        true => function_type(plan),
        false => interface(plan),
    };
    for declared in &plan.declared {
        body.push('\n');
        body += &declaration(declared);
    }
    body += &hold(plan);
    let slices = if body.contains("slices.Clone(") { "\t\"slices\"\n" } else { "" };
    format!(
        "{head}package {package}\n\n{directives}// #include \"{file}_trampolines.h\"\nimport \"C\"\n\nimport (\n{slices}\t\"unsafe\"\n\n\t\"outlive.dev/go/outlive\"\n)\n\n{body}",
        head = head(plan) + &unsaid::comment(&plan.roles.notes),
        package = plan.options.package,
        directives = directives(plan),
    )
}

/// The file that is the package where Go may not use C: its only error says what is needed.
pub fn without_cgo(plan: &Plan<'_>) -> String {
    format!(
        "{head}//go:build !cgo\n\npackage {package}\n\n// It does not compile without cgo, and says what is needed.\nimport _ \"outlive.dev/go/outlive\"\n",
        head = head(plan),
        package = plan.options.package,
    )
}

/// What cgo needs to know, once in a package.
fn directives(plan: &Plan<'_>) -> String {
    if !plan.is_first {
        return String::new();
    }
    let own = plan.options.outlive_h.iter().map(|folder| format!("-I${{SRCDIR}}/{folder}"));
    let flags: Vec<String> = own.chain(plan.options.c_flags.iter().cloned()).collect();
    [("pkg-config", &plan.options.pkg_config), ("CFLAGS", &flags)]
        .iter()
        .filter(|(_, values)| !values.is_empty())
        .map(|(key, values)| format!("// #cgo {key}: {}\n", values.join(" ")))
        .collect()
}

fn interface(plan: &Plan<'_>) -> String {
    let mut text = format!("{} is the {}.", plan.interface, plan.table.c_name);
    if let Some(said) = &plan.table.comment {
        text += &format!("\n\n{said}");
    }
    let mut out = comment("", &text) + &format!("type {} interface {{\n", plan.interface);
    for method in &plan.methods {
        out += &method_of(method, plan.roles);
    }
    out + "}\n"
}

/// The type of a Go function that C calls.
fn function_type(plan: &Plan<'_>) -> String {
    let mut text = format!("{} is what C calls as {}.", plan.interface, a(&plan.table.name));
    if let Some(said) = &plan.table.comment {
        text += &format!("\n\n{said}");
    }
    let functions = plan.methods.iter().map(|method| {
        text += &rules(method, plan.roles);
        format!("type {} func{}\n", plan.interface, signature(method))
    });
    let functions: String = functions.collect();
    comment("", &text) + &functions
}

fn method_of(method: &Method<'_>, roles: &Roles<'_>) -> String {
    let mut text = format!("{} is the callback {}.", method.go, method.c);
    if let Some(said) = &method.callback.member.comment {
        text += &format!("\n\n{said}");
    }
    text += &rules(method, roles);
    comment("\t", &text) + &format!("\t{}{}\n", method.go, signature(method))
}

/// What is to be known of the method's calls and its arguments.
fn rules(method: &Method<'_>, roles: &Roles<'_>) -> String {
    let mut text = String::new();
    if method.callback.takes_back {
        text += "\n\nC takes back by it: it is called until the release, after Revoke too.";
    }
    // What holds a function that is called once says so itself.
    if method.callback.is_last && !roles.once {
        text += "\n\nC calls it last.";
        if roles.keeps {
            text += " It is called until the release, after Revoke too.";
        }
    }
    let of = |is: fn(&Value) -> bool| {
        let found = method.arguments.iter().filter(|one| is(&one.value));
        found.map(|one| one.go.as_str()).collect::<Vec<_>>().join(", ")
    };
    let is_lent = |value: &Value| {
        matches!(value, Value::Reference { .. } | Value::Slice { copied: false, .. })
    };
    let lent = of(is_lent);
    if !lent.is_empty() {
        text += &format!("\n\nMemory of C's until the method returns: {lent}.");
    }
    let owed = of(|value| matches!(value, Value::Answer(_)));
    if !owed.is_empty() {
        text += &format!("\n\nC waits to be answered, once, by: {owed}.");
    }
    text
}

/// What the method takes and returns.
fn signature(method: &Method<'_>) -> String {
    let result = result_of(method).map_or(String::new(), |ty| format!(" {ty}"));
    format!("({}){result}", parameters_of(method))
}

/// What the method takes.
pub fn parameters_of(method: &Method<'_>) -> String {
    let arguments = method.arguments.iter();
    let parameters: Vec<String> =
        arguments.filter_map(|one| go(&one.value).map(|ty| format!("{} {ty}", one.go))).collect();
    parameters.join(", ")
}

/// The type of what the method returns.
pub fn result_of(method: &Method<'_>) -> Option<String> {
    method.result.as_ref().and_then(|answer| go(&answer.value))
}

/// A value's type in the interface; `None` for what the method does not see: a length, a cookie.
fn go(value: &Value) -> Option<String> {
    Some(match value {
        Value::Scalar { go, .. }
        | Value::Address { go }
        | Value::Whole { go, .. }
        | Value::Code { go, .. } => go.clone(),
        Value::Token => "outlive.Token".to_owned(),
        Value::Text | Value::TextOf { .. } => "string".to_owned(),
        Value::Copy { go, .. } | Value::Reference { go, .. } => format!("*{go}"),
        Value::Slice { go, .. } => format!("[]{go}"),
        Value::Answer(how) => format!("*outlive.Completion[{}]", how.go),
        Value::Length { .. } | Value::Cookie => return None,
    })
}

fn declaration(declared: &Declared) -> String {
    let with = |first: String, said: &Option<String>| match said {
        Some(said) => comment("", &format!("{first}\n\n{said}")),
        None => comment("", &first),
    };
    match declared {
        Declared::Address { go, c, comment: said, copies } => {
            let mut out =
                with(format!("{go} is the address of {} of C's; 0 for NULL.", a(c)), said);
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
                out += &format!("\n// What {} can be.\nconst (\n", a(go));
                let width = constants.iter().map(|(name, ..)| name.len()).max().unwrap_or(0);
                for (name, value, _) in constants {
                    out += &format!("\t{name:width$} {go} = {value}\n");
                }
                out += ")\n";
            }
            out
        }
        Declared::Answer { go, code, fields } => {
            let width = fields.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
            let fields = fields.iter().map(|(name, ty)| format!("\t{name:width$} {ty}\n"));
            let fields: String = fields.collect();
            comment("", &format!("{go} is what {} is called with.", a(code)))
                + &format!("type {go} struct {{\n{fields}}}\n")
        }
        Declared::Code(code) => {
            with(format!("{} is the function type {} of C.", code.go, code.cgo), &code.comment)
                + &function(code)
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
            "\nfunc copySeveral{go}(from, length uintptr) []{go} {{\n\tmemory := outlive.Memory[C.{cgo}](from, length)\n\tto := make([]{go}, len(memory))\n\tfor i := range to {{\n\t\tto[i] = *copy{go}(&memory[i])\n\t}}\n\treturn to\n}}\n"
        );
    }
    out
}

fn function(code: &Code) -> String {
    let Code { go, cgo, .. } = code;
    let mut out = format!("type {go} struct {{\n\tcode uintptr\n}}\n");
    out += &format!(
        "\n// IsNil says whether C has passed NULL.\nfunc (f {go}) IsNil() bool {{ return f.code == 0 }}\n"
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
    let function = format!("*(*C.{cgo})(unsafe.Pointer(&f.code))");
    let called = format!("C.{}({function}{given})", code.shim);
    let (result, body) = match &call.result {
        Some((go, _)) => (format!(" {go}"), format!("return {go}({called})")),
        None => (String::new(), called),
    };
    out + &format!(
        "\n// Call calls the function. It must not be NULL.\nfunc (f {go}) Call({}){result} {{\n\t{body}\n}}\n",
        parameters.join(", ")
    )
}

/// The described type, and the function that holds a value.
fn hold(plan: &Plan<'_>) -> String {
    let Plan { interface, table, .. } = plan;
    let Names { hold, held, described, describe } = &plan.names;
    let c = a(if table.is_function { &table.name } else { &table.c_name });
    let alias = held.iter().map(|held| {
        format!(
            "// {held} is a host, of type {interface}, held as {c}.\ntype {held} = outlive.Held[{interface}]\n\n"
        )
    });
    let alias: String = alias.collect();
    let (value, returned) = match held {
        Some(held) => ("host", held.clone()),
        None => ("f", format!("outlive.Func[{interface}]")),
    };
    let body = match (table.is_function, plan.roles.once) {
        (true, true) => format!(
            "held, err := outlive.HoldFunc({described}, {value}, options...)\n\tif err != nil {{\n\t\treturn nil, err\n\t}}\n\treturn held, held.HandOver()"
        ),
        (true, false) => format!("return outlive.HoldFunc({described}, {value}, options...)"),
        (false, _) => format!("return outlive.Hold({described}, {value}, options...)"),
    };
    format!(
        "
{alias}var {described} = outlive.NewType(\"{name}\", func() (unsafe.Pointer, int) {{
\tvar described *C.outlive_type
\tstatus := C.{describe}(&described)
\treturn unsafe.Pointer(described), int(status)
}})

// {hold} holds {value} as {c}, for C to keep.{rules}
func {hold}({value} {interface}, options ...outlive.Option) (*{returned}, error) {{
\t{body}
}}
",
        name = table.name,
        rules = rules_of_holding(plan),
    )
}

fn rules_of_holding(plan: &Plan<'_>) -> String {
    let most = plan.roles.instances.map(|n| format!(" At most {n} can be held at once."));
    let kept = plan.roles.keeps.then_some(" It is kept until the release.");
    let once = plan.roles.once.then_some(
        " It is C's from here on: C calls it at most once, and that call gives everything back. What C never calls is kept.",
    );
    [once, kept, most.as_deref()].into_iter().flatten().collect()
}
