//! A person's attributes as they are stored: one canonical JSON text, and its values once somebody asks for them.

use std::ops::Deref;
use std::sync::{Arc, LazyLock, OnceLock};

use memchr::memmem::Finder;
use scim::schema::WIRE_PROFILE_URN;
use serde_json::{Map, Value};

/// Canonical JSON of all attributes, without id, meta, groups and externalId. Reads send its text; writes look at its values,
/// which are parsed once.
#[derive(Clone, Debug)]
pub struct Document {
    text: String,
    values: OnceLock<Arc<Map<String, Value>>>,
}

/// What few documents have, and reads have to treat: looked for in the text, so that the others need not be parsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mention {
    /// Wire's rich profile.
    WireProfile,
    /// The `manager` of the enterprise extension.
    Manager,
}

static WIRE_PROFILE: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(WIRE_PROFILE_URN));
static MANAGER: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("\"manager\""));

impl Document {
    /// Whether the text has it. Where it has, it may still be part of a value.
    pub(crate) fn mentions(&self, what: Mention) -> bool {
        let finder = match what {
            Mention::WireProfile => &WIRE_PROFILE,
            Mention::Manager => &MANAGER,
        };
        finder.find(self.text.as_bytes()).is_some()
    }

    /// As it stands in the store.
    pub(crate) fn stored(text: String) -> Self {
        Self {
            text,
            values: OnceLock::new(),
        }
    }

    /// Of attributes in their canonical order.
    pub(crate) fn of(attributes: Map<String, Value>) -> Self {
        let text = serde_json::to_string(&attributes).unwrap_or_default();
        Self {
            text,
            values: OnceLock::from(Arc::new(attributes)),
        }
    }

    /// The attributes as values.
    pub fn values(&self) -> &Map<String, Value> {
        self.values
            .get_or_init(|| Arc::new(serde_json::from_str(&self.text).unwrap_or_default()))
    }
}

impl Deref for Document {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text
    }
}
