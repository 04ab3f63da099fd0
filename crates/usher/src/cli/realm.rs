//! `usher realm`: tenants and what is set for each.

use anyhow::{Context as _, Result};
use clap::{Args, Subcommand};
use directory::entitlement::{PreviewEntitlements, PreviewedValue};
use directory::group::GroupPath;
use directory::realm::{CreateRealm, EntitlementSettings, RealmSettings, SetRealm, without_effect};
use directory::{Principal, Realm, RealmId};
use serde_json::{Map, Value, json};

use super::context::Context;
use super::failure::Failure;
use super::{Common, InRealm, Page};
use crate::output::{Item, item};
use crate::wiring::Missing;

const SETTINGS: &str = "\
Settings (KEY= without a value unsets one):
  title, home_url, logo_url, support, privacy_url   what pages and mails show
  language                    en or de, when nothing else says
  time_zone                   where days begin and end, such as Europe/Berlin (UTC)
  hosts                       host names on which the realm's paths are the root paths, separated by commas
  profile                     discovery without credentials: generic, entra, okta, wire, canaille
  retention_days              until the data of someone who left is erased (30)
  invitation_days             how long an invitation is valid (21)
  ask_anew_days               how long after the expiry of an invitation its link can ask for a new one (30; 0 = not at all)
  expired_invitation_days     how long after the expiry of their invitation people leave by themselves (never)
  max_scim_tokens             how many tokens Wire's API may make, 0 = any number (20)
  max_open_invitations        how many invitations may be open at once, 0 = any number (0)
  blocked_domains             domains to which no invitation goes, separated by commas
  unique_emails               true or false: whether one address may be two people's (only the profile wire is checked)
  unique_group_names          true or false: whether no two groups may have the same displayName (false)
  adopt_on_post               never, match_email or match_username: whom a POST by the profile wire takes over (never)
  external_id_match           exact or ci: how externalIds of the profile wire compare (addresses without letter case, all else exactly)
  rich_info_limit             how many characters Wire's rich info of one person may have (5000)
  scim_conflict               scim_wins or report: whether a PUT overwrites what others have written since (scim_wins)
  session_hours               hours after which whoever signed in on the pages has to sign in again (12)
  sign_in_by_mail             true or false: whether people sign in on the pages by a link to their address (where there is no provider)
  discovery_needs_token       true or false (false)
  oidc.issuer, oidc.audience, oidc.client_id        the realm's OpenID provider
  oidc.client_secret          Usher's secret there, or @FILE: shown to nobody afterwards
  oidc.jit                    auto, on or off: whether a first sign-in makes an account (auto)
  oidc.algorithms             how tokens of the provider may be signed (RS256,PS256,ES256,EdDSA)
  oidc.roles.ROLE             CLAIM=VALUE,…: which of its claims give the role (as Keycloak writes them);
                              realm-admin, manage-groups, manage-groups-extended, inviter, auditor, or the right manage-users
  oidc.name_id_claim          the claim that is compared with externalId
  oidc.role_token_hours       hours for which a token that carries roles counts, default 24
  oidc.acr                    the level of assurance (acr) a sign-in needs for its roles to count
  oidc.validate_emails        true or false: whether a new address counts only when its owner has confirmed it by mail (false)
  faces_off                   of scim, oauth, api, agm, pages
  self_editable               attributes that people may change of themselves

Settings for group management:
  agm.invitation_hours        how long an invitation to a group is valid (72)
  agm.notice_days             how long before their end memberships are first reminded of (21)
  agm.reminder_days           all days before the end on which they are, separated by commas (21,7,1)
  agm.grace_days              how long after the end a renewal finds the roles again (30)
  agm.request_reminder_days, agm.request_close_days, agm.request_retention_days
                              when an open request is reminded of (7) and closed (60), and how long a decided one is kept (365)
  agm.link_url                where the group pages of an earlier system are, for links under compat.agm_links
  agm.assurance_attribute, agm.identifier_attribute, agm.actor_attribute
                              what requests keep of a person (assurance, username), and how events name people (the id)
  agm.user_attributes         what administrators of groups see of members beside name and address (none)
  agm.notices_off             mails that are not sent, by the names of their templates, or none (group_deleted_member)
  agm.admin_digest            true or false: one mail a day to administrators instead of one for each thing (false)
  agm.roles.manage, agm.roles.manage_extended       what the provider calls the two roles that manage groups
  entitlements.attribute, entitlements.namespace, entitlements.authority
                              where and how a person's groups and roles are told to other systems
  entitlements.signature      who signs the mails about groups (Support team)
  compat.invitation.any_account, compat.suspend_404, compat.token_any_audience, compat.expire_deletes, compat.agm_links,
  compat.single_role          true or false: ways of earlier systems (false)

