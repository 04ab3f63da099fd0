//! What is set about a group beside its attributes.

use serde_json::json;

use super::super::management::check_days;
use super::super::{Group, Privileged, manage, privileged, table};
use crate::change::{Change, Command};
use crate::delegation::{Capability, reach};
use crate::error::{Error, Refusal};
use crate::event::{Event, EventKind};
use crate::id::Id;
use crate::mail::EmailAddress;
use crate::membership;
use crate::principal::{Permission, Role};
use crate::view::IfMatch;

/// So many addresses of one group are told of its requests at most.
const MOST_ADDRESSES: usize = 10;

/// What is set about a group beside its attributes. Whatever is none is as the realm says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GroupSettings {
    /// So many days before the end of a membership people are reminded.
    pub notice_days: Option<u16>,
    /// All days before the end at which they are reminded; they come before what `notice_days` makes of itself.
    pub reminder_days: Vec<u16>,
    /// For so many days an expired membership may come back.
    pub grace_days: Option<u16>,
    /// The address that is told what no admin is there to be told.
    pub contact: Option<EmailAddress>,
    /// Addresses that are told of requests beside those who review them: at most 10.
    pub request_mails_to: Vec<EmailAddress>,
    /// Reviewers may accept what they asked for themselves.
    pub self_approval: bool,
    /// Members need no role.
    pub plain_members: bool,
}

impl GroupSettings {
    /// What is set about a group now.
    pub fn of(group: &Group) -> Self {
        let set = &group.management;
        Self {
            notice_days: set.notice_days,
            reminder_days: set.reminder_days.clone(),
            grace_days: set.grace_days,
            contact: set.contact.clone().map(EmailAddress::stored),
            request_mails_to: set.request_mails_to.iter().cloned().map(EmailAddress::stored).collect(),
            self_approval: set.self_approval,
            plain_members: set.plain_members,
        }
    }
}

/// Replaces what is set about a group beside its attributes.
#[derive(Clone, Debug)]
pub struct SetGroupSettings {
    /// Which group.
    pub group: Id<Group>,
    /// All there is from now on.
    pub settings: GroupSettings,
    /// The versions the caller accepts.
    pub if_match: IfMatch,
}

impl Command for SetGroupSettings {
    type Output = Group;

    fn needs(&self) -> Permission {
        Permission::Manage
    }

    fn run(&self, change: &mut Change<'_>) -> Result<Group, Error> {
        let (mut group, _) = reach::hold_group(change, self.group, Capability::AttributesWrite)?;
        if !self.if_match.allows(group.version) {
            return Err(Refusal::Changed.into());
        }
        let mut set = self.settings.clone();
        set.reminder_days = check_days(set.notice_days, set.grace_days, &set.reminder_days)?;
        set.request_mails_to = check_addresses(&set.request_mails_to)?;
        let before = GroupSettings::of(&group);
        if before == set {
            return Ok(group);
        }
        manage(change, &mut group)?;
        let body = json!({ "before": said(&before), "after": said(&set) });
        let had = group.management.clone();
        group.management.notice_days = set.notice_days;
        group.management.reminder_days = set.reminder_days;
        group.management.grace_days = set.grace_days;
        group.management.contact = set.contact.map(|address| address.as_str().to_owned());
        group.management.request_mails_to = set.request_mails_to.iter().map(|to| to.as_str().to_owned()).collect();
        group.management.self_approval = set.self_approval;
        group.management.plain_members = set.plain_members;
        store(change, &mut group, EventKind::GroupSettingsChanged, body)?;
        membership::follow_group(change, group.id, &had, &group.management)?;
        Ok(group)
    }
}

/// Each once, in the order in which they were given.
fn check_addresses(given: &[EmailAddress]) -> Result<Vec<EmailAddress>, Refusal> {
    let mut each: Vec<EmailAddress> = Vec::with_capacity(given.len());
    for address in given {
        if !each.contains(address) {
            each.push(address.clone());
        }
    }
    if each.len() > MOST_ADDRESSES {
        let why = format!("at most {MOST_ADDRESSES} addresses");
        return Err(Refusal::invalid("request_mails_to", why));
    }
    Ok(each)
}

/// What events say of settings. Addresses may be people's.
pub(super) fn said(settings: &GroupSettings) -> serde_json::Value {
    json!({
        "notice_days": settings.notice_days,
        "reminder_days": settings.reminder_days,
        "grace_days": settings.grace_days,
        "contact": settings.contact.is_some(),
        "request_mails_to": settings.request_mails_to.len(),
        "self_approval": settings.self_approval,
        "plain_members": settings.plain_members,
    })
}

/// Says whether getting into a group takes more than one of its administrators. For realm administrators.
#[derive(Clone, Debug)]
pub struct SetPrivileged {
    /// Which group.
    pub group: Id<Group>,
    /// What it takes; none = the group is like others.
    pub privileged: Option<Privileged>,
}

impl Command for SetPrivileged {
    type Output = Group;

    fn needs(&self) -> Permission {
        Permission::Manage
    }

    fn run(&self, change: &mut Change<'_>) -> Result<Group, Error> {
        let (mut group, _) = reach::hold_group(change, self.group, Capability::AttributesWrite)?;
        privileged::check_deciding(change.principal())?;
        let roles = self.privileged.iter().flat_map(|privileged| &privileged.roles);
        for role in roles {
            if Role::parse(role).is_none() {
                let known: Vec<&str> = Role::ALL.iter().map(|(_, name)| *name).collect();
                let why = format!("`{role}` is no role of a realm; they are {}", known.join(", "));
                return Err(Refusal::invalid("privileged", why).into());
            }
        }
        if group.management.privileged == self.privileged {
            return Ok(group);
        }
        manage(change, &mut group)?;
        let before = std::mem::replace(&mut group.management.privileged, self.privileged.clone());
        let body = json!({ "before": before, "after": self.privileged });
        store(change, &mut group, EventKind::GroupPrivilegedChanged, body)?;
        Ok(group)
    }
}

fn store(change: &mut Change<'_>, group: &mut Group, kind: EventKind, body: serde_json::Value) -> Result<(), Error> {
    group.version = table::set_management(change, group)?;
    group.modified = change.now();
    change.record(Event::new(kind, group.id.uuid(), group.version, body))?;
    Ok(())
}
