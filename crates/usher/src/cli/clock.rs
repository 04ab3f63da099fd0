//! `usher clock`: moves a clock that stands, and answers when everything that became due has run.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use clap::{Args, Subcommand};
use directory::delivery::Target;
use directory::{Principal, RealmId, Timestamp};
use serde_json::json;
use targets::mail::{CatchMail, SmtpMail};

use super::context::{self, Context};
use super::span::{Span, instant, span};
use super::{Common, InRealm};
use crate::config::Config;
use crate::output::item;
use crate::wiring::{Missing, Moving};

#[derive(Debug, Args)]
pub(crate) struct ClockArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show what time it is for Usher, and when something is due next
    Show,
    /// Move the clock to an instant; it stands only where the server was started with --clock
    Set {
        /// The instant: 2030-01-01T08:00:00Z
        #[arg(value_name = "TIME", value_parser = instant)]
        time: Timestamp,
    },
    /// Move the clock on
    Advance {
        /// By how much: 36h, 30d, 1d12h
        #[arg(value_name = "SPAN", value_parser = span)]
        by: Span,
    },
}

impl ClockArgs {
    pub(crate) async fn run(self, common: &Common) -> Result<()> {
        let realm = InRealm {
            realm: directory::Realm::DEFAULT.into(),
        };
        let context = Context::open(common, &realm, Missing::Refuse).await?;
        let directory = &context.directory;
        let to = match self.command {
            Command::Show => {
                let stands = directory.standing_clock().await?;
                let next = directory.next_due_at().await?;
                let shown = item(json!({
                    "now": directory.now().await?.to_string(),
                    "clock": if stands.is_some() { "stands" } else { "runs" },
                    "next_due": next.map(|at| at.to_string()),
                }));
                context.out.one("now", &shown)?;
                context.close().await;
                return Ok(());
            }
            Command::Set { time } => time,
            // Whether it stands is asked by the move itself, so that there is one answer.
            Command::Advance { by } => directory.now().await?.plus_seconds(by.seconds()),
        };
        let config = context::settings(common)?;
        // Beside PostgreSQL nobody knows who lives, and leases run out.
        let embedded = config.database.url.is_none();
        let moving = embedded.then(|| Moving::begin(&config.data)).transpose()?;
        let targets = targets(&config, &context)?;
        let operator = Principal::operator(RealmId::INSTALLATION);
        let moved = directory
            .advance(&operator, to, targets)
            .await
            .context("the clock was not moved")?;
        drop(moving);
        context.place_events().await?;
        let shown =
            item(json!({ "now": moved.to.to_string(), "before": moved.from.to_string(), "steps": moved.steps }));
        context.out.one("now", &shown)?;
        context.close().await;
        Ok(())
    }
}

/// What delivers when no server does.
fn targets(config: &Config, context: &Context) -> Result<Vec<Arc<dyn Target>>> {
    if context.directory.settings().keep_mail {
        return Ok(vec![Arc::new(CatchMail)]);
    }
    Ok(match config.smtp()? {
        Some(smtp) => vec![Arc::new(SmtpMail::new(context.directory.clone(), &smtp)?)],
        None => Vec::new(),
    })
}
