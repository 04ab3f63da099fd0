//! Rendering a mail: subject, text and HTML from the catalogue and the templates.
//!
//! - `templates`: the templates, and how values are escaped in them.
//! - `account`: what the mails about accounts, addresses and tokens put into theirs.
//! - `notice`: what a mail about a group may consist of; `enrollment`, `offers`, `membership`, `reviews`, `admins`: what each does.
//! - `links`: where those lead.

mod account;
mod admins;
mod enrollment;
mod links;
mod membership;
mod notice;
mod offers;
mod reviews;
mod templates;
#[cfg(test)]
mod tests;

use minijinja::value::merge_maps;
use minijinja::{Value, context};

use super::catalog::{Catalog, fill};
use super::content::{Content, Contents};
use super::table::Stored;
use super::{EmailAddress, Mail, text};
use crate::Directory;
use crate::delivery::Delivery;
use crate::error::{Error, Refusal};
use crate::realm::Realm;

/// Longest subject, in characters.
const MAX_SUBJECT: usize = 150;
/// Longest name of a program or a token in a sentence, in characters.
const MAX_NAMED: usize = 80;

/// A mail as it goes to a mail server. Header values hold no control characters. Whoever sends it adds the sender, the
/// date and `Auto-Submitted: auto-generated`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Where it goes.
    pub to: EmailAddress,
    /// The language it is written in, for `Content-Language`.
    pub language: &'static str,
    /// The subject: one line.
    pub subject: String,
    /// The body as plain text.
    pub text: String,
    /// The body as HTML.
    pub html: String,
    /// `Message-ID`, with its angle brackets; the same at every attempt, so that a repeated mail can be told.
    pub message_id: String,
}

/// What a mail is rendered with.
struct Rendering<'a> {
    realm: &'a Realm,
    public_url: &'a str,
    mail: &'a Mail,
    content: &'a Content,
    catalog: &'static Catalog,
    /// The realm's title, in one line.
    title: String,
    /// Whom the mail greets.
    name: Option<String>,
}

/// What a template is filled with, beside what stands around it in every mail.
struct Body {
    subject: String,
    values: Value,
}

impl<'a> Rendering<'a> {
    fn new(realm: &'a Realm, public_url: &'a str, mail: &'a Mail, contents: &'a Contents) -> Self {
        Self {
            realm,
            public_url,
            mail,
            content: &contents.content,
            catalog: Catalog::of(mail.language),
            title: text::one_line(realm.title()),
            name: contents.name.as_deref().and_then(text::greeting_name),
        }
    }

    fn message(&self) -> Result<Message, Error> {
        let Body { subject, values } = self.body();
        let subject: String = text::one_line(&subject).chars().take(MAX_SUBJECT).collect();
        let context = context! { subject => subject.as_str(), ..merge_maps([values, self.around()]) };
        let render = |kind: &str| -> Result<String, Error> {
            templates::TEMPLATES
                .get_template(&format!("{}.{kind}", self.file()))
                .and_then(|template| template.render(&context))
                .map_err(|_| Error::Fault {
                    what: "a template of a mail does not render",
                })
        };
        Ok(Message {
            to: self.mail.recipient.clone(),
            language: self.mail.language.tag(),
            text: render("txt")?,
            html: render("html")?,
            subject,
            message_id: format!("<{}@{}>", self.mail.id, host(self.public_url)),
        })
    }

