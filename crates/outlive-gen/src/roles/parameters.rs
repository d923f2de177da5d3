//! What the options say of parameters and results.

use std::cmp::Reverse;

use super::fields::is_path;
use super::model::{Callback, Role};
use super::names::{self, Names, no_parameter, pair, position, wrong_at};
use crate::error::Result;
use crate::model::Type;
use crate::options::Options;

/// An option that says what pointers are, by names in which a `*` may stand.
struct Kind {
    option: &'static str,
    role: Role,
    /// What a parameter must be that is named as a whole.
    can_be: fn(&Type) -> bool,
    /// What a `*` takes.
    takes: fn(&Type) -> bool,
    /// Both in words.
    named: &'static str,
    taken: &'static str,
}

const RAW: Kind = Kind {
    option: "--raw",
    role: Role::Raw,
    can_be: |ty| ty.pointee().is_some(),
    takes: |ty| ty.pointee().is_some(),
    named: "pointer to data",
    taken: "pointer to data",
};

/// C writes `char *` for strings that nobody writes to, as well. A `*` is not to take a buffer.
const STRING: Kind = Kind {
    option: "--string",
    role: Role::String,
    can_be: |ty| ty.pointee().is_some_and(|(to, _)| to.is_char()),
    takes: |ty| ty.pointee().is_some_and(|(to, to_const)| to_const && to.is_char()),
    named: "`char *`",
    taken: "`const char *`",
};

/// A `*` takes no struct that C may want to be written to, and none that stands for several others.
const COPY: Kind = Kind {
    option: "--copy",
    role: Role::Copy,
    can_be: |ty| ty.pointee().is_some_and(|(to, _)| is_known_struct(to)),
    takes: |ty| {
        let pointee = ty.pointee();
        pointee.is_some_and(|(to, to_const)| to_const && is_known_struct(to) && !is_open_ended(to))
    },
    named: "pointer to a struct whose members the header has",
    taken: "pointer to a const struct whose members the header has",
};

/// A `*` takes no bytes, of which there are mostly several.
const REFERENCE: Kind = Kind {
    option: "--reference",
    role: Role::Reference,
    can_be: |ty| ty.pointee().is_some_and(|(to, _)| is_number_or_address(to)),
    takes: |ty| ty.pointee().is_some_and(|(to, _)| is_number_or_address(to) && !to.is_byte()),
    named: "pointer to a number, or to a pointer to a struct",
    taken: "pointer to a number of several bytes, or to a pointer to a struct,",
};

/// A `*` takes no bytes, of which there are mostly several, and nothing that C promises not to be written to.
const OUT: Kind = Kind {
    option: "--out",
    role: Role::Out,
    can_be: |ty| ty.pointee().is_some_and(|(to, to_const)| !to_const && is_value(to)),
    takes: |ty| {
        let pointee = ty.pointee();
        pointee.is_some_and(|(to, to_const)| !to_const && is_value(to) && !to.is_byte())
    },
    named: "pointer to a value that may be written",
    taken: "pointer to a value of several bytes that may be written",
};

const TOKEN: Kind = Kind { option: "--token", role: Role::Token, ..RAW };

/// What each of these pointers becomes depends on the parameter that counts.
const SLICE: Kind = Kind { option: "--slice", ..RAW };

