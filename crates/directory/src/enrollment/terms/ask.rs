//! Asking members for the terms in force, though they accepted earlier ones: by a job, in slices. They have as many days as they
//! are told before a membership ends, and what follows is what follows when an acceptance no longer counts.

use serde_json::json;
use uuid::Uuid;

use super::{Terms, rules, table};
use crate::change::Change;
use crate::clock::Timestamp;
use crate::enrollment::configuration::{self, Configuration};
use crate::error::Error;
use crate::group::Group;
use crate::id::Id;
use crate::job::{self, Job, JobKind, Next};
use crate::membership::TermsStanding;
use crate::membership::portfolio::{Cause, Figures, Portfolio, each_of};
use crate::membership::table::read::users_in_after;
use crate::user::User;

/// So many people in each slice: what each has is read as a whole.
const PEOPLE: i64 = 50;
/// So many versions are looked at for the last one that was to be asked for.
const VERSIONS: i64 = 500;

/// Has members asked for a version, soon.
pub(super) fn ask_later(change: &mut Change<'_>, terms: &Terms) -> Result<(), Error> {
    let (subject, now) = (terms.configuration.uuid(), change.now());
    job::schedule(change, JobKind::AskTerms, subject, &json!({}), now)
}

/// A slice of the members of a group, some of whom joined by the way whose terms they are asked for.
pub(crate) fn ask_slice(change: &mut Change<'_>, job: &Job) -> Result<Next, Error> {
    let Some(way) = configuration::table::by_id(change, job.subject())? else {
        return Ok(Next::Done);
    };
    let Some(asked) = Asked::of(change, &way)? else {
        return Ok(Next::Done);
    };
    let after = job.payload.get("after").and_then(|id| Id::<User>::parse(id.as_str()?));
    let after = after.map_or(Uuid::nil(), Id::uuid);
    let people = users_in_after(change, way.group, after, PEOPLE)?;
    let now = change.now();
    each_of(change, &people, Cause::Terms, |held, after| {
        asked.ask(after, &held.figures, now);
        Vec::new()
    })?;
    let last = people.last().filter(|_| people.len() as i64 == PEOPLE);
    let Some(last) = last else { return Ok(Next::Done) };
    let last: Id<User> = Id::new(*last);
    job::remember(change, job, &json!({ "after": last.to_string() }))?;
    Ok(Next::Again(now))
}

/// How somebody stands who is let in by an earlier acceptance: as those who were members when the terms in force were published.
pub(crate) fn of_late(
    change: &mut Change<'_>,
    way: &Configuration,
    standing: TermsStanding,
    figures: &Figures,
) -> Result<TermsStanding, Error> {
    if way.terms.is_none_or(|terms| terms.uuid() == standing.version) {
        return Ok(standing);
    }
    let asked = Asked::of(change, way)?;
    let now = change.now();
    Ok(asked
        .and_then(|asked| asked.one(standing, figures, now))
        .unwrap_or(standing))
}

/// What members who joined by a way are asked for.
struct Asked {
    way: Id<Configuration>,
    group: Id<Group>,
    in_force: Terms,
    /// Whoever accepted one of these need not accept again.
    enough: Vec<Uuid>,
}

impl Asked {
    /// None where nobody is asked for anything.
    fn of(change: &mut Change<'_>, way: &Configuration) -> Result<Option<Self>, Error> {
        let mut versions = table::newest_first(change, way.id, VERSIONS)?;
        let Some(last) = versions.iter().position(|version| version.ask_again) else {
            return Ok(None);
        };
        versions.truncate(last + 1);
        let enough = versions.iter().map(|version| version.id.uuid()).collect();
        let in_force = versions
            .into_iter()
            .next()
            .filter(|newest| way.terms == Some(newest.id));
        Ok(in_force.map(|in_force| Self {
            way: way.id,
            group: way.group,
            in_force,
            enough,
        }))
    }

    /// Asks a person, if they joined by this way and accepted earlier terms.
    fn ask(&self, of: &mut Portfolio, figures: &Figures, now: Timestamp) {
        let Some(index) = of.find(self.group) else { return };
        let live = &mut of.live[index];
        if !live.status.is_held() || live.configuration != Some(self.way) {
            return;
        }
        let asked = live.details.terms.and_then(|standing| self.one(standing, figures, now));
        live.details.terms = asked.or(live.details.terms);
    }

    fn one(&self, standing: TermsStanding, figures: &Figures, now: Timestamp) -> Option<TermsStanding> {
        if self.enough.contains(&standing.version) {
            return None;
        }
        let by = rules::to_accept_by(figures.notice_days(self.group), now, &figures.zone);
        rules::asked(standing, &self.in_force, by, now)
    }
}
