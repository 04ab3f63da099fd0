//! Mails about accounts, addresses and tokens.

use minijinja::{Value, context};

use super::{Body, Rendering, short};
use crate::mail::content::{ExpiringToken, Link};

impl Rendering<'_> {
    pub(super) fn invitation(&self, link: &Link) -> Body {
        let words = &self.catalog.account;
        Body {
            subject: self.say(words.invitation_subject, &[]),
            values: context! {
                invitation_intro => self.say(words.invitation_intro, &[]),
                invitation_button => words.invitation_button,
                invitation_decline => words.invitation_decline,
                invitation_unexpected => words.invitation_unexpected,
                ..self.link("invitation", link)
            },
        }
    }

    pub(super) fn confirmation(&self, link: &Link) -> Body {
        let words = &self.catalog.account;
        Body {
            subject: self.say(words.confirmation_subject, &[]),
            values: context! {
                confirmation_intro => self.say(words.confirmation_intro, &[]),
                confirmation_button => words.confirmation_button,
                confirmation_meaning => words.confirmation_meaning,
                confirmation_unexpected => words.confirmation_unexpected,
                ..self.link("confirmation", link)
            },
        }
    }

    pub(super) fn sign_in(&self, link: &Link) -> Body {
        let words = &self.catalog.account;
        Body {
            subject: self.say(words.sign_in_subject, &[]),
            values: context! {
                sign_in_intro => self.say(words.sign_in_intro, &[]),
                sign_in_button => words.sign_in_button,
                sign_in_unexpected => words.sign_in_unexpected,
                ..self.link("sign-in", link)
            },
        }
    }

    pub(super) fn token_expiry(&self, expiring: &ExpiringToken) -> Body {
        let (words, token) = (&self.catalog.account, &expiring.token);
        let (until, date) = (
            self.catalog.instant(expiring.expires_at),
            self.catalog.date(expiring.expires_at),
        );
        let (client, name) = (short(&token.client), short(&token.name));
        let values = [
            ("until", until.as_str()),
            ("date", date.as_str()),
            ("client", client.as_str()),
            ("token", name.as_str()),
        ];
        Body {
            subject: self.say(words.token_expiry_subject, &values),
            values: context! {
                token_expiry_intro => self.say(words.token_expiry_intro, &values),
                token_expiry_todo => words.token_expiry_todo,
                token_expiry_create => words.token_expiry_create,
                token_expiry_replace => words.token_expiry_replace,
                token_expiry_revoke => words.token_expiry_revoke,
                token_expiry_whom => words.token_expiry_whom,
                create_command => token.create_command(self.realm),
                revoke_command => token.revoke_command(self.realm),
            },
        }
    }

    pub(super) fn test(&self) -> Body {
        let words = &self.catalog.account;
        Body {
            subject: self.say(words.test_subject, &[]),
            values: context! {
                test_intro => words.test_intro,
                test_meaning => self.say(words.test_meaning, &[]),
            },
        }
    }

    /// A link that works once: where it leads, and until when.
    fn link(&self, page: &str, link: &Link) -> Value {
        let until = self.catalog.instant(link.expires_at);
        context! {
            link => self.page(&format!("{page}/{}", link.secret)),
            link_copy => self.catalog.frame.link_copy,
            link_until => self.say(self.catalog.frame.link_until, &[("until", until.as_str())]),
        }
    }
}
