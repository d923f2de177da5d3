//! The two crates: the same C struct and methods, and who writes the trampolines.

use std::fmt::{self, Write};
use std::path::Path;
use std::{fs, io};

/// Who writes the trampolines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    ByHand,
    Block,
}

impl Kind {
    pub const ALL: [Kind; 2] = [Kind::ByHand, Kind::Block];

    /// The crate's name.
    pub fn name(self) -> &'static str {
        match self {
            Kind::ByHand => "by_hand",
            Kind::Block => "block",
        }
    }
}

/// A kind of member: C's arguments without the user data, the result, what the method does, and what C gets where it
/// panics. Each method may panic, or no trampoline would have to catch anything.
struct Shape {
    arguments: &'static [&'static str],
    result: &'static str,
    body: &'static str,
    fallback: &'static str,
}

const NUMBER: &str = "i32::try_from(self.0.load(Ordering::Relaxed)).unwrap() + MEMBER";
const SHAPES: [Shape; 6] = [
    Shape { arguments: &["c_int"], result: "c_int", body: NUMBER, fallback: "-1" },
    Shape {
        arguments: &[],
        result: "()",
        body: "assert!(self.0.swap(MEMBER, Ordering::Relaxed) != u64::MAX)",
        fallback: "()",
    },
    Shape { arguments: &["*const c_char", "usize"], result: "c_int", body: NUMBER, fallback: "-1" },
    Shape {
        arguments: &["*mut c_void", "usize", "i64"],
        result: "isize",
        body: "isize::try_from(self.0.load(Ordering::Relaxed)).unwrap() + MEMBER",
        fallback: "-1",
    },
    Shape {
        arguments: &["c_int", "c_int"],
        result: "*mut c_void",
        body: "self.1[self.0.load(Ordering::Relaxed) as usize + MEMBER] as *mut c_void",
        fallback: "core::ptr::null_mut()",
    },
    Shape {
        arguments: &["u32", "u64", "*const c_void", "c_int"],
        result: "c_int",
        body: NUMBER,
        fallback: "-1",
    },
];

const HEAD: &str = "#![allow(non_camel_case_types, unused_variables)]
use core::ffi::*;
use core::sync::atomic::{AtomicU64, Ordering};

pub struct Host(AtomicU64, Vec<usize>);
";
const HOST: &str = "Host(AtomicU64::new(0), Vec::new())";

/// Writes a workspace with both crates, for a struct of so many members.
pub fn write(folder: &Path, members: usize) -> io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    // Cargo then has nothing to ask of anybody.
    fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock"))?;
    let names = Kind::ALL.map(|kind| format!("{:?}", kind.name())).join(", ");
    let workspace = format!("[workspace]\nresolver = \"3\"\nmembers = [{names}]\n");
    fs::write(folder.join("Cargo.toml"), workspace)?;
    for kind in Kind::ALL {
        let own = folder.join(kind.name());
        fs::create_dir_all(own.join("src"))?;
        fs::write(own.join("Cargo.toml"), manifest(kind, &root))?;
        fs::write(own.join("src/lib.rs"), source(kind, members).map_err(io::Error::other)?)?;
    }
    Ok(())
}

fn manifest(kind: Kind, root: &Path) -> String {
    let name = kind.name();
    let dependency = match kind {
        Kind::ByHand => String::new(),
        Kind::Block => format!("outlive = {{ path = {:?} }}\n", root.join("crates/outlive")),
    };
    format!(
        "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\n{dependency}"
    )
}

fn source(kind: Kind, members: usize) -> Result<String, fmt::Error> {
    let mut text = HEAD.to_owned();
    writeln!(text, "#[repr(C)]\npub struct table {{")?;
    for (member, shape) in shapes(members) {
        let types = shape.arguments.iter().map(|ty| format!("{ty}, ")).collect::<String>();
        let result = shape.result;
        writeln!(
            text,
            "    pub m{member}: Option<unsafe extern \"C\" fn({types}*mut c_void) -> {result}>,"
        )?;
    }
    writeln!(text, "}}\n")?;
    match kind {
        Kind::ByHand => by_hand(&mut text, members)?,
        Kind::Block => block(&mut text, members)?,
    }
    Ok(text)
}

fn shapes(members: usize) -> impl Iterator<Item = (usize, &'static Shape)> {
    SHAPES.iter().cycle().take(members).enumerate()
}

fn method(text: &mut String, member: usize, shape: &Shape) -> fmt::Result {
    let (parameters, result) = (parameters(shape), shape.result);
    let body = shape.body.replace("MEMBER", &member.to_string());
    writeln!(text, "    fn m{member}(&self, {parameters}) -> {result} {{\n        {body}\n    }}")
}

fn parameters(shape: &Shape) -> String {
    shape.arguments.iter().enumerate().map(|(n, ty)| format!("a{n}: {ty}, ")).collect()
}

fn by_hand(text: &mut String, members: usize) -> fmt::Result {
    writeln!(text, "impl Host {{")?;
    shapes(members).try_for_each(|(member, shape)| method(text, member, shape))?;
    writeln!(text, "}}\n")?;
    for (member, shape) in shapes(members) {
        let (parameters, Shape { result, fallback, .. }) = (parameters(shape), shape);
        let names = (0..shape.arguments.len()).map(|n| format!("a{n}, ")).collect::<String>();
        writeln!(
            text,
            "unsafe extern \"C\" fn t{member}({parameters}user: *mut c_void) -> {result} {{
    let host = unsafe {{ &*user.cast::<Host>() }};
    std::panic::catch_unwind(core::panic::AssertUnwindSafe(|| host.m{member}({names})))
        .unwrap_or({fallback})
}}"
        )?;
    }
    let all = (0..members).map(|n| format!("m{n}: Some(t{n}), ")).collect::<String>();
    writeln!(
        text,
        "\npub static TABLE: table = table {{ {all} }};
pub fn hold() -> (&'static table, *mut c_void) {{
    (&TABLE, Box::into_raw(Box::new({HOST})).cast())
}}"
    )
}

fn block(text: &mut String, members: usize) -> fmt::Result {
    writeln!(text, "#[outlive::callbacks(table, state = arg)]\nimpl Host {{")?;
    for (member, shape) in shapes(members) {
        if shape.fallback == "-1" {
            writeln!(text, "    #[callback(fallback = -1)]")?;
        }
        method(text, member, shape)?;
    }
    writeln!(
        text,
        "}}\n
pub fn hold() -> Result<(*mut table, *mut c_void), outlive::HoldErrorKind> {{
    let held = outlive::Held::new({HOST}).map_err(outlive::HoldError::into_kind)?;
    let given = (held.as_ptr(), held.user_data());
    let _ = held.leak();
    Ok(given)
}}"
    )
}
