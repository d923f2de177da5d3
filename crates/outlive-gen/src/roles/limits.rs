//! What there is no mapping for in any language.

use crate::error::Unmapped;
use crate::model::{Member, Type};

/// Why a member that has function pointers is no callback; `--skip` leaves it NULL.
pub fn member(member: &Member) -> Option<Unmapped> {
    let name = member.name.as_deref().unwrap_or("an anonymous union");
    let reason = match member.ty.resolved() {
        Type::Array { of, .. } if of.function().is_some() => "an array of function pointers",
        Type::Record(record) => {
            let has = record.fields.iter().any(|field| field.ty.function().is_some());
            match record.is_union {
                true if has => "a union with function pointers",
                false if has => "a struct with function pointers of its own",
                _ => return None,
            }
        }
        _ => return None,
    };
    let reason = format!("{reason}: its callbacks have no names of the table's{}", skip(member));
    Some(Unmapped { place: member.place.clone(), what: name.to_owned(), reason })
}

/// Why a callback cannot be mapped.
pub fn callback(member: &Member, is_function: bool) -> Vec<Unmapped> {
    let Some(function) = member.function() else { return Vec::new() };
    let name = member.name.clone().unwrap_or_default();
    let unmapped = |what: String, reason: &str| Unmapped {
        place: member.place.clone(),
        what,
        reason: match is_function {
            true => format!(
                "{reason} (a C function of yours can be this one, and call one of another type)"
            ),
            false => format!("{reason}{}", skip(member)),
        },
    };
    let mut found = Vec::new();
    if !function.has_prototype {
        let reason = "declared without a prototype: `()` says nothing of its arguments";
        found.push(unmapped(name.clone(), reason));
    } else if function.variadic {
        found.push(unmapped(name.clone(), "variadic: what C passes has no types"));
    }
    if let Some(reason) = ty(&function.result.ty) {
        found.push(unmapped(format!("{name}, its result"), reason));
    }
    for (at, parameter) in function.parameters.iter().enumerate() {
        let which = parameter.name.clone().unwrap_or_else(|| at.to_string());
        if let Some(reason) = ty(&parameter.ty.ty) {
            found.push(unmapped(format!("{name}, parameter {which}"), reason));
        }
    }
    found
}

/// Why a type that C passes cannot be mapped.
fn ty(ty: &Type) -> Option<&'static str> {
    match ty {
        Type::Typedef { name, .. } if name.ends_with("va_list") => {
            return Some("a va_list: only C can take arguments from it");
        }
        _ => {}
    }
    match ty.resolved() {
        Type::Float { size } if *size > 8 => {
            Some("a long double: no other language has its format")
        }
        Type::Integer { size: 16, .. } => {
            Some("an integer of 128 bits: its calling convention differs")
        }
        Type::Other { .. } => {
            Some("a vector, a complex number, or another type of the compiler's own")
        }
        Type::Record(record) if !record.complete => {
            Some("a struct that is only declared, by value")
        }
        _ => None,
    }
}

fn skip(member: &Member) -> String {
    match &member.name {
        Some(name) => format!(" (--skip {name} leaves it NULL)"),
        None => " (--only names the callbacks to have)".to_owned(),
    }
}
