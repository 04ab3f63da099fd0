//! Asking for a link, and using it up.

use serde_json::json;

use super::{LinkState, SignInLink, jobs, table};
use crate::change::{Change, Command};
use crate::error::{Error, Refusal};
use crate::id::Id;
use crate::job::{self, Job, JobKind};
use crate::mail::{EmailAddress, Language};
use crate::principal::Permission;
use crate::token::TokenHash;

/// Asks for a link to an address. What comes of it is the same for everybody: whose address it is, if anybody's, is looked at
/// afterwards.
#[derive(Clone, Debug)]
pub struct AskSignInLink {
    /// Where it goes.
    pub address: EmailAddress,
    /// The page that whoever uses it comes to, below our own root.
    pub to: Option<String>,
    /// The language of whoever asks.
    pub language: Language,
}

impl Command for AskSignInLink {
    type Output = ();

    fn needs(&self) -> Permission {
        Permission::Anyone
    }

    fn run(&self, change: &mut Change<'_>) -> Result<(), Error> {
        if !change.realm().settings.signs_in_by_mail() {
            return Err(Refusal::NotFound {
                what: "sign-in by mail",
            }
            .into());
        }
        let subject: Id<Job> = change.new_id();
        let asked = json!({
            jobs::ADDRESS: self.address.as_str(),
            jobs::TO: self.to,
            jobs::LANGUAGE: self.language.tag(),
        });
        job::schedule_quietly(change, JobKind::MailSignInLink, subject.uuid(), &asked, change.now())
    }
}

/// Uses a link up; of any number of callers exactly one succeeds.
#[derive(Clone)]
pub(super) struct UseSignInLink {
    pub(super) secret: String,
}

impl std::fmt::Debug for UseSignInLink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("UseSignInLink(…)")
    }
}

impl Command for UseSignInLink {
    type Output = SignInLink;

    fn needs(&self) -> Permission {
        Permission::Anyone
    }

    fn run(&self, change: &mut Change<'_>) -> Result<SignInLink, Error> {
        let hash = TokenHash::of(&self.secret);
        let found = table::behind(change, &hash)?;
        if let Some(refusal) = LinkState::of(found.as_ref(), change.now()).refusal() {
            return Err(refusal.into());
        }
        let link = found.ok_or(Refusal::NotFound { what: "link" })?;
        if !change.realm().settings.signs_in_by_mail() {
            return Err(Refusal::NotFound {
                what: "sign-in by mail",
            }
            .into());
        }
        if !table::use_up(change, &hash)? {
            return Err(Refusal::Changed.into());
        }
        Ok(link)
    }
}