/// Gives parameters and results their roles. Those that are named as a whole come first: a `*` takes what is left.
pub fn assign(names: &Names<'_>, options: &Options, callbacks: &mut [Callback<'_>]) -> Result<()> {
    token_results(names, options, callbacks)?;
    let kinds = [
        (TOKEN, &options.tokens),
        (STRING, &options.strings),
        (COPY, &options.copies),
        (REFERENCE, &options.references),
        (OUT, &options.outs),
        // `--raw '*.*'` is for what is left.
        (RAW, &options.raw),
    ];
    for is_pattern in [false, true] {
        let now = |text: &&String| names::is_pattern(text) == is_pattern && !is_path(text);
        for text in options.slices.iter().filter(now) {
            counted(names, text, callbacks, &SLICE, Role::Slice)?;
        }
        for text in options.strings.iter().filter(now).filter(|text| text.contains('=')) {
            counted(names, text, callbacks, &STRING, Role::StringOf)?;
        }
        let mut others: Vec<(&Kind, &String)> = Vec::new();
        for (kind, texts) in &kinds {
            let is_result = |text: &String| kind.role == Role::Token && !text.contains('.');
            let texts = texts.iter().filter(now).filter(|text| !text.contains('='));
            others.extend(texts.filter(|text| !is_result(text)).map(|text| (kind, text)));
        }
        // Of two names with a `*` the one with more letters is heard first.
        others.sort_by_key(|(_, text)| Reverse(text.len()));
        for (kind, text) in others {
            kind.give(names, text, callbacks)?;
        }
    }
    wide(names, options, callbacks)
}

impl Kind {
    /// Gives the role to the parameters of this name.
    fn give(&self, names: &Names<'_>, text: &str, callbacks: &mut [Callback<'_>]) -> Result<()> {
        for (number, at) in self.parameters(names, text, text, callbacks)? {
            let callback = &mut callbacks[number];
            if !names::is_pattern(text) {
                say(callback, at, self.role, self.option, text)?;
            } else if callback.parameters[at] == Role::Plain {
                callback.parameters[at] = self.role;
            }
        }
        Ok(())
    }

    /// The parameters of a name: the one, which has to be what the option is for, or all with a `*` that are.
    fn parameters(
        &self,
        names: &Names<'_>,
        name: &str,
        text: &str,
        callbacks: &[Callback<'_>],
    ) -> Result<Vec<(usize, usize)>> {
        let found = names.parameters(self.option, name, callbacks)?;
        let ty = |&(number, at): &(usize, usize)| -> &Type {
            &callbacks[number].function.parameters[at].ty.ty
        };
        if names::is_pattern(name) {
            let found: Vec<_> = found.into_iter().filter(|one| (self.takes)(ty(one))).collect();
            return match found.is_empty() {
                true => {
                    let why = format!("this names no {} of a callback", self.taken);
                    Err(wrong_at(&names.table.place, self.option, text, &why))
                }
                false => Ok(found),
            };
        }
        match found.iter().find(|one| !(self.can_be)(ty(one))) {
            Some((number, _)) => {
                let place = &callbacks[*number].member.place;
                Err(wrong_at(place, self.option, text, &format!("this is no {}", self.named)))
            }
            None => Ok(found),
        }
    }
}

