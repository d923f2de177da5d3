//! Which parameters seem to say how much is behind a pointer.

use crate::model::Parameter;

/// What lengths are called.
const LENGTHS: &[&str] = &["len", "length", "size", "count", "num", "nmemb", "n", "bytes", "sz"];

/// Whether it is an integer that may count what is behind a pointer, by its type or its name.
pub(super) fn is_length(parameter: &Parameter) -> bool {
    let ty = &parameter.ty.ty;
    ty.is_integer() && (ty.is_size() || parameter.name.as_deref().is_some_and(is_called_so))
}

fn is_called_so(name: &str) -> bool {
    let name = name.to_lowercase();
    let mut words = name.split('_');
    let of_word = |word: &str| LENGTHS.contains(&word);
    words.any(of_word) || ["len", "length", "size", "count"].iter().any(|end| name.ends_with(end))
}
