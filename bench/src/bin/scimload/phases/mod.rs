//! What each phase sends, and what the answer must be.
//!
//! - `users`: making, reading, finding, changing and deleting single users
//! - `pages`: lists of them
//! - `groups`: members that come and go
//! - `access`: tokens and invitations
//! - `time`: memberships that end

mod access;
mod groups;
mod pages;
mod time;
mod users;

use std::borrow::Cow;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::drive::Caller;
use crate::http::Connection;
use crate::load::Load;
use crate::world::World;

macro_rules! phases {
    ($($(#[$doc:meta])* $name:ident = $word:literal,)*) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Phase {
            $($(#[$doc])* $name,)*
        }

        impl Phase {
            pub(crate) fn parse(word: &str) -> Result<Self> {
                match word {
                    $($word => Ok(Self::$name),)*
                    _ => bail!("there is no phase {word}"),
                }
            }

            pub(crate) fn name(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)*
                }
            }
        }
    };
}

phases! {
    /// GET of bytes that lie ready; the skeleton alone has them.
    Static = "static",
    /// POST of users until there are so many.
    Create = "create",
    /// POST of people that no other phase touches, for some time.
    Load = "load",
    /// GET of users by id, in no order.
    Get = "get",
    FilterUserName = "filter-username",
    FilterExternalId = "filter-externalid",
    FilterEmail = "filter-email",
    /// The first page of 100.
    Page = "page",
    /// A page of 100 that starts in the last fifth.
    Deep = "deep",
    /// Page after page of 100, each by the cursor of the one before.
    Cursor = "cursor",
    Put = "put",
    Patch = "patch",
    /// PATCH of a fresh group with 1,000 members.
    AddThousand = "add-thousand",
    /// PATCH that adds one member, spread over 16 groups.
    AddMember = "add-member",
    RemoveMember = "remove-member",
    /// The same, all in one group.
    AddHot = "add-hot",
    RemoveHot = "remove-hot",
    /// The same in a group with 100,000 members.
    AddHuge = "add-huge",
    RemoveHuge = "remove-huge",
    /// GET of that group without its members.
    GetGroup = "get-group",
    /// GET of that group as it is.
    GetHuge = "get-huge",
    /// Introspection of a token.
    Token = "token",
    /// POST of people who are invited by mail.
    Invite = "invite",
    /// The page behind a link, read for the first time.
    Open = "open",
    /// The same, read again.
    LookUp = "look-up",
    Accept = "accept",
    Delete = "delete",
    /// DELETE of users that are in 100 groups each.
    DeleteMember = "delete-member",
    /// POST of memberships of group management that end tomorrow.
    Join = "join",
    /// DELETE of such memberships.
    Part = "part",
}

impl Phase {
    /// Whether it ends with its work rather than with its time.
    pub(crate) fn runs_to_its_end(self) -> bool {
        matches!(
            self,
            Self::Create
                | Self::AddThousand
                | Self::GetHuge
                | Self::Invite
                | Self::Open
                | Self::Accept
                | Self::DeleteMember
                | Self::Join
                | Self::Part
        )
    }
}

/// The operations of a phase, by their number; the request is left in the caller. None: there is no more to do.
pub(crate) type Make = Box<dyn Fn(&mut Caller, usize) -> Option<Op> + Send + Sync>;

/// What the answer to one request must be.
pub(crate) enum Op {
    Bytes(usize),
    Created {
        index: usize,
        user_name: String,
    },
    /// Created, and not remembered.
    Made {
        user_name: String,
    },
    Id(String),
    Changed {
        id: String,
        display_name: String,
    },
    One(String),
    Page {
        count: usize,
        total: usize,
    },
    NextPage {
        count: usize,
    },
    Patched(String),
    Members {
        id: String,
        count: usize,
    },
    Active,
    Shown(String),
    Welcome,
    Gone,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Resource<'a> {
    #[serde(borrow)]
    id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    user_name: Option<Cow<'a, str>>,
    #[serde(borrow)]
    display_name: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct List<'a> {
    total_results: Option<usize>,
    #[serde(borrow)]
    next_cursor: Option<Cow<'a, str>>,
    #[serde(borrow, rename = "Resources", default)]
    resources: Vec<Listed<'a>>,
}

#[derive(Deserialize)]
struct Listed<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Group<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(default)]
    members: Vec<Member>,
}

