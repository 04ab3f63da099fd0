//! Values as filters and sorts compare them.

use std::cmp::Ordering;

use serde_json::{Number, Value};

use super::{CompareOp, Literal};
use crate::schema::{Attribute, Type};
use crate::text;

/// What an attribute is compared with, in the attribute's type.
#[derive(Clone, Debug, PartialEq)]
pub enum Operand {
    /// A text, as written and as a key for comparison without case.
    String {
        /// As written.
        exact: String,
        /// Its key ([`text::key`]).
        folded: String,
    },
    /// A boolean.
    Bool(bool),
    /// An instant, in milliseconds since 1970 UTC.
    Instant(i64),
    /// A whole number.
    Integer(i64),
    /// Any other number.
    Decimal(f64),
}

impl Operand {
    /// A text.
    pub fn text(exact: &str) -> Self {
        Self::String {
            exact: exact.to_owned(),
            folded: text::key(exact),
        }
    }

    /// The operand that a value written in a filter is for such an attribute, if the two and the operator go together.
    pub(super) fn of(literal: &Literal, op: CompareOp, attribute: &Attribute) -> Result<Self, String> {
        let clash = || {
            Err(format!(
                "{} takes {}, not {literal}",
                attribute.name,
                wanted(attribute.kind)
            ))
        };
        let no_such_order = || {
            Err(format!(
                "`{}` does not go with {}, {}",
                op.name(),
                attribute.name,
                wanted(attribute.kind)
            ))
        };
        match attribute.kind {
            Type::String | Type::Reference | Type::Binary => match literal {
                _ if attribute.kind == Type::Binary && op.orders() => no_such_order(),
                Literal::String(text) => Ok(Self::text(text)),
                Literal::Bool(_) | Literal::Number(_) | Literal::Null => clash(),
            },
            Type::Boolean if op.orders() || op.looks_inside() => no_such_order(),
            Type::Boolean => match literal {
                Literal::Bool(flag) => Ok(Self::Bool(*flag)),
                // Entra's first dialect writes booleans as texts.
                Literal::String(text) if text.eq_ignore_ascii_case("true") => Ok(Self::Bool(true)),
                Literal::String(text) if text.eq_ignore_ascii_case("false") => Ok(Self::Bool(false)),
                Literal::String(_) | Literal::Number(_) | Literal::Null => clash(),
            },
            Type::DateTime => match literal {
                Literal::String(text) if op.looks_inside() => Ok(Self::text(text)),
                Literal::String(text) => match instant(text) {
                    Some(millis) => Ok(Self::Instant(millis)),
                    None => clash(),
                },
                Literal::Bool(_) | Literal::Number(_) | Literal::Null => clash(),
            },
            Type::Integer | Type::Decimal if op.looks_inside() => no_such_order(),
            Type::Integer | Type::Decimal => match literal {
                Literal::Number(number) => Ok(Self::number(number)),
                Literal::String(_) | Literal::Bool(_) | Literal::Null => clash(),
            },
            Type::Complex => Err(format!(
                "{} is complex: compare one of its sub-attributes",
                attribute.name
            )),
        }
    }

    fn number(number: &Number) -> Self {
        match number.as_i64() {
            Some(whole) => Self::Integer(whole),
            None => Self::Decimal(number.as_f64().unwrap_or(f64::NAN)),
        }
    }

    /// Whether a value compares so with this.
    pub(super) fn holds(&self, op: CompareOp, value: &Value, case_exact: bool) -> bool {
        match (self, value) {
            (Self::String { exact, .. }, Value::String(text)) if case_exact => holds_for_text(op, text, exact),
            (Self::String { folded, .. }, Value::String(text)) => holds_for_text(op, &text::key(text), folded),
            (Self::Bool(wanted), Value::Bool(flag)) => holds_for_order(op, Some(flag.cmp(wanted))),
            (Self::Instant(wanted), Value::String(text)) => {
                holds_for_order(op, instant(text).map(|millis| millis.cmp(wanted)))
            }
            (Self::Integer(_) | Self::Decimal(_), Value::Number(number)) => holds_for_order(op, self.order_of(number)),
            // A value of another type is different from this, and nothing else.
            _ => op == CompareOp::Ne,
        }
    }

