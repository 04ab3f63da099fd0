//! `usher group`: groups, their tree, their members, and who administers them.
//!
//! - `make`: making one; `people`: putting people and groups in and taking them out, as SCIM does
//! - `tree`: seeing the tree, moving and renaming in it
//! - `settings`: what is set about a managed group
//! - `roles`: which roles its members may have; `admins`: who administers it
//! - `eligible`: who may make themselves a member for some hours
//! - `members`: who is in it, how they stand and how that came; `membership`: what its administrators do about them
//! - `whole`: everything about one as JSON

mod admins;
mod eligible;
mod make;
mod members;
mod membership;
mod people;
mod roles;
mod settings;
mod tree;
mod whole;

pub(super) use settings::with_attributes;

use anyhow::{Context as _, Result};
use clap::{Args, Subcommand};
use directory::client::ResourceKind;
use directory::group::{DeleteGroup, Group, GroupPath, PatchGroup};
use directory::view::IfMatch;
use directory::zone::Zone;
use directory::{Error, Id, Refusal, Scope};
use scim::patch::Operation;
use serde_json::{Value, json};

use super::context::Context;
use super::{Common, InRealm, Page, import, resource};
use crate::output::{Item, item};

/// How groups are named.
const NAMED: &str = "\
A group is named by its path (/acme/ops; a slash inside a name is written ~/), its id or its displayName.";

const CREATE: &str = "\
Examples:
  usher group create ops --member ann                       a group as SCIM makes it
  usher group create acme --managed --owner ann             at the top, with a role and who owns it
  usher group create ops --parent /acme --template project  below another one, made like a template";

const SETTINGS: &str = "\
Without a flag they are shown; an empty text unsets, so that it is as the realm says.

Examples:
  usher group settings /acme/ops --notice-days 30 --contact ops@example.org
  usher group settings /acme/ops --attribute cost_center=4711 --attribute room=
  usher group settings /acme/keys --privileged realm-admin,auditor";

const ADMINS: &str = "\
Presets: owner (everything), manager, reviewer, viewer. Capabilities: members.read, members.write, members.suspend, roles.assign,
roles.define, requests.review, invite.member, invite.admin, config.write, attributes.write, subgroups.create, group.move,
group.delete, admins.write, audit.read. A day is one in the realm's time zone; the last one counts.

Examples:
  usher group admins add /acme ann
  usher group admins add /acme bob --as reviewer --no-inherit --until 2031-03-31
  usher group admins add /acme --group /acme/leads --as members.read,audit.read";

const ELIGIBLE: &str = "\
Whoever may says for how many hours, and usually why; leaving ends it earlier. Each time is a fact in the log.

Examples:
  usher group eligible add /acme/ops ann --role operator --hours 8
  usher group eligible add /acme/ops bob --hours 2 --until 2031-03-31 --no-reason";

#[derive(Debug, Args)]
pub(crate) struct GroupArgs {
    #[command(flatten)]
    realm: InRealm,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a group
    #[command(after_help = CREATE)]
    Create(make::Create),
    /// List groups
    List {
        /// A SCIM filter: 'displayName co "team"'
        #[arg(long, value_name = "FILTER")]
        filter: Option<String>,
        #[command(flatten)]
        page: Page,
    },
    /// Show the tree of groups, or what is below one
    Tree(tree::Tree),
    /// Plan what a file says of who is in which group
    #[command(after_help = import::MEMBERS)]
    Import(import::ImportMembers),
    /// Write who is in which group as CSV: columns `group` and `member`; or one group whole as JSON
    Export(whole::ExportGroups),
    /// Show a group with its members
    #[command(after_help = NAMED)]
    Show {
        /// Path, id or displayName
        name: String,
    },
    /// Change a group's attributes, as SCIM does
    Set {
        /// Path, id or displayName
        name: String,
        /// What to set; an empty value removes
        #[arg(value_name = "ATTRIBUTE=VALUE", required = true)]
        attributes: Vec<String>,
    },
    /// Give a group another name, and with it another path
    Rename(tree::Rename),
    /// Put a group, with all below it, somewhere else in the tree
    Move(tree::Move),
    /// Show or change what is set about a managed group
    #[command(after_help = SETTINGS)]
    Settings(settings::Settings),
    /// Which roles members of a group may have
    Roles(roles::RolesArgs),
    /// Who administers a group
    #[command(after_help = ADMINS)]
    Admins(admins::AdminsArgs),
    /// Who may make themselves a member for some hours, when they need to be one
    #[command(after_help = ELIGIBLE)]
    Eligible(eligible::EligibleArgs),
    /// Who is in a group, how they stand, and how that came
    Members(members::MembersArgs),
    /// Add members
    Add(people::Members),
    /// Take members out
    Remove(people::Members),
    /// Delete a group that has none below it; its memberships end in the background
    Delete {
        /// Path, id or displayName
        name: String,
    },
}

impl GroupArgs {
    pub(crate) async fn run(self, common: &Common) -> Result<()> {
        Context::with(common, &self.realm, async |context| self.command.run(context).await).await
    }
}

