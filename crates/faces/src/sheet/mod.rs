//! Lists of people and of members as files: what the command line and the native API read and write alike.
//!
//! - `rows`: a CSV sheet as rows of cells, never more than one in memory
//! - `cell`: what stands in a cell, safe to be opened as a spreadsheet and read back unchanged
//! - `members`: rows that tell who is in which group; `json`: the same in that form
//! - `pages`: people or groups page by page; `terms`: who is in which group, to be written

pub mod cell;
pub mod json;
pub mod members;
mod pages;
mod rows;
pub mod terms;

use std::io;

pub use pages::Pages;
pub use rows::{Row, Sheet, Source};

/// Why a list cannot be read, in a sentence that says where.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// What it holds is of no use.
    #[error("{0}")]
    Content(String),
    /// Reading it failed.
    #[error("{place}: {error}")]
    Source {
        /// Where.
        place: String,
        /// How.
        error: io::Error,
    },
}

impl Unreadable {
    fn because(why: String) -> Self {
        Self::Content(why)
    }

    fn at(place: String, error: io::Error) -> Self {
        Self::Source { place, error }
    }
}
