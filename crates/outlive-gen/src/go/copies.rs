//! Which structs Go has copies of, and how each field is copied.

use super::names;
use super::structs::{Copied, Kind, Struct};
use super::types::{Declared, Types, Value, number};
use crate::model::{Field, Record, Type};
use crate::roles::FieldKind;

impl Types {
    /// As [`Types::copied`], for a struct by value: there is no other way to have it.
    pub fn whole(&mut self, record: &Record) -> Result<(String, String), String> {
        let by_value = |why| format!("{}, by value: {why}", record.c);
        self.copied(record, false).map_err(by_value)
    }

    /// A struct's type in Go and in cgo.
    pub fn copied(&mut self, record: &Record, several: bool) -> Result<(String, String), String> {
        let name = record.name.as_ref().ok_or("a struct without a name")?;
        if record.is_union || !record.complete || record.fields.is_empty() {
            return Err("it has no members that Go could have".to_owned());
        }
        let cgo = record.c.replacen(' ', "_", 1);
        if let Some(known) = self.declared.iter_mut().find_map(|one| match one {
            Declared::Struct(known) if known.c == record.c => Some(known),
            _ => None,
        }) {
            known.several |= several;
            return Ok((known.go.clone(), cgo));
        }
        let mut fields = Vec::new();
        self.fields(record, "", &mut fields)?;
        let wanted = names::exported_in(&self.package, name);
        let other = format!("{wanted}Struct");
        let go = self.scope.name_or(&wanted, &other, &format!("copy of {}", record.c));
        self.declared.push(Declared::Struct(Struct {
            go: go.clone(),
            cgo: cgo.clone(),
            c: record.c.clone(),
            comment: record.comment.clone(),
            fields,
            several,
            stored: false,
        }));
        Ok((go, cgo))
    }

    /// Marks a struct as one that methods give to C, with those inside.
    pub fn stored(&mut self, go: &str) -> Result<(), String> {
        let mut inner = Vec::new();
        for declared in &mut self.declared {
            let Declared::Struct(of) = declared else { continue };
            if of.go == go {
                if let Some(followed) = of.fields.iter().find(|field| field.kind.is_followed()) {
                    return Err(format!(
                        "methods give it to C, where nobody has memory for its {}: a struct that has a string or a \
                         slice is only for what C passes",
                        followed.c.trim_start_matches('.')
                    ));
                }
                of.stored = true;
                let structs = of.fields.iter().filter(|field| field.kind == Kind::Struct);
                inner.extend(structs.map(|field| field.ty.clone()));
            }
        }
        inner.iter().try_for_each(|go| self.stored(go))
    }

    /// The fields of a record, with those of its anonymous structs in their places.
    fn fields(&mut self, of: &Record, at: &str, all: &mut Vec<Copied>) -> Result<(), String> {
        let prefix = common_prefix(of);
        let mut nameless = 0..;
        for field in &of.fields {
            let offset = field.offset.ok_or("it has a bit-field")?;
            if field.align == 0 || offset % field.align != 0 {
                return Err("it is packed".to_owned());
            }
            let Some(name) = &field.name else {
                // What cgo calls them.
                let c = nameless
                    .next()
                    .map_or(String::new(), |number: u32| format!("{at}.anon{number}"));
                self.nameless(field, c, all)?;
                continue;
            };
            if self.is_count(of, name) {
                continue;
            }
            let (ty, kind) = self.field(&of.c, name, at, &field.ty)?;
            let mut go = names::exported(&name[prefix..]);
            while all.iter().any(|one| one.go == go) {
                go.push('_');
            }
            all.push(Copied { go, ty, c: format!("{at}.{}", names::c_field(name)), kind });
        }
        Ok(())
    }

    fn nameless(&mut self, field: &Field, c: String, all: &mut Vec<Copied>) -> Result<(), String> {
        match field.ty.resolved() {
            Type::Record(record) if record.is_union => {
                let number = all.iter().filter(|one| one.go.starts_with("Union")).count() + 1;
                let ty = format!("[{}]byte", record.size);
                all.push(Copied { go: format!("Union{number}"), ty, c, kind: Kind::Alike });
                Ok(())
            }
            Type::Record(record) => self.fields(record, &c, all),
            _ => Err("it has a member without a name".to_owned()),
        }
    }

    /// Whether a slice or a string says it.
    fn is_count(&self, of: &Record, name: &str) -> bool {
        self.fields.iter().any(|role| match &role.kind {
            FieldKind::StringOf(count) | FieldKind::Slice(count) => {
                role.record == of.c && count == name
            }
            _ => false,
        })
    }

    /// A field's type, and how it is copied. `record` and `at` are where it stands.
    fn field(
        &mut self,
        record: &str,
        name: &str,
        at: &str,
        ty: &Type,
    ) -> Result<(String, Kind), String> {
        let count = |count: &String| format!("{at}.{}", names::c_field(count));
        let said = self.fields.iter().find(|role| role.record == record && role.field == name);
        match said.map(|role| &role.kind) {
            Some(FieldKind::String) => return Ok(("string".to_owned(), Kind::Text)),
            Some(FieldKind::StringOf(of)) => {
                return Ok(("string".to_owned(), Kind::TextOf(count(of))));
            }
            Some(FieldKind::Slice(of)) => {
                let to =
                    ty.pointee().map(|(to, _)| to).filter(|to| to.is_number() && !to.is_byte());
                let element =
                    to.map_or(Ok("byte".to_owned()), |to| number(to).map(|(go, ..)| go))?;
                return Ok((format!("[]{element}"), Kind::Slice(element, count(of))));
            }
            Some(FieldKind::Wide) => return Ok(("uint64".to_owned(), Kind::Number)),
            None => {}
        }
        match ty.resolved() {
            // A string as well: nobody has said that there is a NUL at its end.
            Type::Pointer { .. } | Type::Function(_) => Ok(("uintptr".to_owned(), Kind::Pointer)),
            Type::Record(record) if record.is_union => {
                Ok((format!("[{}]byte", record.size), Kind::Alike))
            }
            Type::Record(record) => Ok((self.copied(record, false)?.0, Kind::Struct)),
            Type::Array { of, length: Some(length) } => {
                let element = match of.resolved() {
                    Type::Integer { size: 1, .. } => "byte".to_owned(),
                    _ => number(of)?.0,
                };
                Ok((format!("[{length}]{element}"), Kind::Alike))
            }
            _ => match self.scalar(ty)? {
                Value::Scalar { go, .. } => Ok((go, Kind::Number)),
                other => Err(format!("{other:?}")),
            },
        }
    }
}

/// How long a prefix such as `tv_` is that all fields of a struct share.
fn common_prefix(record: &Record) -> usize {
    let mut names = record.fields.iter().filter_map(|field| field.name.as_deref());
    let Some(first) = names.next() else { return 0 };
    let Some(end) = first.find('_').map(|at| at + 1) else { return 0 };
    let prefix = &first[..end];
    let all = record.fields.iter().all(|field| {
        let name = field.name.as_deref().unwrap_or_default();
        name.strip_prefix(prefix)
            .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic()))
    });
    if all && record.fields.len() > 1 { end } else { 0 }
}
