//! `usher group export`: who is in which group as CSV, or everything about one group as JSON.

use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};

use super::{admins, find, managed, members};
use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::cli::{export, way};
use crate::output::Item;

/// Members read at a time.
const SLICE: usize = 500;

#[derive(Debug, Args)]
pub(super) struct ExportGroups {
    #[command(flatten)]
    export: export::Export,
    /// With the columns `roles`, `from` and `until`; managed groups are named by their path
    #[arg(long, conflicts_with = "json")]
    terms: bool,
    /// Everything about one group as JSON instead: its settings, roles, administrators, ways to join and members
    #[arg(long, conflicts_with = "filter")]
    json: bool,
    /// Which group, with --json: path, id or displayName
    #[arg(long, value_name = "GROUP", requires = "json")]
    group: Option<String>,
}

impl ExportGroups {
    pub(super) async fn run(self, context: &Context) -> Result<()> {
        match (self.json, &self.group) {
            (false, _) if self.terms => self.export.run_terms(context).await,
            (false, _) => self.export.run_members(context).await,
            (true, Some(group)) => {
                let whole = whole(context, group).await?;
                let text = serde_json::to_string_pretty(&whole)?;
                self.export.write_text(context, &text, &format!("the group {group}"))
            }
            (true, None) => Err(Failure::usage("--json writes one group: name it by --group")),
        }
    }
}

async fn whole(context: &Context, group: &str) -> Result<Item> {
    let (directory, operator) = (&context.directory, &context.operator);
    let id = find(context, group).await?;
    let mut whole = managed(context, id).await?;
    let roles = directory.group_roles(operator, id).await?;
    let roles: Vec<Value> = roles
        .iter()
        .map(|role| json!({ "id": role.id.to_string(), "name": role.name }))
        .collect();
    whole.insert("roles".into(), roles.into());
    let admins = admins::listed(context, &directory.group_admins(operator, id).await?).await?;
    whole.insert("admins".into(), objects(admins));
    let ways = directory.configurations(operator, id).await?;
    whole.insert("ways".into(), objects(ways.iter().map(way::shown).collect()));
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let slice = directory.noted_members(operator, id, after, SLICE).await?;
        let Some(last) = slice.last() else { break };
        after = Some(last.membership.user);
        for noted in &slice {
            all.push(members::shown(context, noted).await?);
        }
    }
    whole.insert("members".into(), objects(all));
    Ok(whole)
}

fn objects(items: Vec<Item>) -> Value {
    items.into_iter().map(Value::Object).collect()
}
