//! `STRUCT_trampolines.h` and `.c`: the trampolines in C, and the table's description.

use super::names;
use super::options::MARK;
use super::table::{Argument, Destroy, Method, Plan};
use super::types::{Code, Declared, Value, c_name};
use crate::model::{Function, Member, Type, declare};
use crate::roles::{Completion, Found};

fn head(plan: &Plan<'_>) -> String {
    // Neither ends the comment, nor seems to begin another.
    let line = plan.options.command_line.replace("*/", "* /").replace("/*", "/ *");
    format!("/* {MARK} */\n/* {line} */\n\n")
}

/// The header's text.
pub fn header(plan: &Plan<'_>) -> String {
    let name = &plan.table.name;
    let guard = format!("OUTLIVE_GO_{}_H", name.to_uppercase());
    let mut out =
        head(plan) + &format!("#ifndef {guard}\n#define {guard}\n\n#include \"outlive.h\"\n");
    let include = format!("#include {}\n", plan.options.include);
    out += &match plan.is_alone {
        true => include,
        // All that cgo compiles at once includes it, and it may have no guard of its own.
        false => format!("#ifndef OUTLIVE_GO_HEADER\n#define OUTLIVE_GO_HEADER\n{include}#endif\n"),
    };
    out += "\n/* Describes the struct to the library; the trampolines then serve its tables. Called once. */\n";
    out += &format!("int {}(const outlive_type **type);\n", plan.names.describe);
    if plan.table.is_function {
        out += &struct_of_function(plan);
    }
    for declared in &plan.declared {
        if let Declared::Code(code) = declared {
            out += &shim(code);
        }
    }
    out + "\n#endif\n"
}

/// The library holds structs: one with nothing but the function.
fn struct_of_function(plan: &Plan<'_>) -> String {
    let name = &plan.table.name;
    let is_pointer = |member: &Member| matches!(member.ty, Type::Typedef { .. });
    let star = if plan.table.members.iter().all(is_pointer) { "" } else { "*" };
    format!(
        "\n/* The function, as a table of its own. */\n{} {{\n\t{name} {star}{name};\n}};\n",
        plan.table.c_name
    )
}

/// What calls a function that C has passed.
fn shim(code: &Code) -> String {
    let mut out = code.typedef.as_ref().map_or(String::new(), |typedef| format!("\n{typedef}\n"));
    let Some(call) = &code.call else { return out };
    let mut declared = vec![format!("{} function", code.cgo)];
    let mut given = Vec::new();
    for (index, one) in call.parameters.iter().enumerate() {
        declared.push(format!("{} arg{index}", c_name(&one.cgo)));
        given.push(if one.is_pointer {
            format!("({})arg{index}", one.c)
        } else {
            format!("arg{index}")
        });
    }
    let called = format!("function({})", given.join(", "));
    let (result, body) = match &call.result {
        Some((_, cgo)) => (c_name(cgo), format!("return ({})", c_name(cgo)) + &called),
        None => ("void", called),
    };
    let name = &code.shim;
    out += "\n/* Calls a function that C has passed. */\n";
    out + &format!("static inline {result} {name}({})\n{{\n\t{body};\n}}\n", declared.join(", "))
}

/// The source's text.
pub fn source(plan: &Plan<'_>) -> String {
    let file = names::file_name(&plan.table.name);
    let mut out = head(plan) + &format!("#include \"{file}_trampolines.h\"\n\n");
    if plan.methods.iter().any(|method| method.callback.errno.is_some()) {
        out += "#include <errno.h>\n\n";
    }
    out += "#include \"_cgo_export.h\"\n\n";
    out += "/* Set by describe, before there is a table. */\nstatic const outlive_type *outlive_go_type;\n\n";
    let numbers: Vec<String> = plan.methods.iter().map(|method| number(method.c)).collect();
    out += &format!("enum {{ {} }};\n", numbers.join(", "));
    for method in &plan.methods {
        out.push('\n');
        out += &trampoline(method);
    }
    if let Some(destroy) = &plan.destroy {
        out.push('\n');
        out += &destroy_notify(destroy);
    }
    out.push('\n');
    out += &match plan.roles.instances {
        Some(instances) => instance_tables(plan, instances),
        None => one_table(plan),
    };
    out + &describe(plan)
}

