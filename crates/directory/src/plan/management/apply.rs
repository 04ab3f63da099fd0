//! Taking one thing over: by the commands that everybody makes such things with, as far as there are such.

use serde_json::Value;
use uuid::Uuid;

use super::rows::{ORIGINAL, VALUE};
use super::{Carried, CarriedWay, invitation, member, setting};
use crate::change::{Change, Command};
use crate::delegation;
use crate::enrollment::configuration::{self, Configuration, Draft, ExtendFrom};
use crate::enrollment::rule::{Level, rules};
use crate::enrollment::terms::TermsDraft;
use crate::enrollment::{Configure, SetRule};
use crate::error::{Error, Refusal};
use crate::group::{
    self, CreateSubgroup, CreateTopGroup, DefineRole, FirstOwner, Group, GroupName, NewGroup, RoleName,
    SetDefaultConfiguration,
};
use crate::id::Id;
use crate::legacy::{self, LegacyKind};
use crate::plan::{Action, Item, Plan, people};
use crate::view::IfMatch;
use crate::zone::Day;

/// Takes over what an item tells of, and notes what it was called.
pub(in crate::plan) fn apply(change: &mut Change<'_>, plan: &Plan, item: &mut Item) -> Result<(), Error> {
    let after = item.after.clone().unwrap_or_default();
    let original = after.get(ORIGINAL).and_then(Value::as_str).unwrap_or_default();
    let carried: Carried = serde_json::from_value(Value::Object(after.clone())).map_err(|_| Error::Fault {
        what: "an item of a plan does not tell what it takes over",
    })?;
    let kind = carried.kind();
    if legacy::table::find(change, kind, original)?.is_some() {
        return Err(Refusal::conflict("it was taken over since this was planned").into());
    }
    let before = item.before.as_ref().and_then(|before| before.get(VALUE)?.as_str());
    let id = match (item.action, item.subject) {
        (Action::Adopt, Some(id)) => id,
        _ => made(change, plan, &carried, (original, before))?,
    };
    legacy::table::add(change, kind, original, id)?;
    item.subject = Some(id);
    Ok(())
}

/// Makes it. `original` is what it is known by there, `before` what a setting was when this was planned.
fn made(
    change: &mut Change<'_>,
    plan: &Plan,
    carried: &Carried,
    (original, before): (&str, Option<&str>),
) -> Result<Uuid, Error> {
    match carried {
        Carried::Person { document, .. } => people::create(change, plan, document),
        Carried::Group {
            parent,
            group,
            attributes,
        } => {
            let parent = match parent {
                Some(parent) => Some(meant(change, LegacyKind::Group, parent)?),
                None => None,
            };
            let new = NewGroup {
                attributes: attributes.clone(),
                owner: FirstOwner::Nobody,
                ..NewGroup::named(GroupName::parse(group)?)
            };
            let made = match parent {
                Some(parent) => CreateSubgroup { parent, new }.run(change)?,
                None => CreateTopGroup { new }.run(change)?,
            };
            Ok(made.group.id.uuid())
        }
        Carried::Role { group, role } => {
            let group = meant(change, LegacyKind::Group, group)?;
            let name = RoleName::parse(role)?;
            // Every group has one from the beginning.
            if let Some(role) = group::roles::table::by_name(change, group, name.as_str())? {
                return Ok(role.id.uuid());
            }
            Ok(DefineRole { group, name }.run(change)?.id.uuid())
        }
        Carried::Rule {
            top_level,
            field,
            required,
            default,
            max,
        } => {
            let level = if *top_level { Level::TopLevel } else { Level::Subgroup };
            let says = rules::read(level, field, *required, default.as_deref(), max.as_deref())?;
            Ok(SetRule { says }.run(change)?.id.uuid())
        }
        Carried::Way(way) => configure(change, way),
        Carried::Admin { group, user } => {
            let group = meant(change, LegacyKind::Group, group)?;
            let user = meant(change, LegacyKind::User, user)?;
            Ok(delegation::carry_over(change, group, user)?.uuid())
        }
        Carried::Member(of) => member::take_over(change, of),
        Carried::Request(of) => member::take_over_request(change, of),
        Carried::Invitation(of) => invitation::take_over(change, of, original),
        Carried::Setting { setting, value } => setting::set(change, setting, value, before),
    }
}

