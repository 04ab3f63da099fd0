//! What a group is for and how it is set; its name and place, and deleting it.

use std::collections::BTreeMap;

use axum::response::Response;
use directory::delegation::Capability;
use directory::group::{
    GroupName, GroupPath, GroupSettings, MoveGroup, RemoveGroup, RenameGroup, ReplaceAttributes, SetGroupSettings,
};
use directory::mail::EmailAddress;
use directory::view::IfMatch;
use directory::{Denial, Error, Refusal};
use minijinja::context;

use super::frame::{Asked, Managed, Tab};
use crate::pages::form::Fields;
use crate::pages::shown::{description, enroll_page};

/// An attribute that has a field of its own.
const DESCRIPTION: &str = "description";

pub(super) fn page(managed: &Managed<'_>, asked: Asked<'_>) -> Response {
    let group = &managed.placed.group;
    let set = GroupSettings::of(group);
    let was = |act: &str| asked.typed("act") == act;
    let typed = |act: &str, name: &str, stored: String| {
        if was(act) { asked.typed(name).to_owned() } else { stored }
    };
    let ticked = |name: &str, stored: bool| if was("settings") { asked.ticked(name) } else { stored };
    let number = |stored: Option<u16>| stored.map(|days| days.to_string()).unwrap_or_default();
    let list = |stored: Vec<String>| stored.join(", ");
    let realm = &managed.visit.realm.settings.agm;
    let values = context! {
        writes => managed.may(Capability::AttributesWrite),
        moves => managed.may(Capability::GroupMove),
        deletes => managed.may(Capability::GroupDelete),
        has_below => group.children > 0,
        version => group.version,
        id => group.id.to_string(),
        join => format!("{}{}", managed.app.public_url, enroll_page(managed.visit, &managed.placed.path)),
        description => typed("attributes", "description", description(group).unwrap_or_default().to_owned()),
        attributes => typed("attributes", "attributes", lines(&group.management.attributes)),
        notice_days => typed("settings", "notice_days", number(set.notice_days)),
        reminder_days => typed("settings", "reminder_days", list(set.reminder_days.iter().map(ToString::to_string).collect())),
        grace_days => typed("settings", "grace_days", number(set.grace_days)),
        contact => typed("settings", "contact", set.contact.as_ref().map(|address| address.as_str().to_owned()).unwrap_or_default()),
        request_mails_to => typed("settings", "request_mails_to", list(set.request_mails_to.iter().map(|address| address.as_str().to_owned()).collect())),
        self_approval => ticked("self_approval", set.self_approval),
        plain_members => ticked("plain_members", set.plain_members),
        usual_notice => realm.notice_days(),
        new_name => typed("rename", "name", group.name.clone()),
        parent => typed("move", "parent", parent(managed)),
    };
    let template = if asked.query.text("delete").is_some() && managed.may(Capability::GroupDelete) {
        "managed_delete.html"
    } else {
        "managed_details.html"
    };
    managed.render(template, Tab::Details, asked, values)
}

/// Where the group stands; nothing at the top.
fn parent(managed: &Managed<'_>) -> String {
    let above: Vec<String> = managed.placed.above.iter().map(|(_, name)| name.clone()).collect();
    if above.is_empty() {
        return String::new();
    }
    GroupPath::of_names(above).to_string()
}

/// Attributes as they are typed: a line for each value.
fn lines(attributes: &BTreeMap<String, Vec<String>>) -> String {
    let lines = attributes
        .iter()
        .filter(|(name, _)| *name != DESCRIPTION)
        .flat_map(|(name, values)| values.iter().map(move |value| format!("{name}: {value}")));
    lines.collect::<Vec<_>>().join("\n")
}

fn read_lines(text: &str) -> Result<BTreeMap<String, Vec<String>>, Refusal> {
    let mut attributes: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let said = line.split_once(':');
        let (name, value) =
            said.ok_or_else(|| Refusal::invalid("attributes", "a name, a colon and a value on each line"))?;
        attributes
            .entry(name.trim().to_owned())
            .or_default()
            .push(value.trim().to_owned());
    }
    Ok(attributes)
}

