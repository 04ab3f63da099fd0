//! Reading mails.

use db::Db;

use super::table::Stored;
use super::{Mail, Message, table};
use crate::Directory;
use crate::error::{Error, Refusal};
use crate::group::Group;
use crate::id::Id;
use crate::principal::{Actor, Permission, Principal, Scope};
use crate::realm::RealmId;

/// One mail with what it says, as long as that is kept.
#[derive(Clone, Debug)]
pub struct MailView {
    /// Everything but its contents.
    pub mail: Mail,
    /// Its contents, with the link. Shown to the operator of the machine while the mail waits, and to others only where
    /// mails are kept: whoever reads the link could prove an address that is not theirs.
    pub message: Option<Message>,
}

/// The group that a mail is about, where it is about one and what it says is kept.
pub(crate) async fn group_of(db: &Db, realm: RealmId, id: Id<Mail>) -> Result<Option<Id<Group>>, Error> {
    Ok(match table::by_id(db, realm, id).await? {
        Some((_, Stored::Known(contents))) => contents.content.group(),
        Some((_, Stored::Unknown | Stored::Erased)) | None => None,
    })
}

impl Directory {
    /// Mails after an id, in order of making.
    ///
    /// # Errors
    /// The scope `admin` is missing, or the store failed.
    pub async fn mails(
        &self,
        principal: &Principal,
        after: Option<Id<Mail>>,
        limit: usize,
    ) -> Result<Vec<Mail>, Error> {
        principal.check(Permission::Unnarrowed(Scope::Admin))?;
        table::list(self.db(), principal.realm, after, limit.clamp(1, 1001) as i64).await
    }

    /// The newest mails, the newest first.
    ///
    /// # Errors
    /// The scope `admin` is missing, or the store failed.
    pub async fn newest_mails(&self, principal: &Principal, limit: usize) -> Result<Vec<Mail>, Error> {
        principal.check(Permission::Unnarrowed(Scope::Admin))?;
        table::newest(self.db(), principal.realm, limit.clamp(1, 1001) as i64).await
    }

    /// One mail.
    ///
    /// # Errors
    /// `NotFound`, the scope `admin` is missing, or the store failed.
    pub async fn mail(&self, principal: &Principal, id: Id<Mail>) -> Result<MailView, Error> {
        principal.check(Permission::Unnarrowed(Scope::Admin))?;
        let (mail, contents) = table::by_id(self.db(), principal.realm, id)
            .await?
            .ok_or(Refusal::NotFound { what: "mail" })?;
        let shown = self.settings().keep_mail || matches!(principal.actor, Actor::Operator);
        let message = match contents {
            Stored::Known(contents) if shown => {
                let realm = self.realm_by_id(principal.realm).await?;
                Some(self.render_mail(&realm, &mail, &contents)?)
            }
            Stored::Known(_) | Stored::Unknown | Stored::Erased => None,
        };
        Ok(MailView { mail, message })
    }
}
