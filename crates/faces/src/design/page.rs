//! One page on its way out: its template, its realm's brand, its language, and the headers that keep it safe.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use directory::Realm;
use minijinja::value::Serde;
use minijinja::{Value, context};
use serde::Serialize;
use url::Url;

use super::language::Language;
use super::templates;

/// What a realm's pages carry of it.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Brand {
    /// Its name, for people.
    pub(crate) title: String,
    /// Its start page, below our own root.
    pub(crate) start: String,
    /// Its logo: an https URL.
    pub(crate) logo: Option<String>,
    /// Whom to ask.
    pub(crate) support: Option<Link>,
    /// Its privacy notice.
    pub(crate) privacy: Option<String>,
    /// Where people go on to.
    pub(crate) home: Option<Link>,
}

/// A link with what to call it.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Link {
    pub(crate) href: String,
    pub(crate) label: String,
}

impl Brand {
    /// The brand of a realm.
    pub(crate) fn of(realm: &Realm) -> Self {
        let settings = &realm.settings;
        Self {
            title: realm.title().to_owned(),
            start: if realm.name == Realm::DEFAULT {
                "/".into()
            } else {
                format!("/realms/{}/", realm.name)
            },
            logo: settings.logo_url.as_deref().and_then(web).map(String::from),
            support: settings.support.as_deref().and_then(support),
            privacy: settings.privacy_url.as_deref().and_then(web).map(String::from),
            home: settings.home_url.as_deref().and_then(web).map(|url| Link {
                label: host(&url),
                href: url.into(),
            }),
        }
    }

    /// The brand where no realm is known.
    pub(crate) fn none() -> Self {
        Self {
            title: "Usher".into(),
            start: "/".into(),
            logo: None,
            support: None,
            privacy: None,
            home: None,
        }
    }
}

/// A setting is text until it is used: only an address of the web becomes a link.
fn web(text: &str) -> Option<Url> {
    Url::parse(text)
        .ok()
        .filter(|url| matches!(url.scheme(), "https" | "http"))
}

fn host(url: &Url) -> String {
    url.host_str().unwrap_or_else(|| url.as_str()).to_owned()
}

fn support(text: &str) -> Option<Link> {
    if let Some(url) = web(text) {
        return Some(Link {
            label: host(&url),
            href: url.into(),
        });
    }
    let address = text.strip_prefix("mailto:").unwrap_or(text);
    let plain = address.contains('@')
        && !address
            .contains(|letter: char| letter.is_whitespace() || letter.is_control() || "?&<>\"'".contains(letter));
    plain.then(|| Link {
        href: format!("mailto:{address}"),
        label: address.to_owned(),
    })
}

/// Who looks at a page.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Viewer {
    /// What they are called.
    pub(crate) name: String,
    /// Their userName.
    pub(crate) user_name: String,
    /// Where they begin.
    pub(crate) home: String,
    /// The groups they are in.
    pub(crate) groups: String,
    /// What they have asked.
    pub(crate) requests: String,
    /// Where they ask to join a group.
    pub(crate) enroll: String,
    /// The groups they look after, if there are any.
    pub(crate) managed: Option<String>,
    /// The requests they decide.
    pub(crate) queue: Option<String>,
    /// Who they are here.
    pub(crate) profile: String,
    /// Where they see where they are signed in.
    pub(crate) sessions: String,
    /// Where they sign out.
    pub(crate) sign_out: String,
    /// What their forms carry.
    pub(crate) form_token: String,
}

/// A page.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    status: StatusCode,
    template: &'static str,
    language: Language,
    brand: Brand,
    secret: bool,
    frames: bool,
    viewer: Option<Viewer>,
    sign_in: Option<String>,
}

impl Page {
    /// A page that answers 200.
    pub(crate) fn new(template: &'static str, language: Language, brand: Brand) -> Self {
        Self {
            status: StatusCode::OK,
            template,
            language,
            brand,
            secret: false,
            frames: false,
            viewer: None,
            sign_in: None,
        }
    }

    /// With another status.
    #[must_use]
    pub(crate) fn status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// Reached by a secret, or showing what is not for everybody: nobody keeps a copy.
    #[must_use]
    pub(crate) fn secret(mut self) -> Self {
        self.secret = true;
        self
    }