fn configure(change: &mut Change<'_>, of: &CarriedWay) -> Result<Uuid, Error> {
    let group: Id<Group> = meant(change, LegacyKind::Group, &of.group)?;
    let [before_asking, after_asking, before_answering, after_answering] = of.texts.clone();
    let draft = Draft {
        name: of.way.clone(),
        active: of.active,
        visible: of.visible,
        require_approval: of.require_approval,
        require_approval_for_extension: of.require_approval_for_extension,
        valid_from: day(of.valid_from.as_deref())?,
        membership_expiration_days: of.days,
        extend_from: ExtendFrom::Today,
        multiselect_role: of.multiselect_role,
        roles: of.roles.clone(),
        comments_needed: of.comments_needed,
        comments_label: of.comments_label.clone(),
        comments_description: of.comments_description.clone(),
        enrollment_introduction: before_asking,
        enrollment_conclusion: after_asking,
        invitation_introduction: before_answering,
        invitation_conclusion: after_answering,
        terms: of.terms.as_deref().map(TermsDraft::at),
    };
    let configure = Configure {
        group,
        id: begun_with(change, group)?,
        if_version: None,
        draft,
        // It was allowed there.
        force: true,
    };
    let configuration = configure.run(change)?.configuration.id;
    if of.first {
        let command = SetDefaultConfiguration {
            group,
            configuration,
            if_match: IfMatch::Any,
        };
        command.run(change)?;
    }
    Ok(configuration.uuid())
}

/// The way to join that the group began with here, as long as none that is taken over has taken its place.
fn begun_with(change: &mut Change<'_>, id: Id<Group>) -> Result<Option<Id<Configuration>>, Error> {
    let Some(group) = group::table::read(change, id)? else {
        return Ok(None);
    };
    let name = format!("Join {}", group.name);
    let ways = configuration::table::of_group(change, id)?;
    let untouched = ways.into_iter().find(|way| way.version == 1 && way.name == name);
    Ok(untouched.map(|way| way.id))
}

/// What the other system called so, by now.
pub(super) fn meant<T>(change: &mut Change<'_>, kind: LegacyKind, original: &str) -> Result<Id<T>, Error> {
    let found = legacy::table::find(change, kind, original)?;
    let missing = || Refusal::conflict(format!("the {} {original} it names was not taken over", kind.name()));
    Ok(Id::new(found.ok_or_else(missing)?))
}

/// A day as it comes.
pub(super) fn day(text: Option<&str>) -> Result<Option<Day>, Error> {
    let read = |text| Day::parse(text).map_err(|why| Refusal::invalid("day", why.to_string()));
    Ok(text.map(read).transpose()?)
}

#[cfg(test)]
mod tests {
    use serde_json::Map;

    use super::super::CarriedMember;
    use super::*;

    fn told(carried: &Carried) -> Map<String, Value> {
        match serde_json::to_value(carried) {
            Ok(Value::Object(map)) => map,
            _ => Map::new(),
        }
    }

    #[test]
    fn what_an_item_tells_is_read_again() {
        for carried in [
            Carried::Person {
                document: Map::from_iter([("userName".to_owned(), "ann".into())]),
                make: true,
            },
            Carried::Group {
                parent: Some("g".into()),
                group: "ops".into(),
                attributes: [("room".to_owned(), vec!["1".to_owned()])].into(),
            },
            Carried::Way(Box::new(CarriedWay {
                texts: [Some("a".into()), None, None, Some("d".into())],
                ..CarriedWay::default()
            })),
            Carried::Member(CarriedMember::default()),
            Carried::Request(Box::default()),
            Carried::Invitation(Box::default()),
            Carried::Setting {
                setting: "agm.notice_days".into(),
                value: "7".into(),
            },
        ] {
            let mut told = told(&carried);
            told.insert(ORIGINAL.into(), "x".into());
            let read: Carried = serde_json::from_value(Value::Object(told)).expect("it is read");
            assert_eq!(read, carried);
        }
    }
}