    fn order_of(&self, number: &Number) -> Option<Ordering> {
        match (self, number.as_i64()) {
            (Self::Integer(wanted), Some(whole)) => Some(whole.cmp(wanted)),
            (Self::Integer(wanted), None) => number.as_f64()?.partial_cmp(&as_decimal(*wanted)),
            (Self::Decimal(wanted), _) => number.as_f64()?.partial_cmp(wanted),
            _ => None,
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "only compared with numbers that are no i64")]
fn as_decimal(whole: i64) -> f64 {
    whole as f64
}

fn holds_for_text(op: CompareOp, text: &str, wanted: &str) -> bool {
    match op {
        CompareOp::Co => text.contains(wanted),
        CompareOp::Sw => text.starts_with(wanted),
        CompareOp::Ew => text.ends_with(wanted),
        _ => holds_for_order(op, Some(text.cmp(wanted))),
    }
}

fn holds_for_order(op: CompareOp, order: Option<Ordering>) -> bool {
    match op {
        CompareOp::Eq => order == Some(Ordering::Equal),
        CompareOp::Ne => order != Some(Ordering::Equal),
        CompareOp::Gt => order == Some(Ordering::Greater),
        CompareOp::Ge => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
        CompareOp::Lt => order == Some(Ordering::Less),
        CompareOp::Le => matches!(order, Some(Ordering::Less | Ordering::Equal)),
        CompareOp::Co | CompareOp::Sw | CompareOp::Ew => false,
    }
}

fn wanted(kind: Type) -> &'static str {
    match kind {
        Type::String | Type::Reference => "a text",
        Type::Binary => "a text in base64",
        Type::Boolean => "true or false",
        Type::DateTime => "a date with time, such as 2026-01-31T12:00:00Z",
        Type::Integer | Type::Decimal => "a number",
        Type::Complex => "sub-attributes",
    }
}

fn instant(text: &str) -> Option<i64> {
    text::instant(text).map(jiff::Timestamp::as_millisecond)
}

/// A value as sorts compare it. Values of one attribute have one variant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SortKey {
    /// A boolean: false comes first.
    Bool(bool),
    /// An instant, in milliseconds since 1970 UTC.
    Instant(i64),
    /// A whole number.
    Integer(i64),
    /// Any other number, as bits that are in the order of the numbers.
    Decimal(i64),
    /// A text, folded unless its attribute is case-exact.
    Text(String),
}

impl SortKey {
    /// The key of an attribute's value; none if the value is absent or of another type.
    pub fn of(value: &Value, attribute: &Attribute) -> Option<Self> {
        match (attribute.kind, value) {
            (Type::Boolean, Value::Bool(flag)) => Some(Self::Bool(*flag)),
            (Type::DateTime, Value::String(text)) => instant(text).map(Self::Instant),
            (Type::Integer, Value::Number(number)) => number.as_i64().map(Self::Integer),
            (Type::Decimal, Value::Number(number)) => number.as_f64().map(|float| Self::Decimal(ordered_bits(float))),
            (Type::String | Type::Reference | Type::Binary, Value::String(text)) => {
                Some(Self::Text(if attribute.case_exact {
                    text.clone()
                } else {
                    text::key(text)
                }))
            }
            _ => None,
        }
    }
}

/// As `f64::total_cmp` orders: negative numbers have their other bits turned.
fn ordered_bits(float: f64) -> i64 {
    // -0 and 0 are one number.
    let bits = (float + 0.0).to_bits() as i64;
    bits ^ (((bits >> 63) as u64) >> 1) as i64
}
