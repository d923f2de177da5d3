//! Checks one method.

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::visit_mut::{VisitMut, visit_lifetime_mut};
use syn::{
    Expr, FnArg, GenericParam, Ident, ImplItemFn, Lifetime, Pat, ReceiverKind, ReturnType, Safety,
    Signature,
};

use super::conversion::{Marks, conversion, is_call};
use super::{no_self, posted, used};
use crate::errors::Errors;
use crate::model::{Argument, Callback, Last, Locator, Parameter};
use crate::parse::{ArgumentAt, CallbackOptions, Position};

const MOST_ARGUMENTS: usize = 16;

pub const NO_USER_DATA: &str = "C passes no user data with `state = none`";
pub const TABLE_IN_ITS_PLACE: &str = "with `state = table` there is no user data: the table's own address \
     leads to the host value, and `table = ...` says which of C's arguments that is";
pub const FOR_STATE_TABLE: &str =
    "this is for `state = table`, where C passes the table's own address";

/// A method, with its options as they are written, and the mistakes in these.
pub struct Method<'a> {
    pub function: &'a mut ImplItemFn,
    pub options: CallbackOptions,
    pub mistakes: Errors,
}

/// What the block says for all methods.
pub struct Settings {
    pub locator: Locator,
    /// The place of the user data that the block names.
    pub user_data: Option<ArgumentAt>,
    /// The place of the table that the block names.
    pub table: Option<ArgumentAt>,
    pub borrow: bool,
    /// A C struct has the types of the functions.
    pub has_struct: bool,
    /// C takes the user data from the table, whose memory is used again.
    pub user_data_in_table: bool,
    /// The host value lives until the release.
    pub keep: bool,
    /// Calls on other threads are delivered.
    pub delivers: bool,
}

/// Makes the model of one method. `None` where it has mistakes.
pub fn check(method: Method<'_>, settings: &Settings, errors: &mut Errors) -> Option<Callback> {
    let Method { function, options, mut mistakes } = method;
    check_attributes(function, &mut mistakes);
    check_type(function, &options, settings, &mut mistakes);
    let signature = &mut function.sig;
    check_signature(signature, &mut mistakes);
    let (parameters, arguments) = parameters(signature, settings, &mut mistakes);
    let (arguments, user_data) = with_locating(arguments, &options, settings, &mut mistakes);
    let CallbackOptions { fallback, late, panicked, errno, .. } = &options;
    let expressions = [&user_data, fallback, late, panicked, errno].into_iter().flatten();
    used::by(expressions, signature);
    no_self::in_options(&options, &mut mistakes);
    if let Some(refuse) = &options.refuse {
        check_refuse(refuse, &options, &mut mistakes);
    }
    if let Some(last) = &options.last {
        check_last(last, settings, &mut mistakes);
    }
    if let Some(span) = options.takes_back {
        check_takes_back(span, &options, settings, &mut mistakes);
    }
    if let Some(span) = options.posted {
        posted::check(span, &options, settings.delivers, &signature.output, &mut mistakes);
        posted::check_arguments(&parameters, user_data.as_ref(), &mut mistakes);
    }
    if arguments.len() > MOST_ARGUMENTS {
        mistakes.at(
            signature.ident.span(),
            format!(
                "a callback has at most {MOST_ARGUMENTS} arguments, this has {}",
                arguments.len()
            ),
        );
    }
    let callback = Callback {
        method: signature.ident.clone(),
        member: options.member.unwrap_or_else(|| signature.ident.clone()),
        function: options.function,
        arguments,
        user_data,
        parameters,
        result: match &signature.output {
            ReturnType::Type(_, ty) => ty.span(),
            ReturnType::Default => signature.ident.span(),
        },
        aborts: options.refuse.is_some(),
        fallback: options.fallback,
        late: options.late,
        panicked: options.panicked,
        errno: options.errno,
        last: options.last,
        takes_back: options.takes_back.is_some(),
        posted: options.posted,
    };
    let sound = mistakes.is_empty();
    errors.append(mistakes);
    sound.then_some(callback)
}

fn check_attributes(function: &ImplItemFn, errors: &mut Errors) {
    for attribute in &function.attrs {
        if attribute.path().is_ident("cfg") {
            errors.at(
                attribute.span(),
                "a callback cannot depend on a `cfg`: put the `cfg` before `#[callbacks]`, on two blocks",
            );
        }
    }
}

