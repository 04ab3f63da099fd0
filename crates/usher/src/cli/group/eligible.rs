//! `usher group eligible`: who may make themselves a member of a group for some hours at a time.

use anyhow::Result;
use clap::{Args, Subcommand};
use directory::elevation::{Eligibility, GrantEligibility, RevokeEligibility};
use directory::membership::NewMember;
use directory::zone::Day;
use serde_json::json;

use super::{find, path_of, zone};
use crate::cli::context::Context;
use crate::cli::given::a_day;
use crate::cli::{Page, user};
use crate::output::{Item, item};

/// So many are read at a time.
const SLICE: usize = 500;

#[derive(Debug, Args)]
pub(super) struct EligibleArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List who may
    List {
        /// The group: path, id or displayName
        group: String,
        #[command(flatten)]
        page: Page,
    },
    /// Let somebody; they are told by mail
    Add {
        /// The group: path, id or displayName
        group: String,
        /// The person: id, userName or mail address
        user: String,
        /// A role in the group; may be given several times
        #[arg(long = "role", value_name = "ROLE", default_value = "member")]
        roles: Vec<String>,
        /// For how many hours at most: 1 to 168
        #[arg(long, value_name = "N")]
        hours: u32,
        /// The last day on which they may; without it for good
        #[arg(long, value_name = "DAY", value_parser = a_day)]
        until: Option<Day>,
        /// They need not say why
        #[arg(long)]
        no_reason: bool,
    },
    /// Let somebody no more; a membership by it ends at once
    Remove {
        /// The group: path, id or displayName
        group: String,
        /// The person: id, userName or mail address
        user: String,
    },
}

impl EligibleArgs {
    pub(super) async fn run(self, context: &Context) -> Result<()> {
        let (directory, operator, out) = (&context.directory, &context.operator, context.out);
        match self.command {
            Command::List { group, page } => list(context, &group, &page).await,
            Command::Add {
                group,
                user,
                roles,
                hours,
                until,
                no_reason,
            } => {
                let command = GrantEligibility {
                    group: find(context, &group).await?,
                    whom: NewMember::Id(user::find(context, &user).await?.0),
                    roles,
                    hours,
                    last_day: until,
                    needs_justification: !no_reason,
                };
                let given = directory.execute(operator, command).await?;
                out.one("id", &shown(context, &given).await?)?;
                Ok(())
            }
            Command::Remove { group, user } => {
                let command = RevokeEligibility {
                    group: find(context, &group).await?,
                    user: user::find(context, &user).await?.0,
                };
                directory.execute(operator, command).await?;
                let said = format!("{user} may no longer make themselves a member of {group}");
                out.done(&command.user.to_string(), &said)?;
                Ok(())
            }
        }
    }
}

async fn list(context: &Context, group: &str, page: &Page) -> Result<()> {
    let (id, most) = (find(context, group).await?, page.most());
    let (mut items, mut after) = (Vec::new(), None);
    loop {
        let limit = SLICE.min(most - items.len());
        let slice = context
            .directory
            .eligibilities(&context.operator, id, after, limit)
            .await?;
        for one in &slice {
            items.push(shown(context, one).await?);
        }
        let more = slice.len() == limit && items.len() < most;
        let Some(last) = slice.last().filter(|_| more) else {
            break;
        };
        after = Some(last.user);
    }
    let columns = [
        "id",
        "user",
        "roles",
        "hours",
        "until",
        "needs_justification",
        "granted_by",
    ];
    context.out.list("id", &columns, &items)?;
    page.remark(context.out, items.len());
    Ok(())
}

/// One who may: named by the person, of whom there is one.
async fn shown(context: &Context, one: &Eligibility) -> Result<Item> {
    Ok(item(json!({
        "id": one.user.to_string(),
        "user": user::name_of(context, one.user).await?,
        "group": path_of(context, one.group).await?,
        "roles": one.roles,
        "hours": one.hours,
        "until": one.valid_until.map(|until| zone(context).last_day(until).to_string()),
        "needs_justification": one.needs_justification,
        "granted_by": one.granted_by,
        "granted_at": one.granted_at.to_string(),
    })))
}
