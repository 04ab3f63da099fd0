//! One row of an answer.

use std::any::type_name;
use std::mem;

use crate::error::Error;
use crate::value::{FromValue, Value};

/// One row of an answer, its columns by place.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    values: Vec<Value>,
}

impl Row {
    pub(crate) fn new(values: Vec<Value>) -> Self {
        Self { values }
    }

    pub(crate) fn values(&self) -> &[Value] {
        &self.values
    }

    pub(crate) fn into_values(self) -> Vec<Value> {
        self.values
    }

    /// Moves a column out of the row; NULL stays in its place.
    ///
    /// # Errors
    /// [`Error::Type`] when the row has no such column or it is of another type.
    pub fn take<T: FromValue>(&mut self, column: usize) -> Result<T, Error> {
        let wanted = type_name::<T>();
        let Some(place) = self.values.get_mut(column) else {
            return Err(Error::Type {
                column,
                wanted,
                found: "nothing".into(),
            });
        };
        let value = mem::replace(place, Value::Null);
        let found = value.kind();
        T::from_value(value).ok_or_else(|| Error::Type {
            column,
            wanted,
            found: found.into(),
        })
    }

    /// Whether a column is NULL, was taken out, or is not there.
    pub fn is_null(&self, column: usize) -> bool {
        matches!(self.values.get(column), None | Some(Value::Null))
    }

    /// How many columns it has.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether it has no column.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }
}
