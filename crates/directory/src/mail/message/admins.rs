//! Mails about who administers a group, and the digest of what happened in those that somebody administers.

use super::{Body, Rendering};
use crate::mail::catalog::Say;
use crate::mail::content::{AdminChange, AdminChanged, Digest, DigestItem, DigestKind, Preset};
use crate::mail::text;

impl Rendering<'_> {
    /// To the person themselves.
    pub(super) fn admin_changed(&self, about: &AdminChanged) -> Body {
        let all = &self.catalog.admins;
        self.of_admin(by_change(about.change, &all.added, &all.removed), about)
    }

    /// To the others.
    pub(super) fn admin_changed_admin(&self, about: &AdminChanged) -> Body {
        let all = &self.catalog.admins;
        self.of_admin(by_change(about.change, &all.added_admin, &all.removed_admin), about)
    }

    fn of_admin(&self, say: &Say, about: &AdminChanged) -> Body {
        let words = &self.catalog.words;
        let (person, actor) = (self.person(&about.admin), self.who(&about.actor));
        let mut notice = self.notice(say, &about.group, &[("person", &person), ("actor", &actor)]);
        if about.change == AdminChange::Added {
            let rights = match about.preset {
                Preset::Owner => words.owner,
                Preset::Manager => words.manager,
                Preset::Reviewer => words.reviewer,
                Preset::Viewer => words.viewer,
                Preset::Custom => words.custom,
            };
            notice = notice.fact(words.rights, rights);
        }
        self.written(notice.link(self.admins_page(about.group.id)))
    }

    pub(super) fn digest(&self, about: &Digest) -> Body {
        let words = &self.catalog.words;
        let day = self.catalog.day(about.day);
        let mut notice = self.notice_of(&self.catalog.admins.digest, &[("day", &day)]);
        let more = |count: usize| self.say(words.more, &[("count", &count.to_string())]);
        for group in &about.groups {
            let mut lines: Vec<String> = group.items.iter().map(|item| self.line(item)).collect();
            let counts = [(words.waiting, group.waiting), (words.ending, group.ending)];
            let counted = counts.iter().filter(|(_, count)| *count > 0);
            lines.splice(0..0, counted.map(|(label, count)| format!("{label}: {count}")));
            notice = notice.list(text::one_line(&group.group.path), &lines, more);
        }
        if about.more > 0 {
            notice = notice.todo(more(about.more as usize));
        }
        self.written(notice.link(self.administered_page()))
    }

    fn line(&self, item: &DigestItem) -> String {
        let lines = &self.catalog.admins.lines;
        let sentence = match item.kind {
            DigestKind::Asked => lines.asked,
            DigestKind::Answered => lines.answered,
            DigestKind::Decided => lines.decided,
            DigestKind::Closed => lines.closed,
            DigestKind::Invited => lines.invited,
            DigestKind::OfferAccepted => lines.offer_accepted,
            DigestKind::OfferRejected => lines.offer_rejected,
            DigestKind::Joined => lines.joined,
            DigestKind::Changed => lines.changed,
            DigestKind::Suspended => lines.suspended,
            DigestKind::Resumed => lines.resumed,
            DigestKind::Left => lines.left,
            DigestKind::Removed => lines.removed,
            DigestKind::Expired => lines.expired,
            DigestKind::Elevated => lines.elevated,
            DigestKind::AdminsChanged => lines.admins_changed,
        };
        let person = item.person.as_ref().map(|person| self.person(person));
        let person = person.as_deref().unwrap_or(self.catalog.words.somebody);
        self.say(sentence, &[("person", person)])
    }
}

fn by_change<'s>(change: AdminChange, added: &'s Say, removed: &'s Say) -> &'s Say {
    match change {
        AdminChange::Added => added,
        AdminChange::Removed => removed,
    }
}
