//! Mails: what was and is to be sent.

use std::sync::LazyLock;

use directory::Id;
use directory::Refusal;
use directory::mail::{EmailAddress, Language, Mail, MailView, QueueTestMail};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::body::{Body, Query, one_of};
use super::call::{self, ById, Call};
use super::error::Problem;
use super::filter::{Noun, Part, instant, text};
use super::paging::{self, Page, Paging};
use super::reply::Reply;
use crate::path::Path;

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
    /// What it is about: one of the kinds of `GET /mails/templates`.
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

/// What a path names.
#[derive(Debug, Deserialize)]
pub(super) struct Named {
    name: String,
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

/// A kind of mail.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MailTemplate {
    /// Its name.
    name: String,
    /// Whether a realm and its people can do without it.
    optional: bool,
    /// Whether the realm sends it: its setting `agm.notices_off`.
    on: bool,
}

/// All kinds of mails.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MailTemplates {
    /// One for each kind.
    items: Vec<MailTemplate>,
}

/// A kind of mail with made-up values.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MailSamples {
    /// Its name.
    name: String,
    /// The language it is written in.
    language: String,
    /// Each of its forms: accepted and rejected, for instance.
    forms: Vec<MailSample>,
}

/// One form of a mail.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MailSample {
    /// The subject.
    subject: String,
    /// The body as text.
    text: String,
    /// The body as HTML.
    html: String,
}

/// In which language.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct InLanguage {
    /// `en` or `de`; usually the realm's.
    language: Option<String>,
}

/// List kinds of mails
#[utoipa::path(get, path = "/mails/templates", tag = "Mails", operation_id = "list_mail_templates", responses((status = 200, description = "all kinds", body = MailTemplates)))]
pub(super) async fn templates(call: Call) -> Result<Reply, Problem> {
    let all = call.directory().mail_templates(&call.principal).await?;
    let items = all.into_iter().map(|template| MailTemplate {
        name: template.name.to_owned(),
        optional: template.optional,
        on: template.on,
    });
    Ok(Reply::ok(&MailTemplates { items: items.collect() }))
}

/// Show a kind of mail
///
/// As the realm would send it, with made-up values.
#[utoipa::path(get, path = "/mails/templates/{name}", tag = "Mails", operation_id = "show_mail_template", params(("name" = String, Path, description = "its name"), InLanguage), responses((status = 200, description = "each of its forms", body = MailSamples)))]
pub(super) async fn samples(
    call: Call,
    Path(name): Path<Named>,
    Query(asked): Query<InLanguage>,
) -> Result<Reply, Problem> {
    let language = one_of("language", asked.language.as_deref(), Language::ALL, Language::tag)?;
    let forms = call
        .directory()
        .mail_samples(&call.principal, &name.name, language)
        .await?;
    let language = forms.first().map(|form| form.language).unwrap_or_default().to_owned();
    let forms = forms.into_iter().map(|form| MailSample {
        subject: form.subject,
        text: form.text,
        html: form.html,
    });
    Ok(Reply::ok(&MailSamples {
        name: name.name,
        language,
        forms: forms.collect(),
    }))
}

/// Show a mail
#[utoipa::path(get, path = "/mails/{id}", tag = "Mails", operation_id = "show_mail", params(("id" = String, Path, description = "its id")), responses((status = 200, description = "the mail", body = MailWithMessage)))]
pub(super) async fn show(call: Call, Path(ById { id }): Path<ById>) -> Result<Reply, Problem> {
    let view = call.directory().mail(&call.principal, call::id(&id, "mail")?).await?;
    Ok(Reply::ok(&MailWithMessage::from(view)))
}
