//! Reads a Rust file into the model.

use std::collections::HashSet;

use syn::visit::{self, Visit};
use syn::{
    Block, FnArg, GenericParam, Generics, ImplItem, ItemFn, ItemForeignMod, ItemImpl, ItemTrait,
    Pat, ReturnType, Signature, TraitItem, Type, Visibility, WherePredicate,
};

use crate::place::FileId;
use crate::rust::body::Body;
use crate::rust::bounds;
use crate::rust::model::{Lifetimes, Model, RustFn, TypeParam};
use crate::rust::span::place;

/// Nested deeper than this, nobody wrote it by hand, and the parser may overflow its stack.
const DEEPEST: usize = 256;

/// The items of a file, and how many tokens belong to none.
struct Items {
    read: Vec<syn::Item>,
    skipped: usize,
}

/// Reads item by item, so that one that this parser does not know costs no more than itself.
fn items(input: syn::parse::ParseStream<'_>) -> syn::Result<Items> {
    let mut items = Items { read: Vec::new(), skipped: 0 };
    syn::Attribute::parse_inner(input)?;
    while !input.is_empty() {
        let ahead = input.fork();
        if let Ok(item) = ahead.parse::<syn::Item>() {
            syn::parse::discouraged::Speculative::advance_to(input, &ahead);
            items.read.push(item);
        } else {
            input.parse::<proc_macro2::TokenTree>()?;
            items.skipped += 1;
        }
    }
    Ok(items)
}

/// Reads one file; the number says how many hundredths of it were not understood.
///
/// # Errors
///
/// Where it is no Rust, in words.
pub fn read(text: &str, file: FileId) -> Result<(Model, usize), String> {
    if nesting(text) > DEEPEST {
        return Err(format!("it is nested more than {DEEPEST} deep"));
    }
    let tokens: proc_macro2::TokenStream =
        text.parse().map_err(|error: proc_macro2::LexError| {
            format!("line {}: {error}", error.span().start().line)
        })?;
    let total = tokens.clone().into_iter().count();
    let items = syn::parse::Parser::parse2(items, tokens).map_err(|error| error.to_string())?;
    let mut reader = Reader { file, model: Model::default() };
    for item in &items.read {
        reader.visit_item(item);
    }
    let unread = (items.skipped * 100).div_ceil(total.max(1));
    drop(items);
    proc_macro2::extra::invalidate_current_thread_spans();
    Ok((reader.model, unread))
}

/// How deep brackets, or operators before an expression, are nested; strings and comments count too, which does no harm.
fn nesting(text: &str) -> usize {
    let (mut depth, mut deepest, mut run) = (0usize, 0usize, 0usize);
    for byte in text.bytes() {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        run = if matches!(byte, b'!' | b'&' | b'*' | b'-' | b'<' | b'|' | b'=') {
            run + 1
        } else {
            0
        };
        // A line of stars or dashes is a comment.
        deepest = deepest.max(depth);
        if run > 4 * DEEPEST {
            deepest = deepest.max(run);
        }
    }
    deepest
}

struct Reader {
    file: FileId,
    model: Model,
}

/// Where a function stands.
#[derive(Clone, Default)]
struct Around {
    owner: Option<String>,
    /// Whether all its methods are as public as a trait.
    of_trait: bool,
    lifetimes: HashSet<String>,
}