impl Command {
    async fn run(self, context: &Context) -> Result<()> {
        let (directory, operator, out) = (&context.directory, &context.operator, context.out);
        match self {
            Self::Create(args) => args.run(context).await,
            Self::List { filter, page } => {
                let filter = filter.as_deref().map(resource::filter).transpose()?;
                let (items, more) = resource::list(context, ResourceKind::Group, filter, page.most()).await?;
                let items: Vec<Item> = items.into_iter().map(with_count).collect();
                out.list("id", &["id", "displayName", "size"], &items)?;
                if more {
                    out.remark("there are more: --limit N or --all shows them");
                }
                Ok(())
            }
            Self::Tree(args) => args.run(context).await,
            Self::Import(args) => args.run(context).await,
            Self::Export(args) => args.run(context).await,
            Self::Show { name } => show(context, find(context, &name).await?).await,
            Self::Set { name, attributes } => {
                let id = find(context, &name).await?;
                patch(context, id, resource::operations(&attributes)?).await?;
                show(context, id).await
            }
            Self::Rename(args) => args.run(context).await,
            Self::Move(args) => args.run(context).await,
            Self::Settings(args) => args.run(context).await,
            Self::Roles(args) => args.run(context).await,
            Self::Admins(args) => args.run(context).await,
            Self::Eligible(args) => args.run(context).await,
            Self::Members(args) => args.run(context).await,
            Self::Add(members) => members.add(context).await,
            Self::Remove(members) => members.remove(context).await,
            Self::Delete { name } => {
                let id = find(context, &name).await?;
                let command = DeleteGroup {
                    id,
                    if_match: IfMatch::Any,
                    needs: Scope::Admin,
                };
                directory.execute(operator, command).await?;
                out.done(&id.to_string(), &format!("deleted the group {name}"))?;
                Ok(())
            }
        }
    }
}

/// The group that a word means: a path, an id, or a displayName that only one has.
pub(super) async fn find(context: &Context, name: &str) -> Result<Id<Group>> {
    if let Some(path) = GroupPath::parse(name).filter(|_| name.starts_with('/')) {
        match context.directory.group_by_path(&context.operator, &path).await {
            Ok(group) => return Ok(group.id),
            // A displayName may begin with a slash too.
            Err(Error::Refused(Refusal::NotFound { .. })) => {}
            Err(other) => return Err(other.into()),
        }
    }
    let (id, _) = resource::find(context, ResourceKind::Group, name, &["displayName"]).await?;
    Ok(Id::new(id))
}

/// Where a group stands; the id of one that is gone.
pub(super) async fn path_of(context: &Context, id: Id<Group>) -> Result<String> {
    match context.directory.group_and_path(&context.operator, id).await {
        Ok((_, path)) => Ok(path.to_string()),
        Err(Error::Refused(Refusal::NotFound { .. })) => Ok(id.to_string()),
        Err(other) => Err(other.into()),
    }
}

/// In which days begin and end.
pub(super) fn zone(context: &Context) -> Zone {
    Zone::of(&context.realm)
}

async fn patch(context: &Context, id: Id<Group>, operations: Vec<Operation>) -> Result<()> {
    let command = PatchGroup {
        id,
        operations,
        if_match: IfMatch::Any,
        needs: Scope::Admin,
    };
    let written = context
        .directory
        .execute(&context.operator, command)
        .await
        .map_err(resource::in_pairs)?;
    left_out(context, &written.left_out);
    Ok(())
}

fn left_out(context: &Context, left_out: &[String]) {
    if !left_out.is_empty() {
        context.out.remark(&format!(
            "left out, because they cannot be members: {}",
            left_out.join(", ")
        ));
    }
}

/// Prints a group as SCIM shows it; one below another with its path.
async fn show(context: &Context, id: Id<Group>) -> Result<()> {
    let shape = resource::shape(context, ResourceKind::Group)?;
    let rendered = context
        .directory
        .group_view(&context.operator, id, &shape, Scope::Admin)
        .await?;
    let mut shown: Item = serde_json::from_str(&rendered.body).context("the stored group is no JSON")?;
    shown.shift_remove("schemas");
    let (group, path) = context.directory.group_and_path(&context.operator, id).await?;
    if group.parent.is_some() {
        shown.insert("path".into(), path.to_string().into());
    }
    context.out.one("id", &shown)?;
    Ok(())
}

/// Prints a group as those see it who manage it.
async fn show_managed(context: &Context, id: Id<Group>) -> Result<()> {
    context.out.one("id", &managed(context, id).await?)?;
    Ok(())
}

/// A group as those see it who manage it.
async fn managed(context: &Context, id: Id<Group>) -> Result<Item> {
    let (group, path) = context.directory.group_and_path(&context.operator, id).await?;
    let set = &group.management;
    Ok(item(json!({
        "id": group.id.to_string(),
        "name": group.name,
        "path": path.to_string(),
        "displayName": group.display_name,
        "managed": group.managed,
        "groups_below": group.children,
        "default_way": group.default_configuration.map(|id| id.to_string()),
        "notice_days": set.notice_days,
        "reminder_days": set.reminder_days,
        "grace_days": set.grace_days,
        "contact": set.contact,
        "request_mails_to": set.request_mails_to,
        "self_approval": set.self_approval,
        "plain_members": set.plain_members,
        "privileged": set.privileged.as_ref().map(|privileged| &privileged.roles),
        "attributes": set.attributes,
        "version": group.version,
    })))
}

fn with_count(mut group: Item) -> Item {
    let size = group.get("members").and_then(Value::as_array).map_or(0, Vec::len);
    group.insert("size".into(), size.into());
    group
}
