//! How an argument of C's gets the type of the method's parameter.

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::{
    Attribute, Expr, GenericArgument, Ident, Lifetime, PathArguments, PathSegment, Type,
    TypeReference,
};

use super::no_self;
use crate::errors::Errors;
use crate::fragments::in_expressions;
use crate::model::Conversion;

/// What the attributes of a parameter say.
#[derive(Default)]
pub struct Marks {
    /// Where `#[try_from]` stands.
    pub checked: bool,
    /// The expression of `#[len(...)]`.
    pub count: Option<Expr>,
}

impl Marks {
    /// Takes our attributes out of those of a parameter.
    pub fn take_from(attributes: &mut Vec<Attribute>, errors: &mut Errors) -> Self {
        let mut marks = Marks::default();
        attributes.retain(|attribute| {
            let name = attribute.path().get_ident().map(Ident::to_string);
            match name.as_deref() {
                Some("try_from") => marks.take_try_from(attribute, errors),
                Some("len") => marks.take_len(attribute, errors),
                _ => return true,
            }
            false
        });
        marks
    }

    fn take_try_from(&mut self, attribute: &Attribute, errors: &mut Errors) {
        errors.take(attribute.meta.require_path_only());
        self.checked = true;
    }

    fn take_len(&mut self, attribute: &Attribute, errors: &mut Errors) {
        if self.count.is_some() {
            errors.at(attribute.span(), "`len` is given twice");
        }
        let tokens =
            attribute.meta.require_list().ok().map(|list| in_expressions(list.tokens.clone()));
        let count = tokens.and_then(|tokens| syn::parse2::<Expr>(tokens).ok());
        match &count {
            Some(count) => no_self::in_expression(count, errors),
            None => errors.at(
                attribute.span(),
                "say how many values C passes, by the name of the parameter that has their number: `#[len(size)]`",
            ),
        }
        // Where it is missing, that is one mistake.
        self.count = count.or_else(|| Some(syn::parse_quote!(0)));
    }
}

/// What a method gets of C's memory for the time of the call.
enum Lent<'t> {
    /// `&T`, to be read.
    Reference(&'t TypeReference),
    /// `Buffer` or `Out`, to be written.
    Memory(&'t PathSegment),
}

impl<'t> Lent<'t> {
    fn span(&self) -> Span {
        match self {
            Lent::Reference(reference) => reference.span(),
            Lent::Memory(segment) => segment.span(),
        }
    }

    /// That of `ty`, or of what is in its `Option`.
    fn of(ty: &'t Type) -> Option<Self> {
        let ty = bare(option_of(ty).unwrap_or(ty));
        if let Type::Reference(reference) = ty {
            return Some(Lent::Reference(reference));
        }
        let segment = last_segment(ty)?;
        // A C struct of the same name has no arguments.
        let is_ours = segment.ident == "Buffer" || segment.ident == "Out";
        (is_ours && !segment.arguments.is_none()).then_some(Lent::Memory(segment))
    }

    /// The lifetime that is written, if it is not the call's.
    fn lifetime(&self) -> Option<&'t Lifetime> {
        let lifetime = match self {
            Lent::Reference(reference) => reference.lifetime.as_ref(),
            Lent::Memory(segment) => arguments(segment).find_map(|argument| match argument {
                GenericArgument::Lifetime(lifetime) => Some(lifetime),
                _ => None,
            }),
        };
        lifetime.filter(|lifetime| lifetime.ident != "_")
    }

    /// Whether there are many values, which are counted.
    fn is_many(&self) -> bool {
        match self {
            Lent::Reference(reference) => matches!(bare(&reference.elem), Type::Slice(_)),
            Lent::Memory(segment) => segment.ident == "Buffer",
        }
    }
}

