//! Mails about asking to join, and about the terms of a group.

use super::notice::Notice;
use super::{Body, Rendering};
use crate::mail::catalog::Say;
use crate::mail::content::{
    Archived, Asked, Cause, Closed, Decided, DecidedBy, Decision, OnLapse, Terms, Waiting, WaitsFor, Word,
};

impl Rendering<'_> {
    pub(super) fn request_created(&self, about: &Asked) -> Body {
        let words = &self.catalog.words;
        let person = self.person(&about.requester);
        let notice = self
            .notice(&self.catalog.enrollment.created, &about.group, &[("person", &person)])
            .names(words, words.roles, &about.roles)
            .quote(words.comment, about.comment.as_deref())
            .link(self.request_page(about.request));
        self.written(notice)
    }

    pub(super) fn request_decided(&self, about: &Decided) -> Body {
        let (say, words) = (&self.catalog.enrollment, &self.catalog.words);
        let notice = match about.decision {
            Decision::Accepted => self
                .days(self.accepted(about), about.first_day, about.last_day)
                .names(words, words.roles, &about.roles)
                .link(self.member_page(about.group.id)),
            Decision::Rejected => self
                .notice(&say.rejected, &about.group, &[])
                .link(self.enroll_page(&about.group.path)),
        };
        self.written(notice.quote(words.justification, about.justification.as_deref()))
    }

    fn accepted(&self, about: &Decided) -> Notice {
        let say = &self.catalog.enrollment;
        match about.first_day {
            Some(day) => self.notice(&say.accepted_later, &about.group, &[("day", &self.catalog.day(day))]),
            None => self.notice(&say.accepted, &about.group, &[]),
        }
    }

    pub(super) fn request_decided_admin(&self, about: &DecidedBy) -> Body {
        let say = match about.decision {
            Decision::Accepted => &self.catalog.enrollment.accepted_admin,
            Decision::Rejected => &self.catalog.enrollment.rejected_admin,
        };
        let (person, actor) = (self.person(&about.requester), self.who(&about.actor));
        let values = [("person", person.as_str()), ("actor", actor.as_str())];
        let notice = self
            .notice(say, &about.group, &values)
            .quote(self.catalog.words.justification, about.justification.as_deref())
            .link(self.members_page(about.group.id));
        self.written(notice)
    }

    pub(super) fn request_question(&self, about: &Word) -> Body {
        let notice = self
            .word(&self.catalog.enrollment.question, about)
            .quote(self.catalog.words.question, Some(&about.text))
            .link(self.own_request_page(about.request));
        self.written(notice)
    }

    pub(super) fn request_answer(&self, about: &Word) -> Body {
        let notice = self
            .word(&self.catalog.enrollment.answer, about)
            .quote(self.catalog.words.answer, Some(&about.text))
            .link(self.request_page(about.request));
        self.written(notice)
    }

    fn word(&self, say: &Say, about: &Word) -> Notice {
        self.notice(say, &about.group, &[("actor", &self.who(&about.author))])
    }

    pub(super) fn request_reminder(&self, about: &Waiting) -> Body {
        let say = &self.catalog.enrollment;
        let (person, since) = (self.person(&about.requester), self.catalog.day(about.since));
        let values = [("person", person.as_str()), ("since", since.as_str())];
        let mut notice = match about.waits_for {
            WaitsFor::Reviewer => self
                .notice(&say.reminder, &about.group, &values)
                .link(self.request_page(about.request)),
            WaitsFor::Requester => self
                .notice(&say.reminder_requester, &about.group, &values)
                .link(self.own_request_page(about.request)),
        };
        if let Some(day) = about.closes {
            notice = notice.todo(self.say(say.closes, &[("day", &self.catalog.day(day))]));
        }
        self.written(notice)
    }

    pub(super) fn request_closed(&self, about: &Closed) -> Body {
        let since = self.catalog.day(about.since);
        let notice = self
            .notice(&self.catalog.enrollment.closed, &about.group, &[("since", &since)])
            .link(self.enroll_page(&about.group.path));
        self.written(notice)
    }

    pub(super) fn request_closed_admin(&self, about: &Closed) -> Body {
        let (person, since) = (self.person(&about.requester), self.catalog.day(about.since));
        let values = [("person", person.as_str()), ("since", since.as_str())];
        let notice = self
            .notice(&self.catalog.enrollment.closed_admin, &about.group, &values)
            .link(self.members_page(about.group.id));
        self.written(notice)
    }

    pub(super) fn request_archived(&self, about: &Archived) -> Body {
        let (say, group) = (&self.catalog.enrollment, &about.group);
        let archived = |why: &str| {
            let notice = self.notice(&say.archived, group, &[]).also(why);
            notice.link(self.enroll_page(&group.path))
        };
        let notice = match about.cause {
            Cause::WayChanged => archived(say.way_changed),
            Cause::WayRemoved => archived(say.way_removed),
            Cause::RolesRemoved => archived(say.roles_removed),
            Cause::MemberAdded => self
                .notice(&say.member_added, group, &[])
                .link(self.member_page(group.id)),
            Cause::GroupDeleted => self.notice(&say.group_deleted, group, &[]),
        };
        self.written(notice)
    }

    pub(super) fn terms_reminder(&self, about: &Terms) -> Body {
        let say = &self.catalog.enrollment;
        self.written(self.terms(&say.terms_reminder, about, &say.will))
    }

    pub(super) fn terms_lapsed(&self, about: &Terms) -> Body {
        let say = &self.catalog.enrollment;
        let notice = self.kept(self.terms(&say.terms_lapsed, about, &say.did), about.kept_until);
        let notice = self.below(notice, &about.below);
        self.written(match about.then {
            OnLapse::Remind | OnLapse::Withhold => notice,
            // The group has no page for them any more.
            OnLapse::End => notice
                .button(self.catalog.membership.expired.button)
                .link(self.enroll_page(&about.group.path)),
        })
    }

    fn terms(&self, say: &Say, about: &Terms, then: &[&str; 3]) -> Notice {
        let [nothing, withheld, ended] = then;
        let what = match about.then {
            OnLapse::Remind => nothing,
            OnLapse::Withhold => withheld,
            OnLapse::End => ended,
        };
        let day = self.catalog.day(about.last_day);
        self.notice(say, &about.group, &[("day", &day)])
            .todo(*what)
            .link(self.member_page(about.group.id))
    }
}
