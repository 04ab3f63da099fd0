//! `usher doctor`: is everything as it should be, and what to do where it is not. It looks at all it can reach: [`machine`],
//! [`store`] and [`network`].

mod findings;
mod machine;
mod network;
mod store;

use anyhow::Result;
use clap::Args;
use serde_json::json;

use self::findings::{Findings, State};
use super::failure::Failure;
use super::{Common, context};
use crate::output::{Item, item};
use crate::wiring::{self, Missing};

#[derive(Debug, Args)]
pub(crate) struct Doctor {}

impl Doctor {
    pub(crate) async fn run(self, common: &Common) -> Result<()> {
        let config = context::load(common)?;
        let mut findings = Findings::default();
        findings.good("settings", "they fit");
        machine::look(&config, common.config.as_deref(), &mut findings);
        let mut realms = Vec::new();
        match wiring::open_db(&config, common.durability(), Missing::Refuse).await {
            Err(error) => findings.bad("database", format!("{error:#}"), "until then nothing works"),
            Ok(db) => {
                match store::look(&config, &db, &mut findings).await {
                    Ok(found) => realms = found,
                    Err(error) => findings.bad("database", format!("{error:#}"), "see the log of the database"),
                }
                db.close().await;
            }
        }
        network::look(&config, &realms, &mut findings).await;
        let items: Vec<Item> = findings
            .iter()
            .map(|found| {
                item(json!({
                    "check": found.check,
                    "state": found.state.name(),
                    "found": found.text,
                    "what_to_do": found.advice,
                }))
            })
            .collect();
        common
            .output()
            .list("check", &["check", "state", "found", "what_to_do"], &items)?;
        if findings.iter().any(|found| found.state == State::Problem) {
            Err(Failure::Told.into())
        } else {
            Ok(())
        }
    }
}
