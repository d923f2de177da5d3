//! The Rust backend: a file with the C declarations and a `#[callbacks]` block.

mod sys;

use std::collections::BTreeSet;
use std::fmt::Write;

use heck::ToSnakeCase;

use crate::error::{Error, Result, Unmapped};
use crate::header::Header;
use crate::model::{Member, Type};
use crate::naming::{library_prefix, type_name};
use crate::roles::{Callback, Found, Role, Roles, Value};
use crate::unsaid;
use sys::{Sys, written};

/// Writes the file. `command` is the command line that it says it comes from.
pub fn generate(header: &Header, roles: &Roles<'_>, command: &str) -> Result<String> {
    check(roles)?;
    let sys = Sys::of(header, roles)?;
    let mut block = Block {
        roles,
        sys: &sys,
        borrows: false,
        imports: BTreeSet::new(),
        of_outlive: BTreeSet::new(),
    };
    let methods = roles.callbacks.iter().map(|callback| block.method(callback));
    let methods = methods.collect::<Result<Vec<_>>>()?.join("\n");
    let host = type_name(&roles.table.name, library_prefix(&roles.table.name));
    let c_name = &roles.table.c_name;
    let mut out = unsaid::comment(&roles.notes);
    let _ = write!(
        out,
        "//! The callbacks of C's `{c_name}`.\n//!\n//! It is yours to go on with: each method does what a \
         refused call does, so far. Written by\n//!\n//! ```text\n//! {command}\n//! ```\n\n"
    );
    if !block.imports.is_empty() {
        let imports: Vec<&str> = block.imports.iter().map(String::as_str).collect();
        let _ = match imports[..] {
            [one] => writeln!(out, "use core::ffi::{one};\n"),
            _ => writeln!(out, "use core::ffi::{{{}}};\n", imports.join(", ")),
        };
    }
    let of_outlive: Vec<&str> = block.of_outlive.iter().copied().chain(["callbacks"]).collect();
    let _ = match of_outlive[..] {
        [one] => writeln!(out, "use outlive::{one};\n"),
        _ => writeln!(out, "use outlive::{{{}}};\n", of_outlive.join(", ")),
    };
    out.push_str(&docs(roles.table.comment.as_deref(), ""));
    if roles.table.comment.is_some() {
        out.push_str("///\n");
    }
    let _ = writeln!(out, "/// `outlive::Held::new({host})` holds it as a `{c_name}`.");
    let _ = writeln!(out, "#[derive(Debug)]\npub struct {host};\n");
    let _ = writeln!(out, "{}impl {host} {{\n{methods}}}\n", block.attribute());
    out.push_str(
        "/// The C declarations.\n#[rustfmt::skip]\n#[allow(dead_code, missing_docs, non_camel_case_types, \
         non_snake_case, non_upper_case_globals)]\n#[allow(unsafe_op_in_unsafe_fn, clippy::all, \
         clippy::undocumented_unsafe_blocks, clippy::pedantic)]\npub mod sys {\n",
    );
    for line in sys.text.lines() {
        let _ = if line.is_empty() { writeln!(out) } else { writeln!(out, "    {line}") };
    }
    out.push_str("}\n");
    Ok(out)
}

/// What only `#[callbacks]` has no way to say.
pub(crate) fn check(roles: &Roles<'_>) -> Result<()> {
    let mut found = Vec::new();
    only_for_go(roles)?;
    for callback in &roles.callbacks {
        if callback.member.nested {
            found.push(unmapped(
                callback.member,
                "it stands in an anonymous struct, which Rust has no name for",
            ));
        }
        if callback.function.parameters.len() > 16 {
            found.push(unmapped(callback.member, "it has more than 16 parameters"));
        }
    }
    if let Some((member, _)) = roles.destroy {
        if member.function().is_some_and(|function| function.parameters.len() != 1) {
            let reason = "in Rust a destroy notify takes the user data only: have it as a callback";
            found.push(unmapped(member, reason));
        }
    }
    if found.is_empty() { Ok(()) } else { Err(Error::Unmapped(found)) }
}

