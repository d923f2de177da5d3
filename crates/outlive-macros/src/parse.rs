//! The options of `#[callbacks(...)]` and `#[callback(...)]`, as they are written.

use proc_macro2::{Span, TokenStream};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::token::{Bracket, Paren};
use syn::{
    Attribute, Error, Expr, ExprUnary, Ident, Lit, LitBool, LitInt, Meta, Path, Result, Token,
    Type, UnOp, parenthesized,
};

use crate::errors::Errors;
use crate::model::{Constant, Last, TableOffset};

const BLOCK_OPTIONS: &str = "`state`, `required`, `instances`, `user_data`, `user_data_member`, \
     `table`, `table_offset`, `destroy`, `keep`, `deliver`, `count`, `panic`, `constant`, `written_by_c`, `unsafe(borrow)` and `crate`";
const CALLBACK_OPTIONS: &str = "`fallback`, `late`, `panicked`, `refuse`, `errno`, `last`, `unsafe(last)`, `takes_back`, `posted`, `user_data`, `table`, `member` and `type`";

/// The options of a block; each is `None` or empty where it was not written.
#[derive(Default)]
pub struct BlockOptions {
    pub table: Option<Type>,
    /// Where the C struct stands, or would.
    pub start: Option<Span>,
    pub krate: Option<Path>,
    pub state: Option<Ident>,
    pub required: Vec<Ident>,
    pub instances: Option<LitInt>,
    pub user_data: Option<ArgumentAt>,
    pub user_data_member: Option<Ident>,
    pub table_argument: Option<ArgumentAt>,
    pub table_offset: Option<TableOffset>,
    pub destroy: Option<Ident>,
    pub keep: Option<Ident>,
    pub deliver: Option<LitBool>,
    pub count: Option<LitBool>,
    pub panic: Option<Ident>,
    pub constants: Vec<Constant>,
    pub written_by_c: Vec<Ident>,
    pub borrow: Option<Span>,
    seen: Seen,
}

/// The options of a callback.
#[derive(Default)]
pub struct CallbackOptions {
    pub fallback: Option<Expr>,
    pub late: Option<Expr>,
    pub panicked: Option<Expr>,
    pub refuse: Option<Ident>,
    pub errno: Option<Expr>,
    pub last: Option<Last>,
    pub takes_back: Option<Span>,
    pub posted: Option<Span>,
    pub user_data: Option<ArgumentAt>,
    pub table_argument: Option<ArgumentAt>,
    pub member: Option<Ident>,
    /// The type of the C function, where no C struct has it.
    pub function: Option<Type>,
    seen: Seen,
}

/// Where the user data, or the table, is, as it is written.
#[derive(Clone)]
pub struct ArgumentAt {
    pub at: Position,
    pub span: Span,
}

#[derive(Clone)]
pub enum Position {
    First,
    Last,
    At(usize),
    /// Not an argument of its own: an expression finds it.
    Found(Box<Expr>),
}

/// The names of the options written so far.
#[derive(Default)]
struct Seen(Vec<String>);

impl Seen {
    fn once(&mut self, name: &Ident) -> Result<()> {
        if self.0.iter().any(|seen| name == seen) {
            return Err(Error::new(name.span(), format!("`{name}` is given twice")));
        }
        self.0.push(name.to_string());
        Ok(())
    }
}

