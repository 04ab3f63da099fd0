//! How somebody is told.

use super::{NoticeChoices, table};
use crate::Directory;
use crate::access;
use crate::client::{Operation, ResourceKind};
use crate::denial::Denial;
use crate::error::{Error, Refusal};
use crate::mail::Template;
use crate::principal::{Permission, Principal, Scope};

impl Directory {
    /// What the person who acts has chosen.
    ///
    /// # Errors
    /// Nobody acts in person, the scope is missing, or the store failed.
    pub async fn notice_choices(&self, principal: &Principal) -> Result<NoticeChoices, Error> {
        principal.check(Permission::Person(Scope::AgmSelf))?;
        access::check_operation(principal, ResourceKind::User, Operation::Read)?;
        let user = principal.user().ok_or(Denial::PersonRequired)?;
        if !self.reaches_person(principal, Some(user)).await? {
            return Err(Refusal::NotFound { what: "user" }.into());
        }
        table::read_choices(self.db(), principal.realm, user).await
    }
}

/// The names of the mails about groups that can be chosen, each with whether it can come in a digest.
pub fn choosable() -> impl Iterator<Item = (&'static str, bool)> {
    let notices = Template::ALL.iter().filter(|template| template.is_notice());
    notices.map(|template| (template.name(), super::digest::LISTED.contains(template)))
}
