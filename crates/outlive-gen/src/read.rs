//! Has libclang read a header, and finds the table in it.

pub(crate) mod entity;
pub(crate) mod types;

use std::sync::{Mutex, PoisonError};

use clang::diagnostic::Severity;
use clang::{Clang, Entity, EntityKind, Index, TranslationUnit, TypeKind, Unsaved};

use crate::error::{Error, Result};
use crate::header::Header;
use crate::model::{Member, Table, Type};
use entity::{comment_before, comment_of, own_name, place, plain};
use types::{Depth, convert, record_name};

const MAIN_FILE: &str = "outlive-gen.c";

/// libclang can be loaded once at a time.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// Reads the struct `table`, a tag or a typedef's name, from a header.
pub fn read(header: &Header, table: &str) -> Result<Table> {
    let table = table.strip_prefix("struct ").unwrap_or(table).trim();
    parsed(header, |unit| {
        let found = find(unit, table).ok_or_else(|| {
            let other = typedef_of(unit, table).map(|typedef| no_struct(typedef, table));
            other.unwrap_or_else(|| Error::NoStruct {
                header: header.name.clone(),
                table: table.to_owned(),
                names: similar(unit, table),
            })
        })?;
        let typedef = typedef_of(unit, table).as_ref().and_then(comment_of);
        let mut made = make(found, table)?;
        made.comment = made.comment.or(typedef);
        Ok(made)
    })
}

/// Reads the typedef `name` of a function or a function pointer: a table of one member, which has its name.
pub fn read_function(header: &Header, name: &str) -> Result<Table> {
    parsed(header, |unit| {
        let typedef = typedef_of(unit, name).ok_or_else(|| {
            let other = find(unit, name).map(|found| is_struct(&found, name));
            other.unwrap_or_else(|| Error::NoFunction {
                header: header.name.clone(),
                name: name.to_owned(),
                names: similar_functions(unit, name),
            })
        })?;
        make_function(typedef, name).ok_or_else(|| no_function(unit, typedef, name))
    })
}

fn no_struct(typedef: Entity<'_>, name: &str) -> Error {
    let is_function = make_function(typedef, name).is_some();
    let hint = if is_function { format!(": --function {name} takes it") } else { String::new() };
    other(&typedef, name, described(typedef), "struct", hint)
}

fn no_function(unit: &TranslationUnit<'_>, typedef: Entity<'_>, name: &str) -> Error {
    match find(unit, name) {
        Some(_) => is_struct(&typedef, name),
        None => other(&typedef, name, described(typedef), "function", String::new()),
    }
}

fn is_struct(at: &Entity<'_>, name: &str) -> Error {
    let hint = format!(": --table {name} takes it");
    other(at, name, "a struct".to_owned(), "typedef of a function", hint)
}

fn other(at: &Entity<'_>, name: &str, is: String, wanted: &'static str, hint: String) -> Error {
    Error::Other { place: place(at), name: name.to_owned(), is, wanted, hint }
}

/// What a typedef is, in C's words.
fn described(typedef: Entity<'_>) -> String {
    let of = typedef.get_typedef_underlying_type().map(|ty| ty.get_display_name());
    of.map_or_else(|| "a typedef".to_owned(), |of| format!("a typedef of `{of}`"))
}

/// What an option says in C.
#[derive(Clone, Debug)]
pub struct Snippet {
    /// The option, as messages name it.
    pub said: String,
    /// The parameters of the function that it stands in.
    pub parameters: String,
    /// The expression.
    pub expression: String,
}

impl Snippet {
    /// The name of an error that a member is to leave in errno.
    pub fn of_errno(member: &str, name: &str) -> Snippet {
        Snippet {
            said: format!("--errno {member}={name}"),
            parameters: "void".to_owned(),
            expression: name.to_owned(),
        }
    }
}

/// Has libclang read what options say, behind the header.
///
/// # Errors
///
/// [`Error::Option`] has each option with what is wrong with it.
pub fn check_snippets(header: &Header, snippets: &[Snippet]) -> Result<()> {
    let mut text = format!("#include <errno.h>\n{}", header.including_file());
    for (number, Snippet { said, parameters, expression }) in snippets.iter().enumerate() {
        // Messages name a line's file: here it is the option.
        let said = said.replace('\\', "\\\\").replace('"', "\\\"");
        text += &format!(
            "#line 1 \"{said}\"\nvoid outlive_gen_{number}({parameters}) {{ (void)({expression}); }}\n"
        );
    }
    with_unit(header, text, Bodies::Read, |unit| match errors(unit) {
        errors if errors.is_empty() => Ok(()),
        errors => {
            let lines: Vec<String> =
                errors.iter().map(|(place, _, text)| format!("{place}: {text}")).collect();
            Err(Error::Option(lines.join("\n")))
        }
    })
}

