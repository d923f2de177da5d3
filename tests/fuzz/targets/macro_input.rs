//! Whatever stands in `#[callbacks(...)]` and in the block below it: the macro does not panic, and what
//! it writes are Rust items, with a `compile_error!` for each mistake.

#![no_main]

use arbitrary::{Arbitrary, Result, Unstructured};
use libfuzzer_sys::{Corpus, fuzz_target};
use proc_macro2::TokenStream;

/// The text of an attribute and of the item that it stands on.
#[derive(Debug)]
struct Input {
    options: String,
    item: String,
}

/// Types, patterns, expressions and names that mean something to the macro, and some that do not.
const TYPES: &[&str] = &[
    "c_int",
    "*const c_char",
    "*mut c_void",
    "Option<&CStr>",
    "&CStr",
    "&'a u8",
    "&'static u8",
    "&mut u8",
    "Option<&mut u8>",
    "Option<Token>",
    "Token",
    "Option<outlive::Token>",
    "&Call",
    "&Call<'_>",
    "&'a Call<'a>",
    "&outlive::Call<'_>",
    "(&Call)",
    "Option<point>",
    "Option",
    "Option<>",
    "Option<'a>",
    "[u8; 4]",
    "(u8, u16)",
    "fn(&u8) -> &u8",
    "impl Fn()",
    "dyn Send",
    "&dyn Send",
    "Self",
    "!",
    "_",
    "Box<dyn for<'x> Fn(&'x T)>",
    "<T as Tr>::X",
    "&'_ str",
    "T",
    "m!()",
    "extern \"C\" fn(u8, ...)",
    "Option<Option<&u8>>",
    "&&u8",
    "*const *const u8",
    "&[u8]",
    "Option<&[u8]>",
    "&mut [u8]",
    "&[&CStr]",
    "Buffer<'_, u8>",
    "Option<outlive::Buffer<'_, u8>>",
    "Buffer<'a, u8>",
    "Buffer<u8>",
    "Buffer",
    "Out<'_, u8>",
    "Option<Out<'_, u8>>",
    "&Out<'_, u8>",
    "r#type",
    "()",
];
const PATTERNS: &[&str] = &[
    "a",
    "b",
    "_",
    "mut a",
    "ref a",
    "a @ 1",
    "(a, b)",
    "Point { x, y }",
    "r#fn",
    "1",
    "&a",
    "__outlive_host",
    "C",
    "_a",
    "Some(a)",
    "..",
    "[a, ..]",
];
const EXPRESSIONS: &[&str] = &[
    "-1",
    "0",
    "a",
    "b.is_null()",
    "if a.is_null() { -2 } else { -3 }",
    "{ return 1 }",
    "|| 1",
    "unsafe { 1 }",
    "panic!()",
    "Self::C",
    "size_of::<table>()",
    "c\"x\"",
    "b\"\\xff\"",
    "1e999",
    "1u256",
    "'x'",
    "loop {}",
    "x = 1",
    "a..",
    "..",
    "&raw const a",
    "async {}",
    "const { 1 }",
    "m! { a , b }",
    "r#try",
    "-",
    "",
    "match a { _ => 1 }",
    "1 as u8 as u16",
    "\"a, b = c\"",
    "<T>::f",
    "break",
    "unsafe { (*a).user_data }",
    "offset_of!(table, next)",
    "-offset_of!(table, next)",
    "functions::<Other>().next",
    "self.f",
];
const NAMES: &[&str] = &[
    "on_event",
    "close",
    "opaque",
    "a",
    "r#type",
    "type",
    "self",
    "Self",
    "crate",
    "_",
    "on_event2",
    "version",
    "next",
    "é",
    "union",
    "r#on_event",
];
const STATES: &[&str] = &["arg", "none", "table", "object", "r#arg", "1", "arg none", "", "static"];
const NUMBERS: &[&str] = &[
    "0",
    "1",
    "16",
    "1024",
    "1025",
    "18446744073709551615",
    "18446744073709551616",
    "0x10",
    "1_000",
    "-1",
    "3u8",
    "1.5",
    "1e3",
    "0b2",
    "first",
    "last",
    "r#last",
    "\"last\"",
    "99999999999999999999999999999999999999999",
];
const TABLES: &[&str] = &[
    "table",
    "sys::table",
    "crate::sys::table<u8>",
    "*const table",
    "[table; 2]",
    "(a, b)",
    "",
    "state",
    "&'static table",
    "<T as Tr>::Table",
    "r#struct",
    "fn()",
    "table,",
    "impl Table",
    "_",
    "dyn T + Send",
];
const HEADERS: &[&str] = &[
    "impl Host",
    "impl<T: 'static> Host<T>",
    "impl<'v, T, const N: usize> Host<'v, T, N> where T: Copy",
    "unsafe impl Host",
    "impl Trait for Host",
    "impl !Send for Host",
    "impl &Host",
    "impl (Host)",
    "impl [Host]",
    "impl dyn Host",
    "impl fn(&u8) -> &u8",
    "impl Host<fn(&u8)>",
    "struct Host;",
    "fn f()",
    "#[cfg(x)] impl Host",
    "impl<> Host",
    "default impl Host",
    "impl const Trait for Host",
    "impl _",
    "impl Self",
    "impl<'a> &'a dyn Tr<'a>",
    "trait Host",
    "mod m",
    "impl<T = u8> Host<T>",
    "impl <T as Tr>::X",
    "impl Host<{ N + 1 }>",
    "pub impl Host",
    "impl m!()",
    "impl<#[a] T> Host<T>",
];
const RECEIVERS: &[&str] = &[
    "&self",
    "self",
    "&mut self",
    "mut self",
    "&'a self",
    "&'static self",
    "self: &Self",
    "self: Arc<Self>",
    "",
    "&'_ self",
    "&mut 'a self",
    "self: &&Self",
    "& raw self",
    "&'a mut self",
];
const MODIFIERS: &[&str] = &[
    "",
    "pub",
    "pub(crate)",
    "async",
    "unsafe",
    "extern \"C\"",
    "const",
    "default",
    "pub const async unsafe extern",
    "safe",
];
const GENERICS: &[&str] =
    &["", "<'a>", "<'a: 'b, 'b>", "<T>", "<const N: usize>", "<>", "<'a, T: Fn()>"];