/// The type of the C function is that of the struct's member, or stands in `type`.
fn check_type(
    function: &ImplItemFn,
    options: &CallbackOptions,
    settings: &Settings,
    errors: &mut Errors,
) {
    match (&options.function, &options.member) {
        (Some(ty), _) if settings.has_struct => errors.at(
            ty.span(),
            "the C struct has the type of this function: leave the `type` out, or the struct",
        ),
        (None, _) if !settings.has_struct => errors.at(
            function.sig.ident.span(),
            "say which C function this is, as there is no C struct: `#[callback(type = ...)]`",
        ),
        (_, Some(member)) if !settings.has_struct => errors.at(
            member.span(),
            "there is no C struct that could have this member: the function has the method's name",
        ),
        _ => {}
    }
}

fn check_signature(signature: &Signature, errors: &mut Errors) {
    if let Some(token) = &signature.asyncness {
        errors.at(token.span, "C waits for the result: a callback cannot be `async`");
    }
    if let Safety::Unsafe(token) = &signature.safety {
        errors.at(
            token.span,
            "the trampoline can promise a method nothing: make it safe, with `unsafe` blocks inside",
        );
    }
    if let Some(abi) = &signature.abi {
        errors
            .at(abi.span(), "the trampoline is generated: write a plain method, without `extern`");
    }
    if let Some(variadic) = &signature.variadic {
        errors.at(
            variadic.span(),
            "Rust cannot define a variadic callback: put a C function with a `va_list` before it",
        );
    }
    for parameter in &signature.generics.params {
        if !matches!(parameter, GenericParam::Lifetime(_)) {
            errors.at(
                parameter.span(),
                "C calls one function: a callback cannot be generic (the impl block can)",
            );
        }
    }
    check_receiver(signature, errors);
}

fn check_receiver(signature: &Signature, errors: &mut Errors) {
    let Some(FnArg::Receiver(receiver)) = signature.inputs.first() else {
        errors.at(
            signature.ident.span(),
            "a callback is a method: take `&self`; put other functions into another impl block",
        );
        return;
    };
    match &receiver.kind {
        ReceiverKind::Reference(_, None, None) => {}
        ReceiverKind::Reference(_, _, Some(_)) => errors.at(
            receiver.span(),
            "C may call again before this call has returned: take `&self` and keep what changes in a \
             `Cell`, or in a `Mutex` where calls come from several threads",
        ),
        ReceiverKind::Reference(_, Some(lifetime), None) if lifetime.ident == "static" => errors.at(
            lifetime.span(),
            "the host value lives until its table is ended, not for ever: take `&self`",
        ),
        ReceiverKind::Reference(..) => {}
        _ => errors.at(
            receiver.span(),
            "C may call many times, and the table keeps the host value: take `&self`",
        ),
    }
}

/// The parameters, and C's arguments without the one that leads to the host value.
fn parameters(
    signature: &mut Signature,
    settings: &Settings,
    errors: &mut Errors,
) -> (Vec<Parameter>, Vec<Argument>) {
    let declared = signature.generics.lifetimes().map(|parameter| parameter.lifetime.clone());
    let mut lifetimes = AnonymousLifetimes(declared.collect());
    let mut parameters = Vec::new();
    let mut arguments = Vec::new();
    let mut calls = 0;
    for input in &mut signature.inputs {
        let FnArg::Typed(input) = input else { continue };
        let marks = Marks::take_from(&mut input.attrs, errors);
        let (span, mut ty) = (input.ty.span(), input.ty.clone());
        if is_call(&ty) {
            calls += 1;
            if calls > 1 {
                errors.at(span, "there is one running call: take `&Call` once");
            }
            if marks.checked || marks.count.is_some() {
                errors.at(
                    span,
                    "`&Call` is none of C's arguments: it takes no `try_from` and no `len`",
                );
            }
            parameters.push(Parameter::Call(span));
            continue;
        }
        lifetimes.visit_type_mut(&mut ty);
        let conversion = conversion(&ty, &marks, settings.borrow, errors);
        let (position, count) = (arguments.len(), marks.count.map(Box::new));
        parameters.push(Parameter::Value { position, ty, conversion, count, span });
        arguments.push(Argument::Value(name(&input.pat, errors)));
    }
    let counts = parameters.iter().filter_map(|parameter| match parameter {
        Parameter::Value { count, .. } => count.as_deref(),
        Parameter::Call(_) => None,
    });
    used::by(counts, signature);
    (parameters, arguments)
}