/// Has libclang read the header, without errors.
pub(crate) fn parsed<T>(
    header: &Header,
    find: impl FnOnce(&TranslationUnit<'_>) -> Result<T>,
) -> Result<T> {
    with_unit(header, header.including_file(), Bodies::Skipped, |unit| {
        check(unit)?;
        find(unit)
    })
}

/// Whether the bodies of functions are read, too.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Bodies {
    Read,
    Skipped,
}

fn with_unit<T>(
    header: &Header,
    text: String,
    bodies: Bodies,
    find: impl FnOnce(&TranslationUnit<'_>) -> Result<T>,
) -> Result<T> {
    let arguments = header.clang_arguments()?;
    let _guard = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let clang = Clang::new().map_err(Error::NoLibclang)?;
    let index = Index::new(&clang, false, false);
    let unit = index
        .parser(MAIN_FILE)
        .arguments(&arguments)
        .unsaved(&[Unsaved::new(MAIN_FILE, text)])
        .skip_function_bodies(bodies == Bodies::Skipped)
        .parse()
        .map_err(|error| Error::Header(format!("  {error}")))?;
    find(&unit)
}

/// The header's own errors, as a compiler shows them.
fn check(unit: &TranslationUnit<'_>) -> Result<()> {
    let errors: Vec<String> = errors(unit)
        .into_iter()
        .map(|(file, place, text)| match place {
            (0, _) => format!("  {text}"),
            _ if file == MAIN_FILE => format!("  {text}"),
            (line, column) => format!("  {}:{line}:{column}: {text}", plain(&file)),
        })
        .collect();
    if errors.is_empty() { Ok(()) } else { Err(Error::Header(errors.join("\n"))) }
}

/// What libclang takes for errors: the file, line and column, and the text.
fn errors(unit: &TranslationUnit<'_>) -> Vec<(String, (u32, u32), String)> {
    let diagnostics = unit.get_diagnostics().into_iter();
    let errors = diagnostics.filter(|one| one.get_severity() >= Severity::Error);
    errors
        .map(|one| {
            let (file, line, column) = one.get_location().get_presumed_location();
            (file, (line, column), one.get_text())
        })
        .collect()
}

fn typedef_of<'tu>(unit: &'tu TranslationUnit<'tu>, name: &str) -> Option<Entity<'tu>> {
    let tops = unit.get_entity().get_children().into_iter();
    tops.filter(|e| e.get_kind() == EntityKind::TypedefDecl)
        .find(|e| own_name(e).as_deref() == Some(name))
}

/// The struct's declaration: the definition, if there is one.
fn find<'tu>(unit: &'tu TranslationUnit<'tu>, name: &str) -> Option<Entity<'tu>> {
    let mut tops = unit.get_entity().get_children().into_iter();
    let is = |e: &Entity<'_>| {
        e.get_kind() == EntityKind::StructDecl && own_name(e).as_deref() == Some(name)
    };
    let declared = tops.find(is).or_else(|| {
        let ty = typedef_of(unit, name)?.get_typedef_underlying_type()?;
        let ty = ty.get_canonical_type();
        if ty.get_kind() == TypeKind::Record { ty.get_declaration() } else { None }
    })?;
    (declared.get_kind() == EntityKind::StructDecl)
        .then(|| declared.get_definition().unwrap_or(declared))
}

/// Structs whose names are near, or else all that have callbacks.
fn similar(unit: &TranslationUnit<'_>, name: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for entity in unit.get_entity().get_children() {
        let kind = entity.get_kind();
        if !matches!(kind, EntityKind::StructDecl | EntityKind::TypedefDecl) {
            continue;
        }
        let fields = entity.get_type().and_then(|ty| ty.get_canonical_type().get_fields());
        let calls = fields.is_some_and(|fields| fields.iter().any(is_callback));
        names.extend(own_name(&entity).filter(|name| calls && !names.contains(name)));
    }
    nearest(names, name)
}

