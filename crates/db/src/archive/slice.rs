//! As many rows as are in memory at once.

use std::mem;

use crate::row::Row;
use crate::value::Value;

/// A slice ends after so many rows …
const ROWS: usize = 1000;

/// … or with this much in them.
const BYTES: usize = 1 << 20;

/// Rows that travel together.
#[derive(Default)]
pub(crate) struct Slice {
    rows: Vec<Row>,
    bytes: usize,
}

impl Slice {
    pub(crate) fn push(&mut self, row: Row) {
        self.bytes += row.values().iter().map(size).sum::<usize>();
        self.rows.push(row);
    }

    pub(crate) fn is_full(&self) -> bool {
        self.rows.len() >= ROWS || self.bytes >= BYTES
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Its rows, and begins anew.
    pub(crate) fn take(&mut self) -> Vec<Row> {
        self.bytes = 0;
        mem::take(&mut self.rows)
    }
}

fn size(value: &Value) -> usize {
    match value {
        Value::Text(text) => text.len(),
        Value::Bytes(bytes) => bytes.len(),
        Value::Null | Value::Int(_) | Value::Bool(_) | Value::Uuid(_) => 16,
    }
}
