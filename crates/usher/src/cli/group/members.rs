//! `usher group members`: who is in a group, how they stand, and how that came.

use anyhow::Result;
use clap::{Args, Subcommand};
use directory::event::EventQuery;
use directory::membership::{Noted, Status};
use serde_json::json;

use super::{find, membership, path_of, zone};
use crate::cli::context::Context;
use crate::cli::{Page, event, user};
use crate::output::{Item, item};

/// Members read at a time.
const SLICE: usize = 500;

const EXTEND: &str = "\
Examples:
  usher group members extend /acme/ops ann bob --until 2031-12-31
  usher group members extend /acme/ops --ending-by 2031-03-31 --until 2031-12-31";

#[derive(Debug, Args)]
pub(super) struct MembersArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List who is in a group itself, whether or not that counts now
    List {
        /// The group: path, id or displayName
        group: String,
        /// Only those that stand so: enabled, pending, suspended or expired
        #[arg(long, value_name = "STATUS", value_parser = status)]
        status: Option<Status>,
        #[command(flatten)]
        page: Page,
    },
    /// Show what has happened to somebody's membership of a group, the oldest first
    History {
        /// The group: path, id or displayName
        group: String,
        /// The person: id, userName or mail address
        user: String,
        #[command(flatten)]
        page: Page,
    },
    /// Make somebody a member, from a day to a day and with roles
    Add(membership::Add),
    /// Offer a membership to addresses; who accepts becomes a member
    Invite(membership::Invite),
    /// Change the days or the roles of a membership, and leave the rest as it is
    Set(membership::Set),
    /// Keep members until another day, as many as you like
    #[command(after_help = EXTEND)]
    Extend(membership::ExtendMany),
    /// Keep somebody out for now, here and below
    Suspend(membership::Because),
    /// Let somebody back in who was kept out
    Resume(membership::Because),
    /// Take somebody out, here and below
    Remove(membership::Of),
}

impl MembersArgs {
    pub(super) async fn run(self, context: &Context) -> Result<()> {
        match self.command {
            Command::List { group, status, page } => list(context, &group, status, &page).await,
            Command::History { group, user, page } => history(context, &group, &user, &page).await,
            Command::Add(args) => args.run(context).await,
            Command::Invite(args) => args.run(context).await,
            Command::Set(args) => args.run(context).await,
            Command::Extend(args) => args.run(context).await,
            Command::Suspend(args) => membership::suspend(args, context).await,
            Command::Resume(args) => membership::resume(args, context).await,
            Command::Remove(of) => membership::remove(of, context).await,
        }
    }
}

async fn list(context: &Context, group: &str, status: Option<Status>, page: &Page) -> Result<()> {
    let id = find(context, group).await?;
    let most = page.most();
    let (mut items, mut after) = (Vec::new(), None);
    while items.len() < most {
        let slice = context
            .directory
            .noted_members(&context.operator, id, after, SLICE)
            .await?;
        let Some(last) = slice.last() else { break };
        after = Some(last.membership.user);
        for noted in slice {
            if status.is_none_or(|status| noted.membership.status == status) && items.len() < most {
                items.push(shown(context, &noted).await?);
            }
        }
    }
    let columns = ["id", "user_name", "display_name", "status", "roles", "from", "until"];
    context.out.list("id", &columns, &items)?;
    page.remark(context.out, items.len());
    Ok(())
}

/// A member as it is listed: the last day is the one that counts, whoever imposes it.
pub(super) async fn shown(context: &Context, noted: &Noted) -> Result<Item> {
    let (membership, zone) = (&noted.membership, zone(context));
    let last = membership.effective.at.or(membership.expires_at);
    let imposed_by = match membership.effective.group {
        Some(group) => Some(path_of(context, group).await?),
        None => None,
    };
    Ok(item(json!({
        "id": membership.user.to_string(),
        "user_name": noted.user_name,
        "display_name": noted.display_name,
        "status": membership.status.name(),
        "roles": noted.roles,
        "from": membership.valid_from.map(|at| zone.day(at).to_string()),
        "until": last.map(|at| zone.last_day(at).to_string()),
        "valid_from": membership.valid_from.map(|at| at.to_string()),
        "expires_at": membership.expires_at.map(|at| at.to_string()),
        "effective_at": membership.effective.at.map(|at| at.to_string()),
        "imposed_by": imposed_by,
        "given_by": membership.origin.name(),
        "granted_at": membership.granted_at.to_string(),
        "membership": membership.id.to_string(),
    })))
}

async fn history(context: &Context, group: &str, user: &str, page: &Page) -> Result<()> {
    let (directory, operator) = (&context.directory, &context.operator);
    let id = find(context, group).await?;
    let person = user::find(context, user).await?.0;
    let Some(membership) = directory.membership_noted(operator, id, person).await? else {
        anyhow::bail!(
            "{user} was never in {group}; {} says why",
            context.advice(&format!("explain {user} {group}"))
        );
    };
    context.place_events().await?;
    let most = page.most();
    let (mut items, mut after) = (Vec::new(), 0);
    while items.len() < most {
        let query = EventQuery {
            after,
            limit: 1000.min(most - items.len()),
            subject: Some(membership.id.uuid()),
            ..EventQuery::default()
        };
        let slice = directory.events(operator, &query).await?;
        let Some(last) = slice.last() else { break };
        after = last.position;
        items.extend(slice.iter().map(event::show));
    }
    context
        .out
        .list("id", &["position", "at", "kind", "actor", "body"], &items)?;
    page.remark(context.out, items.len());
    Ok(())
}

fn status(text: &str) -> Result<Status, String> {
    let known = [Status::Enabled, Status::Pending, Status::Suspended, Status::Expired];
    let found = known.into_iter().find(|status| status.name() == text);
    found.ok_or_else(|| format!("`{text}` is unknown; known are {}", known.map(Status::name).join(", ")))
}
