//! Where somebody goes on to after signing in: a page of ours, and nowhere else.

use url::Url;

/// The longest address that is kept, in bytes.
const LONGEST: usize = 1000;

/// The path and query of a page of ours that a text names; none where it leads elsewhere.
pub(super) fn own(public_url: &str, text: &str) -> Option<String> {
    // What browsers take for the beginning of another host is none of our paths.
    let is_path = text.starts_with('/') && !text.starts_with("//") && !text.contains(['\\', '\0']);
    if !is_path || text.len() > LONGEST || text.contains(char::is_control) {
        return None;
    }
    let base = Url::parse(public_url).ok()?;
    let place = base.join(text).ok()?;
    if place.origin() != base.origin() {
        return None;
    }
    let path = &place[url::Position::BeforePath..url::Position::AfterQuery];
    // `/.//host` comes to the path `//host`.
    (!path.starts_with("//")).then(|| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::own;

    #[test]
    fn only_a_page_of_ours_is_gone_on_to() {
        let at = |text: &str| own("https://usher.example", text);
        assert_eq!(at("/groups/a?b=c#d").as_deref(), Some("/groups/a?b=c"));
        assert_eq!(at("/realms/a/../b").as_deref(), Some("/realms/b"));
        assert_eq!(
            at("/enroll?groupPath=/a b").as_deref(),
            Some("/enroll?groupPath=/a%20b")
        );
        for elsewhere in [
            "",
            "groups",
            "//evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "https://evil.example/",
            "javascript:alert(1)",
            "/\t/evil.example",
            "/\n/evil.example",
            "/.//evil.example",
            "/a/..//evil.example",
            "/%0a\r\nset-cookie: a=b",
        ] {
            assert_eq!(at(elsewhere), None, "{elsewhere:?}");
        }
        assert_eq!(at(&format!("/{}", "a".repeat(2000))), None);
    }
}
