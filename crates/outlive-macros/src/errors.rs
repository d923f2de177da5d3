//! The mistakes found in a block, so that all are reported at once.

use std::fmt::Display;

use proc_macro2::{Span, TokenStream};
use syn::Error;

#[derive(Default)]
pub struct Errors(Option<Error>);

impl Errors {
    /// Adds a mistake at `span`.
    pub fn at(&mut self, span: Span, message: impl Display) {
        self.add(Error::new(span, message));
    }

    /// Adds what a parser found.
    pub fn add(&mut self, error: Error) {
        match &mut self.0 {
            Some(first) => first.combine(error),
            None => self.0 = Some(error),
        }
    }

    /// The value of a result, or `None` with its error added.
    pub fn take<T>(&mut self, result: syn::Result<T>) -> Option<T> {
        result.map_err(|error| self.add(error)).ok()
    }

    /// Whether no mistake was found.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Adds the mistakes of `other`.
    pub fn append(&mut self, other: Errors) {
        if let Some(error) = other.0 {
            self.add(error);
        }
    }

    /// A `compile_error!` for each mistake, or `None` where there is none.
    pub fn into_compile_errors(self) -> Option<TokenStream> {
        self.0.map(|error| error.to_compile_error())
    }

    #[cfg(test)]
    pub fn messages(self) -> Vec<String> {
        self.0.into_iter().flatten().map(|error| error.to_string()).collect()
    }
}