/// Options that Rust has other words for.
fn only_for_go(roles: &Roles<'_>) -> Result<()> {
    let any = |is: fn(&Callback<'_>) -> bool| roles.callbacks.iter().any(is);
    let why = if any(|callback| !callback.completions.is_empty()) {
        "--completion is for Go: in Rust the method makes an `outlive::Completion` of the running `&Call`"
    } else if any(|callback| callback.wide_result || !callback.wide.is_empty()) {
        "--uint64 is for Go: Rust has `size_t` as `usize`"
    } else if !roles.fields.is_empty() {
        "what is said of a member of a struct is for Go: in Rust a copy has C's own pointers"
    } else {
        return Ok(());
    };
    Err(Error::Option(why.to_owned()))
}

fn unmapped(member: &Member, reason: &str) -> Unmapped {
    let what = member.name.clone().unwrap_or_default();
    Unmapped { place: member.place.clone(), what, reason: reason.to_owned() }
}

/// What the methods need of the block.
struct Block<'a> {
    roles: &'a Roles<'a>,
    sys: &'a Sys,
    borrows: bool,
    /// Of `core::ffi`.
    imports: BTreeSet<String>,
    of_outlive: BTreeSet<&'static str>,
}

impl Block<'_> {
    fn attribute(&self) -> String {
        let roles = self.roles;
        let field = |name: Option<&str>| self.sys.field_name(name.unwrap_or_default());
        let mut options = vec![format!("sys::{}", self.sys.table)];
        match roles.instances {
            Some(n) => options.extend(["state = none".to_owned(), format!("instances = {n}")]),
            None if roles.by_address => {
                options.push("state = table".to_owned());
                options.extend(self.table_offset());
            }
            None => {
                options.push("state = arg".to_owned());
                let position = roles.callbacks.first().map(place);
                options
                    .extend(position.filter(|p| p != "last").map(|p| format!("user_data = {p}")));
            }
        }
        for (option, member) in [
            ("user_data_member", roles.user_data_member),
            ("destroy", roles.destroy.map(|(member, _)| member)),
        ] {
            let name = member.map(|member| field(member.name.as_deref()));
            options.extend(name.map(|name| format!("{option} = {name}")));
        }
        if !roles.constants.is_empty() {
            let one = |(member, value): &(&Member, Value)| {
                format!("{} = {}", field(member.name.as_deref()), value_of(value, &member.ty))
            };
            let all: Vec<String> = roles.constants.iter().map(one).collect();
            options.push(format!("constant({})", all.join(", ")));
        }
        if !roles.written_by_c.is_empty() {
            let all: Vec<String> =
                roles.written_by_c.iter().map(|member| field(member.name.as_deref())).collect();
            options.push(format!("written_by_c({})", all.join(", ")));
        }
        if roles.keeps {
            options.push("keep = release".to_owned());
        }
        if self.borrows {
            options.push("unsafe(borrow)".to_owned());
        }
        let line = format!("#[callbacks({})]\n", options.join(", "));
        if line.len() <= 101 {
            line
        } else {
            format!("#[callbacks(\n    {}\n)]\n", options.join(",\n    "))
        }
    }

    /// Where the table is in what C passes, which is the same for all callbacks.
    fn table_offset(&self) -> Option<String> {
        match &self.roles.callbacks.first()?.found {
            Found::Table { inside: Some((record, member)), .. } => {
                let name = record.strip_prefix("struct ").unwrap_or(record);
                let field = self.sys.field_name(member);
                Some(format!("table_offset = core::mem::offset_of!(sys::{name}, {field})"))
            }
            _ => None,
        }
    }

    fn method(&mut self, callback: &Callback<'_>) -> Result<String> {
        let (field, raw) = self.sys.callback(callback.name)?;
        if raw.inputs.len() != callback.function.parameters.len() {
            // bindgen counts the parameters of a returned function as the callback's own.
            let reason = "bindgen declares it with other parameters than the header: give what it \
                          returns a typedef, or --skip it";
            return Err(Error::Unmapped(vec![unmapped(callback.member, reason)]));
        }
        let names = parameter_names(callback);
        let mut parameters = Vec::new();
        for (at, role) in callback.parameters.iter().enumerate() {
            if !is_given(callback, at) {
                continue;
            }
            let name = &names[at];
            let input = raw.inputs.iter().nth(at).ok_or_else(|| self.sys.odd(callback.name))?;
            let ty = self.argument(*role, &input.ty).map_err(|reason| {
                let what = format!("{}, parameter {name}", callback.name);
                let place = callback.member.place.clone();
                Error::Unmapped(vec![Unmapped { place, what, reason: reason.to_owned() }])
            })?;
            parameters.push(match role {
                Role::Slice(count) | Role::StringOf(count) => {
                    format!("#[len({})] {name}: {ty}", names[*count])
                }
                _ => format!("{name}: {ty}"),
            });
        }
        let given = names.iter().enumerate().filter(|(at, _)| is_given(callback, *at));
        let given: Vec<&str> = given.map(|(_, name)| name.as_str()).collect();
        let result = match (&raw.output, callback.gives_token) {
            (_, true) => {
                self.of_outlive.insert("Token");
                " -> Option<Token>".to_owned()
            }
            (syn::ReturnType::Default, _) => String::new(),
            (syn::ReturnType::Type(_, ty), _) => format!(" -> {}", self.raw(ty)),
        };
        let fallback = fallback(callback);
        let mut options = Vec::new();
        options.extend(callback.takes_back.then(|| "takes_back".to_owned()));
        options.extend(callback.is_last.then(|| self.last().to_owned()));
        options.extend(fallback.needed.then(|| format!("fallback = {}", fallback.value)));
        let result_type = &callback.function.result.ty;
        for (option, value) in [("late", &callback.late), ("panicked", &callback.panicked)] {
            let value = value.as_ref().map(|value| value_of(value, result_type));
            options.extend(value.map(|value| format!("{option} = {value}")));
        }
        options.extend(callback.errno.as_ref().map(|name| format!("errno = libc::{name}")));
        let first = self.roles.callbacks.first().map(place);
        options.extend(self.own_place(callback, first));
        let method = self.method_name(callback.name);
        if method != field {
            options.push(format!("member = {field}"));
        }
        let mut out = docs(Some(&said_of(callback)), "    ");
        if !options.is_empty() {
            let _ = writeln!(out, "    #[callback({})]", options.join(", "));
        }
        let line = format!("    pub fn {method}(&self, {}){result} {{", parameters.join(", "));
        if line.len() <= 100 {
            let _ = writeln!(out, "{}", line.replace("(&self, )", "(&self)"));
        } else {
            let _ = writeln!(out, "    pub fn {method}(\n        &self,");
            parameters.iter().for_each(|p| out.push_str(&format!("        {p},\n")));
            let _ = writeln!(out, "    ){result} {{");
        }
        match &given[..] {
            [] => {}
            [one] => out.push_str(&format!("        let _ = {one};\n")),
            all => out.push_str(&format!("        let _ = ({});\n", all.join(", "))),
        }
        if !result.is_empty() {
            let _ = writeln!(
                out,
                "        {}",
                if callback.gives_token { "None" } else { &fallback.value }
            );
        }
        Ok(out + "    }\n")
    }

    /// Where the user data or the table is, if not where the block says.
    fn own_place(&self, callback: &Callback<'_>, first: Option<String>) -> Option<String> {
        let own = place(callback);
        match &callback.found {
            Found::Instance => None,
            Found::Table { .. } => (own != "first").then(|| format!("table = {own}")),
            _ => (Some(&own) != first.as_ref()).then(|| format!("user_data = {own}")),
        }
    }

    /// C's last call, with the promise that Rust wants where no user data says which registration it is for.
    fn last(&self) -> &'static str {
        let roles = self.roles;
        let is_told =
            roles.instances.is_none() && !roles.by_address && roles.user_data_member.is_none();
        if is_told { "last" } else { "unsafe(last)" }
    }

    /// A name that no callback before it has.
    fn method_name(&self, c: &str) -> String {
        let before = self.roles.callbacks.iter().map(|callback| callback.name);
        let before = before.take_while(|name| *name != c).map(identifier);
        let own = identifier(c);
        let same = before.filter(|name| *name == own).count();
        own + &"_".repeat(same)
    }

    /// The type that a method has for what C passes, or why it cannot have it.
    fn argument(
        &mut self,
        role: Role,
        raw: &syn::Type,
    ) -> std::result::Result<String, &'static str> {
        match role {
            Role::Token => {
                self.of_outlive.insert("Token");
                Ok("Token".to_owned())
            }
            Role::String => {
                self.borrows = true;
                self.imports.insert("CStr".to_owned());
                Ok("Option<&CStr>".to_owned())
            }
            Role::StringOf(_) => {
                self.borrows = true;
                Ok("Option<&[u8]>".to_owned())
            }
            Role::Slice(_) => {
                self.borrows = true;
                self.slice(raw)
            }
            Role::Out => {
                let of = self.sys.pointee(raw).ok_or("it is no pointer")?;
                self.borrows = true;
                self.of_outlive.insert("Out");
                Ok(format!("Option<Out<'_, {}>>", self.raw(&of)))
            }
            Role::Copy => match self.sys.pointee(raw) {
                Some(of) if self.sys.is_copy(&of) => Ok(format!("Option<{}>", self.raw(&of))),
                _ => Err("Rust cannot copy this struct: without --copy it stays a pointer"),
            },
            _ => Ok(self.raw(raw)),
        }
    }

    /// Several elements: bytes behind a `char *` or a `void *`.
    fn slice(&mut self, raw: &syn::Type) -> std::result::Result<String, &'static str> {
        let of = self.sys.pointee(raw).ok_or("it is no pointer")?;
        let is_bytes = self.sys.is_bytes(&of);
        if self.sys.is_const_pointer(raw) {
            let of = if is_bytes { "u8".to_owned() } else { self.raw(&of) };
            return Ok(format!("Option<&[{of}]>"));
        }
        self.of_outlive.insert("Buffer");
        Ok(match is_bytes {
            true => "Option<Buffer<'_>>".to_owned(),
            false => format!("Option<Buffer<'_, {}>>", self.raw(&of)),
        })
    }

    fn raw(&mut self, ty: &syn::Type) -> String {
        let (text, imports) = written(&self.sys.qualified(ty));
        self.imports.extend(imports);
        text
    }
}

