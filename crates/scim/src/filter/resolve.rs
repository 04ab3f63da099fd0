//! From [`Filter`] to [`Resolved`]: attributes are looked up, values take their type.

use super::{CompareOp, Filter, Literal, Operand};
use crate::error::Error;
use crate::path::AttrPath;
use crate::schema::{Attribute, AttributeRef, ResourceSchema, Type};

/// A filter bound to a type of resource.
#[derive(Clone, Debug, PartialEq)]
pub enum Resolved {
    /// It holds for every resource, or for none.
    Constant(bool),
    /// All hold.
    And(Vec<Resolved>),
    /// Any holds.
    Or(Vec<Resolved>),
    /// It does not hold.
    Not(Box<Resolved>),
    /// One value of the attribute satisfies all of the filter.
    Has {
        /// The attribute as a whole, whose values are complex.
        attribute: AttributeRef,
        /// Its attributes are sub-attributes of that attribute, seen from one value.
        filter: Box<Resolved>,
    },
    /// Some value of the attribute compares so; for `ne` also if it has none.
    Compare {
        /// The attribute.
        attribute: AttributeRef,
        /// How it is compared.
        op: CompareOp,
        /// With what.
        value: Operand,
    },
    /// The attribute has a value. It is meant as a whole: no `value` is implied.
    Present(AttributeRef),
}

impl Resolved {
    /// The keys of all attributes it asks for; brackets count as their attribute.
    pub fn keys(&self) -> Vec<&str> {
        let mut keys = Vec::new();
        self.collect_keys(&mut keys);
        keys
    }

    fn collect_keys<'a>(&'a self, keys: &mut Vec<&'a str>) {
        match self {
            Self::Constant(_) => {}
            Self::And(parts) | Self::Or(parts) => parts.iter().for_each(|part| part.collect_keys(keys)),
            Self::Not(filter) => filter.collect_keys(keys),
            Self::Has { attribute, .. } | Self::Compare { attribute, .. } | Self::Present(attribute) => {
                keys.push(attribute.key());
            }
        }
    }

    /// The texts of `sub eq "a"`, or of an or-chain of such: what matches is exactly what has one of them.
    pub fn equal_values(&self, sub: &str) -> Option<Vec<String>> {
        match self {
            Self::Compare {
                attribute,
                op: CompareOp::Eq,
                value: Operand::String { exact, .. },
            } if attribute.key() == sub => Some(vec![exact.clone()]),
            Self::Or(parts) => {
                let lists: Option<Vec<Vec<String>>> = parts.iter().map(|part| part.equal_values(sub)).collect();
                lists.map(|lists| lists.into_iter().flatten().collect())
            }
            _ => None,
        }
    }

    /// Texts of which all that matches has one, though not all that has one need match:
    /// `type eq "work" and value eq "x"` implies the value `x`.
    pub fn implied_values(&self, sub: &str) -> Option<Vec<String>> {
        match self {
            Self::And(parts) => parts.iter().find_map(|part| part.implied_values(sub)),
            Self::Or(parts) => {
                let lists: Option<Vec<Vec<String>>> = parts.iter().map(|part| part.implied_values(sub)).collect();
                lists.map(|lists| lists.into_iter().flatten().collect())
            }
            other => other.equal_values(sub),
        }
    }
}

/// What an undefined attribute does.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Undefined {
    Refused,
    Absent,
}

pub(super) fn resolve(filter: &Filter, schema: &ResourceSchema, undefined: Undefined) -> Result<Resolved, Error> {
    Resolver {
        scope: Scope::Resource(schema),
        undefined,
    }
    .filter(filter)
}

/// Binds the filter of brackets to the sub-attributes of their attribute.
pub(crate) fn element(filter: &Filter, attribute: &Attribute) -> Result<Resolved, Error> {
    Resolver {
        scope: Scope::Element(attribute),
        undefined: Undefined::Refused,
    }
    .filter(filter)
}

