//! Mails about reviews of who is in a group.

use super::notice::path_in_sentence;
use super::{Body, Rendering, short};
use crate::mail::catalog::Say;
use crate::mail::content::{ReviewDue, ReviewHeld, ReviewOver, UndecidedThen};
use crate::mail::text;

impl Rendering<'_> {
    /// Something is to be decided.
    pub(super) fn review_due(&self, say: &Say, about: &ReviewDue) -> Body {
        let all = &self.catalog.reviews;
        let (review, day) = (short(&about.review), self.catalog.day(about.last_day));
        let mut notice = self.notice(say, &about.group, &[("review", &review), ("day", &day)]);
        if about.of != about.group.path {
            let above = path_in_sentence(&text::one_line(&about.of));
            notice = notice.also(&self.say(all.of, &[("above", &above)]));
        }
        let then = match about.then {
            UndecidedThen::Keep => all.then[0],
            UndecidedThen::Remove => all.then[1],
            UndecidedThen::Suspend => all.then[2],
        };
        let notice = notice
            .todo(then)
            .fact(all.waiting, about.waiting.to_string())
            .fact(self.catalog.words.last_day, day)
            .quote(all.reason, about.reason.as_deref())
            .link(self.members_page(about.group.id));
        self.written(notice)
    }

    /// It waits to be closed.
    pub(super) fn review_held(&self, about: &ReviewHeld) -> Body {
        let all = &self.catalog.reviews;
        let would = match about.then {
            UndecidedThen::Keep | UndecidedThen::Remove => all.would[0],
            UndecidedThen::Suspend => all.would[1],
        };
        let (count, items) = (about.undecided.to_string(), about.items.to_string());
        let would = self.say(would, &[("count", &count), ("items", &items)]);
        let review = short(&about.review);
        let notice = self.notice(&all.held, &about.group, &[("review", &review)]);
        self.written(notice.also(&would).link(self.members_page(about.group.id)))
    }

    /// It was closed.
    pub(super) fn review_closed(&self, about: &ReviewOver) -> Body {
        let all = &self.catalog.reviews;
        let review = short(&about.review);
        let notice = self.notice(&all.closed, &about.group, &[("review", &review)]);
        let notice = notice
            .fact(all.kept, about.kept.to_string())
            .fact(all.removed, about.removed.to_string())
            .fact(all.suspended, about.suspended.to_string())
            .fact(all.superseded, about.superseded.to_string())
            .fact(all.undecided, about.undecided.to_string())
            .link(self.members_page(about.group.id));
        self.written(notice)
    }
}