/// Whether a method has C's parameter: not what leads to the host value, or to what has the table in it.
fn is_given(callback: &Callback<'_>, at: usize) -> bool {
    let leads = matches!(callback.found, Found::Table { parameter, .. } if parameter == at);
    !leads && !callback.parameters[at].is_hosts()
}

/// The names that a method has for C's parameters, each once.
fn parameter_names(callback: &Callback<'_>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (at, parameter) in callback.function.parameters.iter().enumerate() {
        let mut name = parameter.name.as_deref().map_or(format!("arg{at}"), identifier);
        while names.contains(&name) {
            name.push('_');
        }
        names.push(name);
    }
    names
}

/// Where the user data, or the table, stands among C's arguments, or what finds it.
fn place(callback: &Callback<'_>) -> String {
    let at = match &callback.found {
        Found::Expression(expression) => return format!("unsafe {{ {expression} }}"),
        Found::Table { parameter: 0, .. } => return "first".to_owned(),
        Found::Table { parameter, .. } => Some(*parameter),
        Found::UserData | Found::Instance => callback.user_data(),
    };
    match at {
        Some(at) if at + 1 == callback.parameters.len() => "last".to_owned(),
        Some(0) => "first".to_owned(),
        Some(at) => at.to_string(),
        None => String::new(),
    }
}

