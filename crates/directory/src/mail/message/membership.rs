//! Mails about a membership from its beginning to its end.

use jiff::civil::Date;

use super::notice::{Notice, path_in_sentence};
use super::{Body, Rendering, short};
use crate::mail::catalog::Say;
use crate::mail::content::{
    Affected, Elevated, Eligible, Ended, Ending, GroupDeleted, GroupRef, Membership, RoleChange, RolesChanged,
};
use crate::mail::text;

/// Whom a mail about a membership goes to, and so where it leads.
#[derive(Clone, Copy)]
pub(super) enum Reader {
    /// The member.
    Member,
    /// Who administers the group.
    Admin,
}

impl Rendering<'_> {
    /// A membership that was given: it counts from now on, or from its first day.
    pub(super) fn joined(&self, (now, later): (&Say, &Say), reader: Reader, about: &Membership) -> Body {
        let say = if about.first_day.is_some() { later } else { now };
        self.membership(say, reader, about)
    }

    /// A membership that has begun.
    pub(super) fn activated(&self, about: &Membership) -> Body {
        let all = &self.catalog.membership;
        self.joined((&all.activated_some_day, &all.activated), Reader::Member, about)
    }

    /// A membership as it is now.
    pub(super) fn membership(&self, say: &Say, reader: Reader, about: &Membership) -> Body {
        let (person, actor) = (self.person(&about.member), self.who(&about.actor));
        let day = about.first_day.map(|day| self.catalog.day(day)).unwrap_or_default();
        let values = [
            ("person", person.as_str()),
            ("actor", actor.as_str()),
            ("day", day.as_str()),
        ];
        let notice = self.notice(say, &about.group, &values);
        let notice = self
            .days(notice, about.first_day, about.last_day)
            .names(&self.catalog.words, self.catalog.words.roles, &about.roles)
            .link(self.page_of(reader, &about.group));
        self.written(notice)
    }

    pub(super) fn roles_changed(&self, reader: Reader, about: &RolesChanged) -> Body {
        let (all, words) = (&self.catalog.membership, &self.catalog.words);
        let (say, role) = match (reader, &about.change) {
            (Reader::Member, RoleChange::Added(role)) => (&all.role_added, role),
            (Reader::Member, RoleChange::Removed(role)) => (&all.role_removed, role),
            (Reader::Admin, RoleChange::Added(role)) => (&all.role_added_admin, role),
            (Reader::Admin, RoleChange::Removed(role)) => (&all.role_removed_admin, role),
        };
        let (person, actor, role) = (self.person(&about.member), self.who(&about.actor), short(role));
        let values = [
            ("person", person.as_str()),
            ("actor", actor.as_str()),
            ("role", role.as_str()),
        ];
        let mut notice = self.notice(say, &about.group, &values);
        notice = if about.roles.is_empty() {
            notice.fact(words.roles, "–")
        } else {
            notice.names(words, words.roles, &about.roles)
        };
        self.written(notice.link(self.page_of(reader, &about.group)))
    }

    /// What somebody has done to a membership and those below it.
    pub(super) fn affected(&self, say: &Say, reader: Reader, about: &Affected) -> Body {
        let (person, actor) = (self.person(&about.member), self.who(&about.actor));
        let notice = self.notice(say, &about.group, &[("person", &person), ("actor", &actor)]);
        let notice = self
            .below(notice, &about.below)
            .quote(self.catalog.words.justification, about.justification.as_deref())
            .link(self.page_of(reader, &about.group));
        self.written(notice)
    }

    /// A membership that somebody has removed; its member has no page of it any more.
    pub(super) fn removed(&self, about: &Affected) -> Body {
        let actor = self.who(&about.actor);
        let notice = self.notice(&self.catalog.membership.removed, &about.group, &[("actor", &actor)]);
        let notice = self
            .below(notice, &about.below)
            .quote(self.catalog.words.justification, about.justification.as_deref())
            .link(self.my_groups_page());
        self.written(notice)
    }

    /// A membership that has ended by itself, or by its member.
    pub(super) fn ended(&self, say: &Say, reader: Reader, about: &Ended) -> Body {
        let words = &self.catalog.words;
        let mut notice = self.notice(say, &about.group, &[("person", &self.person(&about.member))]);
        if let Some(day) = about.last_day {
            notice = notice.fact(words.last_day, self.catalog.day(day));
        }
        notice = self.kept(notice, about.kept_until);
        let notice = self.below(notice, &about.below);
        self.written(match reader {
            Reader::Member if about.kept_out => notice.nothing_to_do(),
            Reader::Member => notice.link(self.enroll_page(&about.group.path)),
            Reader::Admin => notice.link(self.members_page(about.group.id)),
        })
    }

    pub(super) fn ending(&self, about: &Ending) -> Body {
        let all = &self.catalog.membership;
        let day = self.catalog.day(about.last_day);
        let mut notice = self.notice(&all.ending, &about.group, &[("day", &day)]);
        if let Some(above) = &about.imposed_by {
            let above = path_in_sentence(&text::one_line(above));
            notice = notice.also(&self.say(all.imposed, &[("above", &above)]));
        }
        self.written(notice.link(self.enroll_page(&about.group.path)))
    }

    /// That somebody may make themselves a member.
    pub(super) fn eligible(&self, about: &Eligible) -> Body {
        let words = &self.catalog.words;
        let (actor, hours) = (self.who(&about.actor), about.hours.to_string());
        let values = [("actor", actor.as_str()), ("hours", hours.as_str())];
        let mut notice = self.notice(&self.catalog.membership.eligible, &about.group, &values);
        if let Some(day) = about.last_day {
            notice = notice.fact(words.last_day, self.catalog.day(day));
        }
        let notice = notice
            .names(words, words.roles, &about.roles)
            .link(self.my_groups_page());
        self.written(notice)
    }

    /// That somebody has.
    pub(super) fn elevated(&self, about: &Elevated) -> Body {
        let words = &self.catalog.words;
        let (person, until) = (self.person(&about.member), self.catalog.instant(about.until));
        let values = [("person", person.as_str()), ("until", until.as_str())];
        let notice = self
            .notice(&self.catalog.membership.elevated_admin, &about.group, &values)
            .names(words, words.roles, &about.roles)
            .quote(words.justification, about.justification.as_deref())
            .link(self.members_page(about.group.id));
        self.written(notice)
    }

    pub(super) fn group_deleted(&self, say: &Say, about: &GroupDeleted) -> Body {
        let actor = self.who(&about.actor);
        self.written(self.notice(say, &about.group, &[("actor", &actor)]))
    }

    /// From when and until when.
    pub(super) fn days(&self, notice: Notice, first: Option<Date>, last: Option<Date>) -> Notice {
        let words = &self.catalog.words;
        let notice = match first {
            Some(day) => notice.fact(words.first_day, self.catalog.day(day)),
            None => notice,
        };
        let last = last.map_or_else(|| words.no_last_day.to_owned(), |day| self.catalog.day(day));
        notice.fact(words.last_day, last)
    }

    /// Until when what has ended can come back as it was.
    pub(super) fn kept(&self, notice: Notice, until: Option<Date>) -> Notice {
        match until {
            Some(day) => notice.fact(self.catalog.words.kept_until, self.catalog.day(day)),
            None => notice,
        }
    }

    pub(super) fn below(&self, notice: Notice, paths: &[String]) -> Notice {
        let words = &self.catalog.words;
        notice.list(words.below.to_owned(), paths, |count| {
            self.say(words.more, &[("count", &count.to_string())])
        })
    }

    fn page_of(&self, reader: Reader, group: &GroupRef) -> String {
        match reader {
            Reader::Member => self.member_page(group.id),
            Reader::Admin => self.members_page(group.id),
        }
    }
}
