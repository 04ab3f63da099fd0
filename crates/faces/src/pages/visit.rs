//! One visit to a page: in which realm, in which language, and who is signed in.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use directory::session::Visitor;
use directory::token::TokenHash;
use directory::{Principal, Realm};
use minijinja::context;

use super::access::profile;
use super::cookie::Jar;
use super::form::Fields;
use super::link::see_other;
use super::{error, matter, origin};
use crate::app::App;
use crate::caller::{Followed, RealmOf, nobody};
use crate::design::{Brand, Language, Page, Viewer};
use crate::face::Face;

/// One visit.
#[derive(Clone, Debug)]
pub(super) struct Visit {
    pub(super) realm: Arc<Realm>,
    accepted: Option<Language>,
    /// The path names the realm, so it is named from page to page: the host may be another realm's.
    named: bool,
    /// Whoever visits it, as far as no sign-in counts: who holds the secret of a link.
    pub(super) nobody: Principal,
    /// Who is signed in.
    pub(super) visitor: Option<Visitor>,
    /// What their forms carry.
    form_token: String,
    /// The page behind a link, to which whoever signs in comes back.
    behind_link: Option<String>,
}

/// A visit of somebody who is signed in. Others are sent to sign in first, and come back.
#[derive(Clone, Debug)]
pub(super) struct SignedIn(pub(super) Visit, pub(super) Visitor);

/// The cookie by which somebody is signed in to a realm.
pub(super) fn session_name(realm: &Realm) -> String {
    format!("usher-session-{}", realm.name)
}

impl FromRequestParts<App> for Visit {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let RealmOf(realm) = RealmOf::from_request_parts(parts, app).await?;
        let mut visit = Self {
            nobody: nobody(parts, &realm),
            realm,
            accepted: accepted(parts.headers.get(header::ACCEPT_LANGUAGE)),
            named: parts.uri.path().starts_with("/realms/"),
            visitor: None,
            form_token: String::new(),
            behind_link: behind_link(parts),
        };
        let secret = Jar::of(&app.public_url).read(&parts.headers, &session_name(&visit.realm));
        let Some(secret) = secret.map(str::to_owned) else {
            return Ok(visit);
        };
        let visitor = match app.directory.visitor(&visit.realm, &secret).await {
            Ok(visitor) => visitor,
            Err(error) => return Err(error::failed(&visit, &error)),
        };
        if let Some(mut visitor) = visitor {
            let followed = Followed::from_request_parts(parts, app).await?;
            let counted = followed.is_of(visitor.principal);
            visitor.principal = counted.map_err(|problem| Face::Pages.problem(&problem))?;
            visit.visitor = Some(visitor);
            visit.form_token = form_token(&secret);
        }
        Ok(visit)
    }
}

impl FromRequestParts<App> for SignedIn {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let visit = Visit::from_request_parts(parts, app).await?;
        if let Some(visitor) = visit.visitor.clone() {
            return Ok(Self(visit, visitor));
        }
        let is_of_mail = ["/enroll", "/groups/"]
            .iter()
            .any(|page| parts.uri.path().starts_with(&format!("{}{page}", visit.room())));
        if !visit.realm.has_sign_in() && is_of_mail && parts.method.is_safe() {
            return Err(matter::of_link(&visit, &parts.uri));
        }
        if !visit.realm.has_sign_in() {
            let page = visit.page("message.html").status(StatusCode::NOT_FOUND).secret();
            return Err(page.render(context! { key => "sign_in.off", eyebrow => "sign_in.eyebrow", ask => true }));
        }
        let to = if parts.method.is_safe() {
            parts
                .uri
                .path_and_query()
                .map_or_else(|| visit.start(), ToString::to_string)
        } else {
            visit.home()
        };
        let sign_in = visit.sign_in_for(&to);
        if parts.method.is_safe() {
            return Err(see_other(&sign_in));
        }
        // What was sent is not done: they see so, and begin again.
        let action = context! { href => sign_in, key => "sign_in.again", host => "" };
        let page = visit.page("message.html").status(StatusCode::FORBIDDEN).secret();
        Err(page.render(context! { key => "sign_in.over", eyebrow => "sign_in.eyebrow", action }))
    }
}

