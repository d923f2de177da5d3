//! Names in Go for names in C.

use std::collections::HashMap;

const KEYWORDS: &[&str] = &[
    "break",
    "case",
    "chan",
    "const",
    "continue",
    "default",
    "defer",
    "else",
    "fallthrough",
    "for",
    "func",
    "go",
    "goto",
    "if",
    "import",
    "interface",
    "map",
    "package",
    "range",
    "return",
    "select",
    "struct",
    "switch",
    "type",
    "var",
];

/// What generated functions use themselves, and the words of Go that they need.
const TAKEN: &[&str] = &[
    "pass", "result", "answer", "function", "call", "outlive", "unsafe", "slices", "string",
    "uintptr", "nil", "true", "false", "bool", "byte", "int", "int8", "int16", "int32", "int64",
    "uint8", "uint16", "uint32", "uint64", "float32", "float64", "f",
];

/// Words of C that a name in camel case can still be.
const C_WORDS: &[&str] = &[
    "auto", "char", "double", "do", "enum", "extern", "float", "inline", "long", "register",
    "restrict", "short", "signed", "sizeof", "static", "typedef", "union", "unsigned", "void",
    "volatile", "while", "asm", "typeof",
];

/// Endings of a file's name by which Go decides whether to compile it.
const ENDINGS: &[&str] = &[
    "test", "linux", "windows", "darwin", "freebsd", "netbsd", "openbsd", "android", "ios", "js",
    "plan9", "solaris", "aix", "386", "amd64", "arm", "arm64", "wasm", "riscv64", "s390x",
    "ppc64le",
];

/// Words that Go writes in capitals: staticcheck's list.
const INITIALISMS: &[&str] = &[
    "ACL", "API", "ASCII", "CPU", "CSS", "DNS", "EOF", "GUID", "HTML", "HTTP", "HTTPS", "ID", "IP",
    "JSON", "QPS", "RAM", "RPC", "SLA", "SMTP", "SQL", "SSH", "TCP", "TLS", "TTL", "UDP", "UI",
    "GID", "UID", "UUID", "URI", "URL", "UTF8", "VM", "XML", "XMPP", "XSRF", "XSS", "SIP", "RTP",
    "AMQP", "DB", "TS",
];

/// The package's name for a folder or a header: `ares` for `ares.h`.
pub fn package_name(of: &str) -> String {
    let last = of.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let last = last.strip_suffix(".h").unwrap_or(last);
    let name: String =
        last.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
    match name.chars().next() {
        Some(first) if first.is_ascii_alphabetic() && !KEYWORDS.contains(&name.as_str()) => name,
        _ => format!("c{name}"),
    }
}

/// The name of the files for a table, without an ending. Go does not see files whose names begin with `_`.
pub fn file_name(table: &str) -> String {
    let table = table.trim_start_matches('_');
    let last = table.rsplit('_').next().unwrap_or_default();
    if ENDINGS.contains(&last) { format!("{table}_table") } else { table.to_owned() }
}

/// `EventAdd` for `event_add`, `HandlerResult` for `HandlerResult`, `Handled` for `HANDLED`.
pub fn exported(c: &str) -> String {
    let name: String = c.split('_').filter(|word| !word.is_empty()).map(word).collect();
    match name.chars().next() {
        Some(first) if first.is_ascii_uppercase() => name,
        _ => format!("X{name}"),
    }
}

fn word(word: &str) -> String {
    let capitals = word.to_ascii_uppercase();
    if INITIALISMS.contains(&capitals.as_str()) {
        return capitals;
    }
    let shouted = !word.chars().any(|c| c.is_ascii_lowercase());
    let (first, rest) = word.split_at(1);
    let rest = if shouted { rest.to_lowercase() } else { rest.to_owned() };
    format!("{}{rest}", first.to_ascii_uppercase())
}

/// As [`exported`], without the package's name in front, which callers say anyway, and without `_t`.
pub fn exported_in(package: &str, c: &str) -> String {
    let c = c.strip_suffix("_t").unwrap_or(c);
    exported(without(package, c).unwrap_or(c))
}

/// What the names begin with that a linker sees, so that no two packages for one C struct have the same.
pub fn linked(package: &str, c: &str) -> String {
    format!("outlive_go_{package}_{}", without(package, c).unwrap_or(c))
}

fn without<'a>(package: &str, c: &'a str) -> Option<&'a str> {
    let front = c.get(..package.len())?;
    let rest = c[package.len()..].trim_start_matches('_');
    let whole =
        c[package.len()..].starts_with('_') || rest.starts_with(|c: char| c.is_ascii_uppercase());
    let usable = rest.starts_with(|c: char| c.is_ascii_alphabetic());
    (front.eq_ignore_ascii_case(package) && whole && usable).then_some(rest)
}

