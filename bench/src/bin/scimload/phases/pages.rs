//! Pages of 100 users.

use super::{Make, Op, Phase, escaped};
use crate::load::Load;

const COUNT: usize = 100;

pub(super) fn pages(load: &Load, users: usize) -> Make {
    let load = load.clone();
    let count = COUNT.min(users);
    Box::new(move |caller, _| {
        if load.phase == Phase::Cursor {
            let cursor = escaped(&caller.cursor);
            load.scim(caller, "GET", format_args!("/Users?cursor={cursor}&count={COUNT}"));
            return Some(Op::NextPage { count: COUNT });
        }
        let start = match load.phase {
            Phase::Deep if users > COUNT => {
                let place = users * 4 / 5 + caller.random.below((users / 5).max(1));
                place.min(users - COUNT) + 1
            }
            _ => 1,
        };
        load.scim(caller, "GET", format_args!("/Users?startIndex={start}&count={COUNT}"));
        Some(Op::Page { count, total: users })
    })
}
