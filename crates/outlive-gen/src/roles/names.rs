//! What the options name: members and parameters.

use super::model::{Callback, Role};
use crate::error::{Error, Result};
use crate::model::{Member, Table};

pub(super) fn pair<'a>(option: &str, text: &'a str) -> Result<(&'a str, &'a str)> {
    text.split_once('=').ok_or_else(|| wrong(option, text, "it is NAME=VALUE"))
}

pub(super) fn wrong(option: &str, text: &str, why: &str) -> Error {
    Error::Option(format!("{option} {text}: {why}"))
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
    let name = callback.name;
    wrong(option, text, &format!("the parameters of `{name}` are {}", known.join(", ")))
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
        let known = known.join(", ");
        wrong(option, name, &format!("there is no such member; there are {known}"))
    }

    pub(super) fn all(&self, option: &str, names: &[String]) -> Result<Vec<&'t Member>> {
        let mut found = Vec::new();
        for name in names {
            if !name.contains('*') {
                found.push(self.one(option, name)?);
                continue;
            }
            let named = |m: &&Member| m.name.as_deref().is_some_and(|n| starts(name, n));
            let before = found.len();
            found.extend(self.table.members.iter().filter(named));
            if found.len() == before {
                return Err(self.no_member(option, name));
            }
        }
        Ok(found)
    }

    pub(super) fn callback<'c, 'm>(
        &self,
        option: &str,
        name: &str,
        callbacks: &'c mut [Callback<'m>],
    ) -> Result<&'c mut Callback<'m>> {
        let found = callbacks.iter().position(|callback| callback.name == name);
        let Some(found) = found else {
            self.one(option, name)?;
            return Err(wrong(option, name, "this is no callback of the host's"));
        };
        Ok(&mut callbacks[found])
    }

    pub(super) fn parameter<'c, 'm>(
        &self,
        option: &str,
        text: &str,
        callbacks: &'c mut [Callback<'m>],
    ) -> Result<(&'c mut Callback<'m>, usize)> {
        let (member, which) = member_and_parameter(option, text)?;
        let callback = self.callback(option, member, callbacks)?;
        let at = position(callback, which).ok_or_else(|| no_parameter(option, text, callback))?;
        if callback.parameters[at] == Role::UserData {
            return Err(wrong(option, text, "this is the user data"));
        }
        if callback.parameters[at] == Role::Table {
            return Err(wrong(option, text, "this is the table"));
        }
        Ok((callback, at))
    }
}

/// Whether this is the name, or what stands before a `*` at its end begins it.
pub(super) fn starts(pattern: &str, name: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == name, |start| name.starts_with(start))
}

pub(super) fn member_and_parameter<'a>(option: &str, text: &'a str) -> Result<(&'a str, &'a str)> {
    text.split_once('.').ok_or_else(|| wrong(option, text, "it is MEMBER.PARAMETER"))
}
