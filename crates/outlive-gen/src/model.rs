//! The one model of a callback table, from which every backend writes.
//!
//! It says what the header says, and nothing of any language's.

use std::fmt;

/// Where something stands in a header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The header's path, as the compiler names it.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
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
    /// Its definition.
    pub place: Place,
    /// In bytes.
    pub size: u64,
    /// In bytes.
    pub align: u64,
    /// In the header's order. Those of an anonymous struct stand in its place.
    pub members: Vec<Member>,
    /// Whether it is no struct of the header's but one function, whose typedef has the member's name and this one's.
    pub is_function: bool,
}

/// A member of a table.
#[derive(Clone, Debug)]
pub struct Member {
    /// `None` for an anonymous union or an unnamed bit-field.
    pub name: Option<String>,
    /// The comment on it, without its marks.
    pub comment: Option<String>,
    /// Its declaration.
    pub place: Place,
    /// In bytes from the start of the table; `None` for a bit-field.
    pub offset: Option<u64>,
    /// In bytes.
    pub size: u64,
    /// Whether it stands in an anonymous struct of the table's.
    pub nested: bool,
    /// A callback is a [`Type::Function`].
    pub ty: Type,
    /// The type as C spells it.
    pub c: String,
}

impl Member {
    /// The function that C calls through this member, if it is a callback.
    pub fn function(&self) -> Option<&Function> {
        self.ty.function()
    }
}

/// A type with C's own words for it, which have every qualifier.
#[derive(Clone, Debug)]
pub struct Spelled {
    /// What it is.
    pub ty: Type,
    /// As C writes it without a name: `const char *`, `int (*)(void *)`.
    pub c: String,
}

/// What a function pointer points to.
#[derive(Clone, Debug)]
pub struct Function {
    /// What it returns.
    pub result: Spelled,
    /// What it takes.
    pub parameters: Vec<Parameter>,
    /// Whether it takes more, of any types.
    pub variadic: bool,
    /// Whether the header says what it takes: `(void)`, not `()`.
    pub has_prototype: bool,
}

/// A parameter of a function.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// `None` where the header has no name for it.
    pub name: Option<String>,
    /// Its type.
    pub ty: Spelled,
}

/// A C type. Typedefs stand by name around what they stand for.
#[derive(Clone, Debug)]
pub enum Type {
    /// `void`.
    Void,
    /// `_Bool`.
    Bool,
    /// An integer, `char` included.
    Integer {
        /// As C spells it.
        c: String,
        /// Whether it has a sign.
        signed: bool,
        /// In bytes.
        size: u64,
    },
    /// `float`, `double`; more than 8 bytes are a `long double`.
    Float {
        /// In bytes.
        size: u64,
    },
    /// A pointer to data.
    Pointer {
        /// What it points to. A record that is reached by way of another has no fields here.
        to: Box<Type>,
        /// Whether C promises not to write there.
        to_const: bool,
    },
    /// A pointer to a function.
    Function(Box<Function>),
    /// An array; without a length where the header has none.
    Array {
        /// An element.
        of: Box<Type>,
        /// How many.
        length: Option<u64>,
    },
    /// An enum.
    Enum(Enum),
    /// A struct or union.
    Record(Record),
    /// A name for a type, such as `size_t` or `ares_socket_t`.
    Typedef {
        /// The name.
        name: String,
        /// The comment on it.
        comment: Option<String>,
        /// What it names.
        of: Box<Type>,
    },
    /// What there is no mapping for at all, as C spells it: a vector, a complex number.
    Other {
        /// As C spells it.
        c: String,
    },
}

/// An enum, with what it can be.
#[derive(Clone, Debug)]
pub struct Enum {
    /// The tag, or the typedef's name; `None` for one without either.
    pub name: Option<String>,
    /// The comment on it.
    pub comment: Option<String>,
    /// Whether its integer has a sign.
    pub signed: bool,
    /// In bytes.
    pub size: u64,
    /// In the header's order.
    pub constants: Vec<Constant>,
}

/// A constant of an enum.
#[derive(Clone, Debug)]
pub struct Constant {
    /// Its name.
    pub name: String,
    /// The comment on it.
    pub comment: Option<String>,
    /// Its value.
    pub value: i128,
}

