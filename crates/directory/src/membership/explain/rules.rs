//! What is said, in which order; how, says each language. Pure.

use super::super::Status;
use super::{Administers, Block, Eligible, End, Explanation, Given, english, german};
use crate::clock::Timestamp;
use crate::mail::{Language, spelt_out};
use crate::zone::{Day, Zone};

/// So many memberships below are named.
const MOST_NAMED: usize = 10;

/// The sentences of one language.
pub(super) struct Sentences {
    pub(super) member: fn(&Explanation, &str) -> String,
    pub(super) begins: fn(&Explanation, &str) -> String,
    pub(super) suspended: fn(&Explanation, &str) -> String,
    pub(super) given: fn(&Explanation, &Given, &Days<'_>) -> Option<String>,
    pub(super) ends: fn(&str, Option<&str>) -> String,
    pub(super) endless: &'static str,
    pub(super) never: fn(&Explanation) -> String,
    pub(super) over: fn(&Explanation, Option<&End>, &Days<'_>) -> String,
    pub(super) expired: fn(&Explanation, Option<&End>, &Days<'_>) -> String,
    pub(super) barred: fn(&Explanation, Option<&End>, &Days<'_>) -> String,
    pub(super) blocked: fn(&Explanation, &Block, &Days<'_>) -> String,
    pub(super) asks: fn(&Explanation, &str) -> String,
    pub(super) administers: fn(&Explanation, &Administers, &Days<'_>) -> String,
    pub(super) eligible: fn(&Explanation, &Eligible, &Days<'_>) -> String,
    pub(super) removing: fn(&[(&str, usize)], usize, usize) -> String,
}

/// Days as a language spells them, where the realm is.
pub(super) struct Days<'a> {
    language: Language,
    zone: &'a Zone,
}

impl Days<'_> {
    /// The day on which something happens.
    pub(super) fn of(&self, at: Timestamp) -> String {
        self.spelt(self.zone.day(at))
    }

    /// The last day of what ends at an instant.
    pub(super) fn last(&self, end: Timestamp) -> String {
        self.spelt(self.zone.last_day(end))
    }

    fn spelt(&self, day: Day) -> String {
        let text = day.to_string();
        text.parse().map_or(text, |day| spelt_out(day, self.language))
    }
}

pub(super) fn sentences(of: &Explanation, language: Language, zone: &Zone) -> Vec<String> {
    let words = match language {
        Language::En => &english::SENTENCES,
        Language::De => &german::SENTENCES,
    };
    let days = Days { language, zone };
    let mut said = Vec::new();
    match of.membership.as_ref() {
        None => said.push((words.never)(of)),
        Some(membership) => {
            let begin = days.of(membership.valid_from.unwrap_or(membership.granted_at));
            match membership.status {
                Status::Enabled => said.push((words.member)(of, &begin)),
                Status::Pending => said.push((words.begins)(of, &begin)),
                Status::Suspended => said.push((words.suspended)(of, &begin)),
                Status::Expired => said.push((words.expired)(of, of.end.as_ref(), &days)),
                Status::Barred => said.push((words.barred)(of, of.end.as_ref(), &days)),
                Status::Ended => said.push((words.over)(of, of.end.as_ref(), &days)),
            }
            if let Some(given) = &of.given {
                said.extend((words.given)(of, given, &days));
            }
            if membership.status.is_held() {
                said.push(match membership.effective.at.or(membership.expires_at) {
                    Some(end) => (words.ends)(&days.last(end), of.imposed_by.as_deref()),
                    None => words.endless.to_owned(),
                });
            }
        }
    }
    for block in &of.blocks {
        said.push((words.blocked)(of, block, &days));
    }
    if let Some(since) = of.asks_since {
        said.push((words.asks)(of, &days.of(since)));
    }
    for one in &of.administers {
        said.push((words.administers)(of, one, &days));
    }
    if let Some(eligible) = &of.eligible {
        said.push((words.eligible)(of, eligible, &days));
    }
    let entitlements = of.entitlements.len() + of.entitlements_below;
    if !of.below.is_empty() || entitlements > 0 {
        let below = of.below.iter().take(MOST_NAMED);
        let below: Vec<(&str, usize)> = below.map(|one| (one.path.as_str(), one.roles)).collect();
        let more = of.below.len().saturating_sub(MOST_NAMED);
        said.push((words.removing)(&below, more, entitlements));
    }
    said
}

/// `a, b and c`.
pub(super) fn listed(items: &[String], and: &str) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [some @ .., last] => format!("{} {and} {last}", some.join(", ")),
    }
}
