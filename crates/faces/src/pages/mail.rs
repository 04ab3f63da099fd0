//! Caught mail: what a trial set-up would have sent. Served only where the configuration catches mail.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use directory::mail::{MailState, MailView};
use directory::{Error, Id, Principal, Refusal};
use minijinja::context;
use minijinja::value::Serde;
use serde::{Deserialize, Serialize};

use super::error;
use super::visit::Visit;
use crate::app::App;
use crate::design::sandboxed;
use crate::face::{Face, Problem};
use crate::path::Path;

/// How many mails the list shows, the newest first.
const SHOWN: usize = 200;

#[derive(Debug, Deserialize)]
pub(super) struct ById {
    id: String,
}

#[derive(Debug, Serialize)]
struct Entry {
    href: String,
    title: String,
    recipient: String,
    state: &'static str,
    tone: &'static str,
    at: i64,
}

/// Whoever can open the page of a trial set-up reads its mails as the operator would.
fn reader(app: &App, visit: &Visit) -> Result<Principal, Box<Response>> {
    if app.config.caught_mail {
        Ok(Principal::operator(visit.realm.id))
    } else {
        Err(Box::new(nothing()))
    }
}

fn nothing() -> Response {
    Face::Pages.problem(&Problem::new(StatusCode::NOT_FOUND, "nothing is served at this path"))
}

fn tone(state: MailState) -> &'static str {
    match state {
        MailState::Sent => "good",
        MailState::Deferred => "warn",
        MailState::Bounced => "bad",
        MailState::Queued | MailState::Dropped => "",
    }
}

pub(super) async fn list(State(app): State<App>, visit: Visit) -> Response {
    let principal = match reader(&app, &visit) {
        Ok(principal) => principal,
        Err(response) => return *response,
    };
    match entries(&app, &visit, &principal).await {
        Ok(mails) => visit
            .page("mails.html")
            .secret()
            .render(context! { mails => Serde(mails) }),
        Err(error) => error::failed(&visit, &error),
    }
}

async fn entries(app: &App, visit: &Visit, principal: &Principal) -> Result<Vec<Entry>, Error> {
    let mut entries = Vec::new();
    for mail in app.directory.newest_mails(principal, SHOWN).await? {
        let subject = app
            .directory
            .mail(principal, mail.id)
            .await?
            .message
            .map(|message| message.subject);
        entries.push(Entry {
            href: format!("{}/mail/{}", visit.base(), mail.id),
            title: subject.unwrap_or_else(|| mail.template.name().to_owned()),
            recipient: mail.recipient.as_str().to_owned(),
            state: mail.state.name(),
            tone: tone(mail.state),
            at: mail.id.made_at().millis(),
        });
    }
    Ok(entries)
}

/// The mail, or the page to show in its place.
async fn find(app: &App, visit: &Visit, id: &str) -> Result<MailView, Box<Response>> {
    let principal = reader(app, visit)?;
    let Some(id) = Id::parse(id) else {
        return Err(Box::new(nothing()));
    };
    match app.directory.mail(&principal, id).await {
        Ok(view) => Ok(view),
        Err(Error::Refused(Refusal::NotFound { .. })) => Err(Box::new(nothing())),
        Err(error) => Err(Box::new(error::failed(visit, &error))),
    }
}

pub(super) async fn show(State(app): State<App>, visit: Visit, Path(ById { id }): Path<ById>) -> Response {
    let MailView { mail, message } = match find(&app, &visit, &id).await {
        Ok(view) => view,
        Err(response) => return *response,
    };
    let links = message
        .as_ref()
        .map(|message| links(&message.text, &app.public_url))
        .unwrap_or_default();
    let subject = message
        .as_ref()
        .map_or_else(|| mail.template.name().to_owned(), |message| message.subject.clone());
    let base = visit.base();
    let values = context! {
        subject,
        recipient => mail.recipient.as_str(),
        state => mail.state.name(),
        at => mail.id.made_at().millis(),
        text => message.map(|message| message.text),
        links,
        back => format!("{base}/mail"),
        body => format!("{base}/mail/{}/body", mail.id),
    };
    visit.page("mail.html").secret().with_frames().render(values)
}

/// The HTML part alone, for the frame of the page: without scripts, forms or an origin.
pub(super) async fn body(State(app): State<App>, visit: Visit, Path(ById { id }): Path<ById>) -> Response {
    match find(&app, &visit, &id).await {
        Ok(MailView {
            message: Some(message), ..
        }) => sandboxed(&message.html),
        Ok(_) => nothing(),
        Err(response) => *response,
    }
}

/// The links of a mail's text. Those to our own pages lead to the server that is asked, whatever name it is reached by.
fn links(text: &str, public_url: &str) -> Vec<String> {
    let mut links: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let link = word
            .trim_start_matches(['<', '(', '[', '"'])
            .trim_end_matches(['>', ')', ']', ',', ';', '.', '"']);
        if !(link.starts_with("https://") || link.starts_with("http://")) {
            continue;
        }
        let link = match link.strip_prefix(public_url) {
            Some(path) if path.starts_with('/') => path.to_owned(),
            _ => link.to_owned(),
        };
        if !links.contains(&link) {
            links.push(link);
        }
    }
    links
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found_once_and_lead_here() {
        let text = "Accept:\nhttp://127.0.0.1:8080/realms/default/invitation/abc\n\nPrivacy <https://example.org/privacy>.\nhttp://127.0.0.1:8080/realms/default/invitation/abc javascript:alert(1)";
        assert_eq!(
            links(text, "http://127.0.0.1:8080"),
            ["/realms/default/invitation/abc", "https://example.org/privacy"]
        );
    }
}