impl BlockOptions {
    /// Reads what stands in the parentheses of `#[callbacks(...)]`.
    pub fn parse(tokens: TokenStream, errors: &mut Errors) -> Self {
        let mut options = BlockOptions::default();
        let parser = |input: ParseStream<'_>| {
            options.table = options.parse_table(input, errors);
            each_option(input, errors, |name, input| options.parse_option(&name, input));
            Ok(())
        };
        if let Err(error) = parser.parse2(tokens) {
            errors.add(error);
        }
        options
    }

    /// The C struct, if there is one.
    fn parse_table(&mut self, input: ParseStream<'_>, errors: &mut Errors) -> Option<Type> {
        self.start = Some(input.span());
        let is_option =
            input.peek(Ident::peek_any) && (input.peek2(Token![=]) || input.peek2(Paren));
        if input.is_empty() || is_option {
            return None;
        }
        // The expansion has `&` before it, which a type with a `+` does not bear.
        let table = errors.take(input.call(Type::without_plus));
        end_option(input, errors);
        table
    }

    fn parse_option(&mut self, name: &Ident, input: ParseStream<'_>) -> Result<()> {
        match name.to_string().as_str() {
            "state" => self.state = Some(value(input)?),
            "required" => self.required = names(input)?,
            "instances" => self.instances = Some(value(input)?),
            "user_data" => self.user_data = Some(value(input)?),
            "user_data_member" => self.user_data_member = Some(value(input)?),
            "table" => self.table_argument = Some(table_argument(input)?),
            "table_offset" => self.table_offset = Some(value(input)?),
            "destroy" => self.destroy = Some(value(input)?),
            "keep" => self.keep = Some(value(input)?),
            "deliver" => self.deliver = Some(value(input)?),
            "count" => self.count = Some(value(input)?),
            "panic" => self.panic = Some(value(input)?),
            "constant" => self.constants = list(input)?,
            "written_by_c" => self.written_by_c = names(input)?,
            "unsafe" => self.borrow = Some(unsafe_option(name.span(), "borrow", input)?),
            "crate" => self.krate = Some(krate(input)?),
            "borrow" => return Err(borrow_is_unsafe(name.span())),
            _ => return Err(unknown(name, BLOCK_OPTIONS)),
        }
        self.seen.once(name)
    }
}

impl CallbackOptions {
    /// Takes the `#[callback(...)]` attributes out of `attributes`.
    pub fn take_from(attributes: &mut Vec<Attribute>, errors: &mut Errors) -> Self {
        let mut options = CallbackOptions::default();
        let (own, others) =
            core::mem::take(attributes).into_iter().partition(|a| a.path().is_ident("callback"));
        *attributes = others;
        let own: Vec<Attribute> = own;
        for attribute in own {
            if matches!(attribute.meta, Meta::Path(_)) {
                continue;
            }
            let Some(list) = errors.take(attribute.meta.require_list()) else { continue };
            let parser = |input: ParseStream<'_>| {
                each_option(input, errors, |name, input| options.parse_option(&name, input));
                Ok(())
            };
            if let Err(error) = parser.parse2(list.tokens.clone()) {
                errors.add(error);
            }
        }
        options
    }

    fn parse_option(&mut self, name: &Ident, input: ParseStream<'_>) -> Result<()> {
        match name.to_string().as_str() {
            "fallback" => self.fallback = Some(value(input)?),
            "late" => self.late = Some(value(input)?),
            "panicked" => self.panicked = Some(value(input)?),
            "refuse" => self.refuse = Some(value(input)?),
            "errno" => self.errno = Some(value(input)?),
            "last" => self.last = Some(Last { promise: None, span: name.span() }),
            "unsafe" => {
                let span = unsafe_option(name.span(), "last", input)?;
                self.last = Some(Last { promise: Some(span), span });
            }
            "takes_back" => self.takes_back = Some(name.span()),
            "posted" => self.posted = Some(name.span()),
            "user_data" => self.user_data = Some(value(input)?),
            "table" => self.table_argument = Some(table_argument(input)?),
            "member" => self.member = Some(member(input)?),
            "type" => self.function = Some(value(input)?),
            _ => return Err(unknown(name, CALLBACK_OPTIONS)),
        }
        self.seen.once(name)
    }
}

impl Parse for ArgumentAt {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let span = input.span();
        Ok(ArgumentAt { at: position(input.parse()?)?, span })
    }
}

/// Where the table is, which no expression finds.
fn table_argument(input: ParseStream<'_>) -> Result<ArgumentAt> {
    let place: ArgumentAt = value(input)?;
    if matches!(place.at, Position::Found(_)) {
        let words =
            "say which of C's arguments it is: `first`, `last`, or a number, counted from 0";
        return Err(Error::new(place.span, words));
    }
    Ok(place)
}

impl Parse for TableOffset {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        Ok(match input.parse()? {
            Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr, .. }) => {
                TableOffset { is_before: true, bytes: *expr }
            }
            bytes => TableOffset { is_before: false, bytes },
        })
    }
}

