//! How mails look, with made-up values: what a realm's title, logo and signature come to in each of them.

use uuid::Uuid;

use super::content::sample::{self, Kind};
use super::content::{Contents, Template};
use super::{EmailAddress, Language, Mail, MailState, Message};
use crate::Directory;
use crate::error::{Error, Refusal};
use crate::id::Id;
use crate::principal::{Permission, Principal, Scope};

/// To whom samples go.
const RECIPIENT: &str = "ada@example.org";

/// A kind of mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MailTemplate {
    /// Its name.
    pub name: &'static str,
    /// Whether a realm and its people can do without it.
    pub optional: bool,
    /// Whether the realm sends it.
    pub on: bool,
}

impl Directory {
    /// All kinds of mails, and which of them the realm sends.
    ///
    /// # Errors
    /// The scope `admin` is missing, or the store failed.
    pub async fn mail_templates(&self, principal: &Principal) -> Result<Vec<MailTemplate>, Error> {
        principal.check(Permission::Unnarrowed(Scope::Admin))?;
        let realm = self.realm_by_id(principal.realm).await?;
        let of = |template: &Template| MailTemplate {
            name: template.name(),
            optional: template.is_notice(),
            on: !template.is_notice() || !realm.settings.agm.is_off(template.name()),
        };
        Ok(Template::ALL.iter().map(of).collect())
    }

    /// A kind of mail as the realm would send it, with made-up values, in each of its forms.
    ///
    /// # Errors
    /// `NotFound`, the scope `admin` is missing, or the store failed.
    pub async fn mail_samples(
        &self,
        principal: &Principal,
        template: &str,
        language: Option<Language>,
    ) -> Result<Vec<Message>, Error> {
        principal.check(Permission::Unnarrowed(Scope::Admin))?;
        let template = Template::parse(template).ok_or(Refusal::NotFound { what: "mail template" })?;
        let realm = self.realm_by_id(principal.realm).await?;
        let language = language.unwrap_or_else(|| Language::choose(None, realm.settings.language()));
        let recipient = EmailAddress::parse(RECIPIENT).map_err(|_| Error::Fault {
            what: "the address of a sample is none",
        })?;
        let rendered = sample::of(template, Kind::Usual).into_iter().map(|content| {
            let mail = Mail {
                id: Id::new(Uuid::nil()),
                invitation: None,
                recipient: recipient.clone(),
                template,
                language,
                state: MailState::Queued,
                sent_at: None,
                last_error: None,
            };
            let name = Kind::Usual.greeted();
            self.render_mail(&realm, &mail, &Contents { name, content })
        });
        rendered.collect()
    }
}
