//! The steps of the schema, in order. One that was released is never edited; `cargo xtask migration NAME` adds the next.

use db::Migration;

/// Every step of the schema.
pub const MIGRATIONS: &[Migration] = &[
    Migration {
        number: 1,
        name: "house",
        sql: include_str!("../migrations/0001_house.sql"),
    },
    Migration {
        number: 2,
        name: "statistics",
        sql: include_str!("../migrations/0002_statistics.sql"),
    },
    Migration {
        number: 3,
        name: "token_uses",
        sql: include_str!("../migrations/0003_token_uses.sql"),
    },
];