    /// Somebody is signed in: nobody keeps a copy.
    #[must_use]
    pub(crate) fn viewed_by(mut self, viewer: Viewer) -> Self {
        self.viewer = Some(viewer);
        self.secret()
    }

    /// Nobody is signed in, and can do so there.
    #[must_use]
    pub(crate) fn signed_in_at(mut self, place: String) -> Self {
        self.sign_in = Some(place);
        self
    }

    /// It shows another page of ours in a frame.
    #[must_use]
    pub(crate) fn with_frames(mut self) -> Self {
        self.frames = true;
        self
    }

    /// Renders it with what its template needs beside the frame all pages share.
    pub(crate) fn render(self, values: Value) -> Response {
        let frame = context! {
            lang => self.language.code(),
            brand => Serde(&self.brand),
            usher => env!("CARGO_PKG_VERSION"),
            viewer => self.viewer.as_ref().map(Serde),
            sign_in => self.sign_in.as_deref(),
        };
        let body = match templates::render(self.template, context! { ..values, ..frame }) {
            Ok(body) => body,
            Err(error) => {
                tracing::error!(template = self.template, error = %error, "a page could not be rendered");
                let plain = "This page could not be shown. It is our fault, and it has been written down.";
                return (StatusCode::INTERNAL_SERVER_ERROR, plain).into_response();
            }
        };
        let mut response = (self.status, Html(body)).into_response();
        let headers = response.headers_mut();
        let frames = if self.frames { " frame-src 'self';" } else { "" };
        let images = self
            .brand
            .logo
            .as_deref()
            .and_then(origin)
            .map_or(String::new(), |origin| format!(" {origin}"));
        let policy = format!(
            "default-src 'none'; style-src 'self'; img-src 'self'{images};{frames} form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        );
        protect(headers, &policy);
        headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(self.language.code()));
        headers.insert(header::VARY, HeaderValue::from_static("Accept-Language, Cookie"));
        let cache = if self.secret { "no-store" } else { "no-cache" };
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
        response
    }
}

fn origin(url: &str) -> Option<String> {
    let origin = Url::parse(url).ok()?.origin();
    origin.is_tuple().then(|| origin.ascii_serialization())
}

fn protect(headers: &mut HeaderMap, policy: &str) {
    if let Ok(policy) = HeaderValue::from_str(policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    // No other site learns an address of ours. `no-referrer` would keep it from ourselves as well, and browsers then send
    // `Origin: null` with our own forms, which nobody can tell from a form of another site.
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
}

/// A document of others that is shown in a frame of ours: no scripts, no forms, nothing loaded, no origin. Its links open
/// beside it, as in a mail program; in the frame itself no page of ours would let itself be shown.
pub(crate) fn sandboxed(html: &str) -> Response {
    let html = html.replacen("<head>", "<head>\n<base target=\"_blank\">", 1);
    let mut response = Html(html).into_response();
    let headers = response.headers_mut();
    protect(
        headers,
        "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'",
    );
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "in a test a panic is the report")]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_become_links() {
        assert_eq!(
            support("help@example.org").map(|link| link.href).as_deref(),
            Some("mailto:help@example.org")
        );
        assert_eq!(
            support("https://help.example.org/a").map(|link| link.label).as_deref(),
            Some("help.example.org")
        );
        assert!(support("javascript:alert(1)").is_none());
        assert!(support("a@b.example?bcc=x@y.example").is_none());
        assert!(web("javascript:alert(1)").is_none());
        assert!(web("data:text/html,x").is_none());
    }

    #[test]
    fn a_logo_widens_the_policy_by_its_origin_alone() {
        let brand = Brand {
            logo: Some("https://cdn.example.org/logo.png?x='; script-src *".into()),
            ..Brand::none()
        };
        let response = Page::new("message.html", Language::first(), brand).render(context! { key => "missing" });
        let policy = response.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.contains("img-src 'self' https://cdn.example.org;"), "{policy}");
        assert!(!policy.contains("script-src"), "{policy}");
    }
}