/// Counted, not looked at.
#[derive(Deserialize)]
struct Member {}

impl Op {
    pub(crate) fn statuses(&self) -> &'static [u16] {
        match self {
            Self::Created { .. } | Self::Made { .. } => &[201],
            Self::Changed { .. } | Self::Patched(_) => &[200, 204],
            Self::Welcome => &[303],
            Self::Gone => &[204],
            _ => &[200],
        }
    }

    /// Whether the answer is right; what is learned is noted.
    pub(crate) fn check(&self, status: u16, connection: &Connection, caller: &mut Caller, world: &World) -> Result<()> {
        let body = connection.body.as_slice();
        let resource = || serde_json::from_slice::<Resource<'_>>(body).context("the answer is no resource");
        let list = || serde_json::from_slice::<List<'_>>(body).context("the answer is no list");
        match self {
            Self::Gone => Ok(()),
            Self::Changed { .. } | Self::Patched(_) if status == 204 => Ok(()),
            Self::Bytes(length) if body.len() == *length => Ok(()),
            Self::Bytes(length) => bail!("{} bytes, {length} expected", body.len()),
            Self::Created { user_name, .. } | Self::Made { user_name } => {
                let Resource {
                    id, user_name: said, ..
                } = resource()?;
                let id = id.filter(|id| !id.is_empty()).context("an answer without an id")?;
                if said.as_deref() != Some(user_name) {
                    bail!("userName {said:?}, {user_name} expected");
                }
                if let Self::Created { index, .. } = self {
                    world.known().came(*index, id.into_owned());
                }
                Ok(())
            }
            Self::Id(id) | Self::Patched(id) => is(id, resource()?.id),
            Self::Changed { id, display_name } => {
                let resource = resource()?;
                is(id, resource.id)?;
                match resource.display_name {
                    Some(said) if said == *display_name => Ok(()),
                    said => bail!("displayName {said:?}, {display_name} expected"),
                }
            }
            Self::One(id) => {
                let mut list = list()?;
                if list.total_results != Some(1) || list.resources.len() != 1 {
                    bail!(
                        "totalResults {:?}, {} resources, 1 expected",
                        list.total_results,
                        list.resources.len()
                    );
                }
                is(id, list.resources.pop().map(|resource| resource.id))
            }
            Self::Page { count, total } => {
                let list = list()?;
                if list.total_results.is_none_or(|said| said < *total) {
                    bail!("totalResults {:?}, at least {total} expected", list.total_results);
                }
                full(&list, *count)
            }
            Self::NextPage { count } => next_page(&list()?, *count, caller),
            Self::Members { id, count } => {
                let group: Group<'_> = serde_json::from_slice(body).context("the answer is no group")?;
                if group.members.len() != *count {
                    bail!("the group has {} members, {count} expected", group.members.len());
                }
                is(id, Some(group.id))
            }
            Self::Active if holds(body, b"\"active\":true") => Ok(()),
            Self::Active => bail!("a good token was called bad"),
            Self::Shown(link) if holds(body, link.as_bytes()) => Ok(()),
            Self::Shown(_) => bail!("a page without its form"),
            Self::Welcome if connection.location.ends_with("/welcome") => Ok(()),
            Self::Welcome => bail!("led to {:?}", connection.location),
        }
    }
}

fn is(id: &str, said: Option<Cow<'_, str>>) -> Result<()> {
    match said {
        Some(said) if said == id => Ok(()),
        said => bail!("id {said:?}, {id} expected"),
    }
}

fn full(list: &List<'_>, count: usize) -> Result<()> {
    if list.resources.len() != count || list.resources.iter().any(|resource| resource.id.is_empty()) {
        bail!("{} resources, {count} expected", list.resources.len());
    }
    Ok(())
}

