//! What the options say of parameters and results.

use super::fields::is_path;
use super::model::{Callback, Role};
use super::names::{Names, member_and_parameter, no_parameter, pair, position, starts, wrong};
use crate::error::{Error, Result};
use crate::model::Type;
use crate::options::Options;

/// An option that says what pointers are, by names that may end in `*`.
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

/// Gives parameters and results their roles. Those that are named as a whole come first: a `*` takes what is left.
pub fn assign(names: &Names<'_>, options: &Options, callbacks: &mut [Callback<'_>]) -> Result<()> {
    tokens(names, options, callbacks)?;
    slices(names, options, callbacks)?;
    counted_strings(names, options, callbacks)?;
    wide(names, options, callbacks)?;
    let kinds = [
        (RAW, &options.raw),
        (STRING, &options.strings),
        (COPY, &options.copies),
        (REFERENCE, &options.references),
    ];
    for (kind, text) in texts(&kinds, |text| !text.contains(['*', '=']) && !is_path(text)) {
        let (callback, at) = names.parameter(kind.option, text, callbacks)?;
        if !(kind.can_be)(&callback.function.parameters[at].ty.ty) {
            return Err(wrong(kind.option, text, &format!("this is no {}", kind.named)));
        }
        say(callback, at, kind.role, kind.option, text)?;
    }
    for (kind, text) in texts(&kinds, |text| text.contains('*')) {
        kind.take(names, text, callbacks)?;
    }
    Ok(())
}

fn texts<'a>(
    kinds: &'a [(Kind, &'a Vec<String>)],
    wanted: fn(&str) -> bool,
) -> impl Iterator<Item = (&'a Kind, &'a str)> {
    kinds.iter().flat_map(move |(kind, texts)| {
        let texts = texts.iter().map(String::as_str).filter(move |text| wanted(text));
        texts.map(move |text| (kind, text))
    })
}

impl Kind {
    /// Takes all parameters of these names that can be it, and of which nothing else is said.
    fn take(&self, names: &Names<'_>, text: &str, callbacks: &mut [Callback<'_>]) -> Result<()> {
        let (member, which) = member_and_parameter(self.option, text)?;
        if !member.contains('*') {
            names.callback(self.option, member, callbacks)?;
        }
        let mut found = false;
        for callback in callbacks.iter_mut().filter(|callback| starts(member, callback.name)) {
            for at in 0..callback.parameters.len() {
                let parameter = &callback.function.parameters[at];
                let is_named = match which.contains('*') {
                    true => starts(which, parameter.name.as_deref().unwrap_or_default()),
                    false => position(callback, which) == Some(at),
                };
                let role = callback.parameters[at];
                if is_named
                    && ![Role::UserData, Role::Table].contains(&role)
                    && (self.takes)(&parameter.ty.ty)
                {
                    found = true;
                    if role == Role::Plain {
                        callback.parameters[at] = self.role;
                    }
                }
            }
        }
        if found {
            return Ok(());
        }
        Err(wrong(self.option, text, &format!("this names no {} of a callback", self.taken)))
    }
}

fn tokens(names: &Names<'_>, options: &Options, callbacks: &mut [Callback<'_>]) -> Result<()> {
    for text in &options.tokens {
        if text.contains('.') {
            let (callback, at) = names.parameter("--token", text, callbacks)?;
            pointer("--token", text, &callback.function.parameters[at].ty.ty)?;
            say(callback, at, Role::Token, "--token", text)?;
        } else {
            let callback = names.callback("--token", text, callbacks)?;
            pointer("--token", text, &callback.function.result.ty)?;
            callback.gives_token = true;
        }
    }
    Ok(())
}

fn slices(names: &Names<'_>, options: &Options, callbacks: &mut [Callback<'_>]) -> Result<()> {
    for text in options.slices.iter().filter(|text| !is_path(text)) {
        counted(names, ("--slice", text), callbacks, Role::Slice)?;
    }
    Ok(())
}

/// Strings of which another parameter says how long they are.
fn counted_strings(
    names: &Names<'_>,
    options: &Options,
    callbacks: &mut [Callback<'_>],
) -> Result<()> {
    let counted_ones = options.strings.iter().filter(|text| text.contains('=') && !is_path(text));
    for text in counted_ones {
        let (callback, at) = counted(names, (STRING.option, text), callbacks, Role::StringOf)?;
        if !(STRING.can_be)(&callback.function.parameters[at].ty.ty) {
            return Err(wrong(STRING.option, text, &format!("this is no {}", STRING.named)));
        }
    }
    Ok(())
}

/// Gives a pointer, and the parameter that says how much is there, their roles.
fn counted<'c, 'm>(
    names: &Names<'_>,
    (option, text): (&str, &str),
    callbacks: &'c mut [Callback<'m>],
    role: fn(usize) -> Role,
) -> Result<(&'c mut Callback<'m>, usize)> {
    let (left, count) = pair(option, text)?;
    let (callback, at) = names.parameter(option, left, callbacks)?;
    let count = position(callback, count).ok_or_else(|| no_parameter(option, text, callback))?;
    pointer(option, text, &callback.function.parameters[at].ty.ty)?;
    if !callback.function.parameters[count].ty.ty.is_integer() || count == at {
        return Err(wrong(option, text, "the number of elements is an integer"));
    }
    say(callback, at, role(count), option, text)?;
    callback.parameters[count] = Role::CountOf(at);
    Ok((callback, at))
}

/// What counts something else than memory of this process's: parameters, and results.
fn wide(names: &Names<'_>, options: &Options, callbacks: &mut [Callback<'_>]) -> Result<()> {
    const OPTION: &str = "--uint64";
    for text in options.wide.iter().filter(|text| !is_path(text)) {
        let no_size = || wrong(OPTION, text, "this is no `size_t`");
        if !text.contains('.') {
            let callback = names.callback(OPTION, text, callbacks)?;
            callback.wide_result = callback.function.result.ty.is_size();
            if !callback.wide_result {
                return Err(no_size());
            }
            continue;
        }
        let (callback, at) = names.parameter(OPTION, text, callbacks)?;
        if !callback.function.parameters[at].ty.ty.is_size() {
            return Err(no_size());
        }
        if let Role::CountOf(_) = callback.parameters[at] {
            return Err(wrong(OPTION, text, "this is the length of what another option names"));
        }
        callback.wide.push(at);
    }
    Ok(())
}

/// Gives a parameter its role, which is the only one that the options give it.
fn say(callback: &mut Callback<'_>, at: usize, role: Role, option: &str, text: &str) -> Result<()> {
    if ![Role::Plain, role].contains(&callback.parameters[at]) {
        return Err(wrong(option, text, "another option says that this is something else"));
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

fn pointer(option: &str, text: &str, ty: &Type) -> Result<()> {
    match ty.pointee() {
        Some(_) => Ok(()),
        None => Err(Error::Option(format!("{option} {text}: this is no pointer to data"))),
    }
}
