//! `usher group members add`, `invite`, `set`, `extend`, `suspend`, `resume` and `remove`: what administrators of a group do about its members.

use anyhow::Result;
use clap::Args;
use directory::group::Group;
use directory::invitation::{Invitee, OfferMembership, OfferedWay};
use directory::mail::Language;
use directory::membership::{
    AddMembership, Extend, Member, NewMember, Noted, RemoveMembership, ResumeMember, SuspendMember, UpdateMembership,
    Which,
};
use directory::user::User;
use directory::view::IfMatch;
use directory::zone::Day;
use directory::{Error, Id};
use serde_json::json;
use uuid::Uuid;

use super::members::shown;
use super::{find, zone};
use crate::cli::context::Context;
use crate::cli::given::{self, Given, a_day as day};
use crate::cli::many::{REFUSED, tell};
use crate::cli::{mail, user};
use crate::output::{Item, item};

/// Members read at a time.
const SLICE: usize = 500;

/// A member.
#[derive(Debug, Args)]
pub(super) struct Of {
    /// The group: path, id or displayName
    group: String,
    /// The person: id, userName or mail address
    user: String,
}

#[derive(Debug, Args)]
pub(super) struct Add {
    #[command(flatten)]
    of: Of,
    /// A role in the group; may be given several times
    #[arg(long = "role", value_name = "ROLE", default_value = "member")]
    roles: Vec<String>,
    /// The first day; without it today
    #[arg(long, value_name = "DAY", value_parser = day)]
    from: Option<Day>,
    /// The last day that counts; without it for good
    #[arg(long, value_name = "DAY", value_parser = day)]
    until: Option<Day>,
    /// The id of the way to join; without it the one that is offered first
    #[arg(long, value_name = "ID")]
    way: Option<String>,
}

#[derive(Debug, Args)]
#[group(id = "what", required = true, multiple = true, args = ["roles", "from", "until"])]
pub(super) struct Set {
    #[command(flatten)]
    of: Of,
    /// A role in the group; may be given several times, and those not given are taken away
    #[arg(long = "role", value_name = "ROLE")]
    roles: Vec<String>,
    /// The first day of a membership that has not begun
    #[arg(long, value_name = "DAY", value_parser = day)]
    from: Option<Day>,
    /// The last day that counts; an empty text: for good
    #[arg(long, value_name = "DAY", value_parser = given::day)]
    until: Option<Given<Day>>,
}

#[derive(Debug, Args)]
pub(super) struct ExtendMany {
    /// The group: path, id or displayName
    group: String,
    /// People: id, userName or mail address
    #[arg(
        value_name = "USER",
        required_unless_present = "ending_by",
        conflicts_with = "ending_by"
    )]
    users: Vec<String>,
    /// Everybody whose own last day there is that one or an earlier one
    #[arg(long, value_name = "DAY", value_parser = day)]
    ending_by: Option<Day>,
    /// The last day that counts from now on; an empty text: for good
    #[arg(long, value_name = "DAY", required = true, value_parser = given::day)]
    until: Given<Day>,
}

#[derive(Debug, Args)]
pub(super) struct Invite {
    /// The group: path, id or displayName
    group: String,
    /// Where the mails go; who accepts has to prove that the address is theirs
    #[arg(value_name = "ADDRESS", required = true)]
    addresses: Vec<String>,
    /// A role in the group; may be given several times
    #[arg(long = "role", value_name = "ROLE", default_value = "member")]
    roles: Vec<String>,
    /// The id of the way to join; without it the one that is offered first
    #[arg(long, value_name = "ID")]
    way: Option<Uuid>,
    /// The language of the mails; without it the realm's
    #[arg(long, value_name = "LANGUAGE", value_parser = mail::language)]
    language: Option<Language>,
}

#[derive(Debug, Args)]
pub(super) struct Because {
    #[command(flatten)]
    of: Of,
    /// Why, in a sentence or two; the member and those who administer the group read it
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
}

impl Of {
    async fn found(&self, context: &Context) -> Result<(Id<Group>, Which)> {
        let group = find(context, &self.group).await?;
        Ok((group, Which::User(user::find(context, &self.user).await?.0)))
    }
}

impl Add {
    pub(super) async fn run(self, context: &Context) -> Result<()> {
        let group = find(context, &self.of.group).await?;
        let person = user::find(context, &self.of.user).await?.0;
        let command = AddMembership {
            group,
            whom: NewMember::Id(person),
            roles: self.roles,
            valid_from: self.from,
            last_day: self.until,
            configuration: self.way,
        };
        context.directory.execute(&context.operator, command).await?;
        show(context, group, Which::User(person)).await
    }
}

impl Set {
    pub(super) async fn run(self, context: &Context) -> Result<()> {
        let (directory, operator) = (&context.directory, &context.operator);
        let (group, which) = self.of.found(context).await?;
        let is = directory.membership(operator, group, which).await?.listed;
        let zone = zone(context);
        let command = UpdateMembership {
            group,
            which,
            if_match: IfMatch::version(is.membership.version),
            roles: if self.roles.is_empty() { is.roles } else { self.roles },
            valid_from: self.from.or_else(|| is.membership.valid_from.map(|at| zone.day(at))),
            last_day: match self.until {
                Some(until) => until.into(),
                None => is.membership.expires_at.map(|at| zone.last_day(at)),
            },
        };
        directory.execute(operator, command).await?;
        show(context, group, which).await
    }
}

