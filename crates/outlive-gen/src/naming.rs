//! Names of C as those of other languages.

/// The part of a table's name that stands before the names of its library: `git` of `git_remote_callbacks`.
pub fn library_prefix(table: &str) -> Option<&str> {
    let (prefix, rest) = table.trim_start_matches('_').split_once('_')?;
    (!prefix.is_empty() && rest.contains(|c: char| c.is_ascii_alphabetic())).then_some(prefix)
}

/// The name of a type: `git_remote_callbacks` is `RemoteCallbacks`.
pub fn type_name(c: &str, library: Option<&str>) -> String {
    let mut name = c.trim_matches('_');
    name = name.strip_suffix("_t").filter(|rest| !rest.is_empty()).unwrap_or(name);
    camel(without(name, library))
}

/// A name in capitals and small letters: `event_add` is `EventAdd`, `EVENT_ADD` too.
pub fn camel(c: &str) -> String {
    let mut name = String::new();
    for word in c.split('_').filter(|word| !word.is_empty()) {
        let shouted = word.len() > 1 && !word.contains(|c: char| c.is_ascii_lowercase());
        let mut letters = word.chars();
        name.extend(letters.next().map(|c| c.to_ascii_uppercase()));
        name.extend(letters.map(|c| if shouted { c.to_ascii_lowercase() } else { c }));
    }
    if name.starts_with(|c: char| c.is_ascii_digit()) || name.is_empty() {
        format!("X{name}")
    } else {
        name
    }
}

/// A name of C without the library's.
fn without<'a>(c: &'a str, library: Option<&str>) -> &'a str {
    let Some(library) = library else { return c };
    let starts = c.get(..library.len()).is_some_and(|start| start.eq_ignore_ascii_case(library));
    let rest = c.get(library.len()..).and_then(|rest| rest.strip_prefix('_'));
    rest.filter(|rest| starts && rest.starts_with(|c: char| c.is_ascii_alphabetic())).unwrap_or(c)
}

/// A name that begins with a small letter: `userData` of `user_data`.
pub fn lower_camel(c: &str) -> String {
    let name = camel(c);
    let capitals = name.chars().take_while(char::is_ascii_uppercase).count();
    // In `URLPath` the last capital begins a word.
    let lower = if capitals > 1 && capitals < name.len() { capitals - 1 } else { capitals };
    name[..lower].to_ascii_lowercase() + &name[lower..]
}

/// The name of a constant: that of a type, without the library's.
pub fn constant_name(c: &str, library: Option<&str>) -> String {
    camel(without(c.trim_matches('_'), library))
}

#[cfg(test)]
mod tests {
    use super::{camel, constant_name, library_prefix, lower_camel, type_name};

    #[test]
    fn types_lose_the_prefix_of_their_library() {
        let library = library_prefix("git_remote_callbacks");
        assert_eq!(type_name("git_remote_callbacks", library), "RemoteCallbacks");
        assert_eq!(type_name("git_remote_completion_t", library), "RemoteCompletion");
        assert_eq!(type_name("timeval", library), "Timeval");
        assert_eq!(
            constant_name("GIT_REMOTE_COMPLETION_DOWNLOAD", library),
            "RemoteCompletionDownload"
        );
        assert_eq!(type_name("DBusObjectPathVTable", None), "DBusObjectPathVTable");
    }

    #[test]
    fn names_begin_with_a_letter() {
        assert_eq!(camel("_2d"), "X2d");
        assert_eq!(lower_camel("user_data"), "userData");
        assert_eq!(lower_camel("URL_path"), "urlPath");
        assert_eq!(lower_camel("DBusMessage"), "dBusMessage");
    }
}