Example: usher realm set default title='ACME' home_url=https://intranet.example.org";

#[derive(Debug, Args)]
pub(crate) struct RealmArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a realm
    #[command(after_help = SETTINGS)]
    Create {
        /// Its name in paths: lower-case letters, digits and hyphens
        name: String,
        /// What to set from the beginning
        #[arg(value_name = "KEY=VALUE")]
        settings: Vec<String>,
    },
    /// Change what is set for a realm; a running server follows within a second
    #[command(after_help = SETTINGS)]
    Set {
        /// Which realm
        name: String,
        /// What to set; an empty value unsets
        #[arg(value_name = "KEY=VALUE", required = true)]
        settings: Vec<String>,
        /// Take the provider away, or put another in its place, even where tokens are bound to it; change the time zone even where
        /// memberships end
        #[arg(long)]
        force: bool,
    },
    /// Show what is set for a realm
    Show {
        /// Which realm
        #[arg(default_value = Realm::DEFAULT)]
        name: String,
    },
    /// Show what another namespace or authority would make of people's entitlements; nothing is changed
    Entitlements {
        /// Which realm
        #[arg(default_value = Realm::DEFAULT)]
        name: String,
        /// The namespace: a URN such as urn:mace:example.org; without it the one that is set
        #[arg(long, value_name = "URN")]
        namespace: Option<String>,
        /// The authority that issues them, such as aai.example.org; without it the one that is set
        #[arg(long, value_name = "NAME")]
        authority: Option<String>,
        /// Take a value apart instead, and say whether this realm says it
        #[arg(long, value_name = "VALUE", conflicts_with_all = ["namespace", "authority"])]
        read: Option<String>,
    },
    /// List realms
    List {
        #[command(flatten)]
        page: Page,
    },
}

impl RealmArgs {
    pub(crate) async fn run(self, common: &Common) -> Result<()> {
        let default = InRealm {
            realm: Realm::DEFAULT.into(),
        };
        match self.command {
            Command::Create { name, settings } => {
                let context = Context::open(common, &default, Missing::Make).await?;
                remark_without_effect(&context, &settings);
                let settings = with(RealmSettings::default(), &settings)?;
                let command = CreateRealm {
                    name: name.clone(),
                    settings,
                };
                let realm = context
                    .directory
                    .execute(&Principal::operator(RealmId::INSTALLATION), command)
                    .await;
                let realm = realm.with_context(|| format!("cannot make the realm `{name}`"))?;
                context.out.one("name", &show(&realm))?;
                context.close().await;
            }
            Command::Entitlements {
                name,
                namespace,
                authority,
                read,
            } => {
                let act = async |context: &Context| match read {
                    Some(value) => read_entitlement(context, &value).await,
                    None => preview_entitlements(context, namespace, authority).await,
                };
                Context::with(common, &InRealm { realm: name }, act).await?;
            }
            Command::Set { name, settings, force } => {
                let context = Context::open(common, &InRealm { realm: name }, Missing::Refuse).await?;
                remark_without_effect(&context, &settings);
                let command = SetRealm {
                    settings: with(context.realm.settings.clone(), &settings)?,
                    if_version: Some(context.realm.version),
                    force,
                };
                let realm = context.directory.execute(&context.operator, command).await?;
                context.out.one("name", &show(&realm))?;
                context.close().await;
            }
            Command::Show { name } => {
                let context = Context::open(common, &InRealm { realm: name }, Missing::Refuse).await?;
                let mut shown = show(&context.realm);
                let jit = context
                    .directory
                    .jit_effective(&context.operator, &context.realm)
                    .await?;
                shown.insert("jit_effective".into(), jit.into());
                context.out.one("name", &shown)?;
                context.close().await;
            }
            Command::List { page } => {
                let context = Context::open(common, &default, Missing::Refuse).await?;
                let realms = all_realms(&context, page.most()).await?;
                let items: Vec<Item> = realms
                    .iter()
                    .map(|realm| {
                        item(json!({
                            "name": realm.name,
                            "title": realm.title(),
                            "created": realm.created.to_string(),
                            "modified": realm.modified.to_string(),
                        }))
                    })
                    .collect();
                context.out.list("name", &["name", "title", "created"], &items)?;
                page.remark(context.out, items.len());
                context.close().await;
            }
        }
        Ok(())
    }
}

