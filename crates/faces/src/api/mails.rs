//! Mails: what was and is to be sent.

use std::sync::LazyLock;

use axum::extract::Path;
use directory::Id;
use directory::Refusal;
use directory::mail::{EmailAddress, Mail, MailView, QueueTestMail};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::body::{Body, Query};
use super::call::{self, ById, Call};
use super::error::Problem;
use super::filter::{Noun, Part, instant, text};
use super::paging::{self, Page, Paging};
use super::reply::Reply;

/// A mail, without what it says.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Mail)]
pub(super) struct MailBody {
    /// Its id.
    id: String,
    /// The invitation it carries.
    #[serde(skip_serializing_if = "Option::is_none")]
    invitation: Option<String>,
    /// Where it goes.
    recipient: String,
    /// What it is about: `invitation`, `confirmation`, `token_expiry` or `test`.
    template: String,
    /// The language it is written in.
    language: String,
    /// `queued`, `sent`, `deferred`, `bounced` or `dropped`.
    state: String,
    /// When it was queued (RFC 3339).
    created: String,
    /// When the mail server took it (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    sent_at: Option<String>,
    /// What the mail server said last.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_error: Option<String>,
}

/// What can be asked of it.
pub(super) static NOUN: LazyLock<Noun> = LazyLock::new(|| {
    Noun::new(
        "Mail",
        "mails",
        "",
        vec![
            text("id"),
            text("invitation"),
            text("recipient"),
            text("template"),
            text("language"),
            text("state"),
            instant("created"),
            instant("sent_at"),
            text("last_error"),
        ],
    )
});

impl From<&Mail> for MailBody {
    fn from(mail: &Mail) -> Self {
        Self {
            id: mail.id.to_string(),
            invitation: mail.invitation.map(|id| id.to_string()),
            recipient: mail.recipient.as_str().to_owned(),
            template: mail.template.name().to_owned(),
            language: mail.language.tag().to_owned(),
            state: mail.state.name().to_owned(),
            created: mail.id.made_at().to_string(),
            sent_at: mail.sent_at.map(|instant| instant.to_string()),
            last_error: mail.last_error.clone(),
        }
    }
}

/// A mail with what it says, where that is kept.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MailWithMessage {
    #[serde(flatten)]
    about: MailBody,
    /// The subject.
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    /// The body as text. Kept in a trial set-up only: else whoever reads it could prove an address that is not theirs.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    /// The body as HTML.
    #[serde(skip_serializing_if = "Option::is_none")]
    html: Option<String>,
}

impl From<MailView> for MailWithMessage {
    fn from(view: MailView) -> Self {
        let about = (&view.mail).into();
        match view.message {
            Some(message) => Self {
                about,
                subject: Some(message.subject),
                text: Some(message.text),
                html: Some(message.html),
            },
            None => Self {
                about,
                subject: None,
                text: None,
                html: None,
            },
        }
    }
}

/// Where a test mail goes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TestMail {
    /// The address.
    address: String,
}

/// A mail that was queued.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct QueuedMail {
    /// Its id.
    id: String,
}

/// List mails
#[utoipa::path(get, path = "/mails", tag = "Mails", operation_id = "list_mails", params(Paging), responses((status = 200, description = "a page", body = Page<MailBody>)))]
pub(super) async fn list(call: Call, Query(paging): Query<Paging>) -> Result<Reply, Problem> {
    let after = paging::after(paging.cursor.as_deref(), Id::parse)?;
    let part = Part::of(&NOUN, after, paging.limit, paging.filter.as_deref())?;
    let read = |after, limit| call.directory().mails(&call.principal, after, limit);
    let found = part.find(read, |mail| mail.id, |mail| MailBody::from(&mail)).await?;
    Ok(Reply::ok(&Page::of(found, Id::to_string)))
}

/// Send a test mail
///
/// It shows that mail works: look at it afterwards.
#[utoipa::path(post, path = "/mails", tag = "Mails", operation_id = "send_test_mail", request_body = TestMail, responses((status = 201, description = "queued", body = QueuedMail)))]
pub(super) async fn test(call: Call, body: Body<TestMail>) -> Result<Reply, Problem> {
    let address = EmailAddress::parse(&body.value.address).map_err(|why| Refusal::invalid("address", why))?;
    let path = call.path.clone();
    let reply = move |id: &Id<Mail>, _| Reply::created(format!("{path}/{id}"), &QueuedMail { id: id.to_string() });
    call.once(&body.bytes, QueueTestMail { address }, reply).await
}

/// Show a mail
#[utoipa::path(get, path = "/mails/{id}", tag = "Mails", operation_id = "show_mail", params(("id" = String, Path, description = "its id")), responses((status = 200, description = "the mail", body = MailWithMessage)))]
pub(super) async fn show(call: Call, Path(ById { id }): Path<ById>) -> Result<Reply, Problem> {
    let view = call.directory().mail(&call.principal, call::id(&id, "mail")?).await?;
    Ok(Reply::ok(&MailWithMessage::from(view)))
}
