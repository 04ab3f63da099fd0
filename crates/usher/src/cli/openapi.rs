//! `usher openapi`: the native API as OpenAPI 3.1, made from the code that serves it.

use anyhow::{Context as _, Result};
use clap::Args;

use crate::output;

#[derive(Debug, Args)]
pub(crate) struct Openapi {}

impl Openapi {
    #[expect(clippy::unused_self, reason = "every command has the same form")]
    pub(crate) fn run(self) -> Result<()> {
        output::line(&serde_json::to_string_pretty(&faces::api::openapi()).context("the document is no JSON")?)?;
        Ok(())
    }
}
