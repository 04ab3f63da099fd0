//! Reading memberships.
//!
//! - `mine`: the groups one is in.
//! - `names`: who is in a group, for exports.

mod mine;
mod names;

pub use mine::{Listed, Mine, MineOrder, MyMemberships};

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
