//! `usher way`: the ways to join a group (its enrollment configurations).

use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use directory::Id;
use directory::enrollment::configuration::{Configuration, Draft, ExtendFrom, default_draft};
use directory::enrollment::rule::{Level, Rules};
use directory::enrollment::terms::{Terms, TermsDraft};
use directory::enrollment::{Configure, Unconfigure, Way};
use directory::group::{Group, SetDefaultConfiguration};
use directory::membership::OnLapse;
use directory::view::IfMatch;
use directory::zone::Day;
use serde_json::{Value, json};

use super::context::Context;
use super::given::{self, Given, put};
use super::{Common, InRealm, group};
use crate::output::{Item, item};

const SET: &str = "\
A way to join is named by its name or id; without one another is made, which begins as the realm's rules say. What no flag
names stays as it is; an empty text unsets. Requests that wait are put aside when a way to join is changed.

Examples:
  usher way set /acme/ops --name 'Join ops' --visible true --days 365 --role member
  usher way set /acme/ops 'Join ops' --require-approval false --terms https://example.org/terms";

#[derive(Debug, Args)]
pub(crate) struct WayArgs {
    #[command(flatten)]
    realm: InRealm,
    #[command(subcommand)]
    command: Command,
}

/// One way to join a group.
#[derive(Debug, Args)]
pub(super) struct Named {
    /// The group: path, id or displayName
    pub(super) group: String,
    /// The way to join: name or id
    pub(super) way: String,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the ways to join a group
    List {
        /// The group: path, id or displayName
        group: String,
    },
    /// Show a way to join
    Show(Named),
    /// Make a way to join, or change one
    #[command(after_help = SET)]
    Set(Box<Set>),
    /// Take a way to join away, with its requests
    Remove(Named),
    /// Offer one before the group's others
    Default(Named),
}

/// What a way to join is to be.
#[derive(Debug, Args)]
struct Set {
    /// The group: path, id or displayName
    group: String,
    /// The way to join: name or id; none makes another one
    way: Option<String>,
    /// Its name
    #[arg(long, value_name = "TEXT", required_unless_present = "way")]
    name: Option<String>,
    /// Whether it can be used
    #[arg(long, value_name = "true|false")]
    active: Option<bool>,
    /// Whether those see it who are no members
    #[arg(long, value_name = "true|false")]
    visible: Option<bool>,
    /// Whether somebody decides about those who are no members
    #[arg(long, value_name = "true|false")]
    require_approval: Option<bool>,
    /// Whether somebody decides about members who want to stay
    #[arg(long, value_name = "true|false")]
    require_approval_for_extension: Option<bool>,
    /// The first day on which a membership may begin
    #[arg(long, value_name = "DAY", value_parser = given::day)]
    valid_from: Option<Given<Day>>,
    /// For how many days a membership lasts
    #[arg(long, visible_alias = "membership-expiration-days", value_name = "N", value_parser = given::number::<i64>)]
    days: Option<Given<i64>>,
    /// From when a membership goes on that is renewed: today or current-end
    #[arg(long, value_name = "WHEN", value_parser = extend_from)]
    extend_from: Option<ExtendFrom>,
    /// A role that can be had by it; all of them, each with a flag of its own
    #[arg(long = "role", value_name = "ROLE")]
    roles: Vec<String>,
    /// Whether one may ask for several roles
    #[arg(long, value_name = "true|false")]
    multiselect_role: Option<bool>,
    /// Whether one has to say why
    #[arg(long, value_name = "true|false")]
    comments_needed: Option<bool>,
    /// What stands above that
    #[arg(long, value_name = "TEXT", value_parser = given::text)]
    comments_label: Option<Given<String>>,
    /// What is asked there
    #[arg(long, value_name = "TEXT", value_parser = given::text)]
    comments_description: Option<Given<String>>,
    /// What people read before they ask
    #[arg(long, value_name = "TEXT", value_parser = given::text)]
    enrollment_introduction: Option<Given<String>>,
    /// What they read after
    #[arg(long, value_name = "TEXT", value_parser = given::text)]
    enrollment_conclusion: Option<Given<String>>,
    /// What people read before they answer an invitation
    #[arg(long, value_name = "TEXT", value_parser = given::text)]
    invitation_introduction: Option<Given<String>>,
    /// What they read after
    #[arg(long, value_name = "TEXT", value_parser = given::text)]
    invitation_conclusion: Option<Given<String>>,
    /// Where the terms stand that are to be accepted; members are asked for those at another address. `usher terms publish` says more
    #[arg(long, value_name = "URL", value_parser = given::text)]
    terms: Option<Given<String>>,
    /// Although that breaks rules of the realm
    #[arg(long)]
    force: bool,
}

