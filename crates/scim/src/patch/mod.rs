//! PATCH (RFC 7644 §3.5.2): operations on a document, in order, each on what the one before left.
//!
//! Beside the RFC's matrix this takes what clients really send:
//! - Entra ID: operators in any letter case, booleans as texts, dotted keys and keys with a URN in a value without a path,
//!   removal of the members in `value`, and `emails[type eq "work"].value` that makes the element it does not find.
//! - Okta and authentik: `id`, `schemas` and `meta` inside a value without a path, which are passed over.
//! - SailPoint, WSO2: `add` without a path. Keycloak's plugins: `remove` with a null value. Any: one value instead of a list,
//!   a single complex value as text or list, an extension's bare URN as path.
//!
//! [`apply`] changes the document in place, by all operations or not at all.

mod apply;
mod change;
mod list;
mod parse;
mod target;
mod unknown;

pub use apply::apply;
use serde_json::Value;

pub(crate) use parse::member;
pub use parse::{parse, parse_list, parse_or_none, parse_value};
pub use unknown::unknown;

use crate::filter::Resolved;

/// The schema of the message that carries operations.
pub const PATCH_URN: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// What an operation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// Adds values; sets what is single-valued.
    Add,
    /// Replaces values.
    Replace,
    /// Removes values.
    Remove,
}

impl Op {
    /// The word on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Replace => "replace",
            Self::Remove => "remove",
        }
    }
}

/// One operation as written.
#[derive(Clone, Debug, PartialEq)]
pub struct Operation {
    /// What it does.
    pub op: Op,
    /// Where; without it `value` says.
    pub path: Option<String>,
    /// With what. A null that is written is a value.
    pub value: Option<Value>,
}

/// How operations are applied.
#[derive(Clone, Copy, Debug, Default)]
pub struct PatchOptions<'a> {
    /// Multi-valued attributes whose values are not in the document: operations on them are returned instead.
    pub deferred: &'a [&'a str],
    /// Passes over operations on undefined attributes, where else they are refused.
    pub lenient: bool,
    /// Passes over removals of undefined attributes: they are not there already.
    pub forgives_removal: bool,
}

/// What a PATCH came to.
#[derive(Clone, Debug, PartialEq)]
pub struct PatchOutcome {
    /// Whether the document is another one now.
    pub changed: bool,
    /// The operations on deferred attributes, in order.
    pub deferred: Vec<DeferredOp>,
}

/// An operation on the values of a deferred attribute.
#[derive(Clone, Debug, PartialEq)]
pub enum DeferredOp {
    /// These come in.
    Add(Vec<Value>),
    /// These are all there are.
    Replace(Vec<Value>),
    /// All go.
    RemoveAll,
    /// Those with these `value`s go.
    RemoveValues(Vec<String>),
    /// Those that match go; the filter is asked about one value at a time.
    RemoveWhere(Resolved),
}
