//! The members of a group.

use directory::Denial;
use directory::membership::{AddMembership, Depth, MembersAsked, MembersOrder, Part};
use directory::user::Search;
use serde::Deserialize;

use crate::agm::body::Json;
use crate::agm::call::{Call, id};
use crate::agm::error::AgmError;
use crate::agm::query::Asked;
use crate::agm::reply::Reply;
use crate::agm::wire::membership::{MembershipBody, MembershipInput};
use crate::path::Path;

/// Of which group.
#[derive(Debug, Deserialize)]
pub(in crate::agm) struct GroupPath {
    #[serde(rename = "groupId")]
    group: String,
}

/// The words by which the list can be ordered, several of them behind one another; each with `f.` in front as well.
const PARTS: [(&str, Part); 4] = [
    ("user.lastName", Part::FamilyName),
    ("user.firstName", Part::GivenName),
    ("user.email", Part::Email),
    ("user.username", Part::UserName),
];
const END: &str = "effectiveMembershipExpiresAt";

pub(in crate::agm) async fn list(call: Call, asked: Asked, Path(path): Path<GroupPath>) -> Result<Reply, AgmError> {
    let status = match asked.text("status") {
        Some(_) => Some(asked.status()?),
        None => None,
    };
    let depth = if asked.flag("direct", true)? {
        Depth::Group
    } else {
        Depth::Subtree
    };
    let query = MembersAsked {
        group: id(&path.group, "group")?,
        depth,
        search: asked.text("search").map(|part| Search::Part(part.to_owned())),
        role: asked.text("role").map(str::to_owned),
        status,
        order: order(asked.text("order"))?,
        ascending: asked.flag("asc", true)?,
        page: asked.page()?,
    };
    let (zone, settings) = (call.zone()?, &call.realm.settings.agm);
    let found = call.directory().members(&call.principal, &query).await?;
    let body = |member| MembershipBody::of_member(member, &zone, settings);
    let results: Vec<MembershipBody> = found.members.iter().map(body).collect();
    Ok(Reply::list(&results, found.count))
}

fn order(asked: Option<&str>) -> Result<MembersOrder, Denial> {
    let Some(asked) = asked else {
        return Ok(MembersOrder::Name);
    };
    let words: Vec<&str> = asked
        .split(',')
        .map(str::trim)
        .map(|word| word.strip_prefix("f.").unwrap_or(word))
        .collect();
    if words == [END] {
        return Ok(MembersOrder::EffectiveEnd);
    }
    let known = |word: &&str| PARTS.iter().find(|(name, _)| name == word).map(|(_, part)| *part);
    let parts: Option<Vec<Part>> = words.iter().map(known).collect();
    match parts {
        // In which all that have these alike follow anyway.
        Some(parts) if [Part::FamilyName, Part::GivenName, Part::Email].starts_with(&parts) => Ok(MembersOrder::Name),
        Some(parts) if parts.len() <= PARTS.len() => Ok(MembersOrder::Parts(parts)),
        Some(_) | None => {
            let names = PARTS.iter().map(|(name, _)| format!("f.{name}"));
            let known: Vec<String> = names.chain([format!("f.{END}")]).collect();
            let known = known.join(", ");
            Err(Denial::UnknownOrder { known })
        }
    }
}

pub(in crate::agm) async fn create(
    call: Call,
    Path(path): Path<GroupPath>,
    Json(mut body): Json<MembershipInput>,
) -> Result<Reply, AgmError> {
    let command = AddMembership {
        group: id(&path.group, "group")?,
        whom: body.whom(),
        roles: body.roles(),
        valid_from: body.valid_from,
        last_day: body.membership_expires_at,
        configuration: body.configuration(),
    };
    let group = command.group;
    let given = call.run(command).await?;
    let below = format!("/account/group-admin/group/{group}/member");
    Ok(call.made(Reply::done(), &below, given.id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_ordered_by_known_words_only() {
        use MembersOrder::{EffectiveEnd, Name, Parts};
        for (text, wanted) in [
            (None, Name),
            (Some("f.user.lastName,f.user.firstName,f.user.email"), Name),
            (Some("user.lastName"), Name),
            (
                Some("f.user.firstName, f.user.lastName"),
                Parts(vec![Part::GivenName, Part::FamilyName]),
            ),
            (Some("f.user.username"), Parts(vec![Part::UserName])),
            (Some("f.effectiveMembershipExpiresAt"), EffectiveEnd),
        ] {
            assert_eq!(order(text), Ok(wanted), "{text:?}");
        }
        let twice = ["f.user.email"; 5].join(",");
        for text in [
            "1",
            "f.user.lastName;",
            "f.user.password",
            "f.user.email,f.effectiveMembershipExpiresAt",
            ",",
            &twice,
        ] {
            assert!(order(Some(text)).is_err(), "{text}");
        }
    }
}
