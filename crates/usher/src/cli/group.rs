//! `usher group`: groups and their members.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::{Args, Subcommand};
use directory::client::ResourceKind;
use directory::group::{CreateGroup, DeleteGroup, Group, PatchGroup};
use directory::view::IfMatch;
use directory::{Id, Scope};
use scim::patch::{Op, Operation};
use serde_json::{Value, json};

use super::context::Context;
use super::{Common, InRealm, Page, export, import, resource, user};
use crate::output::Item;
use crate::wiring::Missing;

#[derive(Debug, Args)]
pub(crate) struct GroupArgs {
    #[command(flatten)]
    realm: InRealm,
    #[command(subcommand)]
    command: Command,
}

/// Who is to be a member or no longer one.
#[derive(Debug, Args)]
struct Members {
    /// Id or displayName of the group
    group: String,
    /// People: id, userName or mail address
    #[arg(value_name = "USER", required_unless_present = "groups")]
    users: Vec<String>,
    /// Groups: id or displayName
    #[arg(long = "group", value_name = "GROUP")]
    groups: Vec<String>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a group
    Create {
        /// The name shown
        #[arg(required_unless_present = "json")]
        name: Option<String>,
        /// Its first members: id, userName or mail address
        #[arg(long, value_name = "USER")]
        member: Vec<String>,
        /// The whole group as SCIM JSON: a file, or - for standard input
        #[arg(long, value_name = "FILE", conflicts_with_all = ["name", "member"])]
        json: Option<PathBuf>,
    },
    /// List groups
    List {
        /// A SCIM filter: 'displayName co "team"'
        #[arg(long, value_name = "FILTER")]
        filter: Option<String>,
        #[command(flatten)]
        page: Page,
    },
    /// Plan what a CSV file says of who is in which group: columns `group` and `member`
    Import(import::Import),
    /// Write who is in which group as CSV: columns `group` and `member`
    Export(export::Export),
    /// Show a group with its members
    Show {
        /// Id or displayName
        name: String,
    },
    /// Change a group's attributes
    Set {
        /// Id or displayName
        name: String,
        /// What to set; an empty value removes
        #[arg(value_name = "ATTRIBUTE=VALUE", required = true)]
        attributes: Vec<String>,
    },
    /// Add members
    Add(Members),
    /// Remove members
    Remove(Members),
    /// Delete a group; its members stay in the realm
    Delete {
        /// Id or displayName
        name: String,
    },
}

impl GroupArgs {
    pub(crate) async fn run(self, common: &Common) -> Result<()> {
        let missing = if matches!(self.command, Command::Create { .. } | Command::Import(_)) {
            Missing::Make
        } else {
            Missing::Refuse
        };
        let context = Context::open(common, &self.realm, missing).await?;
        let (directory, operator, out) = (&context.directory, &context.operator, context.out);
        match self.command {
            Command::Create { name, member, json } => {
                let body = match json {
                    Some(path) => Value::Object(resource::body(&path)?),
                    None => json!({ "displayName": name, "members": values(&context, &member, &[]).await? }),
                };
                let written = directory
                    .execute(
                        operator,
                        CreateGroup {
                            body,
                            needs: Scope::Admin,
                        },
                    )
                    .await
                    .context("cannot make the group")?;
                left_out(&context, &written.left_out);
                show(&context, written.group.id).await?;
            }
            Command::List { filter, page } => {
                let filter = filter.as_deref().map(resource::filter).transpose()?;
                let (items, more) = resource::list(&context, ResourceKind::Group, filter, page.most()).await?;
                let items: Vec<Item> = items.into_iter().map(with_count).collect();
                out.list("id", &["id", "displayName", "size"], &items)?;
                if more {
                    out.remark("there are more: --limit N or --all shows them");
                }
            }
            Command::Import(args) => args.run_members(&context).await?,
            Command::Export(args) => args.run_members(&context).await?,
            Command::Show { name } => {
                let (id, _) = find(&context, &name).await?;
                show(&context, id).await?;
            }
            Command::Set { name, attributes } => {
                let (id, _) = find(&context, &name).await?;
                patch(&context, id, resource::operations(&attributes)?).await?;
                show(&context, id).await?;
            }
            Command::Add(members) => {
                let (id, _) = find(&context, &members.group).await?;
                let value = Value::Array(values(&context, &members.users, &members.groups).await?);
                patch(
                    &context,
                    id,
                    vec![Operation {
                        op: Op::Add,
                        path: Some("members".into()),
                        value: Some(value),
                    }],
                )
                .await?;
                show(&context, id).await?;
            }
            Command::Remove(members) => {
                let (id, _) = find(&context, &members.group).await?;
                let values = values(&context, &members.users, &members.groups).await?;
                let operation = |member: &Value| Operation {
                    op: Op::Remove,
                    path: Some(format!("members[value eq {}]", member["value"])),
                    value: None,
                };
                patch(&context, id, values.iter().map(operation).collect()).await?;
                show(&context, id).await?;
            }
            Command::Delete { name } => {
                let (id, _) = find(&context, &name).await?;
                directory
                    .execute(
                        operator,
                        DeleteGroup {
                            id,
                            if_match: IfMatch::Any,
                            needs: Scope::Admin,
                        },
                    )
                    .await?;
                out.done(&id.to_string(), &format!("deleted the group {name}"))?;
            }
        }
        context.close().await;
        Ok(())
    }
}

async fn find(context: &Context, name: &str) -> Result<(Id<Group>, Item)> {
    let (id, item) = resource::find(context, ResourceKind::Group, name, &["displayName"]).await?;
    Ok((Id::new(id), item))
}

async fn values(context: &Context, users: &[String], groups: &[String]) -> Result<Vec<Value>> {
    let mut values = Vec::with_capacity(users.len() + groups.len());
    for name in users {
        values.push(json!({ "value": user::find(context, name).await?.0.to_string() }));
    }
    for name in groups {
        values.push(json!({ "value": find(context, name).await?.0.to_string(), "type": "Group" }));
    }
    Ok(values)
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

async fn show(context: &Context, id: Id<Group>) -> Result<()> {
    let shape = resource::shape(context, ResourceKind::Group)?;
    let rendered = context
        .directory
        .group_view(&context.operator, id, &shape, Scope::Admin)
        .await?;
    let mut shown: Item = serde_json::from_str(&rendered.body).context("the stored group is no JSON")?;
    shown.shift_remove("schemas");
    context.out.one("id", &shown)?;
    Ok(())
}

fn with_count(mut group: Item) -> Item {
    let size = group.get("members").and_then(Value::as_array).map_or(0, Vec::len);
    group.insert("size".into(), size.into());
    group
}