/// Typedefs of functions whose names are near.
fn similar_functions(unit: &TranslationUnit<'_>, name: &str) -> Vec<String> {
    let tops = unit.get_entity().get_children().into_iter();
    let typedefs = tops.filter(|entity| {
        let ty = entity.get_typedef_underlying_type();
        ty.is_some_and(|ty| types::is_function(&ty) || is_pointer_to_function(&ty))
    });
    nearest(typedefs.filter_map(|entity| own_name(&entity)).collect(), name)
}

fn nearest(mut names: Vec<String>, name: &str) -> Vec<String> {
    let near = |other: &String| strsim::jaro_winkler(&other.to_lowercase(), &name.to_lowercase());
    names.sort_by(|a, b| near(b).total_cmp(&near(a)));
    names.truncate(5);
    names
}

pub(crate) fn is_callback(field: &Entity<'_>) -> bool {
    field.get_type().is_some_and(|ty| is_pointer_to_function(&ty))
}

pub(crate) fn is_pointer_to_function(ty: &clang::Type<'_>) -> bool {
    let pointee = ty.get_canonical_type().get_pointee_type();
    pointee.is_some_and(|ty| types::is_function(&ty))
}

pub(crate) fn make_function(typedef: Entity<'_>, name: &str) -> Option<Table> {
    let of = typedef.get_typedef_underlying_type()?;
    let mut ty = convert(typedef.get_type()?, None, Depth::Member);
    if types::is_function(&of) {
        ty = types::pointer(of, Some(typedef), Depth::Member);
    }
    ty.function()?;
    let (place, comment) = (place(&typedef), comment_of(&typedef));
    let size = size_of::<fn()>() as u64;
    let member = Member {
        name: Some(name.to_owned()),
        comment: comment.clone(),
        place: place.clone(),
        offset: Some(0),
        size,
        nested: false,
        ty,
        c: name.to_owned(),
    };
    Some(Table {
        c_name: format!("struct outlive_go_function_{name}"),
        name: name.to_owned(),
        comment,
        place,
        size,
        align: size,
        members: vec![member],
        is_function: true,
    })
}

pub(crate) fn make(found: Entity<'_>, asked: &str) -> Result<Table> {
    let place = place(&found);
    let table = asked.to_owned();
    let ty = found.get_type().filter(|_| found.is_definition());
    let Some(ty) = ty else { return Err(Error::Incomplete { place, table }) };
    let (c_name, name) = record_name(&ty);
    let mut members = Vec::new();
    add_members(found, 0, false, &mut members);
    if !members.iter().any(|member: &Member| has_function(&member.ty)) {
        return Err(Error::NoCallbacks { place, table });
    }
    Ok(Table {
        c_name,
        name: name.unwrap_or(table),
        comment: comment_of(&found),
        place,
        size: ty.get_sizeof().unwrap_or(0) as u64,
        align: ty.get_alignof().unwrap_or(0) as u64,
        members,
        is_function: false,
    })
}

/// Whether it is a function pointer, or has one somewhere that C reaches by a member of its own.
fn has_function(ty: &Type) -> bool {
    match ty.resolved() {
        Type::Function(_) => true,
        Type::Array { of, .. } => has_function(of),
        Type::Record(record) => record.fields.iter().any(|field| has_function(&field.ty)),
        _ => false,
    }
}

/// The members of a struct, with those of its anonymous structs in their places.
fn add_members(record: Entity<'_>, base: u64, nested: bool, members: &mut Vec<Member>) {
    let fields = record.get_type().and_then(|ty| ty.get_canonical_type().get_fields());
    for field in fields.unwrap_or_default() {
        let Some(ty) = field.get_type() else { continue };
        let name = own_name(&field);
        let offset = (!field.is_bit_field()).then(|| field.get_offset_of_field().ok()).flatten();
        let offset = offset.map(|bits| base + bits as u64 / 8);
        let declaration = ty.get_canonical_type().get_declaration();
        let anonymous = name.is_none() && !field.is_bit_field();
        if let Some(inner) =
            declaration.filter(|d| anonymous && d.get_kind() == EntityKind::StructDecl)
        {
            add_members(inner, offset.unwrap_or(base), true, members);
            continue;
        }
        members.push(Member {
            name,
            comment: comment_of(&field).or_else(|| comment_before(&field)),
            place: place(&field),
            offset,
            size: ty.get_sizeof().unwrap_or(0) as u64,
            nested,
            ty: convert(ty, Some(field), Depth::Member),
            c: ty.get_display_name(),
        });
    }
}