/// Results that are tokens.
fn token_results(
    names: &Names<'_>,
    options: &Options,
    callbacks: &mut [Callback<'_>],
) -> Result<()> {
    for text in options.tokens.iter().filter(|text| !text.contains('.')) {
        let found = names.callbacks(TOKEN.option, text, callbacks)?;
        let (pointers, others): (Vec<usize>, Vec<usize>) =
            found.into_iter().partition(|at| callbacks[*at].function.result.ty.pointee().is_some());
        if let Some(at) = others.first().filter(|_| pointers.is_empty() || !names::is_pattern(text))
        {
            let callback = &callbacks[*at];
            let why = format!("{} returns no pointer to data", callback.name);
            return Err(wrong_at(&callback.member.place, TOKEN.option, text, &why));
        }
        pointers.into_iter().for_each(|at| callbacks[at].gives_token = true);
    }
    Ok(())
}

/// Gives pointers, and the parameters that say how much is there, their roles.
fn counted(
    names: &Names<'_>,
    text: &str,
    callbacks: &mut [Callback<'_>],
    kind: &Kind,
    role: fn(usize) -> Role,
) -> Result<()> {
    let (left, count) = pair(kind.option, text)?;
    let is_pattern = names::is_pattern(left);
    let mut any = false;
    for (number, at) in kind.parameters(names, left, text, callbacks)? {
        let callback = &mut callbacks[number];
        let parameters = &callback.function.parameters;
        let found = position(callback, count);
        match found.filter(|count| parameters[*count].ty.ty.is_integer() && *count != at) {
            Some(_) if is_pattern && callback.parameters[at] != Role::Plain => any = true,
            Some(count) => {
                say(callback, at, role(count), kind.option, text)?;
                callback.parameters[count] = Role::CountOf(at);
                any = true;
            }
            None if is_pattern => {}
            None if found.is_none() => return Err(no_parameter(kind.option, text, callback)),
            None => {
                let why = "the number of elements is an integer";
                return Err(wrong_at(&callback.member.place, kind.option, text, why));
            }
        }
    }
    let why = format!("no callback has such a pointer, and an integer `{count}`");
    if any { Ok(()) } else { Err(wrong_at(&names.table.place, kind.option, text, &why)) }
}

const WIDE: &str = "--uint64";

/// What counts something else than memory of this process's: parameters, and results.
fn wide(names: &Names<'_>, options: &Options, callbacks: &mut [Callback<'_>]) -> Result<()> {
    for text in options.wide.iter().filter(|text| !is_path(text)) {
        let found: Vec<(usize, Option<usize>)> = if text.contains('.') {
            let found = names.parameters(WIDE, text, callbacks)?.into_iter();
            found.map(|(number, at)| (number, Some(at))).collect()
        } else {
            let found = names.callbacks(WIDE, text, callbacks)?.into_iter();
            found.map(|number| (number, None)).collect()
        };
        let mut any = false;
        for (number, at) in found {
            let callback = &mut callbacks[number];
            match (widen(callback, at), names::is_pattern(text)) {
                (Ok(()), _) => any = true,
                (Err(_), true) => {}
                (Err(why), false) => return Err(wrong_at(&callback.member.place, WIDE, text, why)),
            }
        }
        if !any {
            return Err(wrong_at(&names.table.place, WIDE, text, "this names no `size_t`"));
        }
    }
    Ok(())
}

/// Makes a `size_t` one that counts something else: a parameter, or the result.
fn widen(callback: &mut Callback<'_>, at: Option<usize>) -> std::result::Result<(), &'static str> {
    let ty = match at {
        Some(at) => &callback.function.parameters[at].ty.ty,
        None => &callback.function.result.ty,
    };
    if !ty.is_size() {
        return Err("this is no `size_t`");
    }
    match at {
        Some(at) if matches!(callback.parameters[at], Role::CountOf(_)) => {
            return Err("this is the length of what another option names");
        }
        Some(at) => callback.wide.push(at),
        None => callback.wide_result = true,
    }
    Ok(())
}

/// Gives a parameter its role, which is the only one that the options give it.
fn say(callback: &mut Callback<'_>, at: usize, role: Role, option: &str, text: &str) -> Result<()> {
    if ![Role::Plain, role].contains(&callback.parameters[at]) {
        let why = "another option says that this is something else";
        return Err(wrong_at(&callback.member.place, option, text, why));
    }
    callback.parameters[at] = role;
    Ok(())
}

fn is_known_struct(ty: &Type) -> bool {
    matches!(ty.resolved(), Type::Record(record) if record.complete && !record.is_union)
}

/// A struct that stands for several others, which are longer.
fn is_open_ended(ty: &Type) -> bool {
    matches!(ty.resolved(), Type::Record(record) if record.c == "struct sockaddr")
}

fn is_number_or_address(ty: &Type) -> bool {
    match ty.resolved() {
        Type::Integer { .. } | Type::Float { .. } | Type::Bool => true,
        Type::Pointer { to, .. } => matches!(to.resolved(), Type::Record(_)),
        _ => false,
    }
}

/// What Rust and Go can write as a whole.
fn is_value(ty: &Type) -> bool {
    match ty.resolved() {
        Type::Void | Type::Other { .. } => false,
        Type::Record(record) => record.complete,
        _ => true,
    }
}
