//! The expressions in options and attributes have C's arguments, and no `self`.

use proc_macro2::Span;
use syn::visit_mut::{VisitMut, visit_expr_path_mut};
use syn::{Expr, ExprPath, Item};

use crate::errors::Errors;
use crate::parse::{CallbackOptions, Position};

/// Refuses `self` in the options of a callback.
pub fn in_options(options: &CallbackOptions, errors: &mut Errors) {
    let CallbackOptions { fallback, late, panicked, errno, user_data, .. } = options;
    let found = user_data.as_ref().and_then(|place| match &place.at {
        Position::Found(expression) => Some(&**expression),
        _ => None,
    });
    let others = [fallback, late, panicked, errno].into_iter().flatten();
    others.chain(found).for_each(|expression| in_expression(expression, errors));
}

/// Refuses `self` in an expression.
pub fn in_expression(expression: &Expr, errors: &mut Errors) {
    let mut finder = FindSelf(None);
    finder.visit_expr_mut(&mut expression.clone());
    if let Some(span) = finder.0 {
        errors.at(
            span,
            "there is no `self` here, for the host value may have ended: use C's arguments, raw, by the names of \
             the method's parameters, or constants (`Self::...`) and statics",
        );
    }
}

struct FindSelf(Option<Span>);

impl VisitMut for FindSelf {
    fn visit_expr_path_mut(&mut self, path: &mut ExprPath) {
        if let Some(name) = path.path.get_ident().filter(|name| *name == "self") {
            self.0.get_or_insert(name.span());
        }
        visit_expr_path_mut(self, path);
    }

    /// An item has a `self` of its own.
    fn visit_item_mut(&mut self, _: &mut Item) {}
}
