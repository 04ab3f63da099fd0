//! Filters (RFC 7644 §3.4.2.2), in three stages: text becomes a [`Filter`], which knows the grammar; that becomes a
//! [`Resolved`] filter, which knows the schema; that is asked whether a resource matches.
//!
//! What the RFC leaves open is settled thus:
//! - `ne` holds where the attribute is absent. Over several values it holds if any of them differs, as every operator does;
//!   who wants "none of them" writes `not (… eq …)`.
//! - `eq null` is absent, `ne null` is present.
//! - A bare multi-valued complex attribute, and `manager`, mean their `value`; `pr` means the attribute itself.
//! - `emails[type eq "work"].value eq "x"`, which Entra sends, is `emails[type eq "work" and value eq "x"]`.

mod lexer;
mod matches;
mod operand;
mod parser;
mod print;
mod resolve;

use serde_json::Number;

pub use operand::{Operand, SortKey};
pub(crate) use parser::target;
pub use resolve::Resolved;
pub(crate) use resolve::element;

use crate::error::Error;
use crate::path::AttrPath;
use crate::schema::ResourceSchema;

/// The longest filter, in bytes.
pub const MAX_BYTES: usize = 8 * 1024;
/// How deep brackets may nest.
pub const MAX_DEPTH: usize = 32;
/// How many comparisons a filter may have.
pub const MAX_TERMS: usize = 256;

/// A filter as written. Parsing what it prints gives the same filter.
#[derive(Clone, Debug, PartialEq)]
pub enum Filter {
    /// All of two or more hold.
    And(Vec<Filter>),
    /// Any of two or more holds.
    Or(Vec<Filter>),
    /// It does not hold.
    Not(Box<Filter>),
    /// One value of the attribute satisfies all of the filter in brackets.
    Has {
        /// The attribute before the brackets.
        path: AttrPath,
        /// What is in the brackets; its paths are names of sub-attributes.
        filter: Box<Filter>,
    },
    /// The attribute compares so with the value.
    Compare {
        /// The attribute.
        path: AttrPath,
        /// How it is compared.
        op: CompareOp,
        /// With what.
        value: Literal,
    },
    /// The attribute has a value.
    Present(AttrPath),
}

/// The operators that take a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompareOp {
    /// Equal.
    Eq,
    /// Not equal.
    Ne,
    /// Contains.
    Co,
    /// Starts with.
    Sw,
    /// Ends with.
    Ew,
    /// Greater.
    Gt,
    /// Greater or equal.
    Ge,
    /// Less.
    Lt,
    /// Less or equal.
    Le,
}

impl CompareOp {
    const ALL: [(CompareOp, &'static str); 9] = [
        (Self::Eq, "eq"),
        (Self::Ne, "ne"),
        (Self::Co, "co"),
        (Self::Sw, "sw"),
        (Self::Ew, "ew"),
        (Self::Gt, "gt"),
        (Self::Ge, "ge"),
        (Self::Lt, "lt"),
        (Self::Le, "le"),
    ];

    /// The word for it in a filter.
    pub fn name(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(op, _)| *op == self)
            .map_or("", |(_, name)| name)
    }

    fn named(word: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .find(|(_, name)| name.eq_ignore_ascii_case(word))
            .map(|(op, _)| *op)
    }

    fn orders(self) -> bool {
        matches!(self, Self::Gt | Self::Ge | Self::Lt | Self::Le)
    }

    fn looks_inside(self) -> bool {
        matches!(self, Self::Co | Self::Sw | Self::Ew)
    }
}

/// A value as written in a filter.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// A text in double quotes.
    String(String),
    /// `true` or `false`.
    Bool(bool),
    /// A number as in JSON.
    Number(Number),
    /// `null`.
    Null,
}

impl Filter {
    /// Binds the filter to a type of resource: attributes are found, values take their attribute's type.
    ///
    /// # Errors
    /// `invalidFilter`: an attribute is undefined, or its type does not go with operator or value. `sensitive`: it may not be
    /// asked for.
    pub fn resolve(&self, schema: &ResourceSchema) -> Result<Resolved, Error> {
        resolve::resolve(self, schema, resolve::Undefined::Refused)
    }

    /// The same for a query over several types, in which an undefined attribute has no value (RFC 7644 §3.4.2.1).
    ///
    /// # Errors
    /// As [`Filter::resolve`], but for undefined attributes.
    pub fn resolve_lenient(&self, schema: &ResourceSchema) -> Result<Resolved, Error> {
        resolve::resolve(self, schema, resolve::Undefined::Absent)
    }
}