/// Whether other packages see a thing of this name.
pub fn is_exported(name: &str) -> bool {
    let first = name.starts_with(|c: char| c.is_ascii_uppercase());
    first && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// The name of a parameter in Go: `maxBytes` for `max_bytes`.
pub fn parameter(c: &str) -> String {
    let name = exported(c);
    let shouted = !name.chars().any(|c| c.is_ascii_lowercase());
    let first = c.split('_').find(|word| !word.is_empty()).unwrap_or_default();
    let small = match INITIALISMS.contains(&first.to_ascii_uppercase().as_str()) {
        true => first.len(),
        false => 1,
    };
    let name = match shouted {
        true => name.to_lowercase(),
        false => name[..small].to_lowercase() + &name[small..],
    };
    let name = name.as_str();
    if KEYWORDS.contains(&name) || TAKEN.contains(&name) || C_WORDS.contains(&name) {
        return format!("{name}Arg");
    }
    name.to_owned()
}

/// A parameter of a trampoline, which has names of its own.
pub fn c_parameter(c: &str) -> String {
    if matches!(c, "pass" | "result" | "instance") { format!("{c}_arg") } else { c.to_owned() }
}

/// How Go reaches a field of a C struct.
pub fn c_field(c: &str) -> String {
    if KEYWORDS.contains(&c) { format!("_{c}") } else { c.to_owned() }
}

/// A name behind its article.
pub fn a(name: &str) -> String {
    let vowel = name.starts_with(|c: char| "aeioAEIO".contains(c));
    format!("{} {name}", if vowel { "an" } else { "a" })
}

/// A comment in Go, indented, from a text. gofmt would write none of its lines otherwise.
pub fn comment(indent: &str, text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let empty =
        |at: Option<usize>| at.and_then(|at| lines.get(at)).is_none_or(|line| line.is_empty());
    let mut out = String::new();
    for (at, line) in lines.iter().enumerate() {
        // A paragraph of one line without a full stop is a heading to gofmt.
        let alone = empty(at.checked_sub(1)) && empty(Some(at + 1));
        let open = line.ends_with(|c: char| c.is_alphanumeric() || c == ')');
        let stop = if alone && open { "." } else { "" };
        out += &comment_line(indent, &format!("{line}{stop}"));
    }
    out
}

fn comment_line(indent: &str, line: &str) -> String {
    if line.is_empty() {
        return format!("{indent}//\n");
    }
    let rest = line.trim_start_matches(['-', '*', '+', '•', '#', '|']);
    let marked = rest.len() < line.len() && rest.starts_with([' ', '\t']);
    let numbered = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let numbered =
        (numbered.len() < line.len()).then(|| numbered.strip_prefix(['.', ')'])).flatten();
    // A list or a heading, which gofmt would set apart.
    let line = match numbered {
        Some(rest) if rest.starts_with(' ') => {
            format!("({}){rest}", &line[..line.len() - rest.len() - 1])
        }
        _ if marked => format!("– {}", rest.trim_start()),
        _ => line.to_owned(),
    };
    format!("{indent}// {line}\n")
}

/// The names at a package's top, each of which stands for one thing.
#[derive(Debug, Default)]
pub struct Scope {
    owners: HashMap<String, String>,
}

impl Scope {
    /// `name`, or with a number behind it if that is another thing's.
    pub fn name(&mut self, name: &str, owner: &str) -> String {
        self.name_or(name, name, owner)
    }

    /// As [`Scope::name`], with `other` to try before numbers.
    pub fn name_or(&mut self, name: &str, other: &str, owner: &str) -> String {
        let tries = [name.to_owned(), other.to_owned()].into_iter();
        let tries = tries.chain((2..).map(|number| format!("{other}{number}")));
        for tried in tries {
            match self.owners.get(&tried) {
                None => {
                    self.owners.insert(tried.clone(), owner.to_owned());
                    return tried;
                }
                Some(one) if one == owner => return tried,
                Some(_) => {}
            }
        }
        unreachable!("numbers do not end")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_go() {
        assert_eq!(exported_in("vde", "vde_event_handler"), "EventHandler");
        assert_eq!(exported_in("dbus", "DBusObjectPathVTable"), "ObjectPathVTable");
        assert_eq!(exported_in("ares", "ares_socket_t"), "Socket");
        assert_eq!(exported_in("dbus", "DBUS_HANDLER_RESULT_HANDLED"), "HandlerResultHandled");
        assert_eq!(exported_in("event", "event_cb"), "Cb");
        assert_eq!(exported_in("a", "abc"), "Abc");
        assert_eq!(parameter("user_name"), "userName");
        assert_eq!(parameter("type"), "typeArg");
        assert_eq!(parameter("FD"), "fd");
        assert_eq!(exported("username_from_url"), "UsernameFromURL");
        assert_eq!(parameter("username_from_url"), "usernameFromURL");
        assert_eq!((parameter("url_path"), parameter("id")), ("urlPath".into(), "id".into()));
        assert_eq!(exported("ID_SSH"), "IDSSH");
    }

    #[test]
    fn packages_for_one_struct_have_linked_names_of_their_own() {
        assert_eq!(linked("keeper", "keeper_listener"), "outlive_go_keeper_listener");
        assert_eq!(linked("locker", "keeper_listener"), "outlive_go_locker_keeper_listener");
    }

    #[test]
    fn packages_and_files_have_names_that_go_takes() {
        assert_eq!(package_name("/usr/include/git2.h"), "git2");
        assert_eq!(package_name("out/my-go/"), "mygo");
        assert_eq!(package_name("2d.h"), "c2d");
        assert_eq!(file_name("unit_test"), "unit_test_table");
        assert_eq!(file_name("vde_event_handler"), "vde_event_handler");
        assert_eq!(file_name("_GSourceFuncs"), "GSourceFuncs");
    }

    #[test]
    fn comments_have_neither_lists_nor_headings() {
        assert_eq!(comment("", "a\n\n- b\n2. c\n# d"), "// a.\n//\n// – b\n// (2) c\n// – d\n");
    }
}