fn number(member: &str) -> String {
    format!("OUTLIVE_GO_{member}")
}

/// The declarations of a function's parameters.
fn parameters(function: &Function, names: &[String]) -> Vec<String> {
    function.parameters.iter().zip(names).map(|(one, name)| declare(&one.ty.c, name)).collect()
}

fn listed(parameters: &[String]) -> String {
    if parameters.is_empty() { "void".to_owned() } else { parameters.join(", ") }
}

fn trampoline(method: &Method<'_>) -> String {
    let mut parameters = parameters(method.callback.function, &method.c_names);
    if method.callback.found == Found::Instance {
        parameters.insert(0, "uint32_t instance".to_owned());
    }
    let c = &method.callback.function.result.c;
    let name = format!("outlive_go_call_{}", method.c);
    let whole = method.result.as_ref().is_some_and(|one| matches!(one.value, Value::Whole { .. }));
    let given: String = method.arguments.iter().map(|one| format!(", {}", given(one))).collect();
    let given = if whole { given + ", &result" } else { given };
    let call = format!("{}(&pass{given})", method.symbol);
    let (declared, called, returned) = match &method.result {
        Some(_) if whole => (
            format!("\tstatic const {c} refused;\n\t{c} result = refused;\n"),
            call,
            "\treturn result;\n",
        ),
        Some(_) => (
            format!("\t{};\n", declare(c, "result")),
            format!("result = ({c}){call}"),
            "\treturn result;\n",
        ),
        None => (String::new(), call, ""),
    };
    let panicked = method.callback.panicked.as_ref().map(|value| {
        format!("\tif (pass.unserved == OUTLIVE_PANICKED)\n\t\tresult = {};\n", value.c())
    });
    let last = last_call(method).map(|call| format!("\t{call};\n"));
    format!(
        "static {}\n{{\n\tstruct outlive_pass pass;\n{declared}\n\tif (!{enter}){refused}\t{called};\n{panicked}\toutlive_leave(&pass);\n{last}{returned}}}\n",
        declare(c, &format!("{name}({})", listed(&parameters))),
        enter = enter(method),
        refused = refused(method, whole),
        panicked = panicked.unwrap_or_default(),
        last = last.unwrap_or_default(),
    )
}

/// The expression that lets the call in.
fn enter(method: &Method<'_>) -> String {
    let number = number(method.c);
    let (function, by) = match &method.callback.found {
        Found::Instance => ("outlive_enter_instance", "instance".to_owned()),
        Found::Expression(expression) => ("outlive_enter", format!("(void *)({expression})")),
        Found::UserData => {
            let at = method.callback.user_data();
            let name = at.map_or("", |at| method.c_names[at].as_str());
            ("outlive_enter", format!("(void *){name}"))
        }
        Found::Table { parameter, inside } => {
            let name = &method.c_names[*parameter];
            let by = match inside {
                None => format!("(const void *){name}"),
                // Arithmetic, because nobody knows yet whether it points to one.
                Some((holder, member)) => {
                    format!("(const void *)((uintptr_t){name} + offsetof({holder}, {member}))")
                }
            };
            ("outlive_enter_table", by)
        }
    };
    format!("{function}(outlive_go_type, {number}, {by}, &pass)")
}

fn last_call(method: &Method<'_>) -> Option<String> {
    let number = number(method.c);
    let is_last = method.callback.is_last;
    is_last.then(|| format!("outlive_last_call(outlive_go_type, {number}, &pass)"))
}

