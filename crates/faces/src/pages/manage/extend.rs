//! Keeping several members until another day: first a page that says what it comes to for each of them, then that.

use axum::response::Response;
use directory::delegation::Capability;
use directory::membership::{Extend, Member, Membership, Status, Which};
use directory::view::IfMatch;
use directory::zone::Day;
use directory::{Denial, Error, Id, Refusal};
use minijinja::context;
use minijinja::value::Serde;
use serde::Serialize;

use super::frame::{Asked, Managed, Tab, day};
use super::members;
use super::problem::Problem;
use crate::pages::form::Fields;
use crate::pages::link::see_other;
use crate::pages::list::SIZE;
use crate::pages::shown::noon;

/// As many as one part of the list shows.
const MOST: usize = SIZE;

/// Somebody who was chosen, and what it comes to.
#[derive(Debug, Serialize)]
struct Chosen {
    id: String,
    name: String,
    user_name: String,
    /// Their last day as it is.
    until: Option<i64>,
    /// Whether it would be another one.
    changes: bool,
    /// Why it could not be.
    problem: Option<Problem>,
}

/// Whether a member can be chosen to stay longer.
pub(super) fn is_open(member: &Member) -> bool {
    let status = member.listed.membership.status;
    member.direct && matches!(status, Status::Enabled | Status::Pending)
}

/// Whether an address asks what it would come to.
pub(super) fn is_asked(query: &Fields) -> bool {
    query.text("extend").is_some()
}

/// What it would come to for those who are chosen; the list again where nobody is, or the day is none.
pub(super) async fn page(managed: &Managed<'_>, asked: Asked<'_>) -> Result<Response, Error> {
    let last_day = match day(asked.query, "until") {
        Ok(day) => day,
        Err(refusal) => return again(managed, asked, Problem::out_of(refusal.into())?).await,
    };
    let ids = chosen(asked.query)?;
    if ids.is_empty() {
        return again(managed, asked, Problem::new("extend.nobody")).await;
    }
    let people = people(managed, &ids, last_day, &[]).await?;
    Ok(shown(managed, asked, (&people, last_day)))
}

/// Keeps those who are chosen until that day, each by itself: of whoever cannot stay so long the page says why.
pub(super) async fn act(managed: &Managed<'_>, query: &Fields, form: &Fields) -> Result<Response, Error> {
    if form.text("act") != Some("extend") {
        return Err(Refusal::invalid("act", "nothing else is sent from here").into());
    }
    let last_day = day(form, "until")?;
    let mut refused = Vec::new();
    for id in chosen(form)? {
        let extend = Extend {
            group: managed.id(),
            which: Which::Membership(id),
            if_match: IfMatch::Any,
            last_day,
        };
        match managed.run(extend).await {
            // Who is there no more needs no more days.
            Ok(_) | Err(Error::Refused(Refusal::NotFound { .. })) => {}
            Err(why) => refused.push((id, Problem::out_of(why)?)),
        }
    }
    if refused.is_empty() {
        return Ok(see_other(&managed.did(Tab::Members, "extended")));
    }
    let ids: Vec<Id<Membership>> = refused.iter().map(|(id, _)| *id).collect();
    let people = people(managed, &ids, last_day, &refused).await?;
    let asked = Asked {
        problem: Some(Problem::new("extend.partly")),
        ..Asked::by(query)
    };
    Ok(shown(managed, asked, (&people, last_day)))
}

/// The list once more, with what was chosen and what is wrong with it.
async fn again(managed: &Managed<'_>, asked: Asked<'_>, problem: Problem) -> Result<Response, Error> {
    let asked = Asked {
        problem: Some(problem),
        ..asked
    };
    members::list(managed, asked).await
}

/// The memberships that somebody chose.
fn chosen(fields: &Fields) -> Result<Vec<Id<Membership>>, Error> {
    let mut ids = Vec::new();
    for text in fields.all("member") {
        let id = Id::parse(text).ok_or(Refusal::NotFound { what: "membership" })?;
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    if ids.len() > MOST {
        return Err(Denial::TooMany { limit: MOST }.into());
    }
    Ok(ids)
}

async fn people(
    managed: &Managed<'_>,
    ids: &[Id<Membership>],
    last_day: Option<Day>,
    refused: &[(Id<Membership>, Problem)],
) -> Result<Vec<Chosen>, Error> {
    let mut people = Vec::with_capacity(ids.len());
    for id in ids {
        let which = Which::Membership(*id);
        let member = managed
            .app
            .directory
            .membership(managed.principal(), managed.id(), which)
            .await?;
        let until = member
            .listed
            .membership
            .expires_at
            .map(|end| managed.zone.last_day(end));
        let why = refused.iter().find(|(refused, _)| refused == id);
        people.push(Chosen {
            id: id.to_string(),
            name: member.person.called(),
            user_name: member.person.user_name(),
            until: until.map(noon),
            changes: why.is_none() && is_open(&member) && is_longer(until, last_day),
            problem: why.map(|(_, problem)| problem.clone()),
        });
    }
    Ok(people)
}

/// Whether somebody stays longer until that day than until this one; none = for good.
fn is_longer(before: Option<Day>, after: Option<Day>) -> bool {
    match (before, after) {
        (Some(before), Some(after)) => after > before,
        (Some(_), None) => true,
        (None, _) => false,
    }
}

fn shown(managed: &Managed<'_>, asked: Asked<'_>, (people, last_day): (&[Chosen], Option<Day>)) -> Response {
    let extends = managed.may(Capability::MembersWrite);
    let values = context! {
        people => Serde(people),
        count => people.iter().filter(|one| one.changes).count(),
        until => last_day.map(noon),
        typed => last_day.map(|day| day.to_string()),
        extends,
        members => managed.tab(Tab::Members),
    };
    managed.render("managed_extend.html", Tab::Members, asked, values)
}

#[cfg(test)]
mod tests {
    use directory::zone::Day;

    use super::is_longer;

    #[test]
    fn nobody_is_kept_for_a_shorter_time() {
        let day = |text| Some(Day::parse(text).expect("a day"));
        for (before, after, longer) in [
            ("2030-01-01", "2030-01-02", true),
            ("2030-01-02", "2030-01-02", false),
            ("2030-01-03", "2030-01-02", false),
        ] {
            assert_eq!(is_longer(day(before), day(after)), longer);
        }
        assert!(is_longer(day("2030-01-01"), None));
        assert!(!is_longer(None, day("2030-01-01")) && !is_longer(None, None));
    }
}