const BODIES: &[&str] =
    &["{}", "{ 0 }", "{ fn g() {} self.f() }", ";", "{ m!{} }", "", "{ let x = ; }", "= 1;"];
const PARAMETER_ATTRIBUTES: &[&str] = &[
    "#[try_from]",
    "#[try_from(u8)]",
    "#[len(a)]",
    "#[len(b)]",
    "#[len(a * 2)]",
    "#[len({ self.n })]",
    "#[len(if a { b } else { return })]",
    "#[len()]",
    "#[len]",
    "#[len = 1]",
    "#[len(a)] #[len(b)]",
    "#[try_from] #[len(a)]",
    "#[cfg(x)]",
];
const ITEMS: &[&str] = &[
    "const C: u8 = 1;",
    "type X = u8;",
    "m!();",
    "fn",
    "}",
    "static S: u8 = 1;",
    "use a;",
    "#![inner]",
    "//! x",
];
const ATTRIBUTES: &[&str] = &[
    "#[cfg(x)]",
    "#[callback]",
    "#[callback()]",
    "#[callback = 1]",
    "#[inline]",
    "/// text",
    "#[callback(,)]",
    "#[outlive::callback(fallback = 1)]",
    "#[try_from]",
    "#[unsafe(no_mangle)]",
    "#[callback[fallback = 1]]",
];
const RUBBISH: &[&str] = &[
    ",", "=", "(", ")", "{", "}", "[", "]", "<", ">", "'a", "'", "\"", "#", "!", ";", ":", "::",
    "->", "=>", "&", "*", "..", "...", "|", "$", "@", "?", "~", "\\", "1", "r#", "/*", "*/", "//",
    "\n", "\0", "\u{202e}", "x", "\u{feff}", "b'", "c\"", "r\"", "0x",
];