struct Fallback {
    value: String,
    needed: bool,
}

fn fallback(callback: &Callback<'_>) -> Fallback {
    let ty = &callback.function.result.ty;
    let is = |value: &str, needed| Fallback { value: value.to_owned(), needed };
    match (&callback.fallback, ty.resolved()) {
        (_, Type::Record(_)) => is("Default::default()", true),
        (_, Type::Pointer { to_const: true, .. }) => is("core::ptr::null()", false),
        (_, Type::Pointer { .. }) => is("core::ptr::null_mut()", false),
        (_, Type::Function(_)) => is("None", true),
        (Some(value), _) => Fallback { value: value_of(value, ty), needed: true },
        (None, _) => is("", false),
    }
}

fn value_of(value: &Value, ty: &Type) -> String {
    match (value, ty.resolved()) {
        (_, Type::Record(_)) => "Default::default()".to_owned(),
        (_, Type::Function(_)) => "None".to_owned(),
        (Value::Integer(value), Type::Bool) => (*value != 0).to_string(),
        (Value::Integer(value), Type::Float { .. }) => format!("{value}.0"),
        (Value::Integer(0) | Value::Null, Type::Pointer { to_const: true, .. }) => {
            "core::ptr::null()".to_owned()
        }
        (Value::Integer(0) | Value::Null, Type::Pointer { .. }) => {
            "core::ptr::null_mut()".to_owned()
        }
        (Value::Integer(value), _) => value.to_string(),
        (Value::Float(text), _) => text.clone(),
        (Value::Name(name), Type::Bool) => format!("sys::{name} != 0"),
        (Value::Name(name), Type::Pointer { .. }) => format!("sys::{name}.as_ptr()"),
        (Value::Name(name), _) => format!("sys::{name} as _"),
        (Value::Text(text), Type::Array { length: Some(length), .. }) => array_of(text, *length),
        (Value::Text(text), _) => format!("c{text:?}.as_ptr()"),
        (Value::Null, _) => "None".to_owned(),
    }
}

