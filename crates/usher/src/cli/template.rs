//! `usher template`: what new groups may be made like.

use anyhow::Result;
use clap::{Args, Subcommand};
use directory::Error;
use directory::group::{DefineTemplate, GroupName, GroupTemplate, RemoveTemplate, ReplaceTemplate};
use serde_json::json;

use super::context::Context;
use super::failure::Failure;
use super::given::{self, Given, put, put_all};
use super::{Common, InRealm, group};
use crate::output::{Item, item};

const SET: &str = "\
What no flag names stays as it is; an empty text unsets. Groups that were made like a template stay as they are.

Example: usher template set project --role member --role lead --notice-days 30 --attribute kind=project";

#[derive(Debug, Args)]
pub(crate) struct TemplateArgs {
    #[command(flatten)]
    realm: InRealm,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the realm's templates for groups
    List,
    /// Show a template
    Show {
        /// Its name or id
        template: String,
    },
    /// Make a template, or change the one of that name
    #[command(after_help = SET)]
    Set(Set),
    /// Remove a template
    Remove {
        /// Its name or id
        template: String,
    },
}

/// What a template is to be.
#[derive(Debug, Args)]
struct Set {
    /// Its name; of one that is there, the name or id
    template: String,
    /// Another name for it
    #[arg(long, value_name = "NAME")]
    rename: Option<String>,
    /// A role of the groups; all of them, each with a flag of its own
    #[arg(long = "role", value_name = "ROLE")]
    roles: Vec<String>,
    /// A free attribute of the groups; several times for several values; an empty value removes it
    #[arg(long = "attribute", value_name = "NAME=VALUE")]
    attributes: Vec<String>,
    /// How many days before their end memberships are first reminded of
    #[arg(long, value_name = "DAYS", value_parser = given::number::<u16>)]
    notice_days: Option<Given<u16>>,
    /// All days before their end at which memberships are reminded of, separated by commas; they come before --notice-days
    #[arg(long, value_name = "DAYS,…", value_parser = given::numbers::<u16>)]
    reminder_days: Option<Given<Vec<u16>>>,
    /// For how many days an expired membership may come back
    #[arg(long, value_name = "DAYS", value_parser = given::number::<u16>)]
    grace_days: Option<Given<u16>>,
    /// Whether members need no role
    #[arg(long, value_name = "true|false")]
    plain_members: Option<bool>,
}

impl TemplateArgs {
    pub(crate) async fn run(self, common: &Common) -> Result<()> {
        Context::with(common, &self.realm, async |context| self.command.run(context).await).await
    }
}

impl Command {
    async fn run(self, context: &Context) -> Result<()> {
        let (directory, operator, out) = (&context.directory, &context.operator, context.out);
        match self {
            Self::List => {
                let all = directory.group_templates(operator).await?;
                let items: Vec<Item> = all.iter().map(shown).collect();
                let columns = ["id", "name", "roles", "notice_days", "grace_days", "plain_members"];
                out.list("id", &columns, &items)?;
            }
            Self::Show { template } => {
                let found = find(context, &template).await?;
                out.one("id", &shown(&found))?;
            }
            Self::Set(set) => {
                let written = set.run(context).await?;
                out.one("id", &shown(&written))?;
            }
            Self::Remove { template } => {
                let id = find(context, &template).await?.id;
                let gone = directory.execute(operator, RemoveTemplate { id }).await?;
                out.done(&gone.id.to_string(), &format!("removed the template {}", gone.name))?;
            }
        }
        Ok(())
    }
}

impl Set {
    async fn run(self, context: &Context) -> Result<GroupTemplate> {
        let (directory, operator) = (&context.directory, &context.operator);
        let all = directory.group_templates(operator).await?;
        let present = all.into_iter().find(|one| is_called(one, &self.template));
        let mut body = present.as_ref().map(|one| one.body.clone()).unwrap_or_default();
        if !self.roles.is_empty() {
            body.roles = self.roles;
        }
        body.attributes = group::with_attributes(body.attributes, &self.attributes)?;
        put(&mut body.notice_days, self.notice_days);
        put_all(&mut body.reminder_days, self.reminder_days);
        put(&mut body.grace_days, self.grace_days);
        body.plain_members = self.plain_members.unwrap_or(body.plain_members);
        let name = self.rename.as_deref();
        Ok(match present {
            None => {
                let name = GroupName::parse(name.unwrap_or(&self.template)).map_err(Error::from)?;
                directory.execute(operator, DefineTemplate { name, body }).await?
            }
            Some(present) => {
                let name = GroupName::parse(name.unwrap_or(&present.name)).map_err(Error::from)?;
                let command = ReplaceTemplate {
                    id: present.id,
                    name,
                    body,
                };
                directory.execute(operator, command).await?
            }
        })
    }
}

/// The template of that name or id.
pub(super) async fn find(context: &Context, word: &str) -> Result<GroupTemplate> {
    let all = context.directory.group_templates(&context.operator).await?;
    let names: Vec<String> = all.iter().map(|one| format!("`{}`", one.name)).collect();
    let found = all.into_iter().find(|one| is_called(one, word));
    found.ok_or_else(|| {
        if names.is_empty() {
            Failure::usage(format!(
                "there is no template `{word}`: the realm has none, `usher template set` makes one"
            ))
        } else {
            Failure::usage(format!("there is no template `{word}`; there are {}", names.join(", ")))
        }
    })
}

fn is_called(template: &GroupTemplate, word: &str) -> bool {
    template.name == word || template.id.to_string() == word
}

fn shown(template: &GroupTemplate) -> Item {
    let body = &template.body;
    item(json!({
        "id": template.id.to_string(),
        "name": template.name,
        "roles": body.roles,
        "notice_days": body.notice_days,
        "reminder_days": body.reminder_days,
        "grace_days": body.grace_days,
        "plain_members": body.plain_members,
        "attributes": body.attributes,
        "version": template.version,
    }))
}
