//! `usher group tree`, `move` and `rename`.

use anyhow::Result;
use clap::Args;
use directory::Error;
use directory::group::{GroupName, GroupNode, GroupsAsked, MoveGroup, RenameGroup};
use directory::view::IfMatch;
use serde_json::{Value, json};

use super::{find, show_managed};
use crate::cli::Page;
use crate::cli::context::Context;
use crate::output::{Format, Item, item};

/// So many trees are read at a time: all that is below them comes along.
const SLICE: usize = 50;

/// The tree of groups.
#[derive(Debug, Args)]
pub(super) struct Tree {
    /// Only what is below this group: path, id or displayName
    group: Option<String>,
    #[command(flatten)]
    page: Page,
}

impl Tree {
    pub(super) async fn run(self, context: &Context) -> Result<()> {
        let (directory, operator, out) = (&context.directory, &context.operator, context.out);
        let trees = match &self.group {
            Some(group) => {
                let id = find(context, group).await?;
                vec![directory.whole_group(operator, id).await?.node]
            }
            None => self.roots(context).await?,
        };
        if out.format == Format::Json && !out.quiet {
            let trees: Vec<Item> = trees.iter().map(nested).collect();
            out.list("id", &[], &trees)?;
        } else {
            let mut rows = Vec::new();
            for tree in &trees {
                flat(tree, 0, &mut rows);
            }
            out.list("id", &["name", "id", "managed", "description"], &rows)?;
        }
        if self.group.is_none() {
            self.page.remark(out, trees.len());
        }
        Ok(())
    }

    /// The limit counts the groups at the top.
    async fn roots(&self, context: &Context) -> Result<Vec<GroupNode>> {
        let most = self.page.most();
        let mut trees = Vec::new();
        while trees.len() < most {
            let asked = GroupsAsked {
                search: None,
                from_the_top: true,
                first: trees.len(),
                max: SLICE.min(most - trees.len()),
            };
            let page = context.directory.managed_groups(&context.operator, &asked).await?;
            if page.groups.is_empty() {
                break;
            }
            trees.extend(page.groups);
        }
        Ok(trees)
    }
}

fn shown(node: &GroupNode) -> Item {
    let description = node.group.management.attributes.get("description");
    item(json!({
        "id": node.group.id.to_string(),
        "name": node.group.name,
        "path": node.path.to_string(),
        "managed": node.group.managed,
        "description": description.and_then(|values| values.first()),
    }))
}

fn nested(node: &GroupNode) -> Item {
    let mut shown = shown(node);
    let below: Vec<Value> = node.below.iter().map(|node| Value::Object(nested(node))).collect();
    shown.insert("groups".into(), below.into());
    shown
}

fn flat(node: &GroupNode, level: usize, into: &mut Vec<Item>) {
    let mut row = shown(node);
    row.insert(
        "name".into(),
        format!("{}{}", "  ".repeat(level), node.group.name).into(),
    );
    into.push(row);
    for below in &node.below {
        flat(below, level + 1, into);
    }
}

/// Another place in the tree.
#[derive(Debug, Args)]
pub(super) struct Move {
    /// Which group: path, id or displayName
    group: String,
    /// Below which group: path, id or displayName
    #[arg(long, value_name = "GROUP", required_unless_present = "top")]
    parent: Option<String>,
    /// To the top
    #[arg(long, conflicts_with = "parent")]
    top: bool,
}

impl Move {
    pub(super) async fn run(self, context: &Context) -> Result<()> {
        let group = find(context, &self.group).await?;
        let parent = match &self.parent {
            Some(parent) => Some(find(context, parent).await?),
            None => None,
        };
        let command = MoveGroup {
            group,
            parent,
            if_match: IfMatch::Any,
        };
        context.directory.execute(&context.operator, command).await?;
        show_managed(context, group).await
    }
}

/// Another name.
#[derive(Debug, Args)]
pub(super) struct Rename {
    /// Which group: path, id or displayName
    group: String,
    /// Its new name
    name: String,
}

impl Rename {
    pub(super) async fn run(self, context: &Context) -> Result<()> {
        let group = find(context, &self.group).await?;
        let command = RenameGroup {
            group,
            name: GroupName::parse(&self.name).map_err(Error::from)?,
            if_match: IfMatch::Any,
        };
        context.directory.execute(&context.operator, command).await?;
        show_managed(context, group).await
    }
}