/// What a refused call does, behind its condition.
fn refused(method: &Method<'_>, whole: bool) -> String {
    let mut statements: Vec<String> =
        method.callback.completions.iter().map(|one| answer(method, one)).collect();
    statements.extend(last_call(method).map(|call| call + ";"));
    statements.extend(method.callback.errno.iter().map(|errno| format!("errno = {errno};")));
    statements.push(match (&method.result, &method.callback.late) {
        (Some(_), _) if whole => "return refused;".to_owned(),
        (Some(answer), Some(late)) => {
            let (late, other) = (late.c(), &answer.fallback);
            format!("return pass.unserved == OUTLIVE_LATE ? {late} : {other};")
        }
        (Some(answer), None) => format!("return {};", answer.fallback),
        (None, _) => "return;".to_owned(),
    });
    match &statements[..] {
        [one] => format!("\n\t\t{one}\n"),
        all => format!(" {{\n\t\t{}\n\t}}\n", all.join("\n\t\t")),
    }
}

/// Answers C in the place of a method that nobody calls.
fn answer(method: &Method<'_>, completion: &Completion) -> String {
    let function = &method.c_names[completion.function];
    let mut given: Vec<String> = completion.when_dropped.iter().map(|value| value.c()).collect();
    given.insert(completion.cookie_at, method.c_names[completion.cookie].clone());
    format!("if ({function})\n\t\t\t{function}({});", given.join(", "))
}

/// What the exported function gets for a parameter.
fn given(argument: &Argument) -> String {
    let name = &argument.c;
    match &argument.value {
        Value::Scalar { .. } | Value::Length { .. } => name.clone(),
        Value::Text => format!("(char *){name}"),
        Value::Copy { c, .. } | Value::Reference { c, .. } => format!("({c} *){name}"),
        Value::Whole { .. } => format!("&{name}"),
        _ => format!("(uintptr_t){name}"),
    }
}

fn destroy_notify(destroy: &Destroy<'_>) -> String {
    let Destroy { c, function, c_names, user_data } = destroy;
    let unused: String = c_names
        .iter()
        .enumerate()
        .filter(|(index, _)| index != user_data)
        .map(|(_, name)| format!("\t(void){name};\n"))
        .collect();
    format!(
        "static void outlive_go_call_{c}({})\n{{\n{unused}\toutlive_destroy_notify(outlive_go_type, (void *){});\n}}\n",
        listed(&parameters(function, c_names)),
        c_names[*user_data],
    )
}

/// The members of a table, with a suffix on the trampolines' names.
fn initializer(plan: &Plan<'_>, suffix: &str) -> Vec<String> {
    let mut members: Vec<String> = plan
        .methods
        .iter()
        .map(|method| format!(".{0} = outlive_go_call_{0}{suffix},", method.c))
        .collect();
    members.extend(
        plan.destroy.iter().map(|destroy| format!(".{0} = outlive_go_call_{0},", destroy.c)),
    );
    let constants = plan.roles.constants.iter();
    let constants =
        constants.filter_map(|(member, value)| Some((member.name.as_ref()?, value.c())));
    members.extend(constants.map(|(name, value)| format!(".{name} = {value},")));
    members
}

fn one_table(plan: &Plan<'_>) -> String {
    let members: String =
        initializer(plan, "").iter().map(|member| format!("\t{member}\n")).collect();
    format!(
        "static const {} outlive_go_table = {{\n{members}}};\nstatic const void *const outlive_go_templates[] = {{&outlive_go_table}};\n",
        plan.table.c_name
    )
}