impl Reader {
    fn function(
        &mut self,
        sig: &Signature,
        body: &Block,
        visibility: &Visibility,
        around: &Around,
    ) {
        let name = sig.ident.to_string();
        let is_callback = sig.abi.is_some();
        if is_callback {
            self.model.callbacks.insert(name.clone());
        }
        let type_params = type_params(self.file, sig);
        let names: Vec<&str> = type_params.iter().map(|param| param.name.as_str()).collect();
        let inputs: Vec<(&Pat, &Type)> = sig
            .inputs
            .iter()
            .filter_map(|input| match input {
                FnArg::Typed(typed) => Some((&*typed.pat, &*typed.ty)),
                FnArg::Receiver(_) => None,
            })
            .collect();
        let mut anonymous = 0;
        let params = inputs
            .iter()
            .map(|(_, kind)| {
                let used = type_words(kind);
                let mut found: Vec<usize> =
                    (0..names.len()).filter(|index| used.contains(names[*index])).collect();
                if has_impl(kind) {
                    let index = names.iter().position(|name| *name == format!("impl#{anonymous}"));
                    found.extend(index);
                    anonymous += 1;
                }
                found
            })
            .collect();
        let borrowed_self = sig.inputs.iter().any(
            |input| matches!(input, FnArg::Receiver(receiver) if receiver.reference.is_some()),
        );
        let mut read = Body::new(self.file, &inputs, borrowed_self);
        read.function(body);
        self.model.functions.push(RustFn {
            name,
            place: place(self.file, sig.ident.span()),
            owner: around.owner.clone(),
            is_public: around.of_trait || matches!(visibility, Visibility::Public(_)),
            is_unsafe: sig.unsafety.is_some(),
            is_callback,
            lifetimes: lifetimes(sig, around),
            returned: match &sig.output {
                ReturnType::Default => HashSet::new(),
                ReturnType::Type(_, kind) => words(kind),
            },
            returns_pointer: matches!(&sig.output, ReturnType::Type(_, kind) if has_pointer(kind)),
            params,
            type_params,
            calls: read.calls,
            boxes: read.boxes,
            forgotten: read.forgotten,
            reclaimed: read.reclaimed,
            moved: read.moved,
            rebuilt: if is_callback { read.rebuilt } else { Vec::new() },
            catches: read.catches,
            waits: read.waited,
            may_panic: read.exits > 0,
        });
    }
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item_fn(&mut self, item: &'ast ItemFn) {
        self.function(&item.sig, &item.block, &item.vis, &Around::default());
        visit::visit_item_fn(self, item);
    }

    fn visit_item_impl(&mut self, item: &'ast ItemImpl) {
        let owner = match &*item.self_ty {
            Type::Path(path) => path.path.segments.last().map(|segment| segment.ident.to_string()),
            _ => None,
        };
        let around = Around {
            owner: owner.clone(),
            of_trait: item.trait_.is_some(),
            lifetimes: words(&item.self_ty),
        };
        for function in &item.items {
            let ImplItem::Fn(function) = function else { continue };
            self.function(&function.sig, &function.block, &function.vis, &around);
            if let (ReturnType::Type(_, kind), Some(owner)) = (&function.sig.output, &owner) {
                let returned = words(kind);
                let on_heap =
                    ["Box", "Arc", "Rc", "Pin"].iter().any(|name| returned.contains(*name));
                if on_heap && (returned.contains("Self") || returned.contains(owner)) {
                    self.model.pinned.insert(owner.clone());
                }
            }
        }
        visit::visit_item_impl(self, item);
    }

    fn visit_item_trait(&mut self, item: &'ast ItemTrait) {
        self.model.traits.insert(item.ident.to_string(), bounds::read(&item.supertraits));
        let around = Around { of_trait: true, ..Around::default() };
        for function in &item.items {
            let TraitItem::Fn(function) = function else { continue };
            if let Some(body) = &function.default {
                self.function(&function.sig, body, &Visibility::Inherited, &around);
            }
        }
        visit::visit_item_trait(self, item);
    }

    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        if item.fields.iter().any(|field| words(&field.ty).contains("PhantomPinned")) {
            self.model.pinned.insert(item.ident.to_string());
        }
    }

    fn visit_item_foreign_mod(&mut self, item: &'ast ItemForeignMod) {
        for foreign in &item.items {
            if let syn::ForeignItem::Fn(function) = foreign {
                self.model.foreign.insert(function.sig.ident.to_string());
            }
        }
    }
}

fn type_params(file: FileId, sig: &Signature) -> Vec<TypeParam> {
    let mut params: Vec<TypeParam> = sig
        .generics
        .params
        .iter()
        .filter_map(|param| match param {
            GenericParam::Type(param) => Some(TypeParam {
                name: param.ident.to_string(),
                bounds: bounds::read(&param.bounds),
                place: place(file, param.ident.span()),
            }),
            _ => None,
        })
        .collect();
    add_where(&sig.generics, &mut params);
    let mut anonymous = 0;
    for input in &sig.inputs {
        let FnArg::Typed(typed) = input else { continue };
        if let Some(bounds) = impl_bounds(&typed.ty) {
            let span = syn::spanned::Spanned::span(&*typed.pat);
            params.push(TypeParam {
                name: format!("impl#{anonymous}"),
                bounds,
                place: place(file, span),
            });
            anonymous += 1;
        }
    }
    params
}

