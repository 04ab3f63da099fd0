//! All that is wrong with one body, told at once.

use std::fmt::Write as _;

use crate::error::{Error, ScimType};

/// So many problems are named; of more only the number.
const NAMED: usize = 20;

#[derive(Debug, Default)]
pub(super) struct Problems {
    first: Option<ScimType>,
    /// What is wrong, by the path of the attribute.
    named: Vec<(String, String)>,
    more: usize,
}

impl Problems {
    /// A value is missing, of the wrong type, or does not fit.
    pub(super) fn value(&mut self, path: &str, why: &str) {
        self.add(ScimType::InvalidValue, path, why);
    }

    /// A value may not change.
    pub(super) fn mutability(&mut self, path: &str, why: &str) {
        self.add(ScimType::Mutability, path, why);
    }

    /// Whether something is wrong with an attribute or within it, so that it is not missing as well.
    pub(super) fn concern(&self, path: &str) -> bool {
        let within = |rest: &str| rest.is_empty() || rest.starts_with(['.', '[']);
        self.named
            .iter()
            .any(|(named, _)| named.strip_prefix(path).is_some_and(within))
    }

    fn add(&mut self, scim_type: ScimType, path: &str, why: &str) {
        self.first.get_or_insert(scim_type);
        if self.named.len() < NAMED {
            self.named.push((path.to_owned(), why.to_owned()));
        } else {
            self.more += 1;
        }
    }

    /// One error that names them all; its kind is that of the first.
    pub(super) fn into_result(self) -> Result<(), Error> {
        let Some((attribute, _)) = self.named.first() else {
            return Ok(());
        };
        let told: Vec<String> = self.named.iter().map(|(path, why)| format!("{path}: {why}")).collect();
        let mut detail = told.join("; ");
        if self.more > 0 {
            // Writing into a String does not fail.
            let _ = write!(detail, "; and {} more", self.more);
        }
        let attribute = Some(attribute.clone());
        Err(Error {
            status: 400,
            scim_type: self.first,
            detail,
            attribute,
        })
    }
}
