//! `usher insight`: what there is to see over many groups.

use anyhow::Result;
use clap::{Args, Subcommand};
use directory::Id;
use directory::group::Group;
use directory::insight::EndingAfter;
use serde_json::json;

use super::context::Context;
use super::{Common, InRealm, Page, group, user};
use crate::output::{Item, item};

/// How many are asked for at a time.
const SLICE: usize = 200;

#[derive(Debug, Args)]
pub(crate) struct InsightArgs {
    #[command(flatten)]
    realm: InRealm,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Count memberships by where they stand
    Counts {
        /// Only of this group: its path or id; else of the realm
        group: Option<String>,
    },
    /// List memberships that end soon, by their own end or by one above
    Ending {
        /// Only of this group: its path or id; else of the realm, group by group
        group: Option<String>,
        /// Within so many days from now
        #[arg(long, default_value_t = 30, value_name = "N")]
        days: u32,
        #[command(flatten)]
        page: Page,
    },
    /// List managed groups that nobody administers
    Orphans {
        #[command(flatten)]
        page: Page,
    },
}

impl InsightArgs {
    pub(crate) async fn run(self, common: &Common) -> Result<()> {
        Context::with(common, &self.realm, async |context| self.command.run(context).await).await
    }
}

impl Command {
    async fn run(self, context: &Context) -> Result<()> {
        let group = match &self {
            Self::Counts { group: Some(name) } | Self::Ending { group: Some(name), .. } => {
                Some(group::find(context, name).await?)
            }
            Self::Counts { group: None } | Self::Ending { group: None, .. } | Self::Orphans { .. } => None,
        };
        match self {
            Self::Counts { .. } => counts(context, group).await,
            Self::Ending { days, page, .. } => ending(context, group, days, &page).await,
            Self::Orphans { page } => orphans(context, &page).await,
        }
    }
}

async fn counts(context: &Context, group: Option<Id<Group>>) -> Result<()> {
    let counts = context.directory.membership_counts(&context.operator, group).await?;
    let shown = item(json!({
        "enabled": counts.enabled,
        "pending": counts.pending,
        "suspended": counts.suspended,
        "expired": counts.expired,
    }));
    context.out.one("enabled", &shown)?;
    Ok(())
}

async fn ending(context: &Context, group: Option<Id<Group>>, days: u32, page: &Page) -> Result<()> {
    let (most, mut items, mut after) = (page.most(), Vec::<Item>::new(), None);
    loop {
        let slice = SLICE.min(most - items.len());
        let found = context
            .directory
            .memberships_ending(&context.operator, group, days, after, slice)
            .await?;
        for one in &found {
            let because_of = match one.because_of {
                Some(above) => Some(group::path_of(context, above).await?),
                None => None,
            };
            items.push(item(json!({
                "id": one.membership.to_string(),
                "group": group::path_of(context, one.group).await?,
                "user": user::name_of(context, one.user).await?,
                "status": one.status.name(),
                "ends_at": one.at.to_string(),
                "because_of": because_of,
            })));
        }
        let more = found.len() == slice && items.len() < most;
        let Some(last) = found.last().filter(|_| more) else {
            break;
        };
        after = Some(EndingAfter {
            group: last.group,
            at: last.at,
            user: last.user,
        });
    }
    let columns = ["id", "group", "user", "status", "ends_at", "because_of"];
    context.out.list("id", &columns, &items)?;
    page.remark(context.out, items.len());
    Ok(())
}

async fn orphans(context: &Context, page: &Page) -> Result<()> {
    let (most, mut items, mut after) = (page.most(), Vec::<Item>::new(), None);
    loop {
        let slice = SLICE.min(most - items.len());
        let found = context.directory.orphans(&context.operator, after, slice).await?;
        for one in &found {
            items.push(item(json!({
                "id": one.group.to_string(),
                "group": group::path_of(context, one.group).await?,
                "people": one.people,
            })));
        }
        let more = found.len() == slice && items.len() < most;
        let Some(last) = found.last().filter(|_| more) else {
            break;
        };
        after = Some(last.group);
    }
    context.out.list("id", &["id", "group", "people"], &items)?;
    page.remark(context.out, items.len());
    Ok(())
}