/// Nobody learns the secret from it.
fn form_token(secret: &str) -> String {
    let mut hex = TokenHash::of(&format!("form {secret}")).to_hex();
    hex.truncate(40);
    hex
}

/// The page behind an invitation's link: what is offered there is answered by whoever is signed in.
fn behind_link(parts: &Parts) -> Option<String> {
    let path = parts.uri.path();
    let is_shown = parts.method.is_safe() && path.contains("/invitation/");
    is_shown.then(|| path.to_owned())
}

/// The language a browser asks for, if it is one of ours.
pub(super) fn accepted(header: Option<&HeaderValue>) -> Option<Language> {
    header
        .and_then(|value| value.to_str().ok())
        .and_then(Language::accepted)
}

impl Visit {
    /// The reader's language; else that of the realm.
    pub(super) fn language(&self) -> Language {
        self.language_or(self.realm.settings.language())
    }

    /// The reader's language; else that of what they came for.
    pub(super) fn language_or(&self, code: &str) -> Language {
        self.accepted
            .or_else(|| Language::of_code(code))
            .unwrap_or_else(Language::first)
    }

    /// A page of the realm.
    pub(super) fn page(&self, template: &'static str) -> Page {
        self.page_in(template, self.language())
    }

    /// The same in another language than the reader's.
    pub(super) fn page_in(&self, template: &'static str, language: Language) -> Page {
        let base = self.base();
        let page = Page::new(template, language, Brand::of(&self.realm));
        match &self.visitor {
            Some(visitor) => page.viewed_by(Viewer {
                name: visitor
                    .display_name
                    .clone()
                    .unwrap_or_else(|| visitor.user_name.clone()),
                user_name: visitor.user_name.clone(),
                home: self.home(),
                groups: format!("{}/groups/showgroups", self.room()),
                requests: format!("{}/groups/mygroupenrollments", self.room()),
                enroll: format!("{}/enroll", self.room()),
                managed: visitor.manages.then(|| format!("{}/groups/admingroups", self.room())),
                queue: visitor
                    .manages
                    .then(|| format!("{}/groups/groupenrollments", self.room())),
                profile: profile::profile_page(self),
                sessions: format!("{base}/sessions"),
                sign_out: format!("{base}/sign-out"),
                form_token: self.form_token.clone(),
            }),
            None if self.realm.has_sign_in() => page.signed_in_at(match &self.behind_link {
                Some(page) => self.sign_in_for(page),
                None => format!("{base}/sign-in"),
            }),
            None => page,
        }
    }

    /// The same visit when nobody is signed in any more.
    pub(super) fn as_nobody(&self) -> Self {
        Self {
            visitor: None,
            form_token: String::new(),
            ..self.clone()
        }
    }

    /// Whether a form comes from a page of ours that this browser was given: other sites can neither say that it comes from here
    /// nor know what it carries.
    pub(super) fn is_own(&self, app: &App, headers: &HeaderMap, form: &Fields) -> bool {
        let given = form.text("form_token").unwrap_or_default();
        // Hashes are compared in constant time.
        let is_theirs = TokenHash::of(given).equals(TokenHash::of(&self.form_token).bytes());
        origin::is_ours(headers, &app.public_url) && is_theirs && !self.form_token.is_empty()
    }

    /// Where those begin who are signed in.
    pub(super) fn home(&self) -> String {
        format!("{}/home", self.room())
    }

    /// Where one signs in to come to a page.
    pub(super) fn sign_in_for(&self, to: &str) -> String {
        let to: String = url::form_urlencoded::byte_serialize(to.as_bytes()).collect();
        format!("{}/sign-in?to={to}", self.base())
    }

    /// Where the rooms of those who are signed in are: the realm is named in all of their addresses, as mails name them.
    pub(super) fn room(&self) -> String {
        format!("/realms/{}", self.realm.name)
    }

    /// Where the realm's pages begin.
    pub(super) fn start(&self) -> String {
        format!("{}/", self.base())
    }

    /// Where the realm's pages begin, below our own root, without a slash at the end.
    pub(super) fn base(&self) -> String {
        if self.realm.name == Realm::DEFAULT && !self.named {
            String::new()
        } else {
            format!("/realms/{}", self.realm.name)
        }
    }
}
