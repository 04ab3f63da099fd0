//! Keeping several members until another day: first a page that says what it comes to for each of them, then that.

use axum::response::Response;
use directory::delegation::Capability;
use directory::membership::{Extend, Member, Membership, Status, Which};
use directory::view::IfMatch;
use directory::zone::Day;
use directory::{Denial, DenialClass, Error, Id, Refusal};
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

/// A membership that was chosen, as it was when its page was shown.
#[derive(Clone, Copy, Debug)]
struct Choice {
    id: Id<Membership>,
    /// None: however it is.
    version: Option<i64>,
}

/// Somebody who was chosen, and what it comes to.
#[derive(Debug, Serialize)]
struct Chosen {
    /// The membership with its version; none of whoever is there no more.
    choice: Option<String>,
    name: String,
    user_name: String,
    /// Their last day as it is.
    until: Option<i64>,
    /// Whether it would be another one.
    changes: bool,
    /// Whether they have said that they do not stay.
    lapses: bool,
    /// Why it could not be.
    problem: Option<Problem>,
}

/// Whether a member can be chosen to stay longer: whoever took it for some hours takes it anew.
pub(super) fn is_open(member: &Member) -> bool {
    let membership = &member.listed.membership;
    member.direct && matches!(membership.status, Status::Enabled | Status::Pending) && !membership.is_elevation()
}

/// Whether an address asks what it would come to.
pub(super) fn is_asked(query: &Fields) -> bool {
    query.text("extend").is_some()
}

/// What it would come to for those who are chosen; the list again where nobody is, or the day is none.
pub(super) async fn page(managed: &Managed<'_>, asked: Asked<'_>) -> Result<Response, Error> {
    let (last_day, choices) = match asked_for(asked.query)? {
        Ok(asked) => asked,
        Err(problem) => return again(managed, asked, problem).await,
    };
    let people = people(managed, &choices, last_day, &[]).await?;
    Ok(shown(managed, asked, (&people, last_day)))
}

/// Keeps those who are chosen until that day, each by itself: of whoever cannot stay so long the page says why.
pub(super) async fn act(managed: &Managed<'_>, query: &Fields, form: &Fields) -> Result<Response, Error> {
    if form.text("act") != Some("extend") {
        return Err(Refusal::invalid("act", "nothing else is sent from here").into());
    }
    let (last_day, choices) = match asked_for(form)? {
        Ok(asked) => asked,
        Err(problem) => return again(managed, Asked::by(form), problem).await,
    };
    let mut refused = Vec::new();
    for choice in choices {
        let extend = Extend {
            group: managed.id(),
            which: Which::Membership(choice.id),
            if_match: choice.version.map_or(IfMatch::Any, IfMatch::version),
            last_day,
        };
        if let Err(why) = managed.run(extend).await {
            refused.push((choice, why_not(why)));
        }
    }
    if refused.is_empty() {
        return Ok(see_other(&managed.did(Tab::Members, "extended")));
    }
    let choices: Vec<Choice> = refused.iter().map(|(choice, _)| *choice).collect();
    let people = people(managed, &choices, last_day, &refused).await?;
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

fn is_gone(error: &Error) -> bool {
    match error {
        Error::Refused(Refusal::NotFound { .. }) => true,
        Error::Refused(Refusal::Denied(denial)) => denial.class() == DenialClass::NotFound,
        _ => false,
    }
}

/// Why one of several could not stay longer: it keeps no other from it, and none of what was done from being told.
fn why_not(error: Error) -> Problem {
    if is_gone(&error) {
        return Problem::new("extend.gone");
    }
    Problem::out_of(error).unwrap_or_else(|error| {
        tracing::warn!(%error, "somebody could not be kept longer");
        Problem::new("extend.failed")
    })
}

/// Until when and whom; or what is wrong with that.
#[expect(
    clippy::type_complexity,
    reason = "what was asked, what is wrong with it, or an error"
)]
fn asked_for(fields: &Fields) -> Result<Result<(Option<Day>, Vec<Choice>), Problem>, Error> {
    let last_day = match day(fields, "until") {
        Ok(day) => day,
        Err(refusal) => return Ok(Err(Problem::out_of(refusal.into())?)),
    };
    let choices = chosen(fields)?;
    Ok(if choices.is_empty() {
        Err(Problem::new("extend.nobody"))
    } else {
        Ok((last_day, choices))
    })
}

/// The memberships that somebody chose.
fn chosen(fields: &Fields) -> Result<Vec<Choice>, Error> {
    let mut choices: Vec<Choice> = Vec::new();
    for text in fields.all("member") {
        let (id, version) = text.split_once('.').unwrap_or((text, ""));
        let id = Id::parse(id).ok_or(Refusal::NotFound { what: "membership" })?;
        if choices.iter().all(|known| known.id != id) {
            let version = version.parse().ok();
            choices.push(Choice { id, version });
        }
    }
    if choices.len() > MOST {
        return Err(Denial::TooMany { limit: MOST }.into());
    }
    Ok(choices)
}

async fn people(
    managed: &Managed<'_>,
    choices: &[Choice],
    last_day: Option<Day>,
    refused: &[(Choice, Problem)],
) -> Result<Vec<Chosen>, Error> {
    let (directory, principal) = (&managed.app.directory, managed.principal());
    let mut people = Vec::with_capacity(choices.len());
    for choice in choices {
        let why = refused.iter().find(|(refused, _)| refused.id == choice.id);
        let why = why.map(|(_, problem)| problem.clone());
        let which = Which::Membership(choice.id);
        let member = match directory.membership(principal, managed.id(), which).await {
            Ok(member) => member,
            Err(error) if is_gone(&error) => {
                people.push(Chosen {
                    choice: None,
                    name: String::new(),
                    user_name: String::new(),
                    until: None,
                    changes: false,
                    lapses: false,
                    problem: Some(Problem::new("extend.gone")),
                });
                continue;
            }
            Err(error) => return Err(error),
        };
        let membership = &member.listed.membership;
        let until = membership.expires_at.map(|end| managed.zone.last_day(end));
        people.push(Chosen {
            choice: Some(format!("{}.{}", membership.id, membership.version)),
            name: member.person.called(),
            user_name: member.person.user_name(),
            until: until.map(noon),
            changes: why.is_none() && is_open(&member) && is_longer(until, last_day),
            lapses: membership.details.lapses,
            problem: why,
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
