//! The C declarations, written by bindgen, and what is asked of them.

use std::collections::{BTreeSet, HashMap, HashSet};

use quote::ToTokens;
use syn::visit_mut::{VisitMut, visit_type_bare_fn_mut, visit_type_path_mut};
use syn::{Item, PathSegment, Type, TypeBareFn, TypePath};

use crate::error::{Error, Result};
use crate::header::Header;
use crate::roles::{Roles, Value};
use crate::unit::Unit;

/// What -sys crates take from `libc`, under the names that C has.
const OF_LIBC: &[&str] = &[
    "DIR",
    "FILE",
    "addrinfo",
    "dev_t",
    "dirent",
    "fd_set",
    "gid_t",
    "hostent",
    "in6_addr",
    "in_addr",
    "ino_t",
    "iovec",
    "mode_t",
    "msghdr",
    "off_t",
    "off64_t",
    "passwd",
    "pid_t",
    "pollfd",
    "sa_family_t",
    "sockaddr",
    "sockaddr_in",
    "sockaddr_in6",
    "sockaddr_storage",
    "sockaddr_un",
    "socklen_t",
    "ssize_t",
    "stat",
    "statvfs",
    "suseconds_t",
    "time_t",
    "timespec",
    "timeval",
    "tm",
    "uid_t",
    "utimbuf",
];

/// The module `sys` of a generated file, or what stands there in its place.
pub struct Sys {
    /// Whether another crate has the declarations.
    is_of_another_crate: bool,
    /// Its text.
    pub text: String,
    /// Of each struct.
    members: HashMap<String, Vec<(String, Type)>>,
    aliases: HashMap<String, Type>,
    names: HashSet<String>,
    copied: HashSet<String>,
    /// Whether each is a string.
    constants: HashMap<String, bool>,
}

