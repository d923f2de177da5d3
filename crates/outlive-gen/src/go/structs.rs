//! Structs of which Go has copies.

/// A struct of which Go gets copies.
#[derive(Debug)]
pub struct Struct {
    pub go: String,
    pub cgo: String,
    pub c: String,
    pub comment: Option<String>,
    pub fields: Vec<Copied>,
    /// Whether some function gives several.
    pub several: bool,
    /// Whether a method gives one to C.
    pub stored: bool,
}

/// A field of a [`Struct`].
#[derive(Debug)]
pub struct Copied {
    pub go: String,
    pub ty: String,
    /// The C field, behind `from` or `to`: `.tv_sec`.
    pub c: String,
    pub kind: Kind,
}

/// How a field is copied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A number.
    Number,
    /// A pointer, as a number.
    Pointer,
    /// Bytes that both languages have alike.
    Alike,
    /// A struct.
    Struct,
    /// A string that ends with a NUL.
    Text,
    /// A string of as many bytes as another member says, behind `from`.
    TextOf(String),
    /// As many elements of that type as another member says, behind `from`.
    Slice(String, String),
}

impl Kind {
    /// Whether it is memory of its own, that C's struct points to.
    pub fn is_followed(&self) -> bool {
        matches!(self, Kind::Text | Kind::TextOf(_) | Kind::Slice(..))
    }
}

impl Copied {
    /// The expression that reads it, with `from` for the C struct.
    pub fn value(&self) -> String {
        let Copied { ty, c, .. } = self;
        match &self.kind {
            Kind::Number => format!("{ty}(from{c})"),
            Kind::Pointer => format!("uintptr(unsafe.Pointer(from{c}))"),
            Kind::Alike => format!("*(*{ty})(unsafe.Pointer(&from{c}))"),
            Kind::Struct => format!("*copy{ty}(&from{c})"),
            Kind::Text => format!("C.GoString((*C.char)(unsafe.Pointer(from{c})))"),
            Kind::TextOf(count) => format!("string({})", memory(c, "byte", count)),
            Kind::Slice(of, count) => format!("slices.Clone({})", memory(c, of, count)),
        }
    }

    /// The statement that writes it, with `to` for the C struct.
    pub fn store(&self) -> String {
        let Copied { go, ty, c, .. } = self;
        match self.kind {
            Kind::Struct => format!("store{ty}(&to{c}, from.{go})"),
            // cgo has types of its own for typedefs, of the same size.
            _ => format!("*(*{ty})(unsafe.Pointer(&to{c})) = from.{go}"),
        }
    }
}

/// C's memory behind a pointer in `from`.
fn memory(c: &str, of: &str, count: &str) -> String {
    format!("outlive.Memory[{of}](uintptr(unsafe.Pointer(from{c})), uintptr(from{count}))")
}