/// A string in an array of `char`, which is filled with zeros.
fn array_of(text: &str, length: u64) -> String {
    let bytes = text.bytes().chain(std::iter::repeat(0)).take(length as usize);
    let bytes: Vec<String> = bytes.map(|byte| format!("{byte}_u8 as _")).collect();
    format!("[{}]", bytes.join(", "))
}

/// The documentation of a callback: its own, or that of its type.
fn said_of(callback: &Callback<'_>) -> String {
    let of_type = match &callback.member.ty {
        Type::Typedef { comment, .. } => comment.as_deref(),
        _ => None,
    };
    let said = callback.member.comment.as_deref().or(of_type);
    said.map_or_else(|| format!("The callback `{}`.", callback.name), str::to_owned)
}

fn docs(text: Option<&str>, indent: &str) -> String {
    let line = |line: &str| format!("{indent}/// {line}").trim_end().to_owned() + "\n";
    // Markdown takes what is indented for code, and brackets for links.
    let plain = |l: &str| l.trim().replace('[', "\\[").replace('<', "\\<");
    text.map_or_else(String::new, |text| text.lines().map(|l| line(&plain(l))).collect())
}

/// A name as Rust has them, and no word of Rust's.
fn identifier(c: &str) -> String {
    let bare = c.trim_matches('_');
    let is_snake = !bare.contains("__") && !bare.contains(|c: char| c.is_ascii_uppercase());
    let name = if is_snake { c.to_owned() } else { c.to_snake_case() };
    match syn::parse_str::<syn::Ident>(&name) {
        Ok(_) if name != "_" => name,
        _ => format!("{name}_"),
    }
}
