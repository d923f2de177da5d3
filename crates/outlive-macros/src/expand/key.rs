//! The host type with each lifetime replaced by `'static`.

use syn::visit_mut::{VisitMut, visit_type_mut, visit_type_reference_mut};
use syn::{Lifetime, Type, TypeReference};

pub fn of(host: &Type) -> Type {
    let mut key = host.clone();
    Static.visit_type_mut(&mut key);
    key
}

struct Static;

impl VisitMut for Static {
    fn visit_type_mut(&mut self, ty: &mut Type) {
        // These bind lifetimes of their own.
        if !matches!(ty, Type::FnPtr(_)) {
            visit_type_mut(self, ty);
        }
    }

    fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
        *lifetime = Lifetime::new("'static", lifetime.span());
    }

    fn visit_type_reference_mut(&mut self, reference: &mut TypeReference) {
        reference
            .lifetime
            .get_or_insert_with(|| Lifetime::new("'static", reference.and_token.span));
        visit_type_reference_mut(self, reference);
    }
}
