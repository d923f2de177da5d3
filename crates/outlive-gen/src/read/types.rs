//! libclang's types as the model has them.

use clang::{Entity, EntityKind, Type as Clang, TypeKind};

use super::entity::{comment_of, own_name};
use crate::model::{Constant, Enum, Field, Function, Parameter, Record, Spelled, Type};

/// How far a type is followed: what comes behind is not converted, and types may go round in circles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd)]
pub enum Depth {
    /// A member of the table.
    Member,
    /// What a callback takes and returns.
    Callback,
    /// What a function that a callback gets takes and returns.
    Argument,
    /// A member of a struct.
    Field,
}

/// The model of a type. `at` is where it is declared, which knows the names of parameters.
pub fn convert(ty: Clang<'_>, at: Option<Entity<'_>>, depth: Depth) -> Type {
    let other = || Type::Other { c: ty.get_display_name() };
    match ty.get_kind() {
        TypeKind::Void => Type::Void,
        TypeKind::Bool => Type::Bool,
        TypeKind::Float | TypeKind::Double | TypeKind::LongDouble => {
            Type::Float { size: size(&ty) }
        }
        TypeKind::Elaborated => {
            ty.get_elaborated_type().map_or_else(other, |t| convert(t, at, depth))
        }
        TypeKind::Attributed => {
            ty.get_modified_type().map_or_else(other, |t| convert(t, at, depth))
        }
        TypeKind::Typedef => typedef(&ty, depth).unwrap_or_else(other),
        TypeKind::Enum => ty.get_declaration().map_or_else(other, |d| Type::Enum(enumeration(&d))),
        TypeKind::Record => Type::Record(record(&ty)),
        TypeKind::Pointer => ty.get_pointee_type().map_or_else(other, |to| pointer(to, at, depth)),
        TypeKind::ConstantArray | TypeKind::IncompleteArray => Type::Array {
            of: Box::new(ty.get_element_type().map_or_else(other, |of| convert(of, None, depth))),
            length: ty.get_size().map(|length| length as u64),
        },
        _ if ty.is_integer() && size(&ty) <= 16 => Type::Integer {
            c: ty.get_canonical_type().get_display_name().replace("const ", ""),
            signed: ty.is_signed_integer(),
            size: size(&ty),
        },
        _ => {
            let canonical = ty.get_canonical_type();
            if canonical == ty { other() } else { convert(canonical, at, depth) }
        }
    }
}

/// Whether it is a function, with a prototype or without.
pub fn is_function(ty: &Clang<'_>) -> bool {
    let kind = ty.get_canonical_type().get_kind();
    matches!(kind, TypeKind::FunctionPrototype | TypeKind::FunctionNoPrototype)
}

/// As C spells a struct or union, and its name if it has one.
pub fn record_name(ty: &Clang<'_>) -> (String, Option<String>) {
    let declared = ty.get_declaration().and_then(|d| d.get_type()).unwrap_or(*ty);
    let c = declared.get_canonical_type().get_display_name();
    let bare = ["struct ", "union ", "enum "].iter().find_map(|word| c.strip_prefix(word));
    let name = bare.unwrap_or(&c);
    let name = (!name.contains(['(', ' '])).then(|| name.to_owned());
    (c, name)
}

fn size(ty: &Clang<'_>) -> u64 {
    ty.get_sizeof().unwrap_or(0) as u64
}

fn typedef(ty: &Clang<'_>, depth: Depth) -> Option<Type> {
    let declaration = ty.get_declaration()?;
    let of = convert(declaration.get_typedef_underlying_type()?, Some(declaration), depth);
    Some(Type::Typedef {
        name: own_name(&declaration)?,
        comment: comment_of(&declaration),
        of: Box::new(of),
    })
}

pub fn pointer(to: Clang<'_>, at: Option<Entity<'_>>, depth: Depth) -> Type {
    if is_function(&to) {
        return Type::Function(Box::new(function(&to, at, depth)));
    }
    let to_const = to.is_const_qualified();
    Type::Pointer { to: Box::new(convert(to, None, depth)), to_const }
}

fn function(ty: &Clang<'_>, at: Option<Entity<'_>>, depth: Depth) -> Function {
    let inner = match depth {
        Depth::Member => Depth::Callback,
        Depth::Callback => Depth::Argument,
        // It is passed on as it is.
        Depth::Argument | Depth::Field => return opaque_function(),
    };
    // A typedef of the function type has the names.
    let at = ty.get_declaration().filter(|d| d.get_kind() == EntityKind::TypedefDecl).or(at);
    let types = ty.get_argument_types().unwrap_or_default();
    let declared: Vec<Entity<'_>> = at.map_or_else(Vec::new, |at| {
        let is_parameter = |e: &Entity<'_>| e.get_kind() == EntityKind::ParmDecl;
        at.get_children().into_iter().filter(is_parameter).collect()
    });
    // Those of a function that returns a function pointer stand together with that one's.
    let known = declared.len() == types.len();
    let parameters = types.iter().enumerate().map(|(i, &ty)| {
        let at = declared.get(i).filter(|_| known).copied();
        Parameter { name: at.as_ref().and_then(own_name), ty: parameter(ty, at, inner) }
    });
    let void = Spelled { ty: Type::Void, c: "void".to_owned() };
    Function {
        parameters: parameters.collect(),
        result: ty.get_result_type().map_or(void, |result| spelled(result, None, inner)),
        variadic: ty.is_variadic(),
        has_prototype: ty.get_canonical_type().get_kind() == TypeKind::FunctionPrototype,
    }
}

