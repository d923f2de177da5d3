//! The one model of a callback table, from which every backend writes.
//!
//! It says what the header says, and nothing of any language's.

/// Where something stands in a header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The header's path, as the compiler names it.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
}

/// A C struct of which some members are function pointers.
#[derive(Clone, Debug)]
pub struct Table {
    /// How C names it where a type stands: `struct ares_socket_functions`, or `lzma_allocator`.
    pub c_name: String,
    /// The tag, or the typedef's name where it has none: a name without `struct`.
    pub name: String,
    /// The comment on it, without its marks.
    pub comment: Option<String>,
    pub place: Place,
    /// In bytes.
    pub size: u64,
    /// In bytes.
    pub align: u64,
    /// In the header's order.
    pub members: Vec<Member>,
}

/// A member of a table.
#[derive(Clone, Debug)]
pub struct Member {
    /// `None` for an anonymous struct or union, whose members C reaches as the table's own.
    pub name: Option<String>,
    pub comment: Option<String>,
    pub place: Place,
    /// In bytes from the start of the table; `None` for a bit-field.
    pub offset: Option<u64>,
    /// In bytes.
    pub size: u64,
    /// A callback is a [`Type::Function`].
    pub ty: Type,
}

impl Member {
    /// The function that C calls through this member, if it is a callback.
    pub fn function(&self) -> Option<&Function> {
        self.ty.function()
    }
}

/// What a function pointer points to.
#[derive(Clone, Debug)]
pub struct Function {
    pub result: Type,
    pub parameters: Vec<Parameter>,
    pub variadic: bool,
}

/// A parameter of a callback.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// `None` where the header has no name for it.
    pub name: Option<String>,
    pub ty: Type,
}

/// A C type. Typedefs stand by name around what they stand for.
#[derive(Clone, Debug)]
pub enum Type {
    Void,
    /// `_Bool`.
    Bool,
    /// An integer, `char` included.
    Integer { c_name: String, signed: bool, size: u64 },
    /// `float`, `double`; 16 bytes are a `long double`.
    Float { c_name: String, size: u64 },
    /// A pointer to data. `to` is [`Type::Void`] for a `void *`.
    Pointer { to: Box<Type>, to_const: bool },
    /// A pointer to a function.
    Function(Box<Function>),
    /// `name[length]`; no length where the header has none.
    Array { of: Box<Type>, length: Option<u64> },
    Enum(Enum),
    /// A struct or union, whose members are there if the header has them and it is not the table of
    /// something that points back to it.
    Record(Record),
    /// A name for a type, such as `size_t` or `ares_socket_t`.
    Typedef { name: String, of: Box<Type> },
    /// What there is no mapping for at all, as C spells it: a vector, a complex number.
    Other { c_name: String },
}

/// An enum, with what it can be.
#[derive(Clone, Debug)]
pub struct Enum {
    /// As C spells it: `enum x`, or the typedef's name.
    pub c_name: String,
    /// `None` for one without a tag.
    pub name: Option<String>,
    pub signed: bool,
    /// In bytes.
    pub size: u64,
    pub constants: Vec<(String, i128)>,
}

/// A struct or union.
#[derive(Clone, Debug)]
pub struct Record {
    /// As C spells it: `struct timeval`, or the typedef's name.
    pub c_name: String,
    /// `None` for one without a name.
    pub name: Option<String>,
    pub is_union: bool,
    /// `None` where the header only declares it, or where it is left out for it has itself inside.
    pub fields: Option<Vec<Field>>,
    /// In bytes; 0 where it is only declared.
    pub size: u64,
}

/// A member of a [`Record`].
#[derive(Clone, Debug)]
pub struct Field {
    pub name: Option<String>,
    pub offset: Option<u64>,
    pub ty: Type,
}

impl Type {
    /// The type without the names that stand around it.
    pub fn resolved(&self) -> &Type {
        match self {
            Type::Typedef { of, .. } => of.resolved(),
            other => other,
        }
    }

    /// Whether it is a `void *`, const or not, whatever it is called.
    pub fn is_void_pointer(&self) -> bool {
        matches!(self.resolved(), Type::Pointer { to, .. } if matches!(to.resolved(), Type::Void))
    }

    /// The function, if this is a pointer to one.
    pub fn function(&self) -> Option<&Function> {
        match self.resolved() {
            Type::Function(function) => Some(function),
            _ => None,
        }
    }
}
