//! How Usher looks, shared by the pages and the API's reference: templates, style sheet, languages, and the headers every
//! page carries. The components are shown at `/design`.

mod assets;
mod language;
mod page;
#[cfg(test)]
mod samples;
mod templates;

pub(crate) use assets::{asset, asset_url};
pub(crate) use language::Language;
pub(crate) use page::{Brand, Page, Viewer, sandboxed};
