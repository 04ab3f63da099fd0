//! `usher event`: what happened, in order.

use anyhow::Result;
use clap::{Args, Subcommand};
use directory::event::{EventQuery, StoredEvent};
use uuid::Uuid;

use super::context::Context;
use super::failure::Failure;
use super::{Common, InRealm, Page};
use crate::output::{Item, item};
use crate::wiring::Missing;

#[derive(Debug, Args)]
pub(crate) struct EventArgs {
    #[command(flatten)]
    realm: InRealm,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List events, the oldest first
    List {
        /// Only those at positions greater than this
        #[arg(long, default_value_t = 0, value_name = "POSITION")]
        after: i64,
        /// Only those of this user, group, client, …
        #[arg(long, value_name = "ID")]
        subject: Option<Uuid>,
        #[command(flatten)]
        page: Page,
    },
    /// Show an event
    Show {
        /// Its position or its id
        #[arg(value_name = "POSITION|ID")]
        event: String,
    },
}

impl EventArgs {
    pub(crate) async fn run(self, common: &Common) -> Result<()> {
        let context = Context::open(common, &self.realm, Missing::Refuse).await?;
        context.place_events().await?;
        match self.command {
            Command::List { after, subject, page } => {
                let mut items: Vec<Item> = Vec::new();
                let most = page.most();
                let mut after = after;
                while items.len() < most {
                    let query = EventQuery {
                        after,
                        limit: 1000.min(most - items.len()),
                        subject,
                    };
                    let slice = context.directory.events(&context.operator, &query).await?;
                    let Some(last) = slice.last() else { break };
                    after = last.position;
                    items.extend(slice.iter().map(show));
                }
                context
                    .out
                    .list("id", &["position", "at", "kind", "actor", "subject"], &items)?;
                page.remark(context.out, items.len());
            }
            Command::Show { event } => {
                let event = find(&context, &event).await?;
                context.out.one("id", &show(&event))?;
            }
        }
        context.close().await;
        Ok(())
    }
}

async fn find(context: &Context, event: &str) -> Result<StoredEvent> {
    if let Ok(id) = Uuid::try_parse(event) {
        return Ok(context.directory.event(&context.operator, id).await?);
    }
    let position: i64 = event.parse().map_err(|_| {
        Failure::usage(format!(
            "`{event}` is no position or id of an event; `usher event list` shows them"
        ))
    })?;
    let query = EventQuery {
        after: position.saturating_sub(1),
        limit: 1,
        subject: None,
    };
    let found = context.directory.events(&context.operator, &query).await?.pop();
    found
        .filter(|found| found.position == position)
        .ok_or_else(|| anyhow::anyhow!("there is no event at position {position}; `usher event list` shows them"))
}

pub(super) fn show(event: &StoredEvent) -> Item {
    item(serde_json::to_value(event).unwrap_or_default())
}
