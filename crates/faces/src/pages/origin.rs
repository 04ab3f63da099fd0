//! Forms are taken from our own pages only.

use axum::http::{HeaderMap, header};
use url::Url;

/// Whether a form was sent by a page of ours. Browsers say so in Sec-Fetch-Site, older ones in Origin. Programs say neither:
/// they hold the secret of the link and have no session that another site could borrow.
pub(super) fn is_ours(headers: &HeaderMap, public_url: &str) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    if let Some(site) = text("sec-fetch-site") {
        return matches!(site, "same-origin" | "none");
    }
    let Some(origin) = text(header::ORIGIN.as_str()) else {
        return true;
    };
    let own = Url::parse(public_url).map(|url| url.origin().ascii_serialization());
    if own.is_ok_and(|own| own == origin) {
        return true;
    }
    // Reached by another name than the public one, as on a realm's own host.
    let host = Url::parse(origin)
        .ok()
        .and_then(|url| Some(authority(url.host_str()?, url.port())));
    host.is_some() && host.as_deref() == text(header::HOST.as_str())
}

fn authority(host: &str, port: Option<u16>) -> String {
    port.map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::{HeaderName, HeaderValue};

    fn ours(headers: &[(&'static str, &'static str)]) -> bool {
        let map = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect();
        is_ours(&map, "https://usher.example")
    }

    #[test]
    fn a_form_of_another_site_is_told_apart() {
        assert!(ours(&[("sec-fetch-site", "same-origin")]));
        assert!(!ours(&[("sec-fetch-site", "cross-site")]));
        assert!(!ours(&[("sec-fetch-site", "same-site")]));
        assert!(!ours(&[
            ("sec-fetch-site", "cross-site"),
            ("origin", "https://usher.example")
        ]));
        assert!(ours(&[("origin", "https://usher.example")]));
        assert!(!ours(&[("origin", "https://evil.example"), ("host", "usher.example")]));
        assert!(!ours(&[("origin", "null")]));
        assert!(ours(&[("origin", "http://127.0.0.1:8080"), ("host", "127.0.0.1:8080")]));
        assert!(!ours(&[
            ("origin", "http://127.0.0.1:8081"),
            ("host", "127.0.0.1:8080")
        ]));
        assert!(ours(&[]));
    }
}
