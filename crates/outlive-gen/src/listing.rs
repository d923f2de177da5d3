//! What a header has for a host: callback tables, types of functions, and the functions of C's that take them.

use std::path::{Path, PathBuf};

use clang::{Entity, EntityKind, TranslationUnit, Type as Clang, TypeKind};

use crate::error::Result;
use crate::header::Header;
use crate::model::{Function, Place, Table, Type};
use crate::read::entity::{own_name, place};
use crate::read::types::{self, Depth, record_name};
use crate::read::{is_pointer_to_function, make, make_function, parsed};
use crate::roles::user_data_of;

/// All that a header has.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    /// Structs with function pointers, in the header's order.
    pub tables: Vec<Listed>,
    /// Typedefs of functions, in the header's order.
    pub functions: Vec<Listed>,
    /// Functions of C's with a parameter that is a function pointer of a type without a name: a typedef of it makes it one
    /// that `--function` can name.
    pub nameless: Vec<Setter>,
}

/// A table or a type of functions.
#[derive(Clone, Debug)]
pub struct Listed {
    /// What the header says of it.
    pub table: Table,
    /// The functions of C's that take it.
    pub setters: Vec<Setter>,
    /// The members of tables that have this type: `struct hub.on_line`.
    pub members: Vec<String>,
}

/// A function of C's that takes a callback, or a table of them.
#[derive(Clone, Debug)]
pub struct Setter {
    /// Its name.
    pub name: String,
    /// Its declaration.
    pub place: Place,
    /// What it takes.
    pub function: Function,
    /// The parameter that is the callback or the table.
    pub at: usize,
    /// The parameter that seems to be the user data, by its name and type.
    pub user_data: Option<usize>,
}

impl Setter {
    /// The parameter's name, or its number where it has none.
    pub fn parameter(&self, at: usize) -> String {
        let name = self.function.parameters.get(at).and_then(|one| one.name.clone());
        name.unwrap_or_else(|| at.to_string())
    }
}

/// Has libclang read the header, and lists what is in it and in the headers that belong to it: those of its folder, if that
/// is not one of all libraries, and those of a folder that is called as the header is.
///
/// # Errors
///
/// [`Error::Header`](crate::error::Error::Header) if it does not compile, and
/// [`Error::NoLibclang`](crate::error::Error::NoLibclang).
pub fn list(header: &Header) -> Result<Listing> {
    parsed(header, |unit| {
        let tops = unit.get_entity().get_children();
        let own = Own::of(header, unit);
        let tops: Vec<Entity<'_>> = tops.into_iter().filter(|one| own.has(one)).collect();
        let mut listing = Listing::default();
        for top in &tops {
            listing.add_type(*top);
        }
        listing.members();
        for top in tops.iter().filter(|one| one.get_kind() == EntityKind::FunctionDecl) {
            listing.add_function(*top);
        }
        Ok(listing)
    })
}

/// The parameter that seems to be the user data of a callback, by its name and type.
pub fn user_data(function: &Function) -> Option<usize> {
    user_data_of(function, None)
}

impl Listing {
    fn add_type(&mut self, top: Entity<'_>) {
        let Some(name) = own_name(&top) else { return };
        let is_known = |all: &[Listed], name: &str| all.iter().any(|one| one.table.name == name);
        let listed = |table| Listed { table, setters: Vec::new(), members: Vec::new() };
        match top.get_kind() {
            EntityKind::StructDecl if top.is_definition() => {
                let made = make(top, &name).ok().filter(has_callbacks);
                self.tables.extend(made.map(listed));
            }
            EntityKind::TypedefDecl => {
                let Some(of) = top.get_typedef_underlying_type() else { return };
                if types::is_function(&of) || is_pointer_to_function(&of) {
                    let made =
                        make_function(top, &name).filter(|_| !is_known(&self.functions, &name));
                    self.functions.extend(made.map(listed));
                    return;
                }
                let of = of.get_canonical_type();
                let declared = of.get_declaration().filter(|_| of.get_kind() == TypeKind::Record);
                let definition = declared.and_then(|one| one.get_definition());
                // One with a tag is listed by it.
                let is_nameless = |one: &Entity<'_>| {
                    one.get_kind() == EntityKind::StructDecl
                        && record_name(&of).1.as_ref() == Some(&name)
                };
                let made = definition.filter(is_nameless).and_then(|one| make(one, &name).ok());
                let made = made.filter(has_callbacks);
                let made = made.filter(|table| !is_known(&self.tables, &table.name));
                self.tables.extend(made.map(listed));
            }
            _ => {}
        }
    }

    /// Says of types of functions which members of tables have them.
    fn members(&mut self) {
        for listed in &self.tables {
            for member in &listed.table.members {
                let (Type::Typedef { name, .. }, Some(own)) = (&member.ty, &member.name) else {
                    continue;
                };
                let function = self.functions.iter_mut().find(|one| one.table.name == *name);
                if let Some(function) = function {
                    function.members.push(format!("{}.{own}", listed.table.c_name));
                }
            }
        }
    }

    fn add_function(&mut self, top: Entity<'_>) {
        let (Some(name), Some(ty)) = (own_name(&top), top.get_type()) else { return };
        let Type::Function(function) = types::pointer(ty, Some(top), Depth::Member) else { return };
        let user_data = user_data(&function);
        for (at, argument) in ty.get_argument_types().unwrap_or_default().into_iter().enumerate() {
            let names = names(argument);
            let is_it = |one: &&mut Listed| {
                let table = &one.table;
                names.contains(if table.is_function { &table.name } else { &table.c_name })
            };
            let all = self.functions.iter_mut().chain(&mut self.tables);
            let setters = match all.into_iter().find(is_it) {
                Some(listed) => &mut listed.setters,
                None if is_pointer_to_function(&argument) => &mut self.nameless,
                None => continue,
            };
            if setters.iter().any(|one| one.name == name && one.at == at) {
                continue;
            }
            let function = (*function).clone();
            setters.push(Setter {
                name: name.clone(),
                place: place(&top),
                function,
                at,
                user_data,
            });
        }
    }
}