/// A word or a number says which of C's arguments it is; anything else is an expression.
fn position(expression: Expr) -> Result<Position> {
    match expression {
        Expr::Group(group) => position(*group.expr),
        Expr::Path(path) if path.path.is_ident("first") => Ok(Position::First),
        Expr::Path(path) if path.path.is_ident("last") => Ok(Position::Last),
        Expr::Lit(literal) => match &literal.lit {
            Lit::Int(number) => number.base10_parse().map(Position::At),
            _ => Ok(Position::Found(Box::new(Expr::Lit(literal)))),
        },
        expression => Ok(Position::Found(Box::new(expression))),
    }
}

impl Parse for Constant {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        Ok(Constant { member: input.parse()?, value: value(input)? })
    }
}

/// Runs `parse` for each option of a list; after a mistake it goes on behind the next comma.
fn each_option(
    input: ParseStream<'_>,
    errors: &mut Errors,
    mut parse: impl FnMut(Ident, ParseStream<'_>) -> Result<()>,
) {
    while !input.is_empty() {
        let parsed = input.call(Ident::parse_any).and_then(|name| parse(name, input));
        if let Err(error) = parsed {
            errors.add(error);
            skip_to_comma(input);
        }
        end_option(input, errors);
    }
}

fn end_option(input: ParseStream<'_>, errors: &mut Errors) {
    if !input.is_empty() && !input.peek(Token![,]) {
        errors.at(input.span(), "expected a comma and the next option");
        skip_to_comma(input);
    }
    // Either a comma or the end.
    let _ = input.parse::<Option<Token![,]>>();
}

fn skip_to_comma(input: ParseStream<'_>) {
    while !input.is_empty() && !input.peek(Token![,]) {
        if input.parse::<proc_macro2::TokenTree>().is_err() {
            return;
        }
    }
}

fn value<T: Parse>(input: ParseStream<'_>) -> Result<T> {
    input.parse::<Token![=]>()?;
    input.parse()
}

/// The name of a member.
struct Name(Ident);

impl Parse for Name {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let is_keyword = !input.peek(Ident);
        let name = input.call(Ident::parse_any)?;
        if is_keyword {
            let words =
                format!("`{name}` is a keyword: write `r#{name}`, or `{name}_` as bindgen has it");
            return Err(Error::new(name.span(), words));
        }
        Ok(Name(name))
    }
}

/// One of the struct's own members.
fn member(input: ParseStream<'_>) -> Result<Ident> {
    let Name(name) = value(input)?;
    if input.peek(Token![.]) || input.peek(Bracket) {
        let words = "a callback is a member of the C struct itself: where it is in a union, an array or a struct \
             within, declare the C struct with a member for each function, which has the same layout";
        return Err(input.error(words));
    }
    Ok(name)
}

fn list<T: Parse>(input: ParseStream<'_>) -> Result<Vec<T>> {
    let content;
    parenthesized!(content in input);
    Ok(Punctuated::<T, Token![,]>::parse_terminated(&content)?.into_iter().collect())
}

fn names(input: ParseStream<'_>) -> Result<Vec<Ident>> {
    Ok(list(input)?.into_iter().map(|Name(name)| name).collect())
}

fn krate(input: ParseStream<'_>) -> Result<Path> {
    input.parse::<Token![=]>()?;
    input.call(Path::parse_mod_style)
}

/// The place of the word `unsafe`, which the expansion uses for what is promised by it.
fn unsafe_option(promise: Span, known: &str, input: ParseStream<'_>) -> Result<Span> {
    let content;
    parenthesized!(content in input);
    let name: Ident = content.call(Ident::parse_any)?;
    if name != known || !content.is_empty() {
        let words = format!("the only option of this kind is `unsafe({known})`");
        return Err(Error::new(name.span(), words));
    }
    Ok(promise)
}

fn borrow_is_unsafe(span: Span) -> Error {
    let words = "borrowing what C points to is a promise that the compiler cannot check: write \
         `unsafe(borrow)`";
    Error::new(span, words)
}

fn unknown(name: &Ident, known: &str) -> Error {
    Error::new(name.span(), format!("there is no option `{name}`; there are {known}"))
}
