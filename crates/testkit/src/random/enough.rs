//! That a year of a random realm has enough of everything to be worth comparing.

use std::collections::BTreeMap;

use directory::Id;
use uuid::Uuid;

use super::Random;

/// What a year has at least, by kinds of facts and by templates of mails: however few people there are, and for each hundred of them.
const LEAST: [(&str, usize, usize); 41] = [
    ("delegation.revoked", 1, 1),
    ("eligibility.revoked", 1, 1),
    ("invitation.expired", 10, 1),
    ("member.activated", 0, 3),
    ("member.expired", 3, 20),
    ("member.expired for some hours", 1, 3),
    ("member.expired for fewer hours", 0, 1),
    ("member.purged", 1, 10),
    ("member.reminded", 3, 20),
    ("member.removed", 1, 3),
    ("member.suspended", 1, 3),
    ("member.terms_due", 3, 20),
    ("member.terms_due of who is asked anew", 1, 0),
    ("member.terms_lapsed", 1, 3),
    ("request.closed", 1, 1),
    ("request.closed of a question", 1, 0),
    ("request.reminded", 5, 1),
    ("request.reminded of a question", 3, 1),
    ("review.cancelled", 1, 1),
    ("review.closed", 1, 1),
    ("review.held", 1, 1),
    ("review.item_superseded", 0, 3),
    ("review.reminded", 3, 3),
    ("user.deprovisioned", 1, 1),
    ("user.erased", 1, 1),
    ("admin_digest", 0, 3),
    ("expired_group_membership_admin", 1, 10),
    ("expired_group_membership_user", 1, 10),
    ("group_membership_expiration_notification", 1, 10),
    ("invitation_expired", 5, 1),
    ("membership_activated", 0, 3),
    ("remove_member_inform", 1, 3),
    ("request_closed", 1, 1),
    ("request_closed_admin", 1, 1),
    ("request_reminder", 5, 1),
    ("review_closed", 0, 1),
    ("review_held", 0, 1),
    ("review_reminder", 3, 3),
    ("suspend_member", 1, 3),
    ("terms_lapsed", 1, 3),
    ("terms_reminder", 3, 20),
];

impl Random {
    /// Says where a year of the realm has too little of something, of which these are all facts and what each is about; of mails
    /// their templates.
    ///
    /// # Panics
    /// It has.
    pub fn assert_full<'a>(&self, year: impl IntoIterator<Item = (&'a str, Uuid)>) {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for (name, about) in year {
            *counts.entry(name.to_owned()).or_default() += 1;
            let special = [
                (has(&self.questions, about), "of a question"),
                (has(&self.elevated, about), "for some hours"),
                (has(&self.cut_short, about), "for fewer hours"),
                (has(&self.asked_anew, about), "of who is asked anew"),
            ];
            for (_, which) in special.iter().filter(|(is_one, _)| *is_one) {
                *counts.entry(format!("{name} {which}")).or_default() += 1;
            }
        }
        let hundreds = self.people.len() / 100;
        let lacks = |(name, least, more): &&(&str, usize, usize)| {
            counts.get(*name).copied().unwrap_or_default() < least + more * hundreds
        };
        let lacking: Vec<_> = LEAST.iter().filter(lacks).collect();
        assert!(
            lacking.is_empty(),
            "the realm has too little of {lacking:?}: {counts:#?}"
        );
    }
}

fn has<T>(some: &[Id<T>], id: Uuid) -> bool {
    some.iter().any(|one| one.uuid() == id)
}
