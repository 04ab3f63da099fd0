//! `usher migrate`: the schema of the database, brought up to date.

use anyhow::{Context as _, Result};
use clap::Args;
use serde_json::json;

use super::{Common, context};
use crate::output::item;
use crate::wiring::{self, Missing};

#[derive(Debug, Args)]
pub(crate) struct Migrate {
    /// Only say what would be done
    #[arg(long)]
    plan: bool,
}

impl Migrate {
    pub(crate) async fn run(self, common: &Common) -> Result<()> {
        let config = context::load(common)?;
        let missing = if self.plan { Missing::Refuse } else { Missing::Make };
        let db = wiring::open_db(&config, common.durability(), missing).await?;
        wiring::refuse_newer(&db).await?;
        let before = db.applied().await?;
        let open: Vec<u32> = directory::MIGRATIONS
            .iter()
            .map(|migration| migration.number)
            .filter(|number| !before.contains(number))
            .collect();
        if !self.plan {
            let migrated = db.migrate(directory::MIGRATIONS).await;
            migrated
                .map_err(|error| wiring::explain(&config, error))
                .context("cannot bring the database up to date")?;
        }
        db.close().await;
        let newest = directory::MIGRATIONS.last().map_or(0, |migration| migration.number);
        let verb = if self.plan { "to_apply" } else { "applied" };
        let shown =
            item(json!({ "schema": newest, "state": if open.is_empty() { "up to date" } else { verb }, verb: open }));
        common.output().one("schema", &shown)?;
        Ok(())
    }
}