/// Pages follow one another in the order of ids, and all but the last are full.
fn next_page(list: &List<'_>, count: usize, caller: &mut Caller) -> Result<()> {
    let first = list.resources.first().context("an empty page")?;
    if first.id.as_ref() == caller.page {
        bail!("the same page again");
    }
    caller.page.clear();
    caller.page.push_str(&first.id);
    caller.cursor.clear();
    if let Some(next) = &list.next_cursor {
        caller.cursor.push_str(next);
        full(list, count)
    } else {
        caller.page.clear();
        Ok(())
    }
}

fn holds(text: &[u8], wanted: &[u8]) -> bool {
    text.windows(wanted.len()).any(|window| window == wanted)
}

/// Makes what the phase needs, untimed, and says what it sends.
pub(crate) async fn prepare(load: &Load, world: &World) -> Result<Make> {
    let there = world.users();
    match load.phase {
        Phase::Static => Ok(users::bytes(load)),
        Phase::Create => Ok(users::create(load, &there)),
        Phase::Load => Ok(users::more(load)),
        Phase::Invite => Ok(access::invite(load, world)),
        Phase::Token => Ok(access::token(load)),
        Phase::Open | Phase::LookUp | Phase::Accept => access::links(load, world).await,
        _ if there.is_empty() => bail!("there are no users; create some first"),
        Phase::Get => Ok(users::get(load, there)),
        Phase::FilterUserName | Phase::FilterExternalId | Phase::FilterEmail => Ok(users::find(load, there)),
        Phase::Put => Ok(users::put(load, there)),
        Phase::Patch => Ok(users::patch(load, there)),
        Phase::Delete => Ok(users::delete(load, there)),
        Phase::Page | Phase::Deep | Phase::Cursor => Ok(pages::pages(load, there.len())),
        Phase::DeleteMember => groups::members_of_many(load, there).await,
        Phase::AddThousand => groups::add_thousand(load, world, there).await,
        Phase::Join => time::join(load, world, there).await,
        Phase::Part => time::part(load, world, there).await,
        Phase::GetGroup | Phase::GetHuge => groups::get(load, world, &there).await,
        Phase::AddMember | Phase::AddHot | Phase::AddHuge => groups::add(load, world, there).await,
        Phase::RemoveMember | Phase::RemoveHot | Phase::RemoveHuge => groups::remove(load, world, there).await,
    }
}

/// Notes what the first so many operations have changed, and looks whether the server says so too.
pub(crate) async fn settle(load: &Load, world: &World, sent: usize) -> Result<()> {
    match load.phase {
        Phase::AddThousand => groups::settle_thousand(load, world, sent).await,
        Phase::AddMember
        | Phase::AddHot
        | Phase::AddHuge
        | Phase::RemoveMember
        | Phase::RemoveHot
        | Phase::RemoveHuge => groups::settle(load, world, sent).await,
        Phase::Delete | Phase::DeleteMember => users::settle_deleted(load, world, sent).await,
        Phase::Invite | Phase::Open | Phase::Accept => access::settle(load, world, sent).await,
        Phase::Join => {
            time::settle(world, sent, 0);
            Ok(())
        }
        Phase::Part => {
            time::settle(world, 0, sent);
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Sends what a maker says outside the measured time, and looks at the answer.
async fn once(connection: &mut Connection, caller: &mut Caller, world: &World, op: &Op) -> Result<()> {
    let status = connection.send(&caller.request).await?;
    if !op.statuses().contains(&status) {
        bail!("status {status}: {}", String::from_utf8_lossy(&connection.body));
    }
    op.check(status, connection, caller, world)
}

/// Escapes what a query may not hold.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(byte as char),
            _ => {
                out.push('%');
                out.extend([byte >> 4, byte & 15].map(|digit| char::from(b"0123456789ABCDEF"[usize::from(digit)])));
            }
        }
    }
    out
}