impl WayArgs {
    pub(crate) async fn run(self, common: &Common) -> Result<()> {
        Context::with(common, &self.realm, async |context| self.command.run(context).await).await
    }
}

impl Command {
    async fn run(self, context: &Context) -> Result<()> {
        let (directory, operator, out) = (&context.directory, &context.operator, context.out);
        match self {
            Self::List { group } => {
                let id = group::find(context, &group).await?;
                let ways = directory.configurations(operator, id).await?;
                let items: Vec<Item> = ways.iter().map(shown).collect();
                let columns = [
                    "id",
                    "name",
                    "default",
                    "active",
                    "visible",
                    "require_approval",
                    "membership_expiration_days",
                    "roles",
                ];
                out.list("id", &columns, &items)?;
            }
            Self::Show(named) => {
                let way = find(context, &named).await?;
                out.one("id", &shown(&way))?;
            }
            Self::Set(set) => {
                let group = group::find(context, &set.group).await?;
                let id = set.run(context, group).await?;
                let way = directory.configuration(operator, group, id).await?;
                out.one("id", &shown(&way))?;
            }
            Self::Remove(named) => {
                let way = find(context, &named).await?.configuration;
                let command = Unconfigure {
                    group: way.group,
                    id: way.id,
                    if_version: None,
                };
                directory.execute(operator, command).await?;
                let told = format!("{} is no way to join {} any more", way.name, named.group);
                out.done(&way.id.to_string(), &told)?;
            }
            Self::Default(named) => {
                let way = find(context, &named).await?;
                let command = SetDefaultConfiguration {
                    group: way.group.id,
                    configuration: way.configuration.id,
                    if_match: IfMatch::Any,
                };
                directory.execute(operator, command).await?;
                let told = format!("{} is offered first in {}", way.configuration.name, way.path);
                out.done(&way.configuration.id.to_string(), &told)?;
            }
        }
        Ok(())
    }
}

impl Set {
    async fn run(self, context: &Context, group: Id<Group>) -> Result<Id<Configuration>> {
        let present = match &self.way {
            None => None,
            Some(way) => Some(one_of(context, group, way).await?),
        };
        let draft = match &present {
            Some(way) => Draft::from(way),
            None => fresh(context, group).await?,
        };
        let command = Configure {
            group,
            id: present.map(|way| way.configuration.id),
            if_version: None,
            force: self.force,
            draft: self.applied_to(draft),
        };
        let configured = context.directory.execute(&context.operator, command).await?;
        Ok(configured.configuration.id)
    }

    fn applied_to(self, mut draft: Draft) -> Draft {
        draft.name = self.name.unwrap_or(draft.name);
        for (value, flag) in [
            (&mut draft.active, self.active),
            (&mut draft.visible, self.visible),
            (&mut draft.require_approval, self.require_approval),
            (
                &mut draft.require_approval_for_extension,
                self.require_approval_for_extension,
            ),
            (&mut draft.multiselect_role, self.multiselect_role),
            (&mut draft.comments_needed, self.comments_needed),
        ] {
            *value = flag.unwrap_or(*value);
        }
        draft.extend_from = self.extend_from.unwrap_or(draft.extend_from);
        put(&mut draft.valid_from, self.valid_from);
        put(&mut draft.membership_expiration_days, self.days);
        if !self.roles.is_empty() {
            draft.roles = self.roles;
        }
        for (text, flag) in [
            (&mut draft.comments_label, self.comments_label),
            (&mut draft.comments_description, self.comments_description),
            (&mut draft.enrollment_introduction, self.enrollment_introduction),
            (&mut draft.enrollment_conclusion, self.enrollment_conclusion),
            (&mut draft.invitation_introduction, self.invitation_introduction),
            (&mut draft.invitation_conclusion, self.invitation_conclusion),
        ] {
            put(text, flag);
        }
        if let Some(url) = self.terms {
            let url: Option<String> = url.into();
            let before = draft.terms.take();
            draft.terms = url.map(|url| before.map_or_else(|| TermsDraft::at(&url), |before| before.moved(&url)));
        }
        draft
    }
}