/// A struct or union.
#[derive(Clone, Debug)]
pub struct Record {
    /// As C spells it: `struct timeval`, or the typedef's name where there is no tag.
    pub c: String,
    /// The tag or the typedef's name; `None` for one without either.
    pub name: Option<String>,
    /// The comment on it.
    pub comment: Option<String>,
    /// Whether it is a union.
    pub is_union: bool,
    /// Whether the header has its members.
    pub complete: bool,
    /// Its members, if they are there and were asked for.
    pub fields: Vec<Field>,
    /// In bytes; 0 where it is only declared.
    pub size: u64,
}

/// A member of a [`Record`].
#[derive(Clone, Debug)]
pub struct Field {
    /// `None` for an anonymous struct or union.
    pub name: Option<String>,
    /// `None` for a bit-field.
    pub offset: Option<u64>,
    /// In bytes.
    pub align: u64,
    /// Its type.
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

    /// What it points to, and whether that is const, if it is a pointer to data.
    pub fn pointee(&self) -> Option<(&Type, bool)> {
        match self.resolved() {
            Type::Pointer { to, to_const } => Some((to, *to_const)),
            _ => None,
        }
    }

    /// Whether it is a `void *`, const or not, whatever it is called.
    pub fn is_void_pointer(&self) -> bool {
        self.pointee().is_some_and(|(to, _)| matches!(to.resolved(), Type::Void))
    }

    /// Whether it is an integer of one byte: a `char` of some kind.
    pub fn is_byte(&self) -> bool {
        matches!(self.resolved(), Type::Integer { size: 1, .. })
    }

    /// Whether it is `char` itself, of which strings are made.
    pub fn is_char(&self) -> bool {
        matches!(self.resolved(), Type::Integer { c, .. } if c == "char")
    }

    /// Whether it is an integer that could count something.
    pub fn is_integer(&self) -> bool {
        matches!(self.resolved(), Type::Integer { .. })
    }

    /// Whether it is a number of any kind.
    pub fn is_number(&self) -> bool {
        matches!(self.resolved(), Type::Integer { .. } | Type::Float { .. } | Type::Bool)
    }

    /// Whether it is a `size_t`, whatever it is called.
    pub fn is_size(&self) -> bool {
        match self {
            Type::Typedef { name, of, .. } => name == "size_t" || of.is_size(),
            _ => false,
        }
    }

    /// The function, if this is a pointer to one.
    pub fn function(&self) -> Option<&Function> {
        match self.resolved() {
            Type::Function(function) => Some(function),
            _ => None,
        }
    }
}

/// Writes a declaration of `name` with a type that C spells so.
pub fn declare(c: &str, name: &str) -> String {
    if let Some(at) = place_of_name(c) {
        let space = if c[..at].ends_with('*') { "" } else { " " };
        return format!("{}{space}{name}{}", &c[..at], &c[at..]);
    }
    if c.ends_with('*') { format!("{c}{name}") } else { format!("{c} {name}") }
}

/// Where the name stands in the type of a function pointer, or of what leads to one: behind the stars of
/// the first parentheses that have nothing else in them.
fn place_of_name(c: &str) -> Option<usize> {
    let is_declarator = |inside: &str| {
        let words = inside.split(['*', ' ']).filter(|word| !word.is_empty());
        words.into_iter().all(|word| ["const", "volatile", "restrict"].contains(&word))
    };
    let mut starts = c.match_indices("(*").map(|(at, _)| at);
    starts.find_map(|at| {
        let end = at + 1 + c[at + 1..].find(['(', ')'])?;
        (c[end..].starts_with(')') && is_declarator(&c[at + 1..end])).then_some(end)
    })
}

#[cfg(test)]
mod tests {
    use super::declare;

    #[test]
    fn names_stand_where_c_has_them() {
        for (c, declared) in [
            ("int", "int x"),
            ("const char *", "const char *x"),
            ("char *const", "char *const x"),
            ("int (*)(void *)", "int (*x)(void *)"),
            ("int (*const)(void *)", "int (*const x)(void *)"),
            ("void (**)(int, void (*)(int))", "void (**x)(int, void (*)(int))"),
            ("void (*(*)(int))(char)", "void (*(*x)(int))(char)"),
            ("int (*)[4]", "int (*x)[4]"),
        ] {
            assert_eq!(declare(c, "x"), declared);
        }
    }
}
