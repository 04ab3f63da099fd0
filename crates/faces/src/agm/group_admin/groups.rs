//! The groups one administers, new ones at the top, and the people in them.

use directory::Id;
use directory::group::{CreateTopGroup, FirstOwner, Group, GroupsAsked, Match, PeopleAsked};
use directory::user::Search;

use crate::agm::body::Json;
use crate::agm::call::Call;
use crate::agm::error::AgmError;
use crate::agm::query::Asked;
use crate::agm::reply::Reply;
use crate::agm::wire::group::{GroupBody, GroupDraft};
use crate::agm::wire::user::UserBody;

pub(in crate::agm) async fn list(call: Call, asked: Asked) -> Result<Reply, AgmError> {
    let how = if asked.flag("exact", false)? {
        Match::Whole
    } else {
        Match::Contains
    };
    let page = asked.page()?;
    let groups = GroupsAsked {
        search: asked.text("search").map(|text| (text.to_owned(), how)),
        from_the_top: asked.flag("toplevel", true)?,
        first: page.first,
        max: page.max,
    };
    let found = call.directory().managed_groups(&call.principal, &groups).await?;
    let results: Vec<GroupBody> = found.groups.iter().map(GroupBody::of).collect();
    Ok(Reply::list(&results, found.count))
}

pub(in crate::agm) async fn ids(call: Call) -> Result<Reply, AgmError> {
    let ids = call.directory().administered_ids(&call.principal).await?;
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    Ok(Reply::ok(&ids))
}

pub(in crate::agm) async fn people(call: Call, asked: Asked) -> Result<Reply, AgmError> {
    // No account here belongs to a program.
    asked.flag("serviceAccountClientLink", true)?;
    let page = asked.page()?;
    // What is no id is of no group, so nobody is there.
    let ids = |list: &str| -> Vec<Id<Group>> { list.split(',').filter_map(|id| Id::parse(id.trim())).collect() };
    let query = PeopleAsked {
        search: Search::Part(asked.text("search").unwrap_or_default().to_owned()),
        groups: asked.text("groups").map(ids),
        first: page.first,
        max: page.max,
    };
    let found = call.directory().look_for_people(&call.principal, &query).await?;
    let shown = |person| UserBody::of(person, found.verified.contains(&person.id));
    let results: Vec<UserBody> = found.people.iter().map(shown).collect();
    Ok(Reply::list(&results, found.count))
}

pub(in crate::agm) async fn create(call: Call, Json(draft): Json<GroupDraft>) -> Result<Reply, AgmError> {
    let new = draft.new_group(FirstOwner::Maker);
    let new = new.map_err(|refusal| AgmError::from(refusal).of_top_group())?;
    let made = call.run(CreateTopGroup { new }).await;
    let made = made.map_err(AgmError::of_top_group)?;
    let reply = call.made(Reply::created(), "/account/group-admin/group", made.group.id);
    Ok(reply.version(made.group.version))
}
