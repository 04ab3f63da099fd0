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
    Migration {
        number: 4,
        name: "confirmations",
        sql: include_str!("../migrations/0004_confirmations.sql"),
    },
    Migration {
        number: 5,
        name: "provenance",
        sql: include_str!("../migrations/0005_provenance.sql"),
    },
    Migration {
        number: 6,
        name: "leaving",
        sql: include_str!("../migrations/0006_leaving.sql"),
    },
    Migration {
        number: 7,
        name: "parked",
        sql: include_str!("../migrations/0007_parked.sql"),
    },
    Migration {
        number: 8,
        name: "plans",
        sql: include_str!("../migrations/0008_plans.sql"),
    },
    Migration {
        number: 9,
        name: "client_log",
        sql: include_str!("../migrations/0009_client_log.sql"),
    },
    Migration {
        number: 10,
        name: "managed_groups",
        sql: include_str!("../migrations/0010_managed_groups.sql"),
    },
    Migration {
        number: 11,
        name: "group_sizes",
        sql: include_str!("../migrations/0011_group_sizes.sql"),
    },
    Migration {
        number: 12,
        name: "group_management",
        sql: include_str!("../migrations/0012_group_management.sql"),
    },
    Migration {
        number: 13,
        name: "entitled_grants",
        sql: include_str!("../migrations/0013_entitled_grants.sql"),
    },
    Migration {
        number: 14,
        name: "departed_names",
        sql: include_str!("../migrations/0014_departed_names.sql"),
    },
    Migration {
        number: 15,
        name: "reviews",
        sql: include_str!("../migrations/0015_reviews.sql"),
    },
    Migration {
        number: 16,
        name: "eligibilities",
        sql: include_str!("../migrations/0016_eligibilities.sql"),
    },
    Migration {
        number: 17,
        name: "sessions",
        sql: include_str!("../migrations/0017_sessions.sql"),
    },
    Migration {
        number: 18,
        name: "sign_in_links",
        sql: include_str!("../migrations/0018_sign_in_links.sql"),
    },
];
