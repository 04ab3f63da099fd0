//! One visit to a page: in which realm, in which language.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use directory::{Principal, Realm};

use crate::app::App;
use crate::caller::{RealmOf, nobody};
use crate::design::{Brand, Language, Page};

/// One visit.
#[derive(Clone, Debug)]
pub(super) struct Visit {
    pub(super) realm: Arc<Realm>,
    accepted: Option<Language>,
    /// The path names the realm, so it is named from page to page: the host may be another realm's.
    named: bool,
    /// Whoever visits it: pages know nobody.
    pub(super) nobody: Principal,
}

impl FromRequestParts<App> for Visit {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let RealmOf(realm) = RealmOf::from_request_parts(parts, app).await?;
        Ok(Self {
            nobody: nobody(parts, &realm),
            realm,
            accepted: accepted(parts.headers.get(header::ACCEPT_LANGUAGE)),
            named: parts.uri.path().starts_with("/realms/"),
        })
    }
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
        Page::new(template, self.language(), Brand::of(&self.realm))
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
