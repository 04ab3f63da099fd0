//! A row of texts.

use anyhow::Result;
use db::Row;

pub(super) struct Texts(Vec<Option<String>>);

impl Texts {
    pub(super) fn of(mut row: Row) -> Result<Self> {
        let mut texts = Vec::with_capacity(row.len());
        for index in 0..row.len() {
            texts.push(row.take(index)?);
        }
        Ok(Self(texts))
    }

    /// What is there; a blank text is nothing.
    pub(super) fn maybe(&self, index: usize) -> Option<String> {
        let text = self.0.get(index).cloned().flatten();
        text.filter(|text| !text.trim().is_empty())
    }

    pub(super) fn text(&self, index: usize) -> String {
        self.0.get(index).cloned().flatten().unwrap_or_default()
    }

    pub(super) fn flag(&self, index: usize) -> bool {
        self.text(index) == "true"
    }

    /// A list that the database wrote as JSON, of what.
    pub(super) fn list(&self, index: usize, of: &str) -> Result<Vec<String>, String> {
        let Some(text) = self.maybe(index) else {
            return Ok(Vec::new());
        };
        serde_json::from_str(&text).map_err(|_| format!("its {of} cannot be read: {text}"))
    }
}