fn has_callbacks(table: &Table) -> bool {
    table.members.iter().any(|member| member.function().is_some())
}

/// What a parameter's type is called, and what it points to: typedefs by name, and a struct as C spells it.
fn names(mut ty: Clang<'_>) -> Vec<String> {
    let mut names = Vec::new();
    let mut pointers = 0;
    loop {
        let next = match ty.get_kind() {
            TypeKind::Elaborated => ty.get_elaborated_type(),
            TypeKind::Typedef => {
                let declared = ty.get_declaration();
                names.extend(declared.as_ref().and_then(own_name));
                declared.and_then(|one| one.get_typedef_underlying_type())
            }
            TypeKind::Pointer if pointers == 0 => {
                pointers = 1;
                ty.get_pointee_type()
            }
            TypeKind::Record => {
                names.push(record_name(&ty).0);
                None
            }
            _ => None,
        };
        match next {
            Some(next) => ty = next,
            None => return names,
        }
    }
}

/// The files that are the header's own.
struct Own {
    file: Option<PathBuf>,
    folders: Vec<PathBuf>,
}

impl Own {
    fn of(header: &Header, unit: &TranslationUnit<'_>) -> Own {
        let wanted = Path::new(&header.name);
        let of_path = header.path().and_then(|path| path.canonicalize().ok());
        let included = || {
            let children = unit.get_entity().get_children().into_iter();
            let mut files = children.filter_map(|one| file_of(&one));
            files.find(|file| file.ends_with(wanted)).or_else(|| include_of(unit, wanted))
        };
        let Some(file) = of_path.or_else(included) else {
            return Own { file: None, folders: Vec::new() };
        };
        let parent = file.parent().unwrap_or(Path::new("")).to_owned();
        let stem = parent.join(file.file_stem().unwrap_or_default());
        let mut folders = vec![stem];
        if !is_everybodys(&parent) {
            folders.push(parent);
        }
        Own { file: Some(file), folders }
    }

    fn has(&self, entity: &Entity<'_>) -> bool {
        let Some(file) = file_of(entity) else { return false };
        match &self.file {
            None => true,
            Some(own) => *own == file || self.folders.iter().any(|folder| file.starts_with(folder)),
        }
    }
}

/// The path of a header that only includes others, which lie in its folder or below it.
fn include_of(unit: &TranslationUnit<'_>, wanted: &Path) -> Option<PathBuf> {
    let beside = |file: PathBuf| {
        file.ancestors().map(|folder| folder.join(wanted)).find(|path| path.is_file())
    };
    let tops = unit.get_entity().get_children();
    tops.iter().filter_map(file_of).find_map(beside)
}

fn file_of(entity: &Entity<'_>) -> Option<PathBuf> {
    let file = entity.get_location()?.get_expansion_location().file?;
    let path = file.get_path();
    Some(path.canonicalize().unwrap_or(path))
}

/// Whether headers of all libraries lie in a folder: /usr/include, and such of one processor.
fn is_everybodys(folder: &Path) -> bool {
    let is_include =
        |folder: &Path| folder.ends_with("usr/include") || folder.ends_with("local/include");
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    is_include(folder) || (name.contains("-linux-") && folder.parent().is_some_and(is_include))
}
