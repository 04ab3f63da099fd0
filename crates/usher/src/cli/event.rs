//! `usher event`: what happened, in order.

use anyhow::Result;
use clap::{Args, Subcommand};
use directory::event::{EventKind, EventQuery, StoredEvent};
use directory::zone::When;
use directory::{Id, Timestamp};
use uuid::Uuid;

use super::context::Context;
use super::failure::Failure;
use super::{Common, InRealm, Page, group, user};
use crate::output::{Item, item};
use crate::wiring::Missing;

#[derive(Debug, Args)]
pub(crate) struct EventArgs {
    #[command(flatten)]
    realm: InRealm,
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  usher event list --group /acme/ops --kind member. --since 2031-01-01
  usher event list --actor ann --until 2031-03-31";

#[derive(Debug, Subcommand)]
enum Command {
    /// List events, the oldest first
    #[command(after_help = EXAMPLES)]
    List {
        /// Only those at positions greater than this
        #[arg(long, default_value_t = 0, value_name = "POSITION")]
        after: i64,
        /// Only those of this user, group, client, …
        #[arg(long, value_name = "ID", conflicts_with = "group")]
        subject: Option<Uuid>,
        #[command(flatten)]
        which: Which,
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
            Command::List {
                after,
                subject,
                which,
                page,
            } => {
                let mut items: Vec<Item> = Vec::new();
                let most = page.most();
                let wanted = which.read(&context).await?;
                let mut found = Found::of(&context, wanted, after, subject);
                while items.len() < most
                    && let Some(slice) = found.next().await?
                {
                    items.extend(slice.iter().take(most - items.len()).map(show));
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
        ..EventQuery::default()
    };
    let found = context.directory.events(&context.operator, &query).await?.pop();
    found
        .filter(|found| found.position == position)
        .ok_or_else(|| anyhow::anyhow!("there is no event at position {position}; `usher event list` shows them"))
}

/// Which events are wanted.
#[derive(Debug, Args)]
pub(super) struct Which {
    /// Only those of this group and of what is in it: path, id or displayName
    #[arg(long, value_name = "GROUP")]
    group: Option<String>,
    /// Only kinds that begin like this: `member.`
    #[arg(long, value_name = "KIND")]
    kind: Option<String>,
    /// Only what this one did: a person's id, userName or mail address, `client:ID`, `operator` or `system`
    #[arg(long, value_name = "WHO")]
    actor: Option<String>,
    /// Only from that day or instant on
    #[arg(long, value_name = "WHEN", value_parser = When::parse)]
    since: Option<When>,
    /// Only until the end of that day, or before that instant
    #[arg(long, value_name = "WHEN", value_parser = When::parse)]
    until: Option<When>,
}

/// The same with what the names mean.
#[derive(Debug)]
pub(super) struct Wanted {
    group: Option<Uuid>,
    kind: Option<String>,
    actor: Option<String>,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
}

impl Which {
    pub(super) async fn read(&self, context: &Context) -> Result<Wanted> {
        let zone = group::zone(context);
        let group = match &self.group {
            Some(group) => Some(group::find(context, group).await?.uuid()),
            None => None,
        };
        let actor = match self.actor.as_deref() {
            None => None,
            Some(label) if label.contains(':') || matches!(label, "operator" | "system" | "nobody") => {
                Some(label.to_owned())
            }
            Some(name) => Some(format!("user:{}", user::find(context, name).await?.0)),
        };
        Ok(Wanted {
            group,
            kind: self.kind.clone(),
            actor,
            from: self.since.map(|since| since.begin(&zone)),
            to: self.until.map(|until| until.end(&zone)),
        })
    }
}

/// The events that are wanted, a slice at a time, the oldest first.
pub(super) struct Found<'a> {
    context: &'a Context,
    /// What is asked for next; nothing at the end of the log.
    query: Option<EventQuery>,
}

impl<'a> Found<'a> {
    pub(super) fn of(context: &'a Context, wanted: Wanted, after: i64, subject: Option<Uuid>) -> Self {
        let query = EventQuery {
            after,
            limit: 1000,
            subject,
            within: wanted.group.map(Id::new),
            kind: wanted.kind,
            actor: wanted.actor,
            from: wanted.from,
            to: wanted.to,
        };
        Self {
            context,
            query: Some(query),
        }
    }

    /// The next ones, of a slice of the log of which perhaps none is wanted; nothing at its end.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<StoredEvent>>> {
        let Some(mut query) = self.query.take() else {
            return Ok(None);
        };
        let (directory, operator) = (&self.context.directory, &self.context.operator);
        let piece = directory.events_piece(operator, &query).await?;
        if !piece.is_last {
            query.after = piece.after;
            self.query = Some(query);
        }
        Ok(Some(piece.events))
    }
}

pub(super) fn show(event: &StoredEvent) -> Item {
    let mut shown = item(serde_json::to_value(event).unwrap_or_default());
    if let Some(name) = EventKind::parse(&event.kind).and_then(EventKind::admin_event) {
        shown.insert("admin_event".into(), name.into());
    }
    shown
}
