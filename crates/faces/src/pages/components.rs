//! The design system: its files, and the page that shows every component.

use axum::http::StatusCode;
use axum::response::Response;
use minijinja::context;
use serde::Deserialize;

use crate::design::{self, Brand, Language, Page};
use crate::face::{Face, Problem};
use crate::path::Path;

#[derive(Debug, Deserialize)]
pub(super) struct File {
    file: String,
}

/// A file that pages load.
pub(super) async fn asset(Path(File { file }): Path<File>) -> Response {
    design::asset(&file).unwrap_or_else(|| Face::Pages.problem(&Problem::new(StatusCode::NOT_FOUND, "no such file")))
}

/// Every component.
pub(super) async fn show() -> Response {
    let english = Language::of_code("en").unwrap_or_else(Language::first);
    Page::new("design.html", english, Brand::none()).render(context! {})
}
