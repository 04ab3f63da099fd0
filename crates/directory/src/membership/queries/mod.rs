//! Reading memberships.
//!
//! - `mine`: the groups one is in.
//! - `members`: who is in a group; `begun`: those of them whom the beginning of a name means; `several`: memberships of several groups with what lists show of them.
//! - `one`: one membership.
//! - `names`: who is in a group, for exports; `noted`: everybody who is noted in one, and how they stand.

mod begun;
mod members;
mod mine;
mod names;
mod noted;
mod one;
mod several;

pub use members::{Depth, Members, MembersAsked, MembersOrder};
pub use mine::{Listed, Mine, MineOrder, MyMemberships};
pub use noted::Noted;
pub(crate) use several::of_people;

use crate::user::User;

/// A membership with what those see of it who administer the group.
#[derive(Clone, Debug)]
pub struct Member {
    /// The membership, and its group.
    pub listed: Listed,
    /// Whose it is.
    pub person: User,
    /// Whether the person's address is known to be theirs.
    pub email_verified: bool,
    /// The issuers at which the person has signed in.
    pub issuers: Vec<String>,
    /// Whether it is of the group that was asked about, not of one below.
    pub direct: bool,
}

/// Which part of a list is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// So many are passed over.
    pub first: usize,
    /// At most so many are shown; with 0 they are only counted.
    pub max: usize,
}

impl Page {
    /// That part.
    fn of<T>(self, all: Vec<T>) -> Vec<T> {
        all.into_iter().skip(self.first).take(self.max).collect()
    }
}
