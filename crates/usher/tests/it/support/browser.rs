//! A browser without JavaScript: it keeps cookies for each host, and goes where it is sent.

use std::collections::HashMap;

use super::pages::{Form, path_of};
use super::{Http, Response};

/// So often it may be sent on before it shows a page.
const STEPS: usize = 12;

/// A browser.
#[derive(Debug, Default)]
pub(crate) struct Browser {
    /// By host and port.
    cookies: HashMap<String, HashMap<String, String>>,
    /// Where it is.
    pub(crate) at: String,
}

impl Browser {
    /// Opens an address; the page it comes to.
    pub(crate) fn open(&mut self, url: &str) -> Response {
        self.go("GET", url, "")
    }

    /// Sends a form of the page it is at.
    pub(crate) fn send(&mut self, action: &str, fields: &str) -> Response {
        let action = if action.starts_with("http") {
            action.to_owned()
        } else {
            format!("http://{}{}", host(&self.at), path_of_action(action, &self.at))
        };
        self.go("POST", &action, fields)
    }

    /// Presses the button of the page that says one of these words.
    pub(crate) fn press(&mut self, page: &Response, words: &[&str]) -> Response {
        let (action, fields) = Form::pressed(&page.text, &path_of(&self.at), words);
        self.send(&action, &fields)
    }

    /// Signs in at the provider whose page it is at, and goes on to wherever that leads.
    pub(crate) fn signs_in(&mut self, mut page: Response, person: &str) -> Response {
        let provider = host(&self.at).to_owned();
        for _ in 0..STEPS {
            if host(&self.at) != provider {
                return page;
            }
            let (action, fields) = Form::filled(&page.text, &[("login", person), ("password", "any")]);
            page = self.send(&action, &fields);
        }
        panic!("the provider does not lead back: {}", page.text);
    }

    fn go(&mut self, method: &str, url: &str, fields: &str) -> Response {
        let mut answer = self.exchange(method, url, fields);
        for _ in 0..STEPS {
            let led = answer.header("location").to_owned();
            if led.is_empty() || !(300..400).contains(&answer.status) {
                return answer;
            }
            let led = if led.starts_with("http") {
                led
            } else {
                format!("http://{}{led}", host(&self.at))
            };
            answer = self.exchange("GET", &led, "");
        }
        panic!("{url} leads around in circles");
    }

    fn exchange(&mut self, method: &str, url: &str, fields: &str) -> Response {
        url.clone_into(&mut self.at);
        let kept = self.cookies.entry(host(url).to_owned()).or_default();
        let cookies: Vec<String> = kept.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut http = Http::new(url);
        if !cookies.is_empty() {
            http = http.header("Cookie", &cookies.join("; "));
        }
        let kind = if method == "POST" {
            "application/x-www-form-urlencoded"
        } else {
            ""
        };
        let answer = http.try_send(method, &path_of(url), kind, fields).expect("an answer");
        for (_, line) in answer.headers.iter().filter(|(name, _)| name == "set-cookie") {
            let Some((name, value)) = line.split(';').next().and_then(|pair| pair.split_once('=')) else {
                continue;
            };
            if line.contains("Max-Age=0") || value.is_empty() {
                kept.remove(name);
            } else {
                kept.insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }
}

fn host(url: &str) -> &str {
    let rest = url.strip_prefix("http://").expect("an http URL");
    rest.split('/').next().unwrap_or_default()
}

/// Where a form goes; without an action to the page it is on.
fn path_of_action(action: &str, at: &str) -> String {
    if action.is_empty() {
        path_of(at)
    } else {
        action.to_owned()
    }
}
