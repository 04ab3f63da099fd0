//! `usher group settings`: what is set about a managed group.

use std::collections::BTreeMap;

use anyhow::Result;
use clap::Args;
use directory::group::{Group, GroupSettings, Privileged, ReplaceAttributes, SetGroupSettings, SetPrivileged};
use directory::mail::EmailAddress;
use directory::view::IfMatch;

use super::{find, show_managed};
use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::cli::given::{self, Given, put, put_all};

/// What is to be otherwise.
#[derive(Debug, Args)]
pub(super) struct Settings {
    /// Which group: path, id or displayName
    group: String,
    /// The address that is told what no administrator is there to be told
    #[arg(long, value_name = "ADDRESS", value_parser = address)]
    contact: Option<Given<EmailAddress>>,
    /// Addresses that are told of requests beside those who review them, separated by commas
    #[arg(long, value_name = "ADDRESS,…", value_parser = addresses)]
    request_mails_to: Option<Given<Vec<EmailAddress>>>,
    /// How many days before their end memberships are first reminded of
    #[arg(long, value_name = "DAYS", value_parser = given::number::<u16>)]
    notice_days: Option<Given<u16>>,
    /// All days before their end at which memberships are reminded of, separated by commas; they come before --notice-days
    #[arg(long, value_name = "DAYS,…", value_parser = given::numbers::<u16>)]
    reminder_days: Option<Given<Vec<u16>>>,
    /// For how many days an expired membership may come back
    #[arg(long, value_name = "DAYS", value_parser = given::number::<u16>)]
    grace_days: Option<Given<u16>>,
    /// Whether reviewers may accept what they asked for themselves
    #[arg(long, value_name = "true|false")]
    self_approval: Option<bool>,
    /// Whether members need no role
    #[arg(long, value_name = "true|false")]
    plain_members: Option<bool>,
    /// Getting in takes more than an administrator of the group: all these roles of the realm, separated by commas
    #[arg(long, value_name = "ROLE,…", value_parser = given::text)]
    privileged: Option<Given<String>>,
    /// A free attribute; several times for several values; an empty value removes it
    #[arg(long = "attribute", value_name = "NAME=VALUE")]
    attributes: Vec<String>,
}

impl Settings {
    pub(super) async fn run(self, context: &Context) -> Result<()> {
        let (directory, operator) = (&context.directory, &context.operator);
        let id = find(context, &self.group).await?;
        let (group, _) = directory.group_and_path(operator, id).await?;
        if !self.attributes.is_empty() {
            let command = ReplaceAttributes {
                group: id,
                attributes: with_attributes(attributes(&group), &self.attributes)?,
                if_match: IfMatch::Any,
            };
            directory.execute(operator, command).await?;
        }
        // Read anew: how long before the end people are reminded stands among the attributes too.
        let (group, _) = directory.group_and_path(operator, id).await?;
        let before = GroupSettings::of(&group);
        let mut settings = before.clone();
        put(&mut settings.contact, self.contact);
        put_all(&mut settings.request_mails_to, self.request_mails_to);
        put(&mut settings.notice_days, self.notice_days);
        put_all(&mut settings.reminder_days, self.reminder_days);
        put(&mut settings.grace_days, self.grace_days);
        settings.self_approval = self.self_approval.unwrap_or(settings.self_approval);
        settings.plain_members = self.plain_members.unwrap_or(settings.plain_members);
        if settings != before {
            let command = SetGroupSettings {
                group: id,
                settings,
                if_match: IfMatch::Any,
            };
            directory.execute(operator, command).await?;
        }
        if let Some(roles) = self.privileged {
            let roles: Option<String> = roles.into();
            let privileged = roles.map(|roles| Privileged {
                roles: roles.split(',').map(|role| role.trim().to_owned()).collect(),
            });
            let command = SetPrivileged { group: id, privileged };
            directory.execute(operator, command).await?;
        }
        show_managed(context, id).await
    }
}

/// Attributes with what flags say of some.
pub(in crate::cli) fn with_attributes(
    mut all: BTreeMap<String, Vec<String>>,
    pairs: &[String],
) -> Result<BTreeMap<String, Vec<String>>> {
    let mut said: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for pair in pairs {
        let (name, value) = pair
            .split_once('=')
            .ok_or_else(|| Failure::usage(format!("`{pair}` is no NAME=VALUE")))?;
        let values = said.entry(name.to_owned()).or_default();
        values.extend((!value.is_empty()).then(|| value.to_owned()));
    }
    all.extend(said);
    all.retain(|_, values| !values.is_empty());
    Ok(all)
}

/// The group's attributes as they are written.
fn attributes(group: &Group) -> BTreeMap<String, Vec<String>> {
    let mut all = group.management.attributes.clone();
    if let Some(days) = group.management.first_reminder() {
        // It is written among them, and would be unset where they are silent about it.
        all.insert("expiration-notification-period".into(), vec![days.to_string()]);
    }
    all
}

fn addresses(text: &str) -> Result<Given<Vec<EmailAddress>>, String> {
    if text.is_empty() {
        return Ok(Given::Nothing);
    }
    let each = text.split(',').map(|address| EmailAddress::parse(address.trim()));
    each.collect::<Result<_, _>>().map(Given::Value)
}

fn address(text: &str) -> Result<Given<EmailAddress>, String> {
    if text.is_empty() {
        return Ok(Given::Nothing);
    }
    EmailAddress::parse(text).map(Given::Value)
}