fn instance_tables(plan: &Plan<'_>, instances: u32) -> String {
    let mut out = "/* No parameter leads to the host, so each instance has code of its own, which knows its number. */\n#define INSTANCES(X)".to_owned();
    for number in 0..instances {
        out += if number % 16 == 0 { " \\\n\t" } else { " " };
        out += &format!("X({number})");
    }
    out += "\n\n#define INSTANCE(INSTANCE_)";
    for method in &plan.methods {
        let parameters = parameters(method.callback.function, &method.c_names);
        let given: String = method.c_names.iter().map(|name| format!(", {name}")).collect();
        let result = if method.result.is_some() { "return " } else { "" };
        out += &format!(
            " \\\n\tstatic {} \\\n\t{{ \\\n\t\t{result}outlive_go_call_{}(INSTANCE_{given}); \\\n\t}}",
            declare(
                &method.callback.function.result.c,
                &format!("outlive_go_call_{}_##INSTANCE_({})", method.c, listed(&parameters))
            ),
            method.c
        );
    }
    out += "\nINSTANCES(INSTANCE)\n\n#define TABLE(INSTANCE_) \\\n\t{ \\\n";
    for member in initializer(plan, "_##INSTANCE_") {
        out += &format!("\t\t{member} \\\n");
    }
    out += "\t},\n";
    out += &format!(
        "static const {} outlive_go_tables[] = {{INSTANCES(TABLE)}};\n\n",
        plan.table.c_name
    );
    out += "#define ADDRESS(INSTANCE_) &outlive_go_tables[INSTANCE_],\n";
    out + "static const void *const outlive_go_templates[] = {INSTANCES(ADDRESS)};\n"
}

fn describe<'a>(plan: &Plan<'a>) -> String {
    let (name, c) = (&plan.table.name, &plan.table.c_name);
    let mut members: Vec<(&str, &str)> = Vec::new();
    let kind = |method: &Method<'_>| match method.callback {
        callback if callback.is_last => "OUTLIVE_LAST",
        callback if callback.takes_back => "OUTLIVE_TAKES_BACK",
        _ => "OUTLIVE_CALLBACK",
    };
    members.extend(plan.methods.iter().map(|method| (method.c, kind(method))));
    members.extend(plan.skipped.iter().map(|name| (*name, "OUTLIVE_CALLBACK")));
    members.extend(plan.destroy.iter().map(|destroy| (destroy.c, "OUTLIVE_DESTROY_NOTIFY")));
    let mut others = |member: &'a Member, kind| {
        members.extend(member.name.as_deref().map(|name| (name, kind)));
    };
    plan.roles.user_data_member.iter().for_each(|member| others(member, "OUTLIVE_USER_DATA"));
    plan.roles.constants.iter().for_each(|(member, _)| others(member, "OUTLIVE_CONSTANT"));
    plan.roles.written_by_c.iter().for_each(|member| others(member, "OUTLIVE_WRITTEN_BY_C"));
    let members: String = members
        .iter()
        .map(|(member, kind)| format!("\t\tOUTLIVE_MEMBER({c}, {member}, {kind}),\n"))
        .collect();
    let flags = flags(plan);
    format!(
        "
int {describe}(const outlive_type **described)
{{
\tstatic const struct outlive_member members[] = {{
{members}\t}};
\tstatic const struct outlive_description description = {{
\t\t.description_size = sizeof description,
\t\t.table = \"{name}\",
\t\t.host = \"{package}.{interface}\",
\t\t.size = sizeof({c}),
\t\t.align = _Alignof({c}),
\t\t.members = members,
\t\t.member_count = sizeof members / sizeof *members,
\t\t.templates = outlive_go_templates,
\t\t.template_count = sizeof outlive_go_templates / sizeof *outlive_go_templates,
{flags}\t}};
\tint status = outlive_describe(&description, &outlive_go_type);

\t*described = outlive_go_type;
\treturn status;
}}
",
        package = plan.options.package,
        interface = plan.interface,
        describe = plan.names.describe,
    )
}

/// The line of the description that has its flags, if there are any.
fn flags(plan: &Plan<'_>) -> String {
    let context_free = plan.roles.instances.map(|_| "OUTLIVE_CONTEXT_FREE");
    let keep = plan.roles.keeps.then_some("OUTLIVE_KEEP");
    let by_address = plan.roles.by_address.then_some("OUTLIVE_BY_ADDRESS");
    let flags: Vec<&str> = [context_free, by_address, keep].into_iter().flatten().collect();
    match flags.is_empty() {
        true => String::new(),
        false => format!("\t\t.flags = {},\n", flags.join(" | ")),
    }
}
