//! What another way to form entitlements would make of those that are there.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use uuid::Uuid;

use super::{Form, follow, table};
use crate::change::{Change, Command};
use crate::error::{Error, Refusal};
use crate::id::Id;
use crate::principal::{Permission, RealmRight};
use crate::realm::{EntitlementSettings, RealmSettings};
use crate::user::User;

/// So many people are looked at for samples.
const LOOKED_AT: usize = 200;
/// So many samples are shown.
const SAMPLES: usize = 20;
/// Values are counted up to here.
const COUNTED: usize = 100_000;

/// Says what settings would make of people's entitlements. Nothing is written.
#[derive(Clone, Debug)]
pub struct PreviewEntitlements {
    /// The settings.
    pub settings: EntitlementSettings,
}

/// What settings would make of people's entitlements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntitlementPreview {
    /// How many values there are now: up to 100,000 are counted.
    pub present: usize,
    /// Some people for whom something would change, with what they have and what they would have.
    pub samples: Vec<PreviewedValue>,
}

/// What a person has and would have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreviewedValue {
    /// Who.
    pub user: Id<User>,
    /// What they have.
    pub before: Vec<String>,
    /// What they would have.
    pub after: Vec<String>,
}

impl Command for PreviewEntitlements {
    type Output = EntitlementPreview;

    fn needs(&self) -> Permission {
        Permission::Realm(RealmRight::View)
    }

    fn run(&self, change: &mut Change<'_>) -> Result<EntitlementPreview, Error> {
        let settings = RealmSettings {
            entitlements: self.settings.clone(),
            ..RealmSettings::default()
        };
        let checked = serde_json::to_value(settings).map_err(|_| Refusal::invalid("settings", "do not read"))?;
        let EntitlementSettings {
            namespace, authority, ..
        } = RealmSettings::from_value(checked)?.entitlements;
        let form = namespace.map(|namespace| Form::new(&namespace, authority.as_deref()));
        let users = table::people_after(change, Uuid::nil(), LOOKED_AT)?;
        let stored = table::stored(change, &users)?;
        let mut wanted = match &form {
            Some(form) => follow::wanted(change, form, &users)?,
            None => HashMap::new(),
        };
        let mut samples = Vec::new();
        for (user, stored) in stored {
            let after = wanted.remove(&user).unwrap_or_default();
            if after != stored.values && samples.len() < SAMPLES {
                let texts = |values: &BTreeMap<table::Place, String>| {
                    let texts: BTreeSet<String> = values.values().cloned().collect();
                    texts.into_iter().collect()
                };
                samples.push(PreviewedValue {
                    user: Id::new(user),
                    before: texts(&stored.values),
                    after: texts(&after),
                });
            }
        }
        Ok(EntitlementPreview {
            present: table::count(change, COUNTED)?,
            samples,
        })
    }
}
