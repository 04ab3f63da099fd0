//! What came back, and what it caused.

use std::fmt;
use std::sync::PoisonError;

use ::http::{HeaderMap, StatusCode};
use serde_json::Value;
use uuid::Uuid;

use crate::app::TestApp;
use crate::watch;

/// The answer to a request. As a text it is what snapshots hold: status, headers that matter, body, events and deliveries.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub text: String,
    /// The kinds of the events it caused, e.g. `user.created`.
    pub events: Vec<String>,
    /// The deliveries it caused, e.g. `mail invitation`.
    pub deliveries: Vec<String>,
    pub(super) app: TestApp,
}

/// The headers that a snapshot shows.
const SHOWN: [&str; 7] = [
    "location",
    "etag",
    "www-authenticate",
    "allow",
    "retry-after",
    "idempotency-replayed",
    "set-cookie",
];

/// A body up to this length stays on one line.
const ONE_LINE: usize = 120;

impl Answer {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("no JSON ({error}):\n{self}"))
    }

    /// Fails unless this is the status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self}");
        self
    }

    /// The resource's id.
    #[track_caller]
    pub fn id(&self) -> String {
        let json = self.json();
        let id = json.get("id").and_then(Value::as_str);
        id.unwrap_or_else(|| panic!("no id:\n{self}")).to_owned()
    }

    /// A header's text; empty when it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// The value a JSON pointer leads to; null when there is none.
    pub fn at(&self, pointer: &str) -> Value {
        self.json().pointer(pointer).cloned().unwrap_or_default()
    }

    /// `scimType` of an error; empty when it has none.
    pub fn scim_type(&self) -> String {
        self.at("/scimType").as_str().unwrap_or_default().to_owned()
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reason = StatusCode::from_u16(self.status)
            .ok()
            .and_then(|status| status.canonical_reason());
        let mut lines = vec![format!("{} {}", self.status, reason.unwrap_or_default())];
        for name in SHOWN {
            let values = self.headers.get_all(name).iter();
            lines.extend(values.map(|value| format!("{name}: {}", String::from_utf8_lossy(value.as_bytes()))));
        }
        if !self.text.is_empty() {
            lines.push(body(&self.text));
        }
        let list = |of: &[String]| {
            if of.is_empty() {
                "none".to_owned()
            } else {
                of.join(", ")
            }
        };
        lines.push(format!(
            "events: {}   deliveries: {}",
            list(&self.events),
            list(&self.deliveries)
        ));
        f.write_str(&self.app.named(&lines.join("\n")))
    }
}

fn body(text: &str) -> String {
    match serde_json::from_str::<Value>(text) {
        Ok(value) if text.len() > ONE_LINE => serde_json::to_string_pretty(&value).unwrap_or_default(),
        Ok(value) => value.to_string(),
        Err(_) => text.trim_end().to_owned(),
    }
}

impl TestApp {
    /// What has happened so far is no consequence of what comes.
    pub(super) async fn seen(&self, realm: &str) {
        let _ = self.caused(realm).await;
    }

    /// What has happened in the realm since the last look.
    pub(super) async fn caused(&self, realm: &str) -> (Vec<String>, Vec<String>) {
        let realm = self.realm(realm).await;
        let last = |what| {
            let shown = self.inner.shown.lock().unwrap_or_else(PoisonError::into_inner);
            shown.last.get(&(realm, what)).copied().unwrap_or(Uuid::nil())
        };
        let events = watch::events(&self.inner.db, realm, last("events")).await;
        let deliveries = watch::deliveries(&self.inner.db, realm, last("deliveries")).await;
        let mut shown = self.inner.shown.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(event) = events.last() {
            shown.last.insert((realm, "events"), event.id);
        }
        if let Some(delivery) = deliveries.last() {
            shown.last.insert((realm, "deliveries"), delivery.id);
        }
        (
            events.into_iter().map(|event| event.kind).collect(),
            deliveries
                .into_iter()
                .map(|delivery| format!("{} {}", delivery.target, delivery.kind))
                .collect(),
        )
    }
}
