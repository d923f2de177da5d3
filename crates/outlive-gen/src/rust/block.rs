//! A host type, with the `#[callbacks]` block whose methods C calls.

use std::fmt::Write;

use super::imports::Imports;
use super::names::{identifier, is_given, parameter_names};
use super::sys::Sys;
use super::text::{docs, said_of};
use super::values::{fallback, value_of};
use crate::error::{Error, Result, Unmapped};
use crate::model::Member;
use crate::roles::{Callback, Found, Role, Roles, Value};
use crate::unit::Unit;

/// Writes the type of a host, and its block.
pub fn text(unit: &Unit<'_>, host: &str, sys: &Sys, imports: &mut Imports) -> Result<String> {
    let roles = &unit.roles;
    let mut block = Block { roles, sys, borrows: false, imports };
    let methods = roles.callbacks.iter().map(|callback| block.method(callback));
    let methods = methods.collect::<Result<Vec<_>>>()?.join("\n");
    block.imports.of_outlive("callbacks");
    let table = roles.table;
    let mut out = docs(table.comment.as_deref(), "");
    if table.comment.is_some() {
        out.push_str("///\n");
    }
    let _ = match table.is_function {
        false => {
            writeln!(out, "/// `outlive::Held::new({host})` holds it as a `{}`.", table.c_name)
        }
        true => writeln!(
            out,
            "/// `outlive::Held::new({host})` holds it; the function for C is `{}` of its `functions()`.",
            identifier(&table.name)
        ),
    };
    let _ = writeln!(out, "#[derive(Debug)]\npub struct {host};\n");
    let _ = writeln!(out, "{}impl {host} {{\n{methods}}}", block.attribute());
    Ok(out)
}

/// What the methods need of the block.
struct Block<'a> {
    roles: &'a Roles<'a>,
    sys: &'a Sys,
    borrows: bool,
    imports: &'a mut Imports,
}

impl Block<'_> {
    fn attribute(&self) -> String {
        let roles = self.roles;
        let table = &roles.table.name;
        let field = |name: Option<&str>| self.sys.field_name(table, name.unwrap_or_default());
        let mut options = Vec::new();
        if !roles.table.is_function {
            options.push(format!("sys::{}", self.sys.type_name(table)));
        }
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
                let field = self.sys.field_name(name, member);
                Some(format!("table_offset = core::mem::offset_of!(sys::{name}, {field})"))
            }
            _ => None,
        }
    }

    fn method(&mut self, callback: &Callback<'_>) -> Result<String> {
        let table = self.roles.table;
        let (field, raw) = match table.is_function {
            true => (callback.name.to_owned(), self.sys.lone(callback.name)?),
            false => self.sys.callback(&table.name, callback.name)?,
        };
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
            let input = raw
                .inputs
                .iter()
                .nth(at)
                .ok_or_else(|| self.sys.odd(&table.name, callback.name))?;
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
                self.imports.of_outlive("Token");
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
        if table.is_function {
            options.insert(0, format!("type = sys::{}", self.sys.type_name(callback.name)));
        } else if method != field {
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
                self.imports.of_outlive("Token");
                Ok("Token".to_owned())
            }
            Role::String => {
                self.borrows = true;
                self.imports.of_core("CStr");
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
                self.imports.of_outlive("Out");
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
        self.imports.of_outlive("Buffer");
        Ok(match is_bytes {
            true => "Option<Buffer<'_>>".to_owned(),
            false => format!("Option<Buffer<'_, {}>>", self.raw(&of)),
        })
    }

    fn raw(&mut self, ty: &syn::Type) -> String {
        self.imports.written(self.sys, ty)
    }
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

fn unmapped(member: &Member, reason: &str) -> Unmapped {
    let what = member.name.clone().unwrap_or_default();
    Unmapped { place: member.place.clone(), what, reason: reason.to_owned() }
}