fn opaque_function() -> Function {
    let result = Spelled { ty: Type::Void, c: "void".to_owned() };
    Function { result, parameters: Vec::new(), variadic: false, has_prototype: false }
}

fn spelled(ty: Clang<'_>, at: Option<Entity<'_>>, depth: Depth) -> Spelled {
    Spelled { ty: convert(ty, at, depth), c: ty.get_display_name() }
}

/// A parameter: arrays and functions are pointers there.
fn parameter(ty: Clang<'_>, at: Option<Entity<'_>>, depth: Depth) -> Spelled {
    let canonical = ty.get_canonical_type();
    let c = ty.get_display_name();
    if is_function(&ty) {
        let by_name = ty.get_kind() != TypeKind::FunctionPrototype;
        let c = if by_name { format!("{c} *") } else { c.replacen('(', "(*)(", 1) };
        return Spelled { ty: pointer(ty, at, depth), c };
    }
    let Some(element) = canonical.get_element_type() else { return spelled(ty, at, depth) };
    // libclang shows the array that was written; a typedef of it is a parameter as it is.
    let is_typedef = !c.contains('[');
    let written = if is_typedef { None } else { ty.get_element_type() }.unwrap_or(element);
    let c = if is_typedef { c } else { format!("{} *", written.get_display_name()) };
    let to_const = written.is_const_qualified();
    let named = |of| match (is_typedef, ty.get_declaration().as_ref().and_then(own_name)) {
        (true, Some(name)) => Type::Typedef { name, comment: None, of: Box::new(of) },
        _ => of,
    };
    Spelled {
        ty: named(Type::Pointer { to: Box::new(convert(written, None, depth)), to_const }),
        c,
    }
}

fn enumeration(declaration: &Entity<'_>) -> Enum {
    let underlying = declaration.get_enum_underlying_type().map(|ty| ty.get_canonical_type());
    let signed = underlying.is_some_and(|ty| ty.is_signed_integer());
    let constants = declaration.get_children().into_iter().filter_map(|constant| {
        let (as_signed, as_unsigned) = constant.get_enum_constant_value()?;
        let value = if signed { i128::from(as_signed) } else { i128::from(as_unsigned) };
        Some(Constant { name: own_name(&constant)?, comment: comment_of(&constant), value })
    });
    Enum {
        name: declaration.get_type().and_then(|ty| record_name(&ty).1),
        comment: comment_of(declaration),
        signed,
        size: underlying.map_or(4, |ty| size(&ty)),
        constants: constants.collect(),
    }
}

fn record(ty: &Clang<'_>) -> Record {
    let (c, name) = record_name(ty);
    let declaration = ty.get_declaration();
    let fields = ty.get_canonical_type().get_fields().unwrap_or_default();
    Record {
        c,
        name,
        comment: declaration.as_ref().and_then(comment_of),
        is_union: declaration.as_ref().is_some_and(|d| d.get_kind() == EntityKind::UnionDecl),
        complete: declaration.is_some_and(|d| d.get_definition().is_some()),
        fields: fields.into_iter().filter_map(|field| self::field(field)).collect(),
        size: size(ty),
    }
}

/// What a pointer inside of a struct leads to, if that ends there: types may go round in circles.
fn convert_number(ty: Clang<'_>) -> Option<Type> {
    let canonical = ty.get_canonical_type();
    let is_number =
        canonical.is_integer() || canonical.get_kind() == TypeKind::Bool || is_float(&canonical);
    is_number.then(|| convert(ty, None, Depth::Field))
}

fn is_float(ty: &Clang<'_>) -> bool {
    matches!(ty.get_kind(), TypeKind::Float | TypeKind::Double)
}

fn field(field: Entity<'_>) -> Option<Field> {
    let ty = field.get_type()?;
    let converted = match ty.get_canonical_type().get_pointee_type() {
        Some(to) if is_function(&to) => Type::Function(Box::new(opaque_function())),
        Some(to) => {
            let to_const = to.is_const_qualified();
            let to = convert_number(to).unwrap_or(Type::Void);
            Type::Pointer { to: Box::new(to), to_const }
        }
        None => convert(ty, None, Depth::Field),
    };
    let offset = if field.is_bit_field() { None } else { field.get_offset_of_field().ok() };
    Some(Field {
        name: own_name(&field),
        offset: offset.map(|bits| bits as u64 / 8),
        align: ty.get_alignof().unwrap_or(1) as u64,
        ty: converted,
    })
}
