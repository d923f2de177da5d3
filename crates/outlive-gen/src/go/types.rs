//! What a C type is in Go.

use super::answering::Answering;
use super::names::{self, Scope};
use super::structs::Struct;
use crate::model::{Enum, Function, Record, Spelled, Type, declare};
use crate::roles::FieldRole;

/// A value on its way between a trampoline and a method.
#[derive(Clone, Debug)]
pub enum Value {
    /// A number or an enum's: each language converts.
    Scalar { go: String, cgo: String },
    /// A token of the host's.
    Token,
    /// A pointer that Go does not follow: `uintptr`, or a type over it.
    Address { go: String },
    /// A string that ends with a NUL.
    Text,
    /// A pointer to a struct, of which Go gets a copy.
    Copy { go: String, cgo: String, c: String },
    /// A struct.
    Whole { go: String, cgo: String },
    /// A pointer to a number, which Go follows itself.
    Reference { go: String, cgo: String, c: String },
    /// A function to call.
    Code { go: String, cgo: String },
    /// As many elements as the parameter `length` says. `copied`: or else the memory is C's.
    Slice { go: String, length: String, kind: Elements, copied: bool },
    /// A string of as many bytes as the parameter `length` says.
    TextOf { length: String },
    /// The number of a slice's elements, or of a string's bytes.
    Length { cgo: String },
    /// A function by which C is to be answered once.
    Answer(Answering),
    /// What that function is called with, and no method sees.
    Cookie,
}

impl Value {
    /// A number of 64 bits, whatever its type counts elsewhere.
    pub fn widened(self) -> Value {
        match self {
            Value::Scalar { cgo, .. } => Value::Scalar { go: "uint64".to_owned(), cgo },
            other => other,
        }
    }
}

/// What a slice has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Elements {
    /// What Go has as C has it.
    Plain,
    /// Structs, of which Go has copies of its own type.
    Structs,
}

/// A type that the package declares.
#[derive(Debug)]
pub enum Declared {
    Address {
        go: String,
        c: String,
        comment: Option<String>,
        copies: Option<String>,
    },
    Struct(Struct),
    Enum {
        go: String,
        c: String,
        base: String,
        comment: Option<String>,
        constants: Vec<(String, i128, Option<String>)>,
    },
    Code(Code),
    /// What a function is called with that answers C.
    Answer {
        go: String,
        code: String,
        fields: Vec<(String, String)>,
    },
}

/// A function of C's that Go may call.
#[derive(Debug)]
pub struct Code {
    pub go: String,
    pub cgo: String,
    pub comment: Option<String>,
    /// A typedef that the trampolines' header needs first.
    pub typedef: Option<String>,
    /// The C function that calls it.
    pub shim: String,
    /// `None` where Go cannot call it.
    pub call: Option<Call>,
}

/// How to call a [`Code`].
#[derive(Debug)]
pub struct Call {
    pub parameters: Vec<Passed>,
    /// Its types in Go and cgo.
    pub result: Option<(String, String)>,
}

/// A parameter of a function that Go calls. Pointers are numbers there.
#[derive(Debug)]
pub struct Passed {
    pub name: String,
    pub go: String,
    pub cgo: String,
    /// As C spells it.
    pub c: String,
    pub is_pointer: bool,
}

/// The types of a package, as they are found.
#[derive(Debug)]
pub struct Types {
    pub package: String,
    /// The table or function that is being planned.
    pub table: String,
    /// The names of the package.
    pub scope: Scope,
    /// The names in C that the linker sees.
    pub symbols: Scope,
    pub declared: Vec<Declared>,
    /// What is said of members of structs.
    pub fields: Vec<FieldRole>,
}

impl Types {
    /// What a parameter is.
    pub fn parameter(&mut self, c: &Spelled, wanted: &str) -> Result<Value, String> {
        if let Some(code) = self.code(c, wanted) {
            return Ok(code);
        }
        if let Type::Record(record) = c.ty.resolved() {
            let (go, cgo) = self.whole(record)?;
            return Ok(Value::Whole { go, cgo });
        }
        match pointee(&c.ty) {
            Some((to, _)) => Ok(self.pointer(to)),
            None => self.scalar(&c.ty),
        }
    }

