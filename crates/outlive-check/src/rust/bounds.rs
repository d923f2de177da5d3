//! Bounds of type parameters, and whether they say `'static`.

use syn::{TypeParamBound, punctuated::Punctuated, token::Plus};

use crate::rust::model::{Bound, Model, RustFn};

/// Traits of the standard library that say nothing of lifetimes.
const SILENT: &[&str] = &[
    "Fn",
    "FnMut",
    "FnOnce",
    "Send",
    "Sync",
    "UnwindSafe",
    "RefUnwindSafe",
    "Unpin",
    "Clone",
    "Copy",
    "Sized",
    "Debug",
    "Display",
    "Default",
    "Iterator",
    "IntoIterator",
    "Read",
    "Write",
    "Seek",
    "PartialEq",
    "Eq",
    "Hash",
    "Ord",
    "PartialOrd",
    "Into",
    "From",
    "AsRef",
    "AsMut",
    "Borrow",
    "ToString",
    "Deref",
    "DerefMut",
    "Future",
    "Drop",
];

/// Those that imply it.
const STATIC: &[&str] = &["Any"];

/// The bounds of a list.
pub fn read(bounds: &Punctuated<TypeParamBound, Plus>) -> Vec<Bound> {
    bounds
        .iter()
        .filter_map(|bound| match bound {
            TypeParamBound::Lifetime(lifetime) if lifetime.ident == "static" => Some(Bound::Static),
            TypeParamBound::Lifetime(lifetime) => Some(Bound::Lifetime(lifetime.ident.to_string())),
            TypeParamBound::Trait(bound) => {
                // `?Sized` takes a bound away.
                let taken_away = matches!(bound.modifier, syn::TraitBoundModifier::Maybe(_));
                let name = bound.path.segments.last().map(|segment| segment.ident.to_string());
                name.filter(|_| !taken_away).map(Bound::Trait)
            }
            _ => None,
        })
        .collect()
}

/// What is known of how long values of a type parameter live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Life {
    /// As long as anybody wants, or nobody can tell.
    Long,
    /// Perhaps only for the call.
    Short,
}

/// How long values of this type parameter of the function live.
pub fn life(model: &Model, function: &RustFn, param: usize) -> Life {
    let Some(param) = function.type_params.get(param) else { return Life::Long };
    if function.returned.contains(&param.name) {
        return Life::Long;
    }
    for bound in &param.bounds {
        match bound {
            Bound::Static => return Life::Long,
            Bound::Lifetime(name) => {
                let only_self = function.lifetimes.of_self.contains(name)
                    && !function.lifetimes.elsewhere.contains(name);
                if !only_self || function.returned.contains(name) {
                    return Life::Long;
                }
            }
            Bound::Trait(name) if says_static(model, name, 0) => return Life::Long,
            Bound::Trait(_) => {}
        }
    }
    Life::Short
}

/// Whether a trait implies `'static`; of one that is not in these sources nobody knows.
fn says_static(model: &Model, name: &str, depth: usize) -> bool {
    if STATIC.contains(&name) {
        return true;
    }
    if SILENT.contains(&name) {
        return false;
    }
    let Some(bounds) = model.traits.get(name) else { return true };
    depth < 8
        && bounds.iter().any(|bound| match bound {
            Bound::Static => true,
            Bound::Lifetime(_) => false,
            Bound::Trait(name) => says_static(model, name, depth + 1),
        })
}

/// Whether a type parameter is `Send`, as far as its own bounds and the traits of these sources tell.
pub fn is_send(model: &Model, function: &RustFn, param: usize) -> bool {
    let Some(param) = function.type_params.get(param) else { return true };
    param
        .bounds
        .iter()
        .any(|bound| matches!(bound, Bound::Trait(name) if trait_is_send(model, name, 0)))
}

fn trait_is_send(model: &Model, name: &str, depth: usize) -> bool {
    if name == "Send" {
        return true;
    }
    if SILENT.contains(&name) {
        return false;
    }
    let Some(bounds) = model.traits.get(name) else { return true };
    depth < 8
        && bounds.iter().any(
            |bound| matches!(bound, Bound::Trait(name) if trait_is_send(model, name, depth + 1)),
        )
}
