//! An attribute's definition, RFC 7643 §7, and the schema that holds it.

/// What values an attribute has: RFC 7643 §2.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Type {
    /// Text.
    String,
    /// `true` or `false`.
    Boolean,
    /// A number.
    Decimal,
    /// A number without a fraction.
    Integer,
    /// An xsd:dateTime.
    DateTime,
    /// Bytes in base64.
    Binary,
    /// A URI, absolute or relative.
    Reference,
    /// A composition of sub-attributes.
    Complex,
}

/// Who may change an attribute, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mutability {
    /// Only the server.
    ReadOnly,
    /// Anyone, at any time.
    ReadWrite,
    /// Anyone, once.
    Immutable,
    /// Anyone, but nobody reads it.
    WriteOnly,
}

/// When an attribute is in an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Returned {
    /// In every one.
    Always,
    /// Unless it is excluded.
    Default,
    /// When it is named.
    Request,
    /// In none.
    Never,
}

/// Among which resources a value is unique.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Uniqueness {
    /// None.
    None,
    /// Those of the server, here: of the realm.
    Server,
    /// All of the world.
    Global,
}

/// One attribute or sub-attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// Its name in the spelling that is answered.
    pub name: String,
    /// What values it has.
    pub kind: Type,
    /// Whether it has a list of them.
    pub multi_valued: bool,
    /// For people.
    pub description: String,
    /// Whether it must have a value.
    pub required: bool,
    /// Values that are suggested; others are accepted as well.
    pub canonical_values: Vec<String>,
    /// Whether letter case counts in comparing.
    pub case_exact: bool,
    /// Who may change it.
    pub mutability: Mutability,
    /// When it is answered.
    pub returned: Returned,
    /// Among which resources its value is unique.
    pub uniqueness: Uniqueness,
    /// For references: to what.
    pub reference_types: Vec<String>,
    /// For complex attributes: what they consist of.
    pub sub_attributes: Vec<Attribute>,
    /// Whether an index is to answer filters on it. Set in configuration; no part of SCIM.
    pub indexed: bool,
}

/// A set of attributes with a URN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schema {
    /// Its URN.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// What it holds.
    pub attributes: Vec<Attribute>,
    /// Whether members may have any name, with text as value (Wire's map of rich info).
    pub open: bool,
}

impl Attribute {
    /// The sub-attribute of that name, in any letter case.
    pub fn sub(&self, name: &str) -> Option<&Attribute> {
        named(&self.sub_attributes, name)
    }

    /// Whether the attribute is complex.
    pub fn is_complex(&self) -> bool {
        self.kind == Type::Complex
    }

    /// Whether its values are never shown, so that nothing may be found or sorted by them either.
    pub fn is_secret(&self) -> bool {
        self.mutability == Mutability::WriteOnly || self.returned == Returned::Never
    }

    /// Whether its values name other resources (`members`, `manager`), so that `value` alone says which.
    pub fn refers_to_resources(&self) -> bool {
        self.sub_attributes.iter().any(|sub| sub.name == "$ref")
    }
}

impl Schema {
    /// The attribute of that name, in any letter case.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        named(&self.attributes, name)
    }

    /// Whether clients write nothing of it and see something on request only.
    pub(super) fn is_a_view(&self) -> bool {
        let is_view = |attribute: &Attribute| {
            attribute.mutability == Mutability::ReadOnly && attribute.returned == Returned::Request
        };
        !self.open && self.attributes.iter().all(is_view)
    }
}

pub(super) fn named<'a>(attributes: &'a [Attribute], name: &str) -> Option<&'a Attribute> {
    attributes
        .iter()
        .find(|attribute| attribute.name.eq_ignore_ascii_case(name))
}

/// Definitions as they are written in the built-in schemas: what is not said is as RFC 7643 §2.2 has it.
impl Attribute {
    pub(crate) fn new(name: &str, kind: Type, description: &str) -> Self {
        Self {
            name: name.into(),
            kind,
            multi_valued: false,
            description: description.into(),
            required: false,
            canonical_values: Vec::new(),
            case_exact: false,
            mutability: Mutability::ReadWrite,
            returned: Returned::Default,
            uniqueness: Uniqueness::None,
            reference_types: Vec::new(),
            sub_attributes: Vec::new(),
            indexed: false,
        }
    }

    pub(super) fn text(name: &str, description: &str) -> Self {
        Self::new(name, Type::String, description)
    }

    pub(super) fn flag(name: &str, description: &str) -> Self {
        Self::new(name, Type::Boolean, description)
    }

    pub(super) fn reference(name: &str, to: &[&str], description: &str) -> Self {
        Self {
            reference_types: owned(to),
            case_exact: true,
            ..Self::new(name, Type::Reference, description)
        }
    }

    pub(super) fn complex(name: &str, description: &str, sub_attributes: Vec<Attribute>) -> Self {
        Self {
            sub_attributes,
            ..Self::new(name, Type::Complex, description)
        }
    }

    pub(super) fn multi(self) -> Self {
        Self {
            multi_valued: true,
            ..self
        }
    }

    pub(super) fn required(self) -> Self {
        Self { required: true, ..self }
    }

    pub(super) fn exact(self) -> Self {
        Self {
            case_exact: true,
            ..self
        }
    }

    pub(super) fn immutable(self) -> Self {
        Self {
            mutability: Mutability::Immutable,
            ..self
        }
    }

    pub(super) fn one_of(self, values: &[&str]) -> Self {
        Self {
            canonical_values: owned(values),
            ..self
        }
    }

    pub(super) fn returned(self, returned: Returned) -> Self {
        Self { returned, ..self }
    }

    pub(super) fn unique(self) -> Self {
        Self {
            uniqueness: Uniqueness::Server,
            ..self
        }
    }

    /// Only the server writes it, nor anything in it.
    pub(super) fn read_only(self) -> Self {
        let sub_attributes = self.sub_attributes.into_iter().map(Attribute::read_only).collect();
        Self {
            mutability: Mutability::ReadOnly,
            sub_attributes,
            ..self
        }
    }
}

fn owned(words: &[&str]) -> Vec<String> {
    words.iter().copied().map(str::to_owned).collect()
}