    fn body(&self) -> Body {
        use membership::Reader::{Admin, Member};
        let (asking, being) = (&self.catalog.enrollment, &self.catalog.membership);
        match self.content {
            Content::Invitation(link) => self.invitation(link),
            Content::Confirmation(link) => self.confirmation(link),
            Content::SignIn(link) => self.sign_in(link),
            Content::TokenExpiry(expiring) => self.token_expiry(expiring),
            Content::Test(_) => self.test(),
            Content::RequestCreated(about) => self.request_created(about),
            Content::RequestDecided(about) => self.request_decided(about),
            Content::RequestDecidedAdmin(about) => self.request_decided_admin(about),
            Content::RequestQuestion(about) => self.request_question(about),
            Content::RequestAnswer(about) => self.request_answer(about),
            Content::RequestReminder(about) => self.request_reminder(about),
            Content::RequestClosed(about) => self.request_closed(about),
            Content::RequestClosedAdmin(about) => self.request_closed_admin(about),
            Content::RequestArchived(about) => self.request_archived(about),
            Content::SelfApproval(about) => {
                self.joined((&asking.self_approval, &asking.self_approval_later), Member, about)
            }
            Content::SelfApprovalAdmin(about) => self.joined(
                (&asking.self_approval_admin, &asking.self_approval_admin_later),
                Admin,
                about,
            ),
            Content::MemberInvitation(about) => self.member_invitation(about),
            Content::AdminInvitation(about) => self.admin_invitation(about),
            Content::InvitationMade(about) => self.offer_made(about),
            Content::InvitationAccepted(about) => self.offer_accepted(about),
            Content::InvitationRejected(about) => self.offer_rejected(about),
            Content::InvitationExpired(about) => self.offer_expired(about),
            Content::MemberCreated(about) => self.joined((&being.created, &being.created_later), Member, about),
            Content::MemberCreatedAdmin(about) => {
                self.joined((&being.created_admin, &being.created_admin_later), Admin, about)
            }
            Content::MemberUpdated(about) => self.membership(&being.updated, Member, about),
            Content::MemberUpdatedAdmin(about) => self.membership(&being.updated_admin, Admin, about),
            Content::MembershipActivated(about) => self.activated(about),
            Content::MemberRolesChanged(about) => self.roles_changed(Member, about),
            Content::MemberRolesChangedAdmin(about) => self.roles_changed(Admin, about),
            Content::MemberSuspended(about) => self.affected(&being.suspended, Member, about),
            Content::MemberSuspendedAdmin(about) => self.affected(&being.suspended_admin, Admin, about),
            Content::MemberResumed(about) => self.affected(&being.resumed, Member, about),
            Content::MemberResumedAdmin(about) => self.affected(&being.resumed_admin, Admin, about),
            Content::MemberRemoved(about) => self.removed(about),
            Content::MemberRemovedAdmin(about) => self.affected(&being.removed_admin, Admin, about),
            Content::MemberLeft(about) => self.ended(&being.left_admin, Admin, about),
            Content::MembershipExpired(about) => self.ended(&being.expired, Member, about),
            Content::MembershipExpiredAdmin(about) => self.ended(&being.expired_admin, Admin, about),
            Content::MembershipEnding(about) => self.ending(about),
            Content::MadeEligible(about) => self.eligible(about),
            Content::ElevatedAdmin(about) => self.elevated(about),
            Content::GroupDeletedMember(about) => self.group_deleted(&being.group_deleted, about),
            Content::TermsReminder(about) => self.terms_reminder(about),
            Content::TermsLapsed(about) => self.terms_lapsed(about),
            Content::AdminChanged(about) => self.admin_changed(about),
            Content::AdminChangedAdmin(about) => self.admin_changed_admin(about),
            Content::GroupDeletedAdmin(about) => self.group_deleted(&self.catalog.admins.group_deleted, about),
            Content::ReviewBegun(about) => self.review_due(&self.catalog.reviews.begun, about),
            Content::ReviewReminder(about) => self.review_due(&self.catalog.reviews.reminder, about),
            Content::ReviewHeld(about) => self.review_held(about),
            Content::ReviewClosed(about) => self.review_closed(about),
            Content::AdminDigest(about) => self.digest(about),
        }
    }

