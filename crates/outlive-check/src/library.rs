//! What is known of C libraries whose sources are seldom at hand: the table in `libraries.toml`.

use std::collections::HashMap;
use std::sync::Arc;

use serde::Deserialize;

/// The table of known libraries.
#[derive(Debug)]
pub struct Library {
    functions: HashMap<String, Arc<Known>>,
}

/// What is known of a function.
#[derive(Debug)]
pub struct Known {
    pub function: String,
    pub library: String,
    pub table: String,
    /// Until when what it keeps is used.
    pub until: String,
    /// When C may call late, in words; empty where it does not.
    pub late: String,
    /// The arguments that it keeps; none for a function that calls only while it runs.
    pub keeps: Vec<Keep>,
}

/// An argument that a function keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keep {
    pub arg: usize,
    /// The argument whose object keeps it, which it does not outlive.
    pub owner: Option<usize>,
    /// Whether it is what the argument points to: the function copies the struct.
    pub contents: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tables {
    table: Vec<Table>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    library: String,
    name: String,
    until: String,
    #[serde(default)]
    late: String,
    /// `function(ARG)` or `function(ARG in OWNER)`: keeps the pointer.
    #[serde(default)]
    keeps: Vec<String>,
    /// The same: copies the struct, and with it the pointers inside.
    #[serde(default)]
    copies: Vec<String>,
    /// Calls only while it runs.
    #[serde(default)]
    during: Vec<String>,
    /// Waits until its callbacks have run.
    #[serde(default)]
    blocks: Vec<String>,
}

impl Library {
    /// The table that comes with the crate.
    ///
    /// # Errors
    ///
    /// What is wrong with it, in words. A test reads it, so that this does not happen to a user.
    pub fn bundled() -> Result<Self, String> {
        Self::parse(include_str!("libraries.toml"))
    }

    fn parse(text: &str) -> Result<Self, String> {
        let parsed: Tables = toml::from_str(text).map_err(|error| error.to_string())?;
        let mut functions: HashMap<String, Known> = HashMap::new();
        for table in &parsed.table {
            let kept = table.keeps.iter().map(|entry| (entry, false));
            for (entry, contents) in kept.chain(table.copies.iter().map(|entry| (entry, true))) {
                let (function, keeps) =
                    parse_entry(entry, contents).ok_or_else(|| format!("{entry}: not an entry"))?;
                functions
                    .entry(function.to_owned())
                    .or_insert_with(|| table.known(function))
                    .keeps
                    .extend(keeps);
            }
            for function in table.during.iter().chain(&table.blocks) {
                functions.entry(function.clone()).or_insert_with(|| table.known(function));
            }
        }
        let functions =
            functions.into_iter().map(|(name, known)| (name, Arc::new(known))).collect();
        Ok(Library { functions })
    }

    /// What is known of the C function of this name.
    pub fn function(&self, name: &str) -> Option<Arc<Known>> {
        self.functions.get(name).cloned().or_else(|| completion(name))
    }
}

impl Table {
    fn known(&self, function: &str) -> Known {
        Known {
            function: function.to_owned(),
            library: self.library.clone(),
            table: self.name.clone(),
            until: self.until.clone(),
            late: self.late.clone(),
            keeps: Vec::new(),
        }
    }
}

/// Methods of Apple's frameworks that take a completion handler return before it has run; that is their convention. The
/// first argument of a method is its receiver.
fn completion(selector: &str) -> Option<Arc<Known>> {
    if !selector.ends_with(':') {
        return None;
    }
    let parts = selector.split_terminator(':').enumerate();
    let handlers = parts.filter(|(_, part)| part.ends_with("ompletionHandler"));
    let keeps: Vec<Keep> =
        handlers.map(|(index, _)| Keep { arg: index + 1, owner: None, contents: false }).collect();
    let known = Known {
        function: selector.to_owned(),
        library: "Apple's frameworks".to_owned(),
        table: "completion handlers".to_owned(),
        until: "the handler has run".to_owned(),
        late: String::new(),
        keeps,
    };
    (!known.keeps.is_empty()).then(|| Arc::new(known))
}

/// `function(1, 2 in 0)`
fn parse_entry(entry: &str, contents: bool) -> Option<(&str, Vec<Keep>)> {
    let (function, rest) = entry.split_once('(')?;
    let mut keeps = Vec::new();
    for word in rest.strip_suffix(')')?.split(',') {
        let (arg, owner) = match word.trim().split_once(" in ") {
            Some((arg, owner)) => (arg, Some(owner.parse().ok()?)),
            None => (word.trim(), None),
        };
        keeps.push(Keep { arg: arg.parse().ok()?, owner, contents });
    }
    Some((function, keeps))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_that_comes_with_the_crate_can_be_read() {
        let library = Library::bundled().unwrap();
        let tables = include_str!("libraries.toml").matches("[[table]]").count();
        assert!(tables >= 108, "{tables}");
        let known = library.function("sqlite3_create_function_v2").unwrap();
        assert_eq!(known.keeps, [Keep { arg: 4, owner: Some(0), contents: false }]);
    }

    #[test]
    fn an_entry_names_arguments_and_their_owners() {
        let (function, keeps) = parse_entry("f(1, 2 in 0)", true).unwrap();
        assert_eq!(function, "f");
        assert_eq!(keeps.len(), 2);
        assert_eq!(keeps[1], Keep { arg: 2, owner: Some(0), contents: true });
        assert!(parse_entry("f", false).is_none());
        assert!(parse_entry("f(x)", false).is_none());
    }
}
