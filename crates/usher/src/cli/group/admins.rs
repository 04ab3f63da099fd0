//! `usher group admins`: who administers a group.

use anyhow::Result;
use clap::{Args, Subcommand};
use directory::Id;
use directory::delegation::{
    Admin, Already, Capabilities, ChangeDelegation, Delegation, GrantDelegation, Preset, RevokeDelegation, Subject,
    Whom,
};
use directory::group::Group;
use directory::view::IfMatch;
use directory::zone::When;
use serde_json::json;
use uuid::Uuid;

use super::{find, path_of, zone};
use crate::cli::context::Context;
use crate::cli::given::Given;
use crate::cli::user;
use crate::output::{Item, item};

#[derive(Debug, Args)]
pub(super) struct AdminsArgs {
    #[command(subcommand)]
    command: Command,
}

/// Who, in which group.
#[derive(Debug, Args)]
struct Who {
    /// The group: path, id or displayName
    group: String,
    /// The person: id, userName or mail address
    #[arg(required_unless_present = "of_group")]
    user: Option<String>,
    /// Everybody in that group instead: path, id or displayName
    #[arg(long = "group", value_name = "GROUP", conflicts_with = "user", id = "of_group")]
    of_group: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List those of the group, then those who inherit it from above
    List {
        /// The group: path, id or displayName
        group: String,
    },
    /// Let somebody administer a group
    Add {
        #[command(flatten)]
        who: Who,
        /// A preset, or capabilities separated by commas
        #[arg(long = "as", default_value = "owner", value_name = "PRESET|CAPABILITY,…", value_parser = capabilities)]
        capabilities: Capabilities,
        /// Only in the group itself, not below it
        #[arg(long)]
        no_inherit: bool,
        /// From that day or instant on
        #[arg(long, value_name = "WHEN", value_parser = When::parse)]
        from: Option<When>,
        /// Until the end of that day, or until that instant
        #[arg(long, value_name = "WHEN", value_parser = When::parse)]
        until: Option<When>,
    },
    /// Let an administrator do other things, or for another time
    Set {
        #[command(flatten)]
        who: Who,
        /// A preset, or capabilities separated by commas
        #[arg(long = "as", value_name = "PRESET|CAPABILITY,…", value_parser = capabilities)]
        capabilities: Option<Capabilities>,
        /// Whether it counts in the groups below too
        #[arg(long, value_name = "true|false")]
        inherit: Option<bool>,
        /// From that day or instant on; an empty text: from the beginning
        #[arg(long, value_name = "WHEN", value_parser = when_or_not)]
        from: Option<Given<When>>,
        /// Until the end of that day, or until that instant; an empty text: for good
        #[arg(long, value_name = "WHEN", value_parser = when_or_not)]
        until: Option<Given<When>>,
        /// Also when nobody is left who owns the group
        #[arg(long)]
        force: bool,
    },
    /// Let somebody administer a group no more
    Remove {
        #[command(flatten)]
        who: Who,
        /// Also when nobody is left who owns the group
        #[arg(long)]
        force: bool,
    },
}

impl Who {
    async fn found(&self, context: &Context) -> Result<(Id<Group>, Whom, Uuid)> {
        let group = find(context, &self.group).await?;
        Ok(match (&self.user, &self.of_group) {
            (Some(user), _) => {
                let user = user::find(context, user).await?.0;
                (group, Whom::User(user), user.uuid())
            }
            (None, of) => {
                let of = find(context, of.as_deref().unwrap_or_default()).await?;
                (group, Whom::Group(of), of.uuid())
            }
        })
    }
}

