//! `usher rule`: what a realm allows its groups to configure.

use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use directory::Error;
use directory::enrollment::rule::{Field, Level, Rule, rules};
use directory::enrollment::{ChangeRule, RemoveRule, SetRule};
use serde_json::json;

use super::context::Context;
use super::{Common, InRealm, Page, group};
use crate::output::{Item, item};

const SET: &str = "\
Fields: membershipExpirationDays, validFrom, aup, requireApproval, requireApprovalForExtension, active, visibleToNotMembers,
multiselectRole, commentsNeeded, commentsLabel, commentsDescription. Only membershipExpirationDays has a limit (--max).

Examples:
  usher rule set top_level membershipExpirationDays --required --max 365 --default 180
  usher rule set subgroup aup --required";

#[derive(Debug, Args)]
pub(crate) struct RuleArgs {
    #[command(flatten)]
    realm: InRealm,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the rules for ways to join
    List {
        /// Only those for these groups: `top_level` or `subgroup`
        #[arg(long, value_name = "LEVEL", value_parser = level)]
        level: Option<Level>,
    },
    /// Say what is required, filled in or allowed at most; what was said of the field before is replaced
    #[command(after_help = SET)]
    Set {
        /// For which groups: `top_level` or `subgroup`
        #[arg(value_parser = level)]
        level: Level,
        /// About which field
        field: String,
        /// A value has to be given
        #[arg(long)]
        required: bool,
        /// What a new way to join begins with
        #[arg(long, value_name = "VALUE")]
        default: Option<String>,
        /// No value may be larger
        #[arg(long, value_name = "N")]
        max: Option<String>,
    },
    /// Take a rule away
    Remove {
        /// Its id, or the groups it is for
        #[arg(value_name = "ID|LEVEL")]
        rule: String,
        /// With the groups: the field it is about
        field: Option<String>,
    },
    /// List the ways to join that break rules, since these came later or were put aside
    Broken {
        #[command(flatten)]
        page: Page,
    },
}

impl RuleArgs {
    pub(crate) async fn run(self, common: &Common) -> Result<()> {
        Context::with(common, &self.realm, async |context| self.command.run(context).await).await
    }
}

impl Command {
    async fn run(self, context: &Context) -> Result<()> {
        let (directory, operator, out) = (&context.directory, &context.operator, context.out);
        let all = directory.rules(operator).await?;
        match self {
            Self::List { level } => {
                let items: Vec<Item> = all
                    .iter()
                    .filter(|rule| level.is_none_or(|level| rule.says.level == level))
                    .map(shown)
                    .collect();
                out.list("id", &["id", "level", "field", "required", "default", "max"], &items)?;
            }
            Self::Set {
                level,
                field,
                required,
                default,
                max,
            } => {
                let says = rules::read(level, &field, required, default.as_deref(), max.as_deref());
                let says = says.map_err(Error::from)?;
                let present = all
                    .iter()
                    .find(|rule| rule.says.level == level && rule.says.field == says.field);
                let rule = match present {
                    None => directory.execute(operator, SetRule { says }).await?,
                    Some(rule) => {
                        let command = ChangeRule {
                            id: rule.id,
                            if_version: None,
                            says,
                        };
                        directory.execute(operator, command).await?
                    }
                };
                out.one("id", &shown(&rule))?;
            }
            Self::Remove { rule, field } => {
                let Some(found) = all.iter().find(|one| means(one, &rule, field.as_deref())) else {
                    bail!("there is no such rule; {} shows them", context.advice("rule list"));
                };
                let command = RemoveRule {
                    id: found.id,
                    if_version: None,
                };
                directory.execute(operator, command).await?;
                out.done(&found.id.to_string(), "the rule is gone")?;
            }
            Self::Broken { page } => broken(context, &page).await?,
        }
        Ok(())
    }
}

async fn broken(context: &Context, page: &Page) -> Result<()> {
    let most = page.most();
    let (mut items, mut after) = (Vec::new(), None);
    loop {
        let slice = context.directory.rules_broken(&context.operator, after).await?;
        for (way, violations) in slice.ways {
            let group = group::path_of(context, way.group).await?;
            for violation in violations.into_iter().take(most - items.len()) {
                items.push(item(json!({
                    "id": way.id.to_string(),
                    "group": group,
                    "way": way.name,
                    "field": violation.field.name(),
                    "allowed": violation.allowed,
                })));
            }
        }
        after = slice.next;
        if after.is_none() || items.len() >= most {
            break;
        }
    }
    context
        .out
        .list("id", &["id", "group", "way", "field", "allowed"], &items)?;
    page.remark(context.out, items.len());
    Ok(())
}

fn means(rule: &Rule, word: &str, field: Option<&str>) -> bool {
    match field {
        None => rule.id.to_string() == word,
        Some(field) => rule.says.level.name() == word && Field::parse(field) == Some(rule.says.field),
    }
}

fn shown(rule: &Rule) -> Item {
    item(json!({
        "id": rule.id.to_string(),
        "level": rule.says.level.name(),
        "field": rule.says.spelling,
        "required": rule.says.required,
        "default": rule.says.default_value,
        "max": rule.says.max,
    }))
}

fn level(text: &str) -> Result<Level, String> {
    Level::parse(text).ok_or_else(|| {
        format!(
            "`{text}` is unknown; known are {}",
            Level::ALL.map(Level::name).join(", ")
        )
    })
}
