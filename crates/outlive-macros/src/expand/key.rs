//! The host type with each lifetime replaced by `'static`: all but those that a part of the type binds itself,
//! as `Fn(&T)` and `for<'a> fn(&'a T)` do. Two types that differ in such a part are two types.

use syn::visit_mut::{
    VisitMut, visit_parenthesized_generic_arguments_mut, visit_trait_bound_mut,
    visit_type_fn_ptr_mut, visit_type_reference_mut,
};
use syn::{
    BoundLifetimes, GenericParam, Lifetime, ParenthesizedGenericArguments, TraitBound, Type,
    TypeFnPtr, TypeReference,
};

pub fn of(host: &Type) -> Type {
    let mut key = host.clone();
    Static::default().visit_type_mut(&mut key);
    key
}

#[derive(Default)]
struct Static {
    /// The lifetimes that `for<...>` binds where the visit is.
    bound: Vec<Lifetime>,
    /// How many lists of arguments the visit is in, in which a lifetime that is not written is bound.
    binders: usize,
}

impl Static {
    /// Visits what is in the scope of `for<...>`.
    fn under<T>(
        &mut self,
        lifetimes: Option<&BoundLifetimes>,
        node: &mut T,
        visit: fn(&mut Self, &mut T),
    ) {
        let before = self.bound.len();
        let parameters = lifetimes.into_iter().flat_map(|lifetimes| &lifetimes.lifetimes);
        self.bound.extend(parameters.filter_map(|parameter| match parameter {
            GenericParam::Lifetime(parameter) => Some(parameter.lifetime.clone()),
            _ => None,
        }));
        visit(self, node);
        self.bound.truncate(before);
    }
}

impl VisitMut for Static {
    fn visit_type_fn_ptr_mut(&mut self, function: &mut TypeFnPtr) {
        let lifetimes = function.lifetimes.clone();
        self.binders += 1;
        self.under(lifetimes.as_ref(), function, |this, function| {
            visit_type_fn_ptr_mut(this, function)
        });
        self.binders -= 1;
    }

    fn visit_trait_bound_mut(&mut self, bound: &mut TraitBound) {
        let lifetimes = bound.lifetimes.clone();
        self.under(lifetimes.as_ref(), bound, visit_trait_bound_mut);
    }

    fn visit_parenthesized_generic_arguments_mut(
        &mut self,
        arguments: &mut ParenthesizedGenericArguments,
    ) {
        self.binders += 1;
        visit_parenthesized_generic_arguments_mut(self, arguments);
        self.binders -= 1;
    }

    fn visit_bound_lifetimes_mut(&mut self, _: &mut BoundLifetimes) {}

    fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
        let is_bound = self.bound.iter().any(|bound| bound.ident == lifetime.ident);
        let is_anonymous = lifetime.ident == "_" && self.binders > 0;
        if !is_bound && !is_anonymous {
            *lifetime = Lifetime::new("'static", lifetime.span());
        }
    }

    fn visit_type_reference_mut(&mut self, reference: &mut TypeReference) {
        if self.binders == 0 {
            reference
                .lifetime
                .get_or_insert_with(|| Lifetime::new("'static", reference.and_token.span));
        }
        visit_type_reference_mut(self, reference);
    }
}

#[cfg(test)]
mod tests {
    use quote::ToTokens;

    fn of(ty: &str) -> String {
        let ty = syn::parse_str(ty).unwrap();
        super::of(&ty).to_token_stream().to_string().replace(' ', "")
    }

    #[test]
    fn lifetimes_become_static() {
        assert_eq!(of("Host<'a, &'b T>"), "Host<'static,&'staticT>");
        assert_eq!(of("Host<'_, &T, dyn Fn() + 'a>"), "Host<'static,&'staticT,dynFn()+'static>");
    }

    #[test]
    fn what_a_part_of_the_type_binds_itself_stays() {
        for same in [
            "W<dyn Fn(&u8)>",
            "W<dyn for<'a> Fn(&'a u8) -> &'a u8>",
            "W<for<'a> fn(&'a u8) -> &'a u8>",
            "W<fn(&u8, Ref<'_>)>",
            "W<fn(fn(&u8))>",
        ] {
            assert_eq!(of(same), same.replace(' ', ""));
        }
        assert_eq!(of("W<dyn for<'a> Fn(&'a u8, &'b u8)>"), "W<dynfor<'a>Fn(&'au8,&'staticu8)>");
        assert_eq!(of("W<dyn Fn(&'b u8)>"), "W<dynFn(&'staticu8)>");
    }
}