impl<'a> Arbitrary<'a> for Input {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        if u.ratio(1, 8)? {
            return Ok(Input { options: u.arbitrary()?, item: u.arbitrary()? });
        }
        let mut input = Input { options: options(u)?, item: block(u)? };
        for _ in 0..u.int_in_range(0..=5_u8)?.saturating_sub(3) {
            spoil(u, &mut input)?;
        }
        Ok(input)
    }
}

/// Puts something where it does not belong, or takes something away.
fn spoil(u: &mut Unstructured<'_>, input: &mut Input) -> Result<()> {
    let text = if u.arbitrary()? { &mut input.options } else { &mut input.item };
    let at = text.floor_char_boundary(u.int_in_range(0..=text.len())?);
    if u.arbitrary()? {
        text.insert_str(at, u.choose(RUBBISH)?);
    } else {
        let end = text.ceil_char_boundary(text.len().min(at + u.int_in_range(0..=6)?));
        text.replace_range(at..end, "");
    }
    Ok(())
}

fn options(u: &mut Unstructured<'_>) -> Result<String> {
    let mut options = Vec::new();
    // Without a struct, the methods have the types of their functions.
    if u.ratio(3, 4)? {
        options.push(u.choose(TABLES)?.to_string());
    }
    if u.ratio(7, 8)? {
        let known = if u.ratio(3, 4)? { 3 } else { STATES.len() };
        options.push(format!("state = {}", u.choose(&STATES[..known])?));
    }
    for _ in 0..u.int_in_range(0..=4)? {
        let option = match u.int_in_range(0..=15)? {
            0 => format!("instances = {}", u.choose(NUMBERS)?),
            1 if u.arbitrary()? => format!("user_data = {}", u.choose(EXPRESSIONS)?),
            1 => format!("user_data = {}", u.choose(NUMBERS)?),
            2 => format!("user_data_member = {}", u.choose(NAMES)?),
            3 => format!("required({})", names(u)?),
            4 => format!("constant({} = {})", u.choose(NAMES)?, u.choose(EXPRESSIONS)?),
            5 => format!("written_by_c({})", names(u)?),
            6 => format!("count = {}", u.choose(&["true", "false", "1", ""])?),
            7 => format!(
                "panic = {}",
                u.choose(&["abort", "fallback", "resume", "r#abort", "x", "1"])?
            ),
            8 => u
                .choose(&[
                    "unsafe(borrow)",
                    "borrow",
                    "unsafe",
                    "unsafe(x)",
                    "unsafe(borrow, borrow)",
                ])?
                .to_string(),
            9 => format!(
                "crate = {}",
                u.choose(&["::outlive", "crate", "a::b", "a<u8>", "", "self::x", "1"])?
            ),
            10 => format!("destroy = {}", u.choose(NAMES)?),
            11 => format!("{} = {}", u.choose(NAMES)?, u.choose(EXPRESSIONS)?),
            12 => format!("table = {}", u.choose(NUMBERS)?),
            13 => format!("table_offset = {}", u.choose(EXPRESSIONS)?),
            14 => format!("keep = {}", u.choose(&["release", "r#release", "end", "1", ""])?),
            _ => u.choose(RUBBISH)?.to_string(),
        };
        options.push(option);
    }
    Ok(options.join(", "))
}

fn names(u: &mut Unstructured<'_>) -> Result<String> {
    let mut names = String::new();
    for _ in 0..u.int_in_range(0..=3)? {
        names.push_str(u.choose(NAMES)?);
        names.push_str(", ");
    }
    Ok(names)
}

