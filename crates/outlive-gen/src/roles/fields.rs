//! What the options say of members of structs that the host gets copies of: `MEMBER.PARAMETER.FIELD`.

use super::model::{Callback, FieldKind, FieldRole, Role};
use super::names::{Names, wrong, wrong_at};
use crate::error::Result;
use crate::model::{Field, Record, Type};
use crate::options::Options;

/// Whether it names a member of a struct, and not a parameter.
pub fn is_path(text: &str) -> bool {
    text.split('=').next().unwrap_or_default().split('.').count() > 2
}

/// Finds what is said of members of structs.
pub fn assign(
    names: &Names<'_>,
    options: &Options,
    callbacks: &mut [Callback<'_>],
) -> Result<Vec<FieldRole>> {
    let mut found: Vec<FieldRole> = Vec::new();
    let all =
        [("--string", &options.strings), ("--slice", &options.slices), ("--uint64", &options.wide)];
    for (option, texts) in all {
        for text in texts.iter().filter(|text| is_path(text)) {
            for role in said(names, option, text, callbacks)? {
                let same =
                    |other: &&FieldRole| other.record == role.record && other.field == role.field;
                match found.iter().find(same) {
                    Some(other) if *other == role => {}
                    Some(_) => {
                        let why = "another option says that this is something else";
                        return Err(wrong(option, text, why));
                    }
                    None => found.push(role),
                }
            }
        }
    }
    Ok(found)
}

fn said(
    names: &Names<'_>,
    option: &str,
    text: &str,
    callbacks: &[Callback<'_>],
) -> Result<Vec<FieldRole>> {
    let (path, count) = match text.split_once('=') {
        Some((path, count)) => (path, Some(count)),
        None => (text, None),
    };
    let mut words = path.splitn(3, '.');
    let mut word = || words.next().unwrap_or_default();
    let (member, parameter, fields) = (word(), word(), word());
    let left = format!("{member}.{parameter}");
    let found = names.parameters(option, &left, callbacks)?;
    let records = found.iter().filter_map(|(number, at)| {
        let callback = &callbacks[*number];
        copied(callback.parameters[*at], &callback.function.parameters[*at].ty.ty)
    });
    let records: Vec<&Record> = records.collect();
    if records.is_empty() {
        let place = match found.first() {
            Some((number, _)) => &callbacks[*number].member.place,
            None => &names.table.place,
        };
        let why = "methods have no copy of this struct: say --copy MEMBER.PARAMETER";
        return Err(wrong_at(place, option, text, why));
    }
    records.into_iter().map(|record| one(option, text, record, (fields, count))).collect()
}

/// The struct of which a method has a copy.
fn copied(role: Role, ty: &Type) -> Option<&Record> {
    let of = match role {
        Role::Copy | Role::Slice(_) => ty.pointee()?.0,
        _ => ty,
    };
    match of.resolved() {
        Type::Record(record) => Some(record),
        _ => None,
    }
}

fn one(
    option: &str,
    text: &str,
    record: &Record,
    (fields, count): (&str, Option<&str>),
) -> Result<FieldRole> {
    let wrong = |why: &str| wrong(option, text, why);
    let mut record = record.clone();
    let mut steps: Vec<&str> = fields.split('.').collect();
    let last = steps.pop().unwrap_or_default();
    for step in steps {
        let inner = named(&record, step).map(|field| field.ty.resolved().clone());
        match inner {
            Some(Type::Record(inner)) => record = inner,
            _ => return Err(wrong(&no_field(&record, step, "a struct"))),
        }
    }
    let field = named(&record, last).ok_or_else(|| wrong(&no_field(&record, last, "a member")))?;
    let kind = kind(option, &record, field, count).map_err(|why| wrong(&why))?;
    Ok(FieldRole { record: record.c.clone(), field: last.to_owned(), kind })
}

fn kind(
    option: &str,
    record: &Record,
    field: &Field,
    count: Option<&str>,
) -> std::result::Result<FieldKind, String> {
    if option == "--uint64" {
        return match field.ty.is_size() && count.is_none() {
            true => Ok(FieldKind::Wide),
            false => Err("this is no `size_t`".to_owned()),
        };
    }
    let Some((to, _)) = field.ty.pointee() else {
        return Err("this is no pointer to data".to_owned());
    };
    if option == "--string" && !to.is_char() {
        return Err("this is no `char *`".to_owned());
    }
    if option == "--slice" && !matches!(to.resolved(), Type::Void) && !to.is_number() {
        return Err("this points to no bytes and no numbers".to_owned());
    }
    let Some(count) = count else {
        return match option {
            "--string" => Ok(FieldKind::String),
            _ => Err("it is MEMBER.PARAMETER.POINTER=COUNT".to_owned()),
        };
    };
    match named(record, count) {
        Some(other) if other.ty.is_integer() => Ok(match option {
            "--string" => FieldKind::StringOf(count.to_owned()),
            _ => FieldKind::Slice(count.to_owned()),
        }),
        Some(_) => Err("the number of elements is an integer".to_owned()),
        None => Err(no_field(record, count, "a member")),
    }
}

fn named<'r>(record: &'r Record, name: &str) -> Option<&'r Field> {
    record.fields.iter().find(|field| field.name.as_deref() == Some(name))
}

fn no_field(record: &Record, name: &str, what: &str) -> String {
    let known: Vec<&str> = record.fields.iter().filter_map(|f| f.name.as_deref()).collect();
    format!("{} has no member {name} that is {what}; there are {}", record.c, known.join(", "))
}