/// What paths are looked up in.
#[derive(Clone, Copy)]
enum Scope<'a> {
    Resource(&'a ResourceSchema),
    Element(&'a Attribute),
}

struct Resolver<'a> {
    scope: Scope<'a>,
    undefined: Undefined,
}

impl Resolver<'_> {
    fn filter(&self, filter: &Filter) -> Result<Resolved, Error> {
        let all = |parts: &[Filter]| {
            parts
                .iter()
                .map(|part| self.filter(part))
                .collect::<Result<Vec<_>, _>>()
        };
        Ok(match filter {
            Filter::And(parts) => Resolved::And(all(parts)?),
            Filter::Or(parts) => Resolved::Or(all(parts)?),
            Filter::Not(filter) => Resolved::Not(Box::new(self.filter(filter)?)),
            Filter::Has { path, filter } => match self.find(path)? {
                Some(attribute) => has(attribute.whole(), filter, self.undefined)?,
                None => Resolved::Constant(false),
            },
            Filter::Present(path) => match self.find(path)? {
                Some(attribute) => Resolved::Present(as_written(&attribute)),
                None => Resolved::Constant(false),
            },
            Filter::Compare { path, op, value } => match self.find(path)? {
                Some(attribute) => compare(path, attribute, *op, value)?,
                None => Resolved::Constant(holds_for_absent(*op, value)),
            },
        })
    }

    fn find(&self, path: &AttrPath) -> Result<Option<AttributeRef>, Error> {
        let found = match self.scope {
            Scope::Resource(schema) => schema.resolve(path),
            Scope::Element(_) if path.urn.is_some() || path.sub.is_some() => None,
            Scope::Element(attribute) => AttributeRef::in_brackets(attribute, &path.name),
        };
        match found {
            Some(attribute) if attribute.attribute().is_secret() => {
                Err(Error::sensitive(format!("filter: {path} cannot be asked for")))
            }
            Some(attribute) => Ok(Some(attribute)),
            None if self.undefined == Undefined::Absent => Ok(None),
            None => Err(Error::invalid_filter(match self.scope {
                Scope::Resource(schema) => format!("filter: {} has no attribute `{path}`", schema.name),
                Scope::Element(attribute) => format!("filter: {} has no sub-attribute `{path}`", attribute.name),
            })),
        }
    }
}

fn has(attribute: AttributeRef, filter: &Filter, undefined: Undefined) -> Result<Resolved, Error> {
    if attribute.attribute().kind != Type::Complex {
        return Err(Error::invalid_filter(format!(
            "filter: {} has no sub-attributes for brackets",
            attribute.key()
        )));
    }
    let inner = Resolver {
        scope: Scope::Element(attribute.attribute()),
        undefined,
    }
    .filter(filter)?;
    Ok(Resolved::Has {
        attribute,
        filter: Box::new(inner),
    })
}

/// Presence is asked of what was written, not of an implied `value`.
fn as_written(attribute: &AttributeRef) -> AttributeRef {
    if attribute.explicit_sub() {
        attribute.clone()
    } else {
        attribute.whole()
    }
}

fn compare(path: &AttrPath, attribute: AttributeRef, op: CompareOp, value: &Literal) -> Result<Resolved, Error> {
    if *value == Literal::Null {
        let present = Resolved::Present(as_written(&attribute));
        return match op {
            CompareOp::Eq => Ok(Resolved::Not(Box::new(present))),
            CompareOp::Ne => Ok(present),
            _ => Err(Error::invalid_filter(format!(
                "filter: `{path} {} null`: null goes with eq and ne only",
                op.name()
            ))),
        };
    }
    let value = Operand::of(value, op, attribute.target())
        .map_err(|why| Error::invalid_filter(format!("filter: `{path}`: {why}")))?;
    Ok(Resolved::Compare { attribute, op, value })
}

fn holds_for_absent(op: CompareOp, value: &Literal) -> bool {
    match value {
        Literal::Null => op == CompareOp::Eq,
        Literal::String(_) | Literal::Bool(_) | Literal::Number(_) => op == CompareOp::Ne,
    }
}