    /// What a result is; `None` for void.
    pub fn result(&mut self, c: &Spelled, wanted: &str) -> Result<Option<Value>, String> {
        match c.ty.resolved() {
            Type::Void => Ok(None),
            Type::Function(_) => Ok(self.code(c, wanted)),
            Type::Record(record) => {
                let (go, cgo) = self.whole(record)?;
                self.stored(&go)?;
                Ok(Some(Value::Whole { go, cgo }))
            }
            _ => match pointee(&c.ty) {
                Some((to, _)) => Ok(Some(self.pointer(to))),
                None => self.scalar(&c.ty).map(Some),
            },
        }
    }

    /// What a pointer is of which nothing is said: Go passes it on, and reads nothing.
    fn pointer(&mut self, to: &Type) -> Value {
        match to.resolved() {
            Type::Record(record) => self.address(record),
            _ => Value::Address { go: "uintptr".to_owned() },
        }
    }

    /// What a pointer to a struct is, of which there is to be a copy.
    pub fn copy(&mut self, ty: &Type) -> Result<Value, String> {
        let Some(Type::Record(record)) = pointee(ty).map(|(to, _)| to.resolved()) else {
            return Err("it points to no struct".to_owned());
        };
        let (go, cgo) = self.copied(record, false).map_err(|why| {
            format!("{why}, so that Go has no copy: without --copy it stays an address")
        })?;
        Ok(Value::Copy { go, cgo, c: record.c.clone() })
    }

    /// What a pointer is that Go follows itself.
    pub fn reference(&mut self, ty: &Type) -> Result<Value, String> {
        let (to, _) = pointee(ty).ok_or("it is no pointer")?;
        match to.pointee().map(|(inner, _)| self.pointer(inner)) {
            // Somewhere to put an object of C's.
            Some(Value::Address { go }) => {
                let of_c = || "uintptr_t".to_owned();
                Ok(Value::Reference { go, cgo: of_c(), c: of_c() })
            }
            _ => {
                let (go, cgo, c) = number(to)?;
                let go = if to.is_byte() { "byte".to_owned() } else { go };
                Ok(Value::Reference { go, cgo, c })
            }
        }
    }

    /// What a pointer is to where Go puts a value.
    pub fn out(&mut self, ty: &Type) -> Result<Value, String> {
        let (to, _) = pointee(ty).ok_or("it is no pointer")?;
        match to.resolved() {
            Type::Pointer { to, .. } => match self.pointer(to) {
                Value::Address { go } => {
                    let of_c = || "uintptr_t".to_owned();
                    Ok(Value::Reference { go, cgo: of_c(), c: of_c() })
                }
                _ => Err("it points to no value of Go's".to_owned()),
            },
            Type::Enum(_) => match self.scalar(to)? {
                Value::Scalar { go, cgo } => {
                    let c = c_name(&cgo).to_owned();
                    Ok(Value::Reference { go, cgo, c })
                }
                _ => Err("it points to no value of Go's".to_owned()),
            },
            Type::Record(_) | Type::Function(_) | Type::Array { .. } => {
                Err("Go has no value of this type as C has it: without --out it stays an address"
                    .to_owned())
            }
            _ => self.reference(ty),
        }
    }

    /// What a pointer to so many elements is.
    pub fn slice(&mut self, to: &Type, to_const: bool, length: String) -> Result<Value, String> {
        let plain = |go: String| {
            Ok(Value::Slice { go, length: length.clone(), kind: Elements::Plain, copied: to_const })
        };
        match to.resolved() {
            // The length of an address is in bytes.
            Type::Record(record) if record.c == "struct sockaddr" => plain("byte".to_owned()),
            Type::Record(record) => {
                let (go, _) = self.copied(record, true)?;
                Ok(Value::Slice { go, length, kind: Elements::Structs, copied: true })
            }
            Type::Void => plain("byte".to_owned()),
            Type::Integer { .. } if to.is_byte() => plain("byte".to_owned()),
            Type::Pointer { to, .. } => match self.pointer(to) {
                Value::Address { go } => plain(go),
                _ => plain("uintptr".to_owned()),
            },
            Type::Function(_) => plain("uintptr".to_owned()),
            _ => match self.scalar(to)? {
                Value::Scalar { go, .. } => plain(go),
                _ => Err("a slice of such elements".to_owned()),
            },
        }
    }

