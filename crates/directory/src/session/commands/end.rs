//! Sessions are ended by their person, by whoever administers the realm, or because the person is not active any more, or is no
//! longer known at the provider.

use super::super::{Over, Session, table};
use super::record_end;
use crate::change::{Change, Command};
use crate::error::{Error, Refusal};
use crate::id::Id;
use crate::principal::{Permission, Scope};
use crate::user::{self, User};

/// Ends sessions of a person, who has to sign in again there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndSessions {
    /// One's own.
    Own(Which),
    /// Somebody's.
    Of(Id<User>, Which),
}

/// Which of a person's sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// All of them.
    All,
    /// All but this one.
    Others(Id<Session>),
    /// This one.
    One(Id<Session>),
}

impl Which {
    fn is_meant(self, id: Id<Session>) -> bool {
        match self {
            Self::All => true,
            Self::Others(kept) => id != kept,
            Self::One(one) => id == one,
        }
    }
}

impl Command for EndSessions {
    /// How many there were.
    type Output = usize;

    fn needs(&self) -> Permission {
        match self {
            Self::Own(_) => Permission::Person(Scope::ScimMe),
            Self::Of(..) => Permission::Unnarrowed(Scope::Admin),
        }
    }

    fn run(&self, change: &mut Change<'_>) -> Result<usize, Error> {
        let missing = || Refusal::NotFound { what: "user" };
        let (user, which) = match *self {
            Self::Own(which) => (change.principal().user().ok_or_else(missing)?, which),
            Self::Of(user, which) => (user, which),
        };
        let user = user::table::lock(change, user)?.ok_or_else(missing)?;
        let ended = end(change, &user, which, Over::Ended)?;
        if ended == 0 && matches!(which, Which::One(_)) {
            return Err(Refusal::NotFound { what: "session" }.into());
        }
        Ok(ended)
    }
}

/// Ends all sessions of somebody who is not active any more.
pub(crate) fn end_of_user(change: &mut Change<'_>, user: &User) -> Result<(), Error> {
    end(change, user, Which::All, Over::PersonOut).map(drop)
}

/// Ends all sessions of somebody whose name at a provider was taken back: it was by that name that they signed in.
pub(crate) fn end_of_unlinked(change: &mut Change<'_>, user: &User) -> Result<(), Error> {
    end(change, user, Which::All, Over::Unlinked).map(drop)
}

fn end(change: &mut Change<'_>, user: &User, which: Which, why: Over) -> Result<usize, Error> {
    let mut ended = 0;
    for open in table::of_person(change, user.id)? {
        if which.is_meant(open.id) && table::take(change, &open.hash)?.is_some() {
            record_end(change, (user.id, user.version), open.id, why)?;
            ended += 1;
        }
    }
    Ok(ended)
}
