//! `usher delivery`: what is on its way to other systems, and what to do where it is stuck.

use anyhow::Result;
use clap::{Args, Subcommand};
use directory::Id;
use directory::delivery::{Delivery, DeliveryQuery, DeliveryState, DropDelivery, RetryDelivery};
use serde_json::json;

use super::context::Context;
use super::failure::Failure;
use super::{Common, InRealm, Page};
use crate::output::{Item, item};
use crate::wiring::Missing;

#[derive(Debug, Args)]
pub(crate) struct DeliveryArgs {
    #[command(flatten)]
    realm: InRealm,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List deliveries, the oldest first
    List {
        /// Only those in this state: queued, running, retrying, parked, confirmed or dropped
        #[arg(long, value_name = "STATE", value_parser = state)]
        state: Option<DeliveryState>,
        /// Only those to this target: mail
        #[arg(long, value_name = "TARGET")]
        target: Option<String>,
        #[command(flatten)]
        page: Page,
    },
    /// Show a delivery
    Show {
        /// Its id
        id: String,
    },
    /// Try deliveries again, now
    Retry {
        /// Which
        #[arg(value_name = "ID", required_unless_present = "parked")]
        ids: Vec<String>,
        /// All that are parked
        #[arg(long, conflicts_with = "ids")]
        parked: bool,
    },
    /// Give deliveries up, and let the later ones of their subjects go
    Drop {
        /// Which
        #[arg(value_name = "ID", required = true)]
        ids: Vec<String>,
    },
}

impl DeliveryArgs {
    pub(crate) async fn run(self, common: &Common) -> Result<()> {
        let context = Context::open(common, &self.realm, Missing::Refuse).await?;
        let (directory, operator, out) = (&context.directory, &context.operator, context.out);
        let columns = ["id", "target", "kind", "state", "attempts", "due_at", "last_error"];
        match self.command {
            Command::List { state, target, page } => {
                let items: Vec<Item> = list(&context, state, target, page.most())
                    .await?
                    .iter()
                    .map(show)
                    .collect();
                out.list("id", &columns, &items)?;
                page.remark(out, items.len());
            }
            Command::Show { id } => out.one("id", &show(&directory.delivery(operator, parse(&id)?).await?))?,
            Command::Retry { ids, parked: _ } => {
                let mut chosen = ids.iter().map(|id| parse(id)).collect::<Result<Vec<_>>>()?;
                if chosen.is_empty() {
                    chosen = list(&context, Some(DeliveryState::Parked), None, usize::MAX)
                        .await?
                        .iter()
                        .map(|delivery| delivery.id)
                        .collect();
                }
                let mut items = Vec::new();
                for id in chosen {
                    items.push(show(&directory.execute(operator, RetryDelivery { id }).await?));
                }
                out.list("id", &columns, &items)?;
            }
            Command::Drop { ids } => {
                let mut items = Vec::new();
                for id in ids {
                    items.push(show(
                        &directory.execute(operator, DropDelivery { id: parse(&id)? }).await?,
                    ));
                }
                out.list("id", &columns, &items)?;
            }
        }
        context.close().await;
        Ok(())
    }
}

async fn list(
    context: &Context,
    state: Option<DeliveryState>,
    target: Option<String>,
    most: usize,
) -> Result<Vec<Delivery>> {
    let mut deliveries: Vec<Delivery> = Vec::new();
    let mut query = DeliveryQuery {
        state,
        target,
        after: None,
        limit: 0,
    };
    while deliveries.len() < most {
        query.limit = 500.min(most - deliveries.len());
        let slice = context.directory.deliveries(&context.operator, &query).await?;
        let Some(last) = slice.last() else { break };
        query.after = Some(last.id);
        deliveries.extend(slice);
    }
    Ok(deliveries)
}

fn parse(id: &str) -> Result<Id<Delivery>> {
    Id::parse(id).ok_or_else(|| {
        Failure::usage(format!(
            "`{id}` is no id of a delivery; `usher delivery list` shows them"
        ))
    })
}

fn state(text: &str) -> Result<DeliveryState, String> {
    let known = || DeliveryState::ALL.map(DeliveryState::name).join(", ");
    DeliveryState::parse(text).ok_or_else(|| format!("`{text}` is unknown; known are {}", known()))
}

fn show(delivery: &Delivery) -> Item {
    item(json!({
        "id": delivery.id.to_string(),
        "target": delivery.target,
        "kind": delivery.kind,
        "state": delivery.state.name(),
        "attempts": delivery.attempts,
        "due_at": delivery.due_at.to_string(),
        "last_error": delivery.last_error,
        "finished_at": delivery.finished_at.map(|at| at.to_string()),
        "subject": delivery.subject.to_string(),
        "subject_version": delivery.subject_version,
        "event": delivery.event.to_string(),
        "payload": delivery.payload,
    }))
}
