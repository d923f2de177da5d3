//! What the options name: members and parameters.

use super::model::{Callback, Role};
use crate::error::{Error, Result};
use crate::model::{Member, Place, Table};

pub(super) fn pair<'a>(option: &str, text: &'a str) -> Result<(&'a str, &'a str)> {
    let form = match option {
        "--slice" => "MEMBER.POINTER=COUNT",
        "--user-data-expr" => "MEMBER=EXPR",
        "--completion" => "MEMBER.PARAMETER=COOKIE",
        _ => "MEMBER=VALUE",
    };
    text.split_once('=').ok_or_else(|| wrong(option, text, &format!("it is {form}")))
}

pub(super) fn wrong(option: &str, text: &str, why: &str) -> Error {
    Error::Option(format!("{option} {text}: {why}"))
}

/// As [`wrong`], with the line of the header that says otherwise.
pub(super) fn wrong_at(place: &Place, option: &str, text: &str, why: &str) -> Error {
    wrong(option, text, &format!("{why} ({place})"))
}

/// A parameter by its name or number.
pub(super) fn position(callback: &Callback<'_>, which: &str) -> Option<usize> {
    let parameters = &callback.function.parameters;
    let by_number = || which.parse().ok().filter(|at| *at < parameters.len());
    parameters.iter().position(|p| p.name.as_deref() == Some(which)).or_else(by_number)
}

pub(super) fn no_parameter(option: &str, text: &str, callback: &Callback<'_>) -> Error {
    let known = callback.function.parameters.iter().enumerate();
    let known: Vec<String> =
        known.map(|(at, p)| p.name.clone().unwrap_or_else(|| at.to_string())).collect();
    let why = format!("the parameters of `{}` are {}", callback.name, known.join(", "));
    wrong_at(&callback.member.place, option, text, &why)
}

/// Finds what options name.
pub(super) struct Names<'t> {
    pub(super) table: &'t Table,
}

impl<'t> Names<'t> {
    pub(super) fn one(&self, option: &str, name: &str) -> Result<&'t Member> {
        let members = &self.table.members;
        let found = members.iter().find(|member| member.name.as_deref() == Some(name));
        found.ok_or_else(|| self.no_member(option, name))
    }

    fn no_member(&self, option: &str, name: &str) -> Error {
        let members = &self.table.members;
        let known: Vec<&str> = members.iter().filter_map(|m| m.name.as_deref()).collect();
        let why = format!("there is no such member; there are {}", known.join(", "));
        wrong_at(&self.table.place, option, name, &why)
    }

    /// The members of these names.
    pub(super) fn all(&self, option: &str, names: &[String]) -> Result<Vec<&'t Member>> {
        let mut found = Vec::new();
        for name in names {
            if !is_pattern(name) {
                found.push(self.one(option, name)?);
                continue;
            }
            let named = |m: &&Member| m.name.as_deref().is_some_and(|n| matches(name, n));
            let before = found.len();
            found.extend(self.table.members.iter().filter(named));
            if found.len() == before {
                return Err(self.no_member(option, name));
            }
        }
        Ok(found)
    }

    /// The numbers of the callbacks of this name.
    pub(super) fn callbacks(
        &self,
        option: &str,
        name: &str,
        callbacks: &[Callback<'_>],
    ) -> Result<Vec<usize>> {
        let all = callbacks.iter().enumerate();
        let found: Vec<usize> =
            all.filter(|(_, one)| matches(name, one.name)).map(|(at, _)| at).collect();
        if !found.is_empty() {
            return Ok(found);
        }
        let member = match is_pattern(name) {
            true => self.all(option, &[name.to_owned()])?.first().copied(),
            false => Some(self.one(option, name)?),
        };
        let place = member.map_or(&self.table.place, |member| &member.place);
        Err(wrong_at(place, option, name, "this is no callback of the host's"))
    }

    /// The callbacks and parameters that `MEMBER.PARAMETER` names; none is the user data or the table.
    pub(super) fn parameters(
        &self,
        option: &str,
        text: &str,
        callbacks: &[Callback<'_>],
    ) -> Result<Vec<(usize, usize)>> {
        let (member, which) = member_and_parameter(option, text)?;
        if !is_pattern(member) && !is_pattern(which) {
            let number = self.callbacks(option, member, callbacks)?[0];
            return self
                .parameter(option, text, which, &callbacks[number])
                .map(|at| vec![(number, at)]);
        }
        if !is_pattern(member) {
            self.callbacks(option, member, callbacks)?;
        }
        let mut found = Vec::new();
        for (number, callback) in callbacks.iter().enumerate() {
            if !matches(member, callback.name) {
                continue;
            }
            let is_free = |at: &usize| !callback.parameters[*at].is_hosts();
            let all = (0..callback.parameters.len()).filter(is_free);
            let named = all.filter(|at| is_named(callback, *at, which));
            found.extend(named.map(|at| (number, at)));
        }
        Ok(found)
    }

    fn parameter(
        &self,
        option: &str,
        text: &str,
        which: &str,
        callback: &Callback<'_>,
    ) -> Result<usize> {
        let at = position(callback, which).ok_or_else(|| no_parameter(option, text, callback))?;
        let why = match callback.parameters[at] {
            Role::UserData => "this is the user data",
            Role::Table => "this is the table",
            _ => return Ok(at),
        };
        Err(wrong_at(&callback.member.place, option, text, why))
    }
}

fn is_named(callback: &Callback<'_>, at: usize, which: &str) -> bool {
    match is_pattern(which) {
        true => {
            matches(which, callback.function.parameters[at].name.as_deref().unwrap_or_default())
        }
        false => position(callback, which) == Some(at),
    }
}

/// `NAME=VALUE` texts in the order in which they are heard: a whole name before what has a `*`, and of these the one
/// with more letters. Of two that are alike the later one comes first.
pub(super) fn by_length(texts: &[String]) -> Vec<&str> {
    let mut texts: Vec<&str> = texts.iter().rev().map(String::as_str).collect();
    texts.sort_by_key(|text| {
        let name = text.split('=').next().unwrap_or_default();
        (is_pattern(name), std::cmp::Reverse(name.len()))
    });
    texts
}

/// Whether a name can stand for several.
pub(super) fn is_pattern(name: &str) -> bool {
    name.contains('*')
}

/// Whether this is the name: each `*` stands for any letters, or none.
pub(super) fn matches(pattern: &str, name: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == name };
    let Some(name) = name.strip_prefix(start) else { return false };
    let ends = name.char_indices().map(|(at, _)| at).chain([name.len()]);
    ends.into_iter().any(|at| matches(rest, &name[at..]))
}

pub(super) fn member_and_parameter<'a>(option: &str, text: &'a str) -> Result<(&'a str, &'a str)> {
    text.split_once('.').ok_or_else(|| wrong(option, text, "it is MEMBER.PARAMETER"))
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_star_stands_for_any_letters() {
        for (pattern, name, is) in [
            ("on_*", "on_line", true),
            ("on_*", "line", false),
            ("*_line", "on_line", true),
            ("*_line", "on_lines", false),
            ("o*_*e", "on_line", true),
            ("*", "on_line", true),
            ("**", "", true),
            ("line", "line", true),
            ("line", "lines", false),
        ] {
            assert_eq!(matches(pattern, name), is, "{pattern} {name}");
        }
    }
}