pub(super) async fn act(managed: &Managed<'_>, form: &Fields) -> Result<String, Error> {
    let group = managed.id();
    let seen = form.said("version").and_then(|version| version.parse().ok());
    let if_match = seen.map_or(IfMatch::Any, IfMatch::version);
    let done = match form.text("act") {
        Some("attributes") => {
            let mut attributes = read_lines(form.text("attributes").unwrap_or_default())?;
            if let Some(text) = form.said("description") {
                // What has several values keeps the others.
                let kept = managed.placed.group.management.attributes.get(DESCRIPTION);
                let mut texts = kept.cloned().unwrap_or_default();
                match texts.first_mut() {
                    Some(first) => text.clone_into(first),
                    None => texts.push(text.to_owned()),
                }
                attributes.insert(DESCRIPTION.to_owned(), texts);
            }
            let replace = ReplaceAttributes {
                group,
                attributes,
                if_match,
            };
            managed.run(replace).await?;
            "attributes"
        }
        Some("settings") => {
            let settings = settings(form)?;
            let set = SetGroupSettings {
                group,
                settings,
                if_match,
            };
            managed.run(set).await?;
            "settings"
        }
        Some("rename") => {
            let name = GroupName::parse(form.text("name").unwrap_or_default())?;
            managed.run(RenameGroup { group, name, if_match }).await?;
            "renamed"
        }
        Some("move") => {
            let parent = match form.said("parent") {
                None | Some("/") => None,
                Some(path) => Some(placed_at(managed, path).await?),
            };
            let to = MoveGroup {
                group,
                parent,
                if_match,
            };
            managed.run(to).await?;
            "moved"
        }
        Some("delete") => {
            managed.run(RemoveGroup { group, if_match }).await?;
            return Ok(format!("{}?gone", super::groups::groups_page(managed.visit)));
        }
        _ => return Err(Refusal::invalid("act", "attributes, settings, rename, move or delete").into()),
    };
    Ok(managed.did(Tab::Details, done))
}

/// The group at a path, as far as it is there to whoever is signed in.
async fn placed_at(managed: &Managed<'_>, path: &str) -> Result<directory::Id<directory::group::Group>, Error> {
    let missing = || Refusal::invalid("parent", "no such group");
    let path = GroupPath::parse(path).ok_or_else(missing)?;
    match managed.app.directory.group_by_path(managed.principal(), &path).await {
        Ok(group) => Ok(group.id),
        Err(Error::Refused(Refusal::NotFound { .. } | Refusal::Denied(Denial::NotPermitted { .. }))) => {
            Err(missing().into())
        }
        Err(error) => Err(error),
    }
}

fn settings(form: &Fields) -> Result<GroupSettings, Refusal> {
    let number = |name: &'static str| match form.said(name) {
        None => Ok(None),
        Some(text) => text
            .parse::<u16>()
            .map(Some)
            .map_err(|_| Refusal::invalid(name, "a number of days")),
    };
    let parts = |name: &str| {
        let text = form.text(name).unwrap_or_default();
        let parts = text.split([',', ';', '\n']).map(str::trim);
        parts
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let address = |name: &'static str, text: &str| {
        EmailAddress::parse(text).map_err(|_| Refusal::invalid(name, "a mail address"))
    };
    let days = |text: &String| {
        let days = text.parse::<u16>();
        days.map_err(|_| Refusal::invalid("reminder_days", "numbers of days"))
    };
    Ok(GroupSettings {
        notice_days: number("notice_days")?,
        reminder_days: parts("reminder_days").iter().map(days).collect::<Result<_, _>>()?,
        grace_days: number("grace_days")?,
        contact: form.said("contact").map(|text| address("contact", text)).transpose()?,
        request_mails_to: parts("request_mails_to")
            .iter()
            .map(|text| address("request_mails_to", text))
            .collect::<Result<_, _>>()?,
        self_approval: form.text("self_approval").is_some(),
        plain_members: form.text("plain_members").is_some(),
    })
}

#[cfg(test)]
mod tests {
    use super::{lines, read_lines};

    #[test]
    fn attributes_are_read_as_they_are_written() {
        let read = read_lines("cost: 12\n\n room : B: 3\nroom:C\r\n").expect("attributes");
        assert_eq!(read["room"], ["B: 3", "C"]);
        assert_eq!(lines(&read), "cost: 12\nroom: B: 3\nroom: C");
        assert!(read_lines("no value").is_err());
    }
}
