//! Values of mails about access reviews.

use super::super::{ReviewDue, ReviewHeld, ReviewOver, UndecidedThen};
use super::{Kind, date};

pub(super) const THEN: [UndecidedThen; 3] = [UndecidedThen::Keep, UndecidedThen::Remove, UndecidedThen::Suspend];

pub(super) fn review_due(kind: Kind, then: UndecidedThen) -> ReviewDue {
    ReviewDue {
        group: kind.group(),
        review: kind.text("spring 2030", "<i>x</i>\r\nBcc: {group}"),
        reason: kind.typed(),
        of: kind.text("/acme", "/a<b>\n\u{202e}c"),
        last_day: date(2030, 3, 31),
        waiting: if kind == Kind::Empty { 1 } else { 12 },
        then,
    }
}

pub(super) fn review_held(kind: Kind, then: UndecidedThen) -> ReviewHeld {
    ReviewHeld {
        group: kind.group(),
        review: kind.text("spring 2030", "<i>x</i>\r\nBcc: {group}"),
        undecided: 11,
        items: 40,
        then,
    }
}

pub(super) fn review_over(kind: Kind) -> ReviewOver {
    let count = |usual| if kind == Kind::Empty { 0 } else { usual };
    ReviewOver {
        group: kind.group(),
        review: kind.text("spring 2030", "<i>x</i>\r\nBcc: {group}"),
        kept: count(30),
        removed: count(7),
        suspended: count(2),
        superseded: count(1),
        undecided: count(3),
    }
}