    /// A number or an enum's value.
    pub fn scalar(&mut self, ty: &Type) -> Result<Value, String> {
        match ty.resolved() {
            Type::Enum(of) => self.enumeration(of, ty),
            _ => number(ty).map(|(go, cgo, _)| Value::Scalar { go, cgo }),
        }
    }

    fn enumeration(&mut self, of: &Enum, ty: &Type) -> Result<Value, String> {
        let (go, cgo) = sized(of.signed, of.size)?;
        let scalar = |go: String| Ok(Value::Scalar { go, cgo: cgo.to_owned() });
        let typedef = match ty {
            Type::Typedef { name, .. } => Some(name.clone()),
            _ => None,
        };
        let Some(c) = of.name.clone().or(typedef) else { return scalar(go.to_owned()) };
        let owner = format!("enum {c}");
        let name = self.scope.name(&names::exported_in(&self.package, &c), &owner);
        if !self.declared.iter().any(|one| matches!(one, Declared::Enum { go, .. } if *go == name))
        {
            let package = self.package.clone();
            let mut constants = Vec::new();
            for constant in &of.constants {
                let owner = format!("constant {}", constant.name);
                let wanted = names::exported_in(&package, &constant.name);
                constants.push((
                    self.scope.name(&wanted, &owner),
                    constant.value,
                    constant.comment.clone(),
                ));
            }
            self.declared.push(Declared::Enum {
                go: name.clone(),
                c,
                base: go.to_owned(),
                comment: of.comment.clone(),
                constants,
            });
        }
        scalar(name)
    }

    /// A type for an object of C's that Go only passes on.
    fn address(&mut self, record: &Record) -> Value {
        let Some(c) = &record.name else { return Value::Address { go: "uintptr".to_owned() } };
        let copies = if record.complete && !record.is_union {
            self.copied(record, false).ok()
        } else {
            None
        };
        let wanted = names::exported_in(&self.package, c);
        let wanted = if copies.is_some() { format!("{wanted}Address") } else { wanted };
        let go = self.scope.name(&wanted, &format!("address of {}", record.c));
        if !self
            .declared
            .iter()
            .any(|one| matches!(one, Declared::Address { go: name, .. } if *name == go))
        {
            self.declared.push(Declared::Address {
                go: go.clone(),
                c: record.c.clone(),
                comment: record.comment.clone().filter(|_| copies.is_none()),
                copies: copies.map(|(go, _)| go),
            });
        }
        Value::Address { go }
    }

    /// A pointer to a function. `wanted` names one that has no typedef.
    pub(super) fn code(&mut self, c: &Spelled, wanted: &str) -> Option<Value> {
        let function = c.ty.function()?;
        let (cgo, comment, typedef) = match &c.ty {
            Type::Typedef { name, comment, of }
                if of.function().is_some() && !c.c.contains('*') =>
            {
                (name.clone(), comment.clone(), None)
            }
            _ => {
                let linked = names::linked(&self.package, &self.table);
                let name = format!("{linked}_{wanted}");
                let typedef = format!("typedef {};", declare(&c.c, &name));
                (name, None, Some(typedef))
            }
        };
        let named = if typedef.is_some() { wanted } else { &cgo };
        let go = self.scope.name(&names::exported_in(&self.package, named), &format!("code {cgo}"));
        if !self.declared.iter().any(|one| matches!(one, Declared::Code(code) if code.go == go)) {
            let call = self.call(function);
            let linked = names::linked(&self.package, &self.table);
            let shim = format!("{linked}_call_{cgo}");
            let shim = self.symbols.name(&shim, &format!("call of {cgo}"));
            let (go, cgo) = (go.clone(), cgo.clone());
            self.declared.push(Declared::Code(Code { go, cgo, comment, typedef, shim, call }));
        }
        Some(Value::Code { go, cgo })
    }

