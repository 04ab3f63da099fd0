//! Cookies, written so that no script, no other host and no form of another site can use them (RFC 6265bis). Their values are
//! of letters, digits, `.`, `-` and `_` alone.

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use url::{Host, Url};

/// How this server's cookies are called and kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Jar {
    /// Bound to this one host, and sent by encrypted connections alone. Browsers take a connection within the machine for one.
    Bound,
    /// Where pages are reached by plain http from elsewhere, browsers keep no cookie that is bound so.
    Plain,
}

impl Jar {
    /// For pages at that base of all links.
    pub(super) fn of(public_url: &str) -> Self {
        let is_bound = |url: &Url| {
            url.scheme() == "https"
                || match url.host() {
                    Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
                    Some(Host::Ipv4(address)) => address.is_loopback(),
                    Some(Host::Ipv6(address)) => address.is_loopback(),
                    None => false,
                }
        };
        match Url::parse(public_url) {
            Ok(url) if !is_bound(&url) => Self::Plain,
            _ => Self::Bound,
        }
    }

    /// A cookie's whole name.
    fn name(self, name: &str) -> String {
        match self {
            Self::Bound => format!("__Host-{name}"),
            Self::Plain => name.to_owned(),
        }
    }

    /// The value a browser sent under a name; none where it sent none, or several, of which one may be another's.
    pub(super) fn read<'a>(self, headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
        let name = self.name(name);
        let sent = headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok());
        let mut values = sent
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .filter(|(known, _)| *known == name)
            .map(|(_, value)| value);
        let value = values.next()?;
        values.next().is_none().then_some(value)
    }

    /// Gives a browser a value to keep until it is closed.
    pub(super) fn keep(self, response: &mut Response, name: &str, value: &str) {
        self.write(response, name, value, "");
    }

    /// Gives a browser a value to keep for so many seconds.
    pub(super) fn keep_for(self, response: &mut Response, name: &str, value: &str, seconds: u32) {
        self.write(response, name, value, &format!("; Max-Age={seconds}"));
    }

    /// Takes a value away from a browser.
    pub(super) fn take(self, response: &mut Response, name: &str) {
        self.write(response, name, "", "; Max-Age=0");
    }

    fn write(self, response: &mut Response, name: &str, value: &str, lasts: &str) {
        let secure = match self {
            Self::Bound => "; Secure",
            Self::Plain => "",
        };
        // Whoever comes back from the provider comes from another site: Strict would keep the cookie from them.
        let line = format!(
            "{}={value}; Path=/{secure}; HttpOnly; SameSite=Lax{lasts}",
            self.name(name)
        );
        if let Ok(line) = HeaderValue::from_str(&line) {
            response.headers_mut().append(header::SET_COOKIE, line);
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::response::IntoResponse as _;

    use super::*;

    fn sent(lines: &[&'static str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(header::COOKIE, HeaderValue::from_static(line));
        }
        headers
    }

    #[test]
    fn cookies_are_bound_wherever_browsers_keep_such_ones() {
        for bound in [
            "https://usher.example",
            "http://127.0.0.1:8080",
            "http://localhost:8080",
            "http://[::1]:8080",
        ] {
            assert_eq!(Jar::of(bound), Jar::Bound, "{bound}");
        }
        for plain in [
            "http://usher.example",
            "http://192.0.2.1:8080",
            "http://127.0.0.1.example",
        ] {
            assert_eq!(Jar::of(plain), Jar::Plain, "{plain}");
        }
        let mut response = ().into_response();
        Jar::Bound.keep(&mut response, "usher", "a");
        Jar::Plain.take(&mut response, "usher");
        let lines: Vec<_> = response.headers().get_all(header::SET_COOKIE).iter().collect();
        assert_eq!(
            lines,
            [
                "__Host-usher=a; Path=/; Secure; HttpOnly; SameSite=Lax",
                "usher=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0"
            ]
        );
    }

    #[test]
    fn a_cookie_is_read_by_its_whole_name_and_only_if_there_is_one() {
        let headers = sent(&["a=1; __Host-usher=x", "b=2"]);
        assert_eq!(Jar::Bound.read(&headers, "usher"), Some("x"));
        assert_eq!(Jar::Plain.read(&headers, "usher"), None);
        assert_eq!(Jar::Bound.read(&headers, "usher-a"), None);
        let twice = sent(&["__Host-usher=x; __Host-usher=y"]);
        assert_eq!(Jar::Bound.read(&twice, "usher"), None);
        assert_eq!(Jar::Plain.read(&sent(&["usher"]), "usher"), None);
    }
}