fn add_where(generics: &Generics, params: &mut [TypeParam]) {
    for predicate in generics.where_clause.iter().flat_map(|clause| &clause.predicates) {
        let WherePredicate::Type(predicate) = predicate else { continue };
        let Type::Path(path) = &predicate.bounded_ty else { continue };
        for param in params.iter_mut().filter(|param| path.path.is_ident(&param.name)) {
            param.bounds.extend(bounds::read(&predicate.bounds));
        }
    }
}

fn impl_bounds(kind: &Type) -> Option<Vec<crate::rust::model::Bound>> {
    struct Find(Option<Vec<crate::rust::model::Bound>>);
    impl<'ast> Visit<'ast> for Find {
        fn visit_type_impl_trait(&mut self, found: &'ast syn::TypeImplTrait) {
            self.0.get_or_insert_with(|| bounds::read(&found.bounds));
        }
    }
    let mut find = Find(None);
    find.visit_type(kind);
    find.0
}

fn has_pointer(kind: &Type) -> bool {
    struct Find(bool);
    impl<'ast> Visit<'ast> for Find {
        fn visit_type_ptr(&mut self, _: &'ast syn::TypePtr) {
            self.0 = true;
        }
    }
    let mut find = Find(false);
    find.visit_type(kind);
    find.0
}

fn has_impl(kind: &Type) -> bool {
    impl_bounds(kind).is_some()
}

/// The names of types in a type: not those whose associated types it speaks of, nor those that it borrows for `'static`.
fn type_words(kind: &Type) -> HashSet<String> {
    #[derive(Default)]
    struct Words(HashSet<String>);
    impl<'ast> Visit<'ast> for Words {
        fn visit_path(&mut self, path: &'ast syn::Path) {
            if path.segments.len() == 1 {
                self.0.insert(path.segments[0].ident.to_string());
            }
            visit::visit_path(self, path);
        }
        fn visit_type_reference(&mut self, reference: &'ast syn::TypeReference) {
            if reference.lifetime.as_ref().is_none_or(|lifetime| lifetime.ident != "static") {
                visit::visit_type_reference(self, reference);
            }
        }
    }
    let mut words = Words::default();
    words.visit_type(kind);
    words.0
}

/// All names and lifetimes in a type.
fn words(kind: &Type) -> HashSet<String> {
    #[derive(Default)]
    struct Words(HashSet<String>);
    impl<'ast> Visit<'ast> for Words {
        fn visit_ident(&mut self, ident: &'ast proc_macro2::Ident) {
            self.0.insert(ident.to_string());
        }
        fn visit_lifetime(&mut self, lifetime: &'ast syn::Lifetime) {
            self.0.insert(lifetime.ident.to_string());
        }
    }
    let mut words = Words::default();
    words.visit_type(kind);
    words.0
}

fn lifetimes(sig: &Signature, around: &Around) -> Lifetimes {
    let mut found = Lifetimes::default();
    found.elsewhere.extend(around.lifetimes.iter().cloned());
    for input in &sig.inputs {
        match input {
            FnArg::Receiver(receiver) => {
                let lifetime =
                    receiver.reference.as_ref().and_then(|(_, lifetime)| lifetime.as_ref());
                found.of_self.extend(lifetime.map(|lifetime| lifetime.ident.to_string()));
            }
            FnArg::Typed(typed) => found.elsewhere.extend(words(&typed.ty)),
        }
    }
    // A lifetime that no parameter has binds nothing.
    for param in &sig.generics.params {
        if let GenericParam::Lifetime(param) = param {
            let name = param.lifetime.ident.to_string();
            if !found.elsewhere.contains(&name) {
                found.of_self.insert(name);
            }
        }
    }
    found
}