/// What a new way to join a group begins with.
async fn fresh(context: &Context, group: Id<Group>) -> Result<Draft> {
    let (directory, operator) = (&context.directory, &context.operator);
    let (group, _) = directory.group_and_path(operator, group).await?;
    let level = Level::of(group.parent);
    let rules = directory.rules_for_admins(operator, level).await?;
    let roles = directory.group_roles(operator, group.id).await?;
    let roles: Vec<String> = roles.into_iter().map(|role| role.name).collect();
    Ok(default_draft(&group.name, &roles, &Rules::for_level(&rules, level)))
}

/// The way to join that the words mean.
pub(super) async fn find(context: &Context, named: &Named) -> Result<Way> {
    let group = group::find(context, &named.group).await?;
    one_of(context, group, &named.way).await
}

async fn one_of(context: &Context, group: Id<Group>, word: &str) -> Result<Way> {
    let ways = context.directory.configurations(&context.operator, group).await?;
    let names: Vec<String> = ways.iter().map(|way| format!("`{}`", way.configuration.name)).collect();
    let is_it = |way: &Way| way.configuration.id.to_string() == word || way.configuration.name == word;
    let mut meant: Vec<Way> = ways.into_iter().filter(is_it).collect();
    match (meant.pop(), meant.is_empty()) {
        (Some(way), true) => Ok(way),
        (Some(_), false) => bail!("the group has several ways to join of the name `{word}`: use the id"),
        (None, _) if names.is_empty() => bail!("the group has no way to join yet: `usher way set` makes one"),
        (None, _) => bail!("the group has no way to join `{word}`; it has {}", names.join(", ")),
    }
}

/// A way to join as it is shown.
pub(super) fn shown(way: &Way) -> Item {
    let configuration = &way.configuration;
    let mut shown = match serde_json::to_value(&configuration.contract) {
        Ok(Value::Object(contract)) => contract,
        _ => Item::new(),
    };
    shown.shift_remove("requests_since");
    let mut all = item(json!({
        "id": configuration.id.to_string(),
        "name": configuration.name,
        "group": way.path.to_string(),
        "default": way.group.default_configuration == Some(configuration.id),
        "active": configuration.active,
        "visible": configuration.visible,
    }));
    shown.insert("roles".into(), way.roles.clone().into());
    all.extend(shown);
    all.insert(
        "terms".into(),
        way.terms
            .as_ref()
            .map_or(Value::Null, |terms| Value::Object(terms_shown(terms))),
    );
    all.insert("version".into(), configuration.version.into());
    all
}

/// A version of terms as it is shown.
pub(super) fn terms_shown(terms: &Terms) -> Item {
    item(json!({
        "id": terms.id.to_string(),
        "number": terms.number,
        "url": terms.url,
        "digest": terms.digest,
        "valid_days": terms.valid_days,
        "on_lapse": terms.on_lapse.name(),
        "ask_again": terms.ask_again,
        "made_at": terms.made_at.to_string(),
        "made_by": terms.made_by,
    }))
}

/// What happens to members whose acceptance has lapsed.
pub(super) fn on_lapse(text: &str) -> Result<OnLapse, String> {
    OnLapse::parse(text).ok_or_else(|| format!("`{text}` is unknown; known are remind, withhold, end"))
}

fn extend_from(text: &str) -> Result<ExtendFrom, String> {
    match text {
        "today" => Ok(ExtendFrom::Today),
        "current-end" | "current_end" => Ok(ExtendFrom::CurrentEnd),
        _ => Err(format!("`{text}` is unknown; known are today, current-end")),
    }
}