fn block(u: &mut Unstructured<'_>) -> Result<String> {
    let header = if u.ratio(2, 3)? { "impl Host" } else { u.choose(HEADERS)? };
    let mut block = format!("{header} {{");
    for _ in 0..u.int_in_range(0..=3)? {
        if u.ratio(1, 10)? {
            block.push_str(u.choose(ITEMS)?);
        } else {
            block.push_str(&method(u)?);
        }
        block.push('\n');
    }
    block.push('}');
    Ok(block)
}

fn method(u: &mut Unstructured<'_>) -> Result<String> {
    let mut method = String::new();
    if u.ratio(1, 5)? {
        method.push_str(u.choose(ATTRIBUTES)?);
        method.push('\n');
    }
    if u.ratio(2, 3)? {
        method.push_str(&callback_attribute(u)?);
    }
    let receiver = if u.ratio(4, 5)? { "&self" } else { u.choose(RECEIVERS)? };
    let modifier = if u.ratio(5, 6)? { "" } else { u.choose(MODIFIERS)? };
    let generics = if u.ratio(2, 3)? { "" } else { u.choose(GENERICS)? };
    method.push_str(&format!("{modifier} fn {}{generics}({receiver}", u.choose(NAMES)?));
    let most = if u.ratio(1, 20)? { 20 } else { 4 };
    for _ in 0..u.int_in_range(0..=most)? {
        let attribute = if u.ratio(1, 3)? { u.choose(PARAMETER_ATTRIBUTES)? } else { "" };
        method.push_str(&format!(", {attribute} {}: {}", u.choose(PATTERNS)?, u.choose(TYPES)?));
    }
    method.push(')');
    if u.arbitrary()? {
        method.push_str(&format!(" -> {}", u.choose(TYPES)?));
    }
    let body = if u.ratio(7, 8)? { "{ 0 }" } else { u.choose(BODIES)? };
    method.push_str(body);
    Ok(method)
}

fn callback_attribute(u: &mut Unstructured<'_>) -> Result<String> {
    let mut options = Vec::new();
    for _ in 0..u.int_in_range(0..=4)? {
        options.push(match u.int_in_range(0..=11)? {
            0 | 1 => format!("fallback = {}", u.choose(EXPRESSIONS)?),
            2 => format!("errno = {}", u.choose(EXPRESSIONS)?),
            3 if u.arbitrary()? => format!("user_data = {}", u.choose(EXPRESSIONS)?),
            3 => format!("user_data = {}", u.choose(NUMBERS)?),
            4 => format!("table = {}", u.choose(NUMBERS)?),
            5 => format!("member = {}", u.choose(NAMES)?),
            6 => format!("type = {}", u.choose(TYPES)?),
            7 => u.choose(&["last", "unsafe(last)", "last = 1", "unsafe(x)"])?.to_string(),
            8 => u.choose(&["takes_back", "takes_back = 1", "takes_back()"])?.to_string(),
            9 => format!("refuse = {}", u.choose(&["abort", "r#abort", "fallback", "1", ""])?),
            10 => {
                let option = u.choose(&["late", "panicked"])?;
                format!("{option} = {}", u.choose(EXPRESSIONS)?)
            }
            _ => u.choose(RUBBISH)?.to_string(),
        });
    }
    Ok(format!("#[callback({})]\n", options.join(", ")))
}

fuzz_target!(|input: Input| -> Corpus {
    let (Ok(options), Ok(item)) =
        (input.options.parse::<TokenStream>(), input.item.parse::<TokenStream>())
    else {
        return Corpus::Reject; // rustc's lexer stops here too
    };
    // What rustc hands to an attribute macro is an item.
    let is_item = syn::parse2::<syn::Item>(item.clone()).is_ok();
    let expansion = macro_source::callbacks(options, item);
    if !is_item {
        return Corpus::Keep;
    }
    if let Err(error) = syn::parse2::<syn::File>(expansion.clone()) {
        panic!("{error}: {expansion}");
    }
    Corpus::Keep
});
