//! What shapes the tree may have. Pure.

use super::super::Group;
use crate::denial::Denial;
use crate::id::Id;

/// A tree has at most so many levels, its root being the first.
pub const MAX_LEVELS: usize = 32;

/// A group with more groups below it is not moved in one piece.
pub const MAX_MOVED: usize = 5_000;

/// Refuses a tree that would be too deep: `above` levels, and `height` of what is put below them.
pub(super) fn check_levels(above: usize, height: usize) -> Result<(), Denial> {
    if above + height > MAX_LEVELS {
        return Err(Denial::TooDeep { limit: MAX_LEVELS });
    }
    Ok(())
}

/// Refuses to put a group below itself.
pub(super) fn check_cycle(group: Id<Group>, parent: Id<Group>, above_parent: &[Id<Group>]) -> Result<(), Denial> {
    if parent == group || above_parent.contains(&group) {
        return Err(Denial::GroupCycle);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_tree_ends_at_its_last_level() {
        assert_eq!(check_levels(0, MAX_LEVELS), Ok(()));
        assert_eq!(check_levels(MAX_LEVELS - 1, 1), Ok(()));
        assert_eq!(check_levels(MAX_LEVELS, 1), Err(Denial::TooDeep { limit: MAX_LEVELS }));
        assert_eq!(check_levels(30, 3), Err(Denial::TooDeep { limit: MAX_LEVELS }));
    }

    #[test]
    fn nothing_is_below_itself() {
        let id = |number| Id::new(Uuid::from_u128(number));
        assert_eq!(check_cycle(id(1), id(1), &[]), Err(Denial::GroupCycle));
        assert_eq!(check_cycle(id(1), id(3), &[id(2), id(1)]), Err(Denial::GroupCycle));
        assert_eq!(check_cycle(id(1), id(3), &[id(2)]), Ok(()));
    }
}
