//! `usher group create`: a group as SCIM makes it, or one that is managed from the beginning.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::Args;
use directory::delegation::Whom;
use directory::group::{CreateGroup, CreateSubgroup, CreateTopGroup, FirstOwner, GroupName, NewGroup};
use directory::{Error, Scope};
use serde_json::{Value, json};

use super::people::values;
use super::{find, left_out, show, show_managed};
use crate::cli::context::Context;
use crate::cli::{resource, template, user};

#[derive(Debug, Args)]
pub(super) struct Create {
    /// Its name, unique among its neighbours in the tree
    #[arg(required_unless_present = "json")]
    name: Option<String>,
    /// Below which group: path, id or displayName
    #[arg(long, value_name = "GROUP")]
    parent: Option<String>,
    /// At the top, and managed from the beginning: with a role, and administrators
    #[arg(long, conflicts_with = "parent")]
    managed: bool,
    /// Made like a template of the realm: its name or id
    #[arg(long, value_name = "TEMPLATE")]
    template: Option<String>,
    /// What it is for
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// Who owns it: id, userName or mail address
    #[arg(long, value_name = "USER")]
    owner: Option<String>,
    /// Its first members, as SCIM adds them: id, userName or mail address
    #[arg(long, value_name = "USER", conflicts_with_all = ["parent", "managed", "template", "description", "owner"])]
    member: Vec<String>,
    /// The whole group as SCIM JSON: a file, or - for standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["name", "member", "parent", "managed", "template", "description", "owner"])]
    json: Option<PathBuf>,
}

impl Create {
    pub(super) async fn run(self, context: &Context) -> Result<()> {
        let is_plain = self.parent.is_none()
            && !self.managed
            && self.template.is_none()
            && self.description.is_none()
            && self.owner.is_none();
        match &self.name {
            Some(name) if !is_plain => self.managed(context, name).await,
            name => self.plain(context, name.as_deref()).await,
        }
    }

    async fn plain(&self, context: &Context, name: Option<&str>) -> Result<()> {
        let body = match &self.json {
            Some(path) => Value::Object(resource::body(path)?),
            None => json!({ "displayName": name, "members": values(context, &self.member, &[]).await? }),
        };
        let command = CreateGroup {
            body,
            needs: Scope::Admin,
        };
        let written = context.directory.execute(&context.operator, command).await;
        let written = written.context("cannot make the group")?;
        left_out(context, &written.left_out);
        show(context, written.group.id).await
    }

    async fn managed(&self, context: &Context, name: &str) -> Result<()> {
        let name = GroupName::parse(name).map_err(Error::from)?;
        let owner = match &self.owner {
            None => FirstOwner::Nobody,
            Some(owner) => FirstOwner::Other(Whom::User(user::find(context, owner).await?.0)),
        };
        let template = match &self.template {
            None => None,
            Some(word) => Some(template::find(context, word).await?.id),
        };
        let new = NewGroup {
            description: self.description.clone(),
            owner,
            template,
            ..NewGroup::named(name)
        };
        let made = match &self.parent {
            None => {
                let command = CreateTopGroup { new };
                context.directory.execute(&context.operator, command).await
            }
            Some(parent) => {
                let parent = find(context, parent).await?;
                let command = CreateSubgroup { parent, new };
                context.directory.execute(&context.operator, command).await
            }
        };
        show_managed(context, made.context("cannot make the group")?.group.id).await
    }
}