/// Every realm, as far as the limit.
pub(super) async fn all_realms(context: &Context, most: usize) -> Result<Vec<Realm>> {
    let operator = Principal::operator(RealmId::INSTALLATION);
    let mut realms: Vec<Realm> = Vec::new();
    let mut after = 0;
    while realms.len() < most {
        let slice = context
            .directory
            .realms(&operator, after, 500.min(most - realms.len()))
            .await?;
        let Some(last) = slice.last() else { break };
        after = last.id.number();
        realms.extend(slice);
    }
    Ok(realms)
}

/// Shows what other settings would make of people's entitlements.
async fn preview_entitlements(context: &Context, namespace: Option<String>, authority: Option<String>) -> Result<()> {
    let set = &context.realm.settings.entitlements;
    let settings = EntitlementSettings {
        namespace: namespace.or_else(|| set.namespace.clone()),
        authority: authority.or_else(|| set.authority.clone()),
        ..EntitlementSettings::default()
    };
    let command = PreviewEntitlements { settings };
    let preview = context.directory.execute(&context.operator, command).await?;
    let sample = |sample: &PreviewedValue| {
        item(json!({ "user": sample.user.to_string(), "before": sample.before, "after": sample.after }))
    };
    let items: Vec<Item> = preview.samples.iter().map(sample).collect();
    context.out.list("user", &["user", "before", "after"], &items)?;
    context.out.remark(&match items.len() {
        0 => format!("nothing would change; there are {} values", preview.present),
        some => format!(
            "{some} examples of what would change; there are {} values now",
            preview.present
        ),
    });
    Ok(())
}

/// Shows what a value says.
async fn read_entitlement(context: &Context, value: &str) -> Result<()> {
    let read = context.directory.read_entitlement(&context.operator, value).await?;
    let shown = item(json!({
        "namespace": read.parsed.namespace,
        "path": GroupPath::of_names(read.parsed.path.clone()).to_string(),
        "role": read.parsed.role,
        "authority": read.parsed.authority,
        "value": read.parsed.value(),
        "ours": read.is_ours,
        "group": read.group.map(|group| group.to_string()),
    }));
    context.out.one("value", &shown)?;
    Ok(())
}

/// Says of settings that are known from elsewhere why they change nothing.
fn remark_without_effect(context: &Context, pairs: &[String]) {
    for (key, _) in pairs.iter().filter_map(|pair| pair.split_once('=')) {
        if let Some(why) = without_effect(key) {
            context.out.remark(&format!("`{key}` has no effect: {why}"));
        }
    }
}

fn with(settings: RealmSettings, pairs: &[String]) -> Result<RealmSettings> {
    pairs.iter().try_fold(settings, |settings, pair| {
        let (key, value) = pair
            .split_once('=')
            .ok_or_else(|| Failure::usage(format!("`{pair}` is no KEY=VALUE")))?;
        let value = match (key, value.strip_prefix('@')) {
            ("oidc.client_secret", Some(file)) => secret_in(file)?,
            _ => value.to_owned(),
        };
        settings
            .with(key, &value)
            .map_err(|refusal| Failure::usage(refusal.to_string()))
    })
}

/// A secret from a file, so that it stands in no list of commands.
fn secret_in(file: &str) -> Result<String> {
    let text =
        std::fs::read_to_string(file).map_err(|error| Failure::usage(format!("cannot read `{file}`: {error}")))?;
    match text.trim_end_matches(['\r', '\n']) {
        "" => Err(Failure::usage(format!("`{file}` is empty"))),
        secret => Ok(secret.to_owned()),
    }
}

fn show(realm: &Realm) -> Item {
    let mut shown = item(json!({ "name": realm.name }));
    if let Ok(Value::Object(settings)) = serde_json::to_value(&realm.settings) {
        add_by_key(&mut shown, "", settings);
    }
    shown.insert("created".into(), realm.created.to_string().into());
    shown.insert("modified".into(), realm.modified.to_string().into());
    shown
}

/// What stands in objects is shown by its dotted key.
fn add_by_key(shown: &mut Item, within: &str, settings: Map<String, Value>) {
    for (name, value) in settings {
        match value {
            Value::Object(section) => add_by_key(shown, &format!("{within}{name}."), section),
            value => {
                shown.insert(format!("{within}{name}"), value);
            }
        }
    }
}