impl ExtendMany {
    pub(super) async fn run(self, context: &Context) -> Result<()> {
        let group = find(context, &self.group).await?;
        let people = match self.ending_by {
            Some(day) => ending_by(context, group, day).await?,
            None => named(context, &self.users).await?,
        };
        let (last_day, mut items) = (self.until.into(), Vec::with_capacity(people.len()));
        for (user, name) in people {
            let which = Which::User(user);
            let command = Extend {
                group,
                which,
                if_match: IfMatch::Any,
                last_day,
            };
            let outcome = context.directory.execute(&context.operator, command).await;
            items.push(match outcome {
                Ok(_) => stored(context, group, which).await?,
                Err(Error::Refused(why)) => {
                    item(json!({ "id": user.to_string(), "user_name": name, REFUSED: why.to_string() }))
                }
                Err(other) => return Err(other.into()),
            });
        }
        tell(
            context,
            &["id", "user_name", "status", "until", REFUSED],
            &items,
            "extended",
        )
    }
}

impl Invite {
    pub(super) async fn run(self, context: &Context) -> Result<()> {
        let group = find(context, &self.group).await?;
        let mut items = Vec::with_capacity(self.addresses.len());
        for address in self.addresses {
            let command = OfferMembership {
                group,
                invitee: Invitee {
                    email: Some(address.clone()),
                    language: self.language,
                    ..Invitee::default()
                },
                way: self.way.map_or(OfferedWay::First, |id| OfferedWay::Named(Id::new(id))),
                roles: self.roles.clone(),
            };
            let outcome = context.directory.execute(&context.operator, command).await;
            items.push(item(match outcome {
                Ok(made) => json!({
                    "id": made.id.to_string(),
                    "address": address,
                    "state": made.state.name(),
                    "expires_at": made.expires_at.to_string(),
                }),
                Err(Error::Refused(why)) => json!({ "address": address, REFUSED: why.to_string() }),
                Err(other) => return Err(other.into()),
            }));
        }
        tell(
            context,
            &["id", "address", "state", "expires_at", REFUSED],
            &items,
            "invited",
        )
    }
}

async fn named(context: &Context, names: &[String]) -> Result<Vec<(Id<User>, String)>> {
    let mut people = Vec::with_capacity(names.len());
    for name in names {
        people.push((user::find(context, name).await?.0, name.clone()));
    }
    Ok(people)
}

/// Those of a group itself whose own end is that day's or an earlier one.
async fn ending_by(context: &Context, group: Id<Group>, day: Day) -> Result<Vec<(Id<User>, String)>> {
    let limit = zone(context).end_of(day);
    let (mut people, mut after) = (Vec::new(), None);
    loop {
        let slice = context
            .directory
            .noted_members(&context.operator, group, after, SLICE)
            .await?;
        let Some(last) = slice.last() else { break };
        after = Some(last.membership.user);
        let ends = |noted: &Noted| {
            noted.membership.status.is_held() && noted.membership.expires_at.is_some_and(|at| at <= limit)
        };
        people.extend(
            slice
                .into_iter()
                .filter(ends)
                .map(|noted| (noted.membership.user, noted.user_name)),
        );
    }
    if people.is_empty() {
        context.out.remark(&format!("nobody's membership ends by {day}"));
    }
    Ok(people)
}

pub(super) async fn suspend(args: Because, context: &Context) -> Result<()> {
    let (group, which) = args.of.found(context).await?;
    let command = SuspendMember {
        group,
        which,
        justification: args.reason,
        if_match: IfMatch::Any,
    };
    context.directory.execute(&context.operator, command).await?;
    show(context, group, which).await
}

pub(super) async fn resume(args: Because, context: &Context) -> Result<()> {
    let (group, which) = args.of.found(context).await?;
    let command = ResumeMember {
        group,
        which,
        justification: args.reason,
        begins_now: false,
        if_match: IfMatch::Any,
    };
    context.directory.execute(&context.operator, command).await?;
    show(context, group, which).await
}

pub(super) async fn remove(of: Of, context: &Context) -> Result<()> {
    let (group, which) = of.found(context).await?;
    let command = RemoveMembership {
        group,
        which,
        if_match: IfMatch::Any,
    };
    context.directory.execute(&context.operator, command).await?;
    context.out.done(
        &group.to_string(),
        &format!("took {} out of {} and all below", of.user, of.group),
    )?;
    Ok(())
}

async fn show(context: &Context, group: Id<Group>, which: Which) -> Result<()> {
    context.out.one("id", &stored(context, group, which).await?)?;
    Ok(())
}

async fn stored(context: &Context, group: Id<Group>, which: Which) -> Result<Item> {
    let Member { listed, person, .. } = context.directory.membership(&context.operator, group, which).await?;
    let noted = Noted {
        membership: listed.membership,
        user_name: person.user_name(),
        display_name: person.texts("displayName").into_iter().next(),
        roles: listed.roles,
    };
    shown(context, &noted).await
}
