//! Each mistake in a block is found, said in words, and said once.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

use super::check;
use crate::errors::Errors;
use crate::model::{Argument, Block, Callback, Conversion, Locator, Panic, Parameter};
use crate::parse::BlockOptions;

fn run(options: TokenStream, item: TokenStream) -> (Option<Block>, Vec<String>) {
    let mut errors = Errors::default();
    let options = BlockOptions::parse(options, &mut errors);
    let mut item = syn::parse2(item).expect("an impl block");
    let block = check(options, &mut item, &mut errors);
    (block, errors.messages())
}

fn mistakes(options: TokenStream, item: TokenStream) -> Vec<String> {
    run(options, item).1
}

fn sound(options: TokenStream, item: TokenStream) -> Block {
    let (block, mistakes) = run(options, item);
    assert_eq!(mistakes, Vec::<String>::new());
    block.expect("a block")
}

#[track_caller]
fn one_mistake(options: TokenStream, item: TokenStream, words: &str) {
    let found = mistakes(options, item);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains(words), "{found:?}");
}

/// One mistake in one method of a block that is sound otherwise.
#[track_caller]
fn one_mistake_in(method: TokenStream, words: &str) {
    one_mistake(quote!(t, state = arg), quote!(impl H { #method }), words);
}

#[test]
fn options_have_their_defaults() {
    let block = sound(quote!(t, state = none), quote!(impl H { fn a(&self) {} }));
    assert_eq!(block.locator, Locator::ContextFree { instances: 16 });
    assert_eq!(block.panic, Panic::Fallback);
    assert!(!block.count && block.written_by_c.is_empty() && block.constants.is_empty());
}

#[test]
fn each_option_arrives() {
    let block = sound(
        quote!(
            a::t,
            state = none,
            instances = 3,
            panic = abort,
            count = true,
            constant(v = 1, s = size_of::<u8>(),),
            written_by_c(next, odb),
            required(a),
            crate = self::other,
        ),
        quote!(
            impl H {
                fn a(&self) {}
            }
        ),
    );
    assert_eq!(block.locator, Locator::ContextFree { instances: 3 });
    assert_eq!(block.panic, Panic::Abort);
    assert!(block.count);
    assert_eq!(block.constants.len(), 2);
    assert_eq!(block.written_by_c.len(), 2);
    assert_eq!(block.krate.segments.len(), 2);
}

#[test]
fn parameters_are_converted_by_their_types() {
    let block = sound(
        quote!(t, state = arg, unsafe(borrow)),
        quote!(
            impl H {
                fn a(
                    &self,
                    fd: c_int,
                    call: &outlive::Call,
                    token: Option<Token>,
                    #[try_from] mode: Mode,
                    name: Option<&CStr>,
                    point: &T,
                    copy: Option<T>,
                ) {
                }
            }
        ),
    );
    let conversions: Vec<_> = block.callbacks[0]
        .parameters
        .iter()
        .map(|parameter| match parameter {
            Parameter::Call(_) => None,
            Parameter::Value { position, conversion, .. } => Some((*position, *conversion)),
        })
        .collect();
    let expected = [
        Some((0, Conversion::Plain)),
        None,
        Some((1, Conversion::Token)),
        Some((2, Conversion::Checked)),
        Some((3, Conversion::Borrowed)),
        Some((4, Conversion::Borrowed)),
        Some((5, Conversion::Plain)),
    ];
    assert_eq!(conversions, expected);
    // And the user data.
    assert_eq!(block.callbacks[0].arguments.len(), 7);
}

#[test]
fn our_attributes_are_taken_out_and_others_stay() {
    let mut errors = Errors::default();
    let options = BlockOptions::parse(quote!(t, state = arg), &mut errors);
    let mut item = syn::parse_quote! {
        impl H {
            /// Words.
            #[callback(fallback = 1)]
            #[inline]
            pub fn a(&self, #[try_from] #[allow(unused)] m: M) {}
        }
    };
    check(options, &mut item, &mut errors);
    let left = quote!(#item).to_string();
    assert!(!left.contains("callback") && !left.contains("try_from"), "{left}");
    assert!(left.contains("inline") && left.contains("Words") && left.contains("allow"), "{left}");
}

#[test]
fn all_mistakes_are_reported_at_once() {
    let found = mistakes(
        quote!(t, state = arg, colour = red, panic = explode, required(gone)),
        quote!(
            impl H {
                const X: u8 = 0;
                fn a(&mut self, b: &mut T) {}
                async fn c<T>(self) {}
            }
        ),
    );
    assert_eq!(found.len(), 9, "{found:#?}");
}

#[test]
fn a_missing_struct_or_state_is_named() {
    let block = quote!(impl H { fn a(&self) {} });
    for options in
        [quote!(state = arg), quote!(unsafe(borrow), state = arg), quote!(required(a), state = arg)]
    {
        one_mistake(options, block.clone(), "name the C struct first");
    }
    one_mistake(quote!(t), block.clone(), "`state = arg` where");
    one_mistake(quote!(t, state = own), block, "there are `arg`, `table` and `none`");
}

#[test]
fn a_block_without_a_struct_has_the_type_of_each_function() {
    let typed = quote!(impl H { #[callback(type = sys::a_cb)] fn a(&self) {} });
    let block = sound(quote!(unsafe(borrow), state = arg), typed.clone());
    assert!(block.is_of_functions && block.borrow.is_some());
    assert!(block.callbacks[0].function.is_some());
    assert!(!sound(quote!(t, state = arg), quote!(impl H { fn a(&self) {} })).is_of_functions);
    one_mistake(quote!(t, state = arg), typed, "leave the `type` out, or the struct");
    one_mistake(
        quote!(state = arg),
        quote!(impl H { #[callback(type = a_cb)] fn a(&self) {} fn b(&self) {} }),
        "say which C function this is",
    );
}

#[test]
fn a_block_without_a_struct_has_no_other_members() {
    let typed = quote!(impl H { #[callback(type = a_cb)] fn a(&self) {} });
    for options in [
        quote!(constant(b = 1)),
        quote!(written_by_c(b)),
        quote!(user_data_member = b),
        quote!(destroy = b),
    ] {
        one_mistake(quote!(state = arg, #options), typed.clone(), "could have a member `b`");
    }
    one_mistake(
        quote!(state = arg),
        quote!(impl H { #[callback(type = a_cb, member = b)] fn a(&self) {} }),
        "the function has the method's name",
    );
    one_mistake(quote!(state = table), typed, "the struct that the functions are in");
}

#[test]
fn unknown_and_double_options_are_named() {
    let block = quote!(impl H { fn a(&self) {} });
    one_mistake(
        quote!(t, state = arg, size = 3),
        block.clone(),
        "there is no option `size`; there are `state`",
    );
    one_mistake(quote!(t, state = arg, state = arg), block.clone(), "given twice");
    one_mistake(quote!(t, state = arg, borrow), block.clone(), "write `unsafe(borrow)`");
    one_mistake(quote!(t, state = arg, unsafe(everything)), block, "only option of this kind");
    one_mistake_in(
        quote!(
            #[callback(default = 1)]
            fn a(&self) {}
        ),
        "there are `fallback`",
    );
}

#[test]
fn user_data_that_an_expression_finds_is_none_of_cs_arguments() {
    let item = quote!(
        impl H {
            fn a(&self, object: *mut o, value: u8) {}
            #[callback(user_data = last)]
            fn b(&self, value: u8) {}
            #[callback(user_data = (last))]
            fn c(&self, last: u8) {}
        }
    );
    let block = sound(quote!(t, state = arg, user_data = unsafe { (*object).data }), item);
    let of = |index: usize| {
        let Callback { arguments, user_data, .. } = &block.callbacks[index];
        (arguments.len(), user_data.as_ref().map(|found| quote!(#found).to_string()))
    };
    assert_eq!(of(0), (2, Some("unsafe { (* object) . data }".into())));
    assert_eq!(of(1), (2, None));
    assert_eq!(of(2), (1, Some("(last)".into())));
}

#[test]
fn a_parameter_that_only_an_expression_uses_is_no_unused_one() {
    let mut errors = Errors::default();
    let options = quote!(t, state = arg, user_data = unsafe { (*object).data });
    let options = BlockOptions::parse(options, &mut errors);
    let mut item = syn::parse_quote! {
        impl H {
            #[callback(fallback = f(left))]
            fn a(&self, object: *mut o, left: u8, right: u8) {}
        }
    };
    check(options, &mut item, &mut errors);
    let left = quote!(#item).to_string();
    assert_eq!(left.matches("unused_variables").count(), 2, "{left}");
    assert!(left.contains(", right"), "{left}");
}

#[test]
fn a_number_or_a_word_for_the_user_data_may_come_from_a_macro_rules() {
    let number = proc_macro2::Group::new(proc_macro2::Delimiter::None, quote!(0));
    let block = sound(
        quote!(t, state = arg, user_data = #number),
        quote!(
            impl H {
                fn a(&self, value: u8) {}
            }
        ),
    );
    assert!(matches!(block.callbacks[0].arguments[..], [Argument::Locating, Argument::Value(_)]));
}

#[test]
fn a_last_call_asks_for_a_promise_where_the_address_alone_tells() {
    let last = quote!(impl H { #[callback(last)] fn a(&self) {} });
    let promised = quote!(impl H { #[callback(unsafe(last))] fn a(&self) {} });
    let member = quote!(t, state = arg, user_data_member = data);
    for options in [quote!(t, state = none), quote!(t, state = table), member] {
        one_mistake(options.clone(), last.clone(), "promise with `unsafe(last)`");
        assert!(sound(options, promised.clone()).callbacks[0].last.is_some());
    }
    assert!(sound(quote!(t, state = arg), last).callbacks[0].last.is_some());
    one_mistake(quote!(t, state = arg), promised, "`last` is enough here");
}

#[test]
fn a_refusal_that_aborts_returns_nothing() {
    one_mistake_in(
        quote!(
            #[callback(refuse = quietly)]
            fn a(&self) {}
        ),
        "there is `abort`",
    );
    one_mistake_in(
        quote!(
            #[callback(refuse = abort, fallback = 1)]
            fn a(&self) -> u8 {
                0
            }
        ),
        "nothing is returned",
    );
}

#[test]
fn options_that_do_not_go_together_are_refused() {
    let block = quote!(impl H { fn a(&self) {} });
    one_mistake(quote!(t, state = arg, instances = 4), block.clone(), "no limit");
    one_mistake(quote!(t, state = none, user_data = first), block.clone(), "no user data");
    one_mistake(quote!(t, state = none, user_data = f()), block.clone(), "no user data");
    one_mistake(quote!(t, state = none, user_data_member = u), block.clone(), "no user data");
    one_mistake(quote!(t, state = none, instances = 0), block.clone(), "from 1 to");
    one_mistake(quote!(t, state = arg, user_data = 1), block.clone(), "cannot be argument 1");
    one_mistake(quote!(t, state = table, table = 1), block.clone(), "cannot be argument 1");
    one_mistake(quote!(t, state = table, table = f()), block.clone(), "say which of C's arguments");
    one_mistake(quote!(t, state = table, instances = 4), block.clone(), "no limit");
    one_mistake(quote!(t, state = table, user_data = 1), block.clone(), "there is no user data");
    one_mistake(quote!(t, state = table, user_data_member = u), block.clone(), "no user data");
    one_mistake(
        quote!(t, state = table, destroy = d),
        block.clone(),
        "`#[callback(unsafe(last))]`",
    );
    for state in [quote!(arg), quote!(none)] {
        one_mistake(quote!(t, state = #state, table = 0), block.clone(), "for `state = table`");
        one_mistake(quote!(t, state = #state, table_offset = 8), block.clone(), "`state = table`");
    }
}

#[test]
fn the_table_is_one_of_cs_arguments_and_the_first_unless_said() {
    let item = quote!(
        impl H {
            fn a(&self, x: u8) {}
            #[callback(table = last)]
            fn b(&self, x: u8) {}
            #[callback(table = 1)]
            fn c(&self, x: u8, y: u8) {}
        }
    );
    let block = sound(quote!(t, state = table, table_offset = 8), item);
    let position = |n: usize| {
        let is_table = |argument: &Argument| matches!(argument, Argument::Locating);
        block.callbacks[n].arguments.iter().position(is_table)
    };
    assert_eq!([position(0), position(1), position(2)], [Some(0), Some(1), Some(1)]);
    assert!(block.table_offset.is_some_and(|offset| !offset.is_before));
}

#[test]
fn a_minus_before_the_whole_offset_is_taken_apart() {
    let offset = |expression: TokenStream| {
        let item = quote!(impl H { fn a(&self) {} });
        let block = sound(quote!(t, state = table, table_offset = #expression), item);
        let offset = block.table_offset.unwrap();
        (offset.is_before, offset.bytes.to_token_stream().to_string())
    };
    assert_eq!(offset(quote!(-a)), (true, "a".into()));
    assert_eq!(offset(quote!(-(a + b))), (true, "(a + b)".into()));
    assert_eq!(offset(quote!(-a + b)), (false, "- a + b".into()));
}

#[test]
fn a_receiver_other_than_a_shared_one_is_refused_with_a_hint() {
    one_mistake_in(
        quote!(
            fn a(&mut self) {}
        ),
        "take `&self` and keep what changes in a `Cell`",
    );
    one_mistake_in(
        quote!(
            fn a(self) {}
        ),
        "take `&self`",
    );
    one_mistake_in(
        quote!(
            fn a(self: &Self) {}
        ),
        "take `&self`",
    );
    one_mistake_in(
        quote!(
            fn a(&'static self) {}
        ),
        "not for ever",
    );
    one_mistake_in(
        quote!(
            fn a(x: u8) {}
        ),
        "a callback is a method",
    );
}

#[test]
fn functions_that_c_cannot_call_are_refused() {
    one_mistake_in(
        quote!(
            async fn a(&self) {}
        ),
        "`async`",
    );
    one_mistake_in(
        quote!(
            unsafe fn a(&self) {}
        ),
        "make it safe",
    );
    one_mistake_in(
        quote!(
            extern "C" fn a(&self) {}
        ),
        "without `extern`",
    );
    one_mistake_in(
        quote!(
            fn a<T>(&self) {}
        ),
        "cannot be generic",
    );
    one_mistake_in(
        quote!(
            fn a(&self, (b, c): P) {}
        ),
        "has a name",
    );
    one_mistake_in(
        quote!(
            #[cfg(unix)]
            fn a(&self) {}
        ),
        "`cfg`",
    );
    one_mistake_in(
        quote!(
            fn a(&self, x: &Call, y: &Call) {}
        ),
        "once",
    );
    for mark in [quote!(#[try_from]), quote!(#[len(size)])] {
        one_mistake_in(
            quote!(fn a(&self, #mark x: &Call, size: usize) {}),
            "none of C's arguments",
        );
    }
    let many = (0..16).map(|n| quote::format_ident!("a{n}"));
    one_mistake_in(quote!(fn a(&self, #(#many: u8),*) {}), "at most 16");
}

#[test]
fn references_need_the_promise_and_cannot_be_kept() {
    one_mistake_in(
        quote!(
            fn a(&self, x: Option<&T>) {}
        ),
        "say `unsafe(borrow)`",
    );
    let lend = |parameter: TokenStream, words: &str| {
        let block = quote!(impl<'h> H<'h> { fn a(&self, #parameter) {} });
        one_mistake(quote!(t, state = arg, unsafe(borrow)), block, words);
    };
    lend(quote!(x: Option<&'static T>), "without `'static`");
    lend(quote!(x: &'h T), "without `'h`");
    lend(quote!(x: Option<&mut T>), "`*mut` pointer");
    lend(quote!(#[try_from] x: &T), "cannot make a reference");
    lend(quote!(x: Out<'h, T>), "without `'h`");
    lend(quote!(#[len(2)] x: Option<Buffer<'static>>), "without `'static`");
    lend(quote!(x: &[T]), "say how many values are there");
    lend(quote!(x: Buffer<'_>), "say how many values are there");
    lend(quote!(x: &mut Call<'_>), "take `&Call`");
}

#[test]
fn lengths_and_what_is_written_need_the_promise() {
    one_mistake_in(
        quote!(
            fn a(&self, #[len(2)] x: &[T]) {}
        ),
        "say `unsafe(borrow)`",
    );
    one_mistake_in(
        quote!(
            fn a(&self, #[len(2)] x: Bytes) {}
        ),
        "say `unsafe(borrow)`",
    );
    for parameter in [quote!(x: Option<Out<'_, T>>), quote!(#[len(2)] x: Buffer<'_>)] {
        one_mistake_in(quote!(fn a(&self, #parameter) {}), "writing where C points to");
    }
    // Structs of C's, by value.
    sound(
        quote!(t, state = arg),
        quote!(
            impl H {
                fn a(&self, x: Out, y: sys::Buffer) {}
            }
        ),
    );
}

#[test]
fn a_parameter_that_has_a_length_is_used() {
    let mut errors = Errors::default();
    let options = BlockOptions::parse(quote!(t, state = arg, unsafe(borrow)), &mut errors);
    let mut item = syn::parse_quote! {
        impl H {
            fn a(&self, #[len(f(rows))] x: &[T], rows: u8, other: u8) {}
        }
    };
    check(options, &mut item, &mut errors);
    let left = quote!(#item).to_string().replace(' ', "");
    let allowed = "#[allow(unused_variables,reason=\"anexpressionoftheblockusesit\")]";
    assert!(left.contains(&format!("{allowed}rows:u8,other:u8")), "{left}");
}

#[test]
fn an_expression_has_no_self() {
    for option in [quote!(fallback), quote!(late), quote!(panicked), quote!(errno)] {
        let method = quote!(
            #[callback(#option = f(|| self.x))]
            fn a(&self) {}
        );
        one_mistake_in(method, "no `self` here");
    }
    let block = quote!(impl H { fn a(&self, #[len(self.x)] x: &[T]) {} });
    one_mistake(quote!(t, state = arg, unsafe(borrow)), block, "no `self` here");
    let own = quote!(impl H { #[callback(fallback = { impl T for X { fn f(&self) { self } } self::Y })] fn a(&self) {} });
    sound(quote!(t, state = arg), own);
}

#[test]
fn an_attribute_may_have_nothing_to_say() {
    let block = quote!(impl H { #[callback] fn a(&self) {} });
    assert_eq!(sound(quote!(t, state = arg), block).callbacks.len(), 1);
}

#[test]
fn a_member_of_a_member_and_a_keyword_are_refused_in_words() {
    let named = |member: TokenStream| {
        quote!(
            #[callback(member = #member)]
            fn a(&self) {}
        )
    };
    one_mistake_in(named(quote!(u.one)), "a member of the C struct itself");
    one_mistake_in(named(quote!(many[0])), "a member of the C struct itself");
    one_mistake_in(named(quote!(type)), "write `r#type`");
}

#[test]
fn a_lifetime_of_the_method_is_that_of_the_call() {
    sound(
        quote!(t, state = arg, unsafe(borrow)),
        quote!(
            impl H {
                fn a<'c>(&'c self, x: Option<&'c T>) {}
            }
        ),
    );
}

#[test]
fn a_member_is_named_once() {
    let block = quote!(
        impl H {
            fn a(&self) {}
        }
    );
    one_mistake(quote!(t, state = arg, constant(a = 1)), block.clone(), "is a method already");
    one_mistake(
        quote!(t, state = arg, written_by_c(b), user_data_member = b),
        block.clone(),
        "written by C already",
    );
    one_mistake(quote!(t, state = arg, constant(b = 1, b = 2)), block, "is a constant already");
    one_mistake_in(
        quote!(
            fn a(&self) {}
            #[callback(member = a)]
            fn b(&self) {}
        ),
        "is a method already",
    );
}

#[test]
fn a_required_callback_without_a_method_is_named() {
    let block = quote!(impl H { fn a(&self) {} #[callback(member = r#type)] fn kind(&self) {} });
    one_mistake(quote!(t, state = arg, required(a, r#type, gone)), block, "C requires `gone`");
}

#[test]
fn a_block_for_a_trait_or_without_methods_is_refused() {
    one_mistake(quote!(t, state = arg), quote!(impl T for H { fn a(&self) {} }), "without a trait");
    one_mistake(quote!(t, state = arg), quote!(impl H {}), "no methods");
    one_mistake(
        quote!(t, state = arg),
        quote!(impl H { fn a(&self) {} type X = u8; }),
        "another impl block",
    );
}