/// How the argument gets the type `ty`; `borrow` is whether the block says `unsafe(borrow)`.
pub fn conversion(ty: &Type, marks: &Marks, borrow: bool, errors: &mut Errors) -> Conversion {
    let lent = Lent::of(ty);
    if lent.is_some() || marks.count.is_some() {
        check_lent(ty, lent.as_ref(), marks, borrow, errors);
        return Conversion::Borrowed;
    }
    if marks.checked {
        return Conversion::Checked;
    }
    match option_of(ty).and_then(last_segment) {
        Some(inner) if inner.ident == "Token" && inner.arguments.is_none() => Conversion::Token,
        _ => Conversion::Plain,
    }
}

fn check_lent(
    ty: &Type,
    lent: Option<&Lent<'_>>,
    marks: &Marks,
    borrow: bool,
    errors: &mut Errors,
) {
    let at = lent.map_or(ty.span(), Lent::span);
    if marks.checked {
        errors.at(at, "`#[try_from]` makes values: it cannot make a reference");
    } else if let Some(words) = lent.and_then(mutable) {
        errors.at(at, words);
    } else if let Some(lifetime) = lent.and_then(Lent::lifetime) {
        errors.at(
            lifetime.span(),
            format!(
                "C lends this for the time of the call only: write the type without `{lifetime}`"
            ),
        );
    } else if lent.is_some_and(Lent::is_many) && marks.count.is_none() {
        errors.at(
            at,
            "C passes a pointer alone: say how many values are there, by the name of the parameter that has \
             their number: `#[len(size)]`",
        );
    } else if !borrow {
        errors.at(at, needs_promise(lent));
    }
}

/// What is wrong with a reference that is not shared.
fn mutable(lent: &Lent<'_>) -> Option<&'static str> {
    let Lent::Reference(reference) = lent else { return None };
    reference.mutability.as_ref()?;
    if is_named(&reference.elem, "Call") {
        return Some("the running call is not the method's alone: take `&Call`");
    }
    Some(
        "C need not have written what is there, and may have other pointers to it: take `Out<'_, T>` or, with \
         `#[len(...)]`, `Buffer<'_, T>` to write it, or the raw `*mut` pointer",
    )
}

fn needs_promise(lent: Option<&Lent<'_>>) -> &'static str {
    match lent {
        Some(Lent::Memory(_)) => {
            "writing where C points to needs a promise: say `unsafe(borrow)` in `#[callbacks(...)]`, or take \
             the raw pointer"
        }
        _ => {
            "borrowing what C points to needs a promise: say `unsafe(borrow)` in `#[callbacks(...)]`, \
             or take `Option<T>` (a copy) or the raw pointer"
        }
    }
}

/// Whether this is `&Call`.
pub fn is_call(ty: &Type) -> bool {
    let Type::Reference(reference) = bare(ty) else { return false };
    reference.mutability.is_none() && is_named(&reference.elem, "Call")
}

fn is_named(ty: &Type, name: &str) -> bool {
    last_segment(ty).is_some_and(|segment| segment.ident == name)
}

/// `T` in `Option<T>`.
fn option_of(ty: &Type) -> Option<&Type> {
    let segment = last_segment(ty).filter(|segment| segment.ident == "Option")?;
    match arguments(segment).next()? {
        GenericArgument::Type(inner) => Some(inner),
        _ => None,
    }
}

fn arguments(segment: &PathSegment) -> impl Iterator<Item = &GenericArgument> {
    let arguments = match &segment.arguments {
        PathArguments::AngleBracketed(arguments) => Some(&arguments.args),
        _ => None,
    };
    arguments.into_iter().flatten()
}

fn last_segment(ty: &Type) -> Option<&PathSegment> {
    match bare(ty) {
        Type::Path(path) if path.qself.is_none() => path.path.segments.last(),
        _ => None,
    }
}

/// A type without the parentheses and invisible groups around it.
fn bare(ty: &Type) -> &Type {
    match ty {
        Type::Paren(inner) => bare(&inner.elem),
        Type::Group(inner) => bare(&inner.elem),
        other => other,
    }
}
