//! A row of a source that tells of people, as a face hands it in.

use serde_json::Value;

use super::rules;

/// What a source says of one person.
#[derive(Clone, Debug)]
pub struct PersonRow {
    /// Where it says so, for people: `line 17`.
    pub place: String,
    /// The userName; empty where it could not be read.
    pub user_name: String,
    /// What the source itself calls the person: rows are matched by it first, so that a person may be renamed.
    pub external_id: Option<String>,
    /// All that it says, in SCIM's terms. What it does not speak of stays as it is.
    pub settings: Vec<Setting>,
    /// Why the row cannot be used.
    pub problem: Option<String>,
}

impl PersonRow {
    /// As it can be stored: a row with a NUL is none that can be used.
    pub(super) fn storable(self) -> Self {
        let nul = self.holds_nul();
        Self {
            place: rules::without_nul(&self.place),
            user_name: rules::without_nul(&self.user_name),
            external_id: self.external_id.map(|id| rules::without_nul(&id)),
            settings: self.settings,
            problem: self
                .problem
                .map(|problem| rules::without_nul(&problem))
                .or_else(|| nul.then(|| rules::NUL.to_owned())),
        }
    }

    fn holds_nul(&self) -> bool {
        let mut texts = [&self.place, &self.user_name].into_iter().chain(&self.external_id);
        texts.any(|text| text.contains('\0')) || self.settings.iter().any(Setting::holds_nul)
    }
}

/// One thing a source says of a person.
#[derive(Clone, Debug)]
pub struct Setting {
    /// An attribute, as in a PATCH: `userName`, `name.givenName`, `emails[type eq "work"].value`.
    pub path: String,
    /// Its value; none = there is none.
    pub value: Option<Value>,
}

impl Setting {
    fn holds_nul(&self) -> bool {
        self.path.contains('\0') || self.value.as_ref().is_some_and(rules::holds_nul)
    }
}
