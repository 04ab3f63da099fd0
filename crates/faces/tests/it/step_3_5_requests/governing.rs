//! Who may name administrators, and take from them what they have.

use directory::delegation::Capability::AdminsWrite;

use super::model::{Admin, Checked, Model, Subject, before, must};
use super::who::{Everywhere, Who};

impl Model {
    /// They are named, or may do something else from now on.
    pub(super) fn delegates(
        &mut self,
        who: Who,
        (group, subject): (usize, Subject),
        wanted: Admin,
        anew: bool,
    ) -> Checked {
        self.may(who, group, AdminsWrite)?;
        let was = self.admins.get(&(group, subject)).copied();
        must(was.is_none() == anew, "they administer it already, or do not")?;
        let mut admin = Admin {
            entitled: who.everywhere() == Everywhere::All,
            ..wanted
        };
        let mut more = admin;
        if let Some(was) = was {
            self.takes(who, group, subject, &was)?;
            if (was.inherit || !admin.inherit) && !before(was.until, admin.until) {
                more.capabilities = admin.capabilities.without(was.capabilities);
            }
            if more.capabilities.is_empty() {
                admin.entitled = was.entitled;
            }
        }
        if !more.capabilities.is_empty() {
            let person = match subject {
                Subject::Person(person) => Some(person),
                Subject::Group(_) => None,
            };
            self.raises(who, group, person)?;
            self.hands_on(who, group, &more)?;
        }
        self.admins.insert((group, subject), admin);
        Ok(())
    }

    /// Whether they may take from an administrator what they have.
    pub(super) fn takes(&self, who: Who, group: usize, subject: Subject, was: &Admin) -> Checked {
        if who.manages() && who.person().is_some_and(|me| subject == Subject::Person(me)) {
            return Ok(());
        }
        self.may(who, group, AdminsWrite)?;
        self.hands_on(
            who,
            group,
            &Admin {
                until: Some(self.now),
                ..*was
            },
        )
    }
}