    /// The name of the files that render it: those about groups have one in common.
    fn file(&self) -> &'static str {
        match self.content {
            Content::Invitation(_)
            | Content::Confirmation(_)
            | Content::SignIn(_)
            | Content::TokenExpiry(_)
            | Content::Test(_) => self.content.template().name(),
            _ => "notice",
        }
    }

    /// What stands around the body of every mail.
    fn around(&self) -> Value {
        let (frame, settings) = (&self.catalog.frame, &self.realm.settings);
        let greeting = if self.name.is_some() {
            frame.greeting_named
        } else {
            frame.greeting
        };
        let support = settings.support.as_deref().map(text::one_line);
        context! {
            language => self.mail.language.tag(),
            realm => self.title.as_str(),
            logo_url => settings.logo_url.as_deref(),
            greeting => self.say(greeting, &[]),
            sent_to => self.say(frame.sent_to, &[]),
            support_label => frame.support,
            support_link => support.as_deref().and_then(contact_link),
            support,
            privacy_label => frame.privacy,
            privacy_url => settings.privacy_url.as_deref(),
        }
    }

    /// The address of a page of the realm.
    fn page(&self, path: &str) -> String {
        format!("{}/realms/{}/{path}", self.public_url, self.realm.name)
    }

    /// A sentence with these values in it, beside those that every mail has.
    fn say(&self, sentence: &str, values: &[(&str, &str)]) -> String {
        let own = [
            ("realm", self.title.as_str()),
            ("name", self.name.as_deref().unwrap_or_default()),
            ("address", self.mail.recipient.as_str()),
        ];
        fill(sentence, &[values, &own].concat())
    }
}

/// A name as it stands within a sentence, and leaves room for the rest of a subject.
fn short(name: &str) -> String {
    let line = text::one_line(name);
    if line.chars().count() <= MAX_NAMED {
        return text::unlinked(&line);
    }
    let beginning: String = line.chars().take(MAX_NAMED - 1).collect();
    format!("{}…", text::unlinked(&beginning))
}

/// How a support contact is reached; none when it is neither a mail address nor a URL.
fn contact_link(contact: &str) -> Option<String> {
    if let Ok(address) = EmailAddress::parse(contact) {
        return Some(format!("mailto:{address}"));
    }
    url::Url::parse(contact)
        .ok()
        .filter(|url| matches!(url.scheme(), "https" | "http"))
        .map(String::from)
}

/// The host of our own address, for message ids.
fn host(public_url: &str) -> String {
    let url = url::Url::parse(public_url).ok();
    url.as_ref()
        .and_then(url::Url::host_str)
        .unwrap_or("usher.invalid")
        .trim_matches(['[', ']'])
        .replace(':', ".")
}

impl Directory {
    /// Renders the mail a delivery is to bring, with its link in clear.
    ///
    /// # Errors
    /// `NotFound` when the delivery names no mail or its contents are erased, because it was sent or dropped: there is
    /// nothing to deliver then. Else the store failed, and a later attempt may succeed.
    pub async fn message_of(&self, delivery: &Delivery) -> Result<Message, Error> {
        let id = delivery.mail().ok_or(Refusal::NotFound { what: "mail" })?;
        let (mail, contents) = super::table::by_id(self.db(), delivery.realm, id)
            .await?
            .ok_or(Refusal::NotFound { what: "mail" })?;
        let contents = match contents {
            Stored::Erased => return Err(Refusal::NotFound { what: "mail" }.into()),
            // During an upgrade another node may know it.
            Stored::Unknown => {
                return Err(Error::Fault {
                    what: "the mail is of a kind that this version does not know",
                });
            }
            Stored::Known(contents) => contents,
        };
        let realm = self.realm_by_id(delivery.realm).await?;
        self.render_mail(&realm, &mail, &contents)
    }

    pub(super) fn render_mail(&self, realm: &Realm, mail: &Mail, contents: &Contents) -> Result<Message, Error> {
        Rendering::new(realm, &self.settings().public_url, mail, contents).message()
    }
}
