//! Mails about invitations to a group.

use super::{Body, Rendering};
use crate::mail::catalog::Say;
use crate::mail::content::{Offer, OfferAnswered, OfferKind, OfferMade};
use crate::mail::text;

impl Rendering<'_> {
    pub(super) fn member_invitation(&self, about: &Offer) -> Body {
        self.offer(&self.catalog.offers.member, about)
    }

    pub(super) fn admin_invitation(&self, about: &Offer) -> Body {
        self.offer(&self.catalog.offers.admin, about)
    }

    fn offer(&self, say: &Say, about: &Offer) -> Body {
        let words = &self.catalog.words;
        let until = self.catalog.instant(about.expires_at);
        let notice = self
            .notice(say, &about.group, &[("actor", &self.who(&about.inviter))])
            .names(words, words.roles, &about.roles)
            .quote(words.description, about.description.as_deref())
            .offer(
                self.offer_page(&about.secret),
                self.say(self.catalog.frame.link_until, &[("until", until.as_str())]),
                self.catalog.offers.unexpected,
            );
        self.written(notice)
    }

    pub(super) fn offer_made(&self, about: &OfferMade) -> Body {
        let say = &self.catalog.offers;
        self.of_offer(by_kind(about.kind, &say.member_made, &say.admin_made), about)
    }

    pub(super) fn offer_expired(&self, about: &OfferMade) -> Body {
        let say = &self.catalog.offers;
        self.of_offer(by_kind(about.kind, &say.member_expired, &say.admin_expired), about)
    }

    fn of_offer(&self, say: &Say, about: &OfferMade) -> Body {
        let (actor, address) = (self.who(&about.inviter), text::one_line(&about.address));
        let notice = self
            .notice(say, &about.group, &[("actor", &actor), ("address", &address)])
            .names(&self.catalog.words, self.catalog.words.roles, &about.roles)
            .link(self.page_of_kind(about.kind, about.group.id));
        self.written(notice)
    }

    pub(super) fn offer_accepted(&self, about: &OfferAnswered) -> Body {
        let say = &self.catalog.offers;
        let member = if about.first_day.is_some() {
            &say.member_accepted_later
        } else {
            &say.member_accepted
        };
        self.answered(by_kind(about.kind, member, &say.admin_accepted), about)
    }

    pub(super) fn offer_rejected(&self, about: &OfferAnswered) -> Body {
        let say = &self.catalog.offers;
        self.answered(by_kind(about.kind, &say.member_rejected, &say.admin_rejected), about)
    }

    fn answered(&self, say: &Say, about: &OfferAnswered) -> Body {
        let words = &self.catalog.words;
        let address = text::one_line(&about.address);
        let person = about.person.as_ref().map(|person| self.person(person));
        let named = person.as_deref().unwrap_or(&address);
        let day = about.first_day.map(|day| self.catalog.day(day)).unwrap_or_default();
        let mut notice = self.notice(say, &about.group, &[("person", named), ("day", &day)]);
        // Offers that were taken over may have none.
        if person.is_some() && !address.is_empty() {
            notice = notice.fact(words.address, address.as_str());
        }
        let notice = notice
            .names(words, words.roles, &about.roles)
            .link(self.page_of_kind(about.kind, about.group.id));
        self.written(notice)
    }

    fn page_of_kind(&self, kind: OfferKind, group: uuid::Uuid) -> String {
        match kind {
            OfferKind::Membership => self.members_page(group),
            OfferKind::Administration => self.admins_page(group),
        }
    }
}

fn by_kind<'s>(kind: OfferKind, member: &'s Say, admin: &'s Say) -> &'s Say {
    match kind {
        OfferKind::Membership => member,
        OfferKind::Administration => admin,
    }
}
