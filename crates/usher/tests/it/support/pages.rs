//! Pages as a browser without JavaScript uses them: what a form holds is sent as it stands.

/// A form of a page.
#[derive(Debug)]
pub(crate) struct Form {
    pub(crate) action: String,
    fields: Vec<(String, String)>,
    /// Its buttons: what each says, and what it adds to the fields.
    buttons: Vec<(String, Option<(String, String)>)>,
}

/// The path of a URL.
pub(crate) fn path_of(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.find('/')
        .map_or_else(|| "/".to_owned(), |at| rest[at..].to_owned())
}

impl Form {
    /// Where the form with that button goes, and the body it sends.
    pub(crate) fn pressed(page: &str, path: &str, words: &[&str]) -> (String, String) {
        let forms = Self::all(page);
        for form in &forms {
            let button = form
                .buttons
                .iter()
                .find(|(text, _)| words.iter().any(|word| text.to_lowercase().contains(word)));
            if let Some((_, adds)) = button {
                let fields = form.fields.iter().chain(adds);
                let pairs: Vec<String> = fields
                    .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)))
                    .collect();
                let action = if form.action.is_empty() {
                    path.to_owned()
                } else {
                    path_of_action(&form.action)
                };
                return (action, pairs.join("&"));
            }
        }
        panic!("no form has a button that says one of {words:?}: {forms:#?}\n{page}");
    }

    /// Where the page's one form goes, and the body it sends with these fields filled in.
    pub(crate) fn filled(page: &str, values: &[(&str, &str)]) -> (String, String) {
        let form = Self::all(page).into_iter().next();
        let form = form.unwrap_or_else(|| panic!("no form: {page}"));
        let pairs: Vec<String> = form
            .fields
            .iter()
            .map(|(name, value)| {
                let typed = values.iter().find(|(field, _)| field == name);
                let value = typed.map_or(value.as_str(), |(_, typed)| typed);
                format!("{}={}", encoded(name), encoded(value))
            })
            .collect();
        (form.action, pairs.join("&"))
    }

    fn all(page: &str) -> Vec<Self> {
        let mut forms = Vec::new();
        for part in page.split("<form").skip(1) {
            let (head, rest) = part.split_once('>').unwrap_or((part, ""));
            let inner = rest.split("</form").next().unwrap_or_default();
            let mut form = Self {
                action: attribute(head, "action").unwrap_or_default(),
                fields: Vec::new(),
                buttons: Vec::new(),
            };
            for tag in inner.split("<input").skip(1) {
                let tag = tag.split('>').next().unwrap_or_default();
                if let Some(name) = attribute(tag, "name") {
                    form.fields.push((name, attribute(tag, "value").unwrap_or_default()));
                }
            }
            for button in inner.split("<button").skip(1) {
                let (tag, rest) = button.split_once('>').unwrap_or((button, ""));
                let text = rest.split("</button").next().unwrap_or_default().trim().to_owned();
                let adds = attribute(tag, "name").map(|name| (name, attribute(tag, "value").unwrap_or_default()));
                form.buttons.push((text, adds));
            }
            forms.push(form);
        }
        forms
    }
}

fn path_of_action(action: &str) -> String {
    if action.starts_with('/') {
        action.to_owned()
    } else {
        path_of(action)
    }
}

/// An attribute of a tag, with or without quotes.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let mut rest = tag;
    while let Some(at) = rest.find(name) {
        let before = rest[..at].chars().next_back();
        let after = &rest[at + name.len()..];
        rest = after;
        let starts = before.is_none_or(char::is_whitespace);
        let Some(value) = after.trim_start().strip_prefix('=').filter(|_| starts) else {
            continue;
        };
        let value = value.trim_start();
        let (value, end) = match value.chars().next() {
            Some(quote @ ('"' | '\'')) => (&value[1..], quote),
            _ => (value, ' '),
        };
        let value = value.split(end).next().unwrap_or_default();
        return Some(
            value
                .replace("&#x2f;", "/")
                .replace("&quot;", "\"")
                .replace("&amp;", "&"),
        );
    }
    None
}

/// Percent-encoded, as in a query or a form.
pub(crate) fn encoded(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.extend(
                [byte >> 4, byte & 15]
                    .iter()
                    .filter_map(|half| char::from_digit(u32::from(*half), 16)),
            );
        }
    }
    out
}

#[test]
fn a_form_is_sent_as_a_browser_would() {
    let page = "<form method=post action=\"/a\"><input type=hidden name=k value='1&amp;2'><button name=decision value=\"accept\">Accept it</button>\
                <button name=decision value=decline>Decline</button></form>";
    assert_eq!(
        Form::pressed(page, "/p", &["accept"]),
        ("/a".to_owned(), "k=1%262&decision=accept".to_owned())
    );
    assert_eq!(Form::pressed(page, "/p", &["decline"]).1, "k=1%262&decision=decline");
    assert_eq!(path_of("http://h:1/x/y"), "/x/y");
}