/// Puts the argument that leads to the host value among C's arguments, and counts the positions after it up; or has the
/// expression that finds the user data.
fn with_locating(
    mut arguments: Vec<Argument>,
    options: &CallbackOptions,
    settings: &Settings,
    errors: &mut Errors,
) -> (Vec<Argument>, Option<Expr>) {
    check_places(options, settings.locator, errors);
    let (what, place, or) = match settings.locator {
        Locator::Arg => (
            "user data",
            options.user_data.as_ref().or(settings.user_data.as_ref()),
            Position::Last,
        ),
        Locator::Table => {
            ("table", options.table_argument.as_ref().or(settings.table.as_ref()), Position::First)
        }
        Locator::ContextFree { .. } => return (arguments, None),
    };
    if let Some(ArgumentAt { at: Position::Found(expression), .. }) = place {
        return (arguments, Some(Expr::clone(expression)));
    }
    let position = position(what, place, &or, arguments.len() + 1, errors);
    arguments.insert(position, Argument::Locating);
    (arguments, None)
}

/// A callback says only where that argument is which leads to the host value.
fn check_places(options: &CallbackOptions, locator: Locator, errors: &mut Errors) {
    if let (Some(place), false) = (&options.user_data, locator == Locator::Arg) {
        let is_table = locator == Locator::Table;
        errors.at(place.span, if is_table { TABLE_IN_ITS_PLACE } else { NO_USER_DATA });
    }
    if let (Some(place), false) = (&options.table_argument, locator == Locator::Table) {
        errors.at(place.span, FOR_STATE_TABLE);
    }
}

fn check_refuse(refuse: &Ident, options: &CallbackOptions, errors: &mut Errors) {
    if refuse != "abort" {
        let words = format!("there is no way `{refuse}` to refuse a call; there is `abort`");
        errors.at(refuse.span(), words);
    } else if let Some(fallback) = &options.fallback {
        errors.at(fallback.span(), "the process ends with `refuse = abort`: nothing is returned");
    }
}

/// The promise is asked for where a call that comes after the last one could reach another registration.
fn check_last(last: &Last, settings: &Settings, errors: &mut Errors) {
    let is_told = settings.locator == Locator::Arg && !settings.user_data_in_table;
    match (is_told, last.promise.is_some()) {
        (true, true) => errors.at(
            last.span,
            "`last` is enough here: the user data tells a call that comes after the last one",
        ),
        (false, false) => errors.at(
            last.span,
            "without user data, or where C takes it from the table, a call that comes after the last one may \
             reach the next table: promise with `unsafe(last)` that C makes none, and reads nothing",
        ),
        _ => {}
    }
}

fn check_takes_back(
    span: Span,
    options: &CallbackOptions,
    settings: &Settings,
    errors: &mut Errors,
) {
    if !settings.keep {
        errors.at(
            span,
            "what C takes back lives until the release: say `keep = release` in `#[callbacks(...)]`, too",
        );
    }
    if options.last.is_some() {
        errors.at(span, "`last` is enough here: a last call is served until the release, too");
    }
}

/// The name that a fallback can use for the raw argument.
fn name(pattern: &Pat, errors: &mut Errors) -> Option<syn::Ident> {
    match pattern {
        Pat::Ident(name) if name.by_ref.is_none() && name.subpat.is_none() => {
            Some(name.ident.clone())
        }
        Pat::Wild(_) => None,
        other => {
            errors.at(
                other.span(),
                "a parameter of a callback has a name: take it apart with `let` in the body",
            );
            None
        }
    }
}

/// Writes `'_` for the lifetimes that a method declares: the expansion cannot name them.
struct AnonymousLifetimes(Vec<Lifetime>);

impl VisitMut for AnonymousLifetimes {
    fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
        if self.0.iter().any(|declared| declared.ident == lifetime.ident) {
            *lifetime = Lifetime::new("'_", lifetime.span());
        }
        visit_lifetime_mut(self, lifetime);
    }
}

/// The position among `count` arguments of C of one of them.
fn position(
    what: &str,
    place: Option<&ArgumentAt>,
    or: &Position,
    count: usize,
    errors: &mut Errors,
) -> usize {
    let last = count - 1;
    match place.map_or(or, |place| &place.at) {
        Position::First => 0,
        Position::At(position) if *position <= last => *position,
        Position::At(position) => {
            let words = format!(
                "the {what} cannot be argument {position}: with the {what} C passes {count}, counted from 0"
            );
            errors.at(place.map_or_else(Span::call_site, |place| place.span), words);
            last
        }
        Position::Last | Position::Found(_) => last,
    }
}