impl AdminsArgs {
    pub(super) async fn run(self, context: &Context) -> Result<()> {
        let (directory, operator, out) = (&context.directory, &context.operator, context.out);
        let zone = zone(context);
        match self.command {
            Command::List { group } => {
                let id = find(context, &group).await?;
                let items = listed(context, &directory.group_admins(operator, id).await?).await?;
                let columns = ["id", "name", "capabilities", "on", "inherit", "from", "until", "counts"];
                out.list("id", &columns, &items)?;
            }
            Command::Add {
                who,
                capabilities,
                no_inherit,
                from,
                until,
            } => {
                let (group, whom, _) = who.found(context).await?;
                let command = GrantDelegation {
                    group,
                    whom,
                    capabilities,
                    inherit: !no_inherit,
                    valid_from: from.map(|from| from.begin(&zone)),
                    valid_until: until.map(|until| until.end(&zone)),
                    already: Already::Here,
                    if_match: IfMatch::Any,
                };
                let granted = directory.execute(operator, command).await?;
                out.one("id", &shown(context, &granted).await?)?;
            }
            Command::Set {
                who,
                capabilities,
                inherit,
                from,
                until,
                force,
            } => {
                let (group, _, subject) = who.found(context).await?;
                let before = here(context, group, subject).await?;
                let from = from.map(|from| Option::from(from).map(|from: When| from.begin(&zone)));
                let until = until.map(|until| Option::from(until).map(|until: When| until.end(&zone)));
                let command = ChangeDelegation {
                    group,
                    subject,
                    capabilities: capabilities.unwrap_or(before.capabilities),
                    inherit: inherit.unwrap_or(before.inherit),
                    valid_from: from.unwrap_or(before.valid_from),
                    valid_until: until.unwrap_or(before.valid_until),
                    force,
                };
                let changed = directory.execute(operator, command).await?;
                out.one("id", &shown(context, &changed).await?)?;
            }
            Command::Remove { who, force } => {
                let (group, _, subject) = who.found(context).await?;
                let whom = match here(context, group, subject).await?.subject {
                    Subject::User(user) => Whom::User(user),
                    Subject::Group(named) => Whom::Group(named),
                };
                let command = RevokeDelegation {
                    group,
                    whom,
                    force,
                    if_match: IfMatch::Any,
                };
                let gone = directory.execute(operator, command).await?;
                let name = name_of(context, gone.subject).await?;
                out.done(
                    &subject.to_string(),
                    &format!("{name} no longer administers {}", who.group),
                )?;
            }
        }
        Ok(())
    }
}

/// The delegation of somebody on the group itself.
async fn here(context: &Context, group: Id<Group>, subject: Uuid) -> Result<Delegation> {
    let all = context.directory.group_admins(&context.operator, group).await?;
    let found = all
        .into_iter()
        .find(|admin| admin.direct && admin.delegation.subject.uuid() == subject);
    let found = found.ok_or_else(|| directory::Error::from(directory::Denial::NotAdmin))?;
    Ok(found.delegation)
}

/// As they are listed, with whether they count now.
pub(super) async fn listed(context: &Context, admins: &[Admin]) -> Result<Vec<Item>> {
    let mut items = Vec::with_capacity(admins.len());
    for admin in admins {
        let mut one = shown(context, &admin.delegation).await?;
        one.insert("direct".into(), admin.direct.into());
        one.insert("counts".into(), admin.counts.into());
        items.push(one);
    }
    Ok(items)
}

async fn shown(context: &Context, delegation: &Delegation) -> Result<Item> {
    let kind = match delegation.subject {
        Subject::User(_) => "user",
        Subject::Group(_) => "group",
    };
    Ok(item(json!({
        "id": delegation.subject.uuid().to_string(),
        "kind": kind,
        "name": name_of(context, delegation.subject).await?,
        "capabilities": delegation.capabilities.to_string(),
        "on": path_of(context, delegation.group).await?,
        "inherit": delegation.inherit,
        "from": delegation.valid_from.map(|at| at.to_string()),
        "until": delegation.valid_until.map(|at| at.to_string()),
        "granted_by": delegation.granted_by,
        "granted_at": delegation.granted_at.to_string(),
    })))
}

/// What people call whoever administers.
async fn name_of(context: &Context, subject: Subject) -> Result<String> {
    match subject {
        Subject::User(id) => user::name_of(context, id).await,
        Subject::Group(id) => path_of(context, id).await,
    }
}

fn capabilities(text: &str) -> Result<Capabilities, String> {
    Capabilities::parse(&text.replace(',', " "))
        .filter(|all| !all.is_empty())
        .ok_or_else(|| {
            let presets = Preset::ALL.map(Preset::name).join(", ");
            format!("`{text}` is neither a preset ({presets}) nor capabilities; `usher group admins --help` lists them")
        })
}

fn when_or_not(text: &str) -> Result<Given<When>, String> {
    if text.is_empty() {
        return Ok(Given::Nothing);
    }
    When::parse(text).map(Given::Value)
}