    /// How Go calls such a function: pointers are numbers to it.
    fn call(&mut self, function: &Function) -> Option<Call> {
        if function.variadic || !function.has_prototype {
            return None;
        }
        let mut parameters = Vec::new();
        for (number, parameter) in function.parameters.iter().enumerate() {
            let (go, cgo) = self.passed(&parameter.ty)?;
            let name = parameter.name.clone().unwrap_or_else(|| format!("arg{number}"));
            let is_pointer = pointee(&parameter.ty.ty).is_some();
            parameters.push(Passed { name, go, cgo, c: parameter.ty.c.clone(), is_pointer });
        }
        let result = match function.result.ty.resolved() {
            Type::Void => None,
            _ => Some(self.passed(&function.result)?),
        };
        Some(Call { parameters, result })
    }

    fn passed(&mut self, c: &Spelled) -> Option<(String, String)> {
        if let Some((to, _)) = pointee(&c.ty) {
            let go = match to.resolved() {
                Type::Record(record) => match self.address(record) {
                    Value::Address { go } => go,
                    _ => return None,
                },
                _ => "uintptr".to_owned(),
            };
            return Some((go, "uintptr_t".to_owned()));
        }
        match self.scalar(&c.ty).ok()? {
            Value::Scalar { go, cgo } => Some((go, cgo)),
            _ => None,
        }
    }
}

/// The C type that cgo calls so.
pub fn c_name(cgo: &str) -> &str {
    match cgo {
        "schar" => "signed char",
        "uchar" => "unsigned char",
        "ushort" => "unsigned short",
        "uint" => "unsigned int",
        "ulong" => "unsigned long",
        "longlong" => "long long",
        "ulonglong" => "unsigned long long",
        other => other,
    }
}

/// What a pointer or, as a parameter, an array points to.
pub fn pointee(ty: &Type) -> Option<(&Type, bool)> {
    match ty.resolved() {
        Type::Array { of, .. } => Some((of, false)),
        _ => ty.pointee(),
    }
}

/// The types of a number in Go, cgo and C.
pub fn number(ty: &Type) -> Result<(String, String, String), String> {
    let (go, cgo, c): (String, String, String) = match ty.resolved() {
        Type::Bool => ("bool".into(), "bool".into(), "_Bool".into()),
        Type::Float { size: 4 } => ("float32".into(), "float".into(), "float".into()),
        Type::Float { size: 8 } => ("float64".into(), "double".into(), "double".into()),
        Type::Float { .. } => return Err("Go has no long double".to_owned()),
        Type::Integer { c, signed, size } => {
            let (go, _) = sized(*signed, *size)?;
            (go.to_owned(), of_c(c), c.clone())
        }
        Type::Void => return Err("void is no value".to_owned()),
        Type::Other { c } => return Err(format!("there is no mapping for {c}")),
        _ => return Err("there is no mapping for it".to_owned()),
    };
    let mut at = ty;
    while let Type::Typedef { name, of, .. } = at {
        match name.as_str() {
            // What counts memory of this process's fits; what counts something else, --uint64 names.
            "size_t" => return Ok(("int".to_owned(), name.clone(), name.clone())),
            "uintptr_t" => return Ok(("uintptr".to_owned(), name.clone(), name.clone())),
            "ssize_t" | "intptr_t" | "ptrdiff_t" => return Ok(("int".to_owned(), cgo, c)),
            _ => at = of,
        }
    }
    Ok((go, cgo, c))
}

fn sized(signed: bool, size: u64) -> Result<(&'static str, &'static str), String> {
    Ok(match (signed, size) {
        (true, 1) => ("int8", "schar"),
        (true, 2) => ("int16", "short"),
        (true, 4) => ("int32", "int"),
        (true, 8) => ("int64", "longlong"),
        (false, 1) => ("uint8", "uchar"),
        (false, 2) => ("uint16", "ushort"),
        (false, 4) => ("uint32", "uint"),
        (false, 8) => ("uint64", "ulonglong"),
        _ => return Err(format!("Go has no integer of {size} bytes")),
    })
}

/// cgo's name for an integer of C's.
fn of_c(c: &str) -> String {
    match c {
        "signed char" => "schar",
        "unsigned char" => "uchar",
        "unsigned short" => "ushort",
        "unsigned int" => "uint",
        "unsigned long" => "ulong",
        "long long" => "longlong",
        "unsigned long long" => "ulonglong",
        other => other,
    }
    .to_owned()
}