impl Sys {
    /// Has bindgen write what the tables and functions need.
    pub fn of(header: &Header, units: &[Unit<'_>], is_of_another_crate: bool) -> Result<Sys> {
        let mut builder = bindgen::Builder::default()
            .header_contents("outlive-gen.h", &header.including_file())
            .clang_args(header.clang_arguments()?)
            .use_core()
            .generate_cstr(true)
            .derive_default(true)
            .prepend_enum_name(false)
            .disable_header_comment()
            .formatter(bindgen::Formatter::Prettyplease);
        for Unit { roles, .. } in units {
            // A word of Rust's has a `_` behind it.
            builder = builder.allowlist_type(format!("^{}_?$", roles.table.name));
            let constants = roles.constants.iter().map(|(_, value)| Some(value));
            let results = roles.callbacks.iter().flat_map(|c| [&c.fallback, &c.late, &c.panicked]);
            for value in constants.chain(results.map(Option::as_ref)) {
                if let Some(Value::Name(name)) = value {
                    builder = builder.allowlist_var(format!("^{name}$"));
                }
            }
        }
        let text =
            builder.generate().map_err(|error| Error::Bindgen(error.to_string()))?.to_string();
        let file = syn::parse_file(&text).map_err(|error| Error::Bindgen(error.to_string()))?;
        let mut sys = Sys {
            is_of_another_crate,
            text,
            members: HashMap::new(),
            aliases: HashMap::new(),
            names: HashSet::new(),
            copied: HashSet::new(),
            constants: HashMap::new(),
        };
        file.items.into_iter().for_each(|item| sys.add(item));
        units.iter().try_for_each(|unit| sys.check_constants(&unit.roles))?;
        Ok(sys)
    }

    /// Refuses names that are no constants of the header's, and strings where a number is wanted.
    fn check_constants(&self, roles: &Roles<'_>) -> Result<()> {
        let members = roles.constants.iter().map(|(member, value)| {
            ("--constant", member.name.as_deref().unwrap_or_default(), &member.ty, Some(value))
        });
        let results = roles.callbacks.iter().flat_map(|callback| {
            let ty = &callback.function.result.ty;
            let one = move |option, value| (option, callback.name, ty, value);
            [
                one("--fallback", callback.fallback.as_ref()),
                one("--late", callback.late.as_ref()),
                one("--panicked", callback.panicked.as_ref()),
            ]
        });
        for (option, member, ty, value) in members.chain(results) {
            let Some(Value::Name(name)) = value else { continue };
            let is_pointer = ty.pointee().is_some();
            let why = match self.constants.get(name) {
                None => "the header has no such constant that bindgen can write",
                Some(true) if !is_pointer => "this is a string",
                Some(false) if is_pointer => "this is no string",
                Some(true) if self.is_of_another_crate => {
                    "with --sys a string is written as it is, because crates declare them in many ways"
                }
                Some(_) => continue,
            };
            return Err(Error::Option(format!("{option} {member}={name}: {why}")));
        }
        Ok(())
    }

    fn add(&mut self, item: Item) {
        let (name, attributes) = match item {
            Item::Struct(item) => {
                let named = item.fields.into_iter();
                let named = named.filter_map(|f| Some((f.ident?.to_string(), f.ty)));
                self.members.insert(item.ident.to_string(), named.collect());
                (item.ident, item.attrs)
            }
            // What bindgen writes for a typedef of an enum.
            Item::Use(item) => {
                if let Some((name, of)) = alias(item.tree) {
                    self.names.insert(name.to_string());
                    self.aliases.insert(name.to_string(), syn::parse_quote!(#of));
                }
                return;
            }
            Item::Const(item) => {
                let is_text = item.ty.to_token_stream().to_string().ends_with("CStr");
                self.constants.insert(item.ident.to_string(), is_text);
                return;
            }
            Item::Union(item) => (item.ident, item.attrs),
            Item::Type(item) => {
                self.aliases.insert(item.ident.to_string(), *item.ty);
                (item.ident, item.attrs)
            }
            _ => return,
        };
        let derives = attributes.iter().filter(|a| a.path().is_ident("derive"));
        if derives.into_iter().any(|a| a.to_token_stream().to_string().contains("Copy")) {
            self.copied.insert(name.to_string());
        }
        self.names.insert(name.to_string());
    }

    /// What a type is called, as with members.
    pub fn type_name(&self, name: &str) -> String {
        let with_mark = format!("{name}_");
        let is_marked = !self.names.contains(name) && self.names.contains(&with_mark);
        if is_marked { with_mark } else { name.to_owned() }
    }

    /// What a member of a struct is called: bindgen puts a `_` behind words of Rust's.
    pub fn field_name(&self, table: &str, name: &str) -> String {
        let with_mark = format!("{name}_");
        let mut members = self.members.get(&self.type_name(table)).into_iter().flatten();
        let found = members.find(|(field, _)| field == name || *field == with_mark);
        found.map_or(name, |(field, _)| field).to_owned()
    }

    /// The name and the function type of a callback's member.
    pub fn callback(&self, table: &str, name: &str) -> Result<(String, TypeBareFn)> {
        let field = self.field_name(table, name);
        let mut members = self.members.get(&self.type_name(table)).into_iter().flatten();
        let member = members.find(|(other, _)| *other == field);
        let function = member.and_then(|(_, ty)| self.function(ty));
        Ok((field, function.ok_or_else(|| self.odd(table, name))?))
    }

    /// The type of a function that has this name.
    pub fn lone(&self, name: &str) -> Result<TypeBareFn> {
        let function = self.aliases.get(&self.type_name(name)).and_then(|ty| self.function(ty));
        function
            .ok_or_else(|| Error::Bindgen(format!("no function pointer is declared as `{name}`")))
    }

    /// The error for declarations that are not what bindgen writes elsewhere.
    pub fn odd(&self, table: &str, name: &str) -> Error {
        Error::Bindgen(format!("no function pointer is declared for `{table}.{name}`"))
    }

    /// `fn` in `Option<fn>`, or in what is an alias of it.
    fn function(&self, ty: &Type) -> Option<TypeBareFn> {
        match ty {
            Type::BareFn(function) => Some(function.clone()),
            Type::Path(path) => {
                let last = path.path.segments.last()?;
                if let syn::PathArguments::AngleBracketed(inner) = &last.arguments {
                    return match inner.args.first()? {
                        syn::GenericArgument::Type(ty) => self.function(ty),
                        _ => None,
                    };
                }
                self.function(self.aliases.get(&last.ident.to_string())?)
            }
            _ => None,
        }
    }

    /// Whether values of a type may be copied.
    pub fn is_copy(&self, ty: &Type) -> bool {
        let Type::Path(path) = ty else { return false };
        let Some(name) = path.path.get_ident().map(ToString::to_string) else { return false };
        self.copied.contains(&name) || self.aliases.get(&name).is_some_and(|ty| self.is_copy(ty))
    }

    /// What a pointer, or what is an alias of one, points to.
    pub fn pointee(&self, ty: &Type) -> Option<Type> {
        match self.aliased(ty) {
            Type::Ptr(pointer) => Some((*pointer.elem).clone()),
            _ => None,
        }
    }

    /// Whether a pointer, or what is an alias of one, is `*const`.
    pub fn is_const_pointer(&self, ty: &Type) -> bool {
        match self.aliased(ty) {
            Type::Ptr(pointer) => pointer.const_token.is_some(),
            _ => false,
        }
    }

    /// Whether it is a byte of any kind, or `void`.
    pub fn is_bytes(&self, ty: &Type) -> bool {
        let Type::Path(path) = self.aliased(ty) else { return false };
        let last = path.path.segments.last().map(|segment| segment.ident.to_string());
        let bytes = ["c_char", "c_schar", "c_uchar", "c_void", "i8", "u8"];
        last.is_some_and(|name| bytes.contains(&name.as_str()))
    }

    fn aliased<'t>(&'t self, ty: &'t Type) -> &'t Type {
        let Type::Path(path) = ty else { return ty };
        let alias = path.path.get_ident().and_then(|name| self.aliases.get(&name.to_string()));
        alias.map_or(ty, |ty| self.aliased(ty))
    }

    /// A type of these declarations, as it is called outside of their module.
    pub fn qualified(&self, ty: &Type) -> Type {
        let mut ty = ty.clone();
        Qualify(self).visit_type_mut(&mut ty);
        ty
    }

    /// The module that has a name, and what the name is there.
    fn place_of(&self, name: &str) -> Option<(&'static str, String)> {
        if !self.names.contains(name) {
            return None;
        }
        if self.is_of_another_crate {
            let plain = name.trim_start_matches('_');
            if let Some(known) = OF_LIBC.iter().find(|known| **known == plain) {
                return Some(("libc", (*known).to_owned()));
            }
        }
        Some(("sys", name.to_owned()))
    }
}

/// The new name and the old one of `use self::old as new`.
fn alias(tree: syn::UseTree) -> Option<(syn::Ident, syn::Ident)> {
    match tree {
        syn::UseTree::Path(path) => alias(*path.tree),
        syn::UseTree::Rename(renamed) => Some((renamed.rename, renamed.ident)),
        _ => None,
    }
}

struct Qualify<'a>(&'a Sys);

impl VisitMut for Qualify<'_> {
    fn visit_type_path_mut(&mut self, path: &mut TypePath) {
        let place = path.path.get_ident().and_then(|name| self.0.place_of(&name.to_string()));
        if let Some((module, name)) = place {
            let ident = |name| syn::Ident::new(name, proc_macro2::Span::call_site());
            path.path = PathSegment::from(ident(&name)).into();
            path.path.segments.insert(0, PathSegment::from(ident(module)));
        }
        visit_type_path_mut(self, path);
    }
}

/// Takes the paths of `core` from a type, and says what is to be imported of `core::ffi`.
#[derive(Default)]
struct Shorten(BTreeSet<String>);

impl VisitMut for Shorten {
    /// C's names of parameters may not be as Rust has them.
    fn visit_type_bare_fn_mut(&mut self, function: &mut TypeBareFn) {
        function.inputs.iter_mut().for_each(|input| input.name = None);
        visit_type_bare_fn_mut(self, function);
    }

    fn visit_type_path_mut(&mut self, path: &mut TypePath) {
        let names: Vec<String> = path.path.segments.iter().map(|s| s.ident.to_string()).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        if let ["core", "ffi" | "option", last] = names[..] {
            if names[1] == "ffi" {
                self.0.insert(last.to_owned());
            }
            let last = path.path.segments.last().cloned();
            path.path.leading_colon = None;
            path.path.segments = last.into_iter().collect();
        }
        visit_type_path_mut(self, path);
    }
}

/// A type as one writes it, and the names of `core::ffi` in it.
pub fn written(ty: &Type) -> (String, BTreeSet<String>) {
    let mut ty = ty.clone();
    let mut shorten = Shorten::default();
    shorten.visit_type_mut(&mut ty);
    let file = syn::parse_quote!(type T = #ty;);
    let text = prettyplease::unparse(&file);
    let text = text.trim().trim_start_matches("type T = ").trim_end_matches(';');
    let mut line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for (broken, whole) in [("( ", "("), ("< ", "<"), (", )", ")"), (", >", ">")] {
        line = line.replace(broken, whole);
    }
    (line, shorten.0)
}
