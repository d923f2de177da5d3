//! What `macro_rules` puts into a block as one stays one.
//!
//! An expression that a `macro_rules` was given comes in a group without delimiters, which the compiler forgets
//! when a macro writes the tokens again: `$x * 2` with `1 + 1` for `$x` would be 3. So it gets parentheses.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use syn::Expr;

/// The tokens of options, or of a function's body.
pub fn in_expressions(tokens: TokenStream) -> TokenStream {
    let mut is_attribute = false;
    let each = tokens.into_iter().map(|token| match token {
        TokenTree::Group(group) if has_fragment(&group) && !is_attribute => {
            let inner = in_expressions(group.stream());
            let is_one = group.delimiter() == Delimiter::None && binds_weakly(&inner);
            let delimiter = if is_one { Delimiter::Parenthesis } else { group.delimiter() };
            regroup(&group, delimiter, inner)
        }
        token => {
            is_attribute = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '#');
            token
        }
    });
    each.collect()
}

/// The tokens of an `impl` block: in the bodies and the attributes of its functions.
pub fn in_item(tokens: TokenStream) -> TokenStream {
    inside(tokens, |delimiter| match delimiter {
        Delimiter::Brace => Some(in_functions),
        Delimiter::None => Some(in_item),
        Delimiter::Bracket | Delimiter::Parenthesis => None,
    })
}

fn in_functions(tokens: TokenStream) -> TokenStream {
    inside(tokens, |delimiter| match delimiter {
        Delimiter::Brace | Delimiter::Bracket => Some(in_expressions),
        Delimiter::None => Some(in_functions),
        // The signature.
        Delimiter::Parenthesis => None,
    })
}

/// Goes on within the groups of the delimiters that `further` knows.
fn inside(
    tokens: TokenStream,
    further: impl Fn(Delimiter) -> Option<fn(TokenStream) -> TokenStream>,
) -> TokenStream {
    let each = tokens.into_iter().map(|token| match token {
        TokenTree::Group(group) if has_fragment(&group) => match further(group.delimiter()) {
            Some(further) => regroup(&group, group.delimiter(), further(group.stream())),
            None => group.into(),
        },
        token => token,
    });
    each.collect()
}

/// Whether there is a group without delimiters; where there is none, nothing is touched.
fn has_fragment(group: &Group) -> bool {
    let is_or_has = |token| matches!(&token, TokenTree::Group(group) if has_fragment(group));
    group.delimiter() == Delimiter::None || group.stream().into_iter().any(is_or_has)
}

/// Whether it is an expression that what stands beside it could take apart.
fn binds_weakly(tokens: &TokenStream) -> bool {
    let is_alone = tokens.clone().into_iter().nth(1).is_none();
    !is_alone
        && syn::parse2(tokens.clone()).is_ok_and(|expression: Expr| {
            matches!(
                expression,
                Expr::Assign(_)
                    | Expr::Binary(_)
                    | Expr::Break(_)
                    | Expr::Cast(_)
                    | Expr::Closure(_)
                    | Expr::Range(_)
                    | Expr::Reference(_)
                    | Expr::Return(_)
                    | Expr::Unary(_)
            )
        })
}

fn regroup(group: &Group, delimiter: Delimiter, tokens: TokenStream) -> TokenTree {
    let mut regrouped = Group::new(delimiter, tokens);
    regrouped.set_span(group.span());
    regrouped.into()
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;

    fn fragment(tokens: TokenStream) -> TokenTree {
        Group::new(Delimiter::None, tokens).into()
    }

    fn assert_same(left: TokenStream, right: TokenStream) {
        assert_eq!(left.to_string().replace(' ', ""), right.to_string().replace(' ', ""));
    }

    #[test]
    fn an_expression_that_could_be_taken_apart_gets_parentheses() {
        let (sum, closure) = (fragment(quote!(1 + 1)), fragment(quote!(|v| v + 1)));
        let tokens = quote!(constant(n = #sum * 2, f = #closure(3), v = { vec![#sum, 4] }));
        let kept = quote!(constant(n = (1 + 1) * 2, f = (|v| v + 1)(3), v = { vec![(1 + 1), 4] }));
        assert_same(in_expressions(tokens), kept);
    }

    #[test]
    fn what_cannot_be_taken_apart_stays_as_it_is() {
        for whole in
            [quote!(7), quote!(a::b(1)), quote!([u8; 4]), quote!(Option<u8>), quote!({ 1 })]
        {
            let group = fragment(whole.clone());
            assert_same(in_expressions(quote!(x = #group;)), quote!(x = #whole;));
        }
    }

    #[test]
    fn signatures_and_attributes_in_bodies_are_left_alone() {
        let (borrowed, sum, meta) =
            (fragment(quote!(&T)), fragment(quote!(1 + 1)), fragment(quote!(-1)));
        let item = quote!(impl Host { #[callback(fallback = #sum * 2)] fn f(&self, t: #borrowed) -> u8 { #[x(#meta)] { t + #sum * 2 } } });
        let kept = quote!(impl Host { #[callback(fallback = (1 + 1) * 2)] fn f(&self, t: &T) -> u8 { #[x(-1)] { t + (1 + 1) * 2 } } });
        assert_same(in_item(item), kept);
    }
}
