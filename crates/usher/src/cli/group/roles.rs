//! `usher group roles`: which roles the members of a group may have.

use anyhow::Result;
use clap::{Args, Subcommand};
use directory::Error;
use directory::group::{DefineRole, DeleteRole, GroupRole, RenameRole, RoleName, RoleNamed};
use serde_json::json;

use super::find;
use crate::cli::context::Context;
use crate::output::{Item, item};

#[derive(Debug, Args)]
pub(super) struct RolesArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List them
    List {
        /// The group: path, id or displayName
        group: String,
    },
    /// Add roles
    Define {
        /// The group: path, id or displayName
        group: String,
        /// Their names; every letter counts
        #[arg(required = true, value_name = "NAME")]
        names: Vec<String>,
    },
    /// Give a role another name; whoever holds it goes on holding it
    Rename {
        /// The group: path, id or displayName
        group: String,
        /// The role: name or id
        role: String,
        /// Its new name
        name: String,
    },
    /// Delete a role that nobody holds, or say what becomes of those who do
    Delete {
        /// The group: path, id or displayName
        group: String,
        /// The role: name or id
        role: String,
        /// Its holders have this role in its place
        #[arg(long, value_name = "ROLE")]
        replace_with: Option<String>,
        /// Its holders have nothing in its place
        #[arg(long, conflicts_with = "replace_with")]
        force: bool,
    },
}

impl RolesArgs {
    pub(super) async fn run(self, context: &Context) -> Result<()> {
        let (directory, operator, out) = (&context.directory, &context.operator, context.out);
        match self.command {
            Command::List { group } => {
                let id = find(context, &group).await?;
                let roles = directory.group_roles(operator, id).await?;
                let items: Vec<Item> = roles.iter().map(shown).collect();
                out.list("id", &["id", "name"], &items)?;
            }
            Command::Define { group, names } => {
                let group = find(context, &group).await?;
                let names = names.iter().map(|name| RoleName::parse(name).map_err(Error::from));
                let names = names.collect::<Result<Vec<_>, _>>()?;
                let mut made: Vec<Item> = Vec::with_capacity(names.len());
                for name in names {
                    made.push(shown(&directory.execute(operator, DefineRole { group, name }).await?));
                }
                out.list("id", &["id", "name"], &made)?;
            }
            Command::Rename { group, role, name } => {
                let group = find(context, &group).await?;
                let role = named(context, group, &role).await?;
                let name = RoleName::parse(&name).map_err(Error::from)?;
                let renamed = directory
                    .execute(
                        operator,
                        RenameRole {
                            group,
                            role,
                            name,
                            if_version: None,
                        },
                    )
                    .await?;
                out.one("id", &shown(&renamed))?;
            }
            Command::Delete {
                group,
                role,
                replace_with,
                force,
            } => {
                let group = find(context, &group).await?;
                let command = DeleteRole {
                    group,
                    role: named(context, group, &role).await?,
                    replace_with: match &replace_with {
                        Some(other) => Some(named(context, group, other).await?),
                        None => None,
                    },
                    force,
                    if_version: None,
                };
                let gone = directory.execute(operator, command).await?;
                out.done(&gone.id.to_string(), &format!("deleted the role {}", gone.name))?;
            }
        }
        Ok(())
    }
}

/// The role a word means. A name goes before an id.
async fn named(context: &Context, group: directory::Id<directory::group::Group>, word: &str) -> Result<RoleNamed> {
    let roles = context.directory.group_roles(&context.operator, group).await?;
    let found = roles.iter().find(|role| role.name == word);
    let found = found.or_else(|| roles.iter().find(|role| role.id.to_string() == word));
    found.map(|role| RoleNamed::Id(role.id)).ok_or_else(|| {
        let names: Vec<String> = roles.iter().map(|role| format!("`{}`", role.name)).collect();
        anyhow::anyhow!("the group has no role `{word}`; it has {}", names.join(", "))
    })
}

fn shown(role: &GroupRole) -> Item {
    item(json!({ "id": role.id.to_string(), "name": role.name }))
}
