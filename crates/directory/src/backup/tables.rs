//! Which tables belong to a backup. A test compares the two lists with the schema, so a migration that adds a table has to say
//! here where it belongs.

/// Tables whose rows are in a backup.
pub const TRAVELS: &[&str] = &[
    "realms",
    "realm_hosts",
    "users",
    "user_emails",
    "user_attributes",
    "external_ids",
    "departed_names",
    "departed_users",
    "address_confirmations",
    "groups",
    "memberships",
    "group_members",
    "group_ancestors",
    "group_roles",
    "group_templates",
    "membership_roles",
    "membership_blocks",
    "delegations",
    "eligibilities",
    "eligibility_roles",
    "enrollment_configurations",
    "configuration_rules",
    "terms",
    "term_acceptances",
    "enrollment_requests",
    "request_scopes",
    "request_messages",
    "reviews",
    "review_groups",
    "review_items",
    "review_notices",
    "entitlements",
    "identity_links",
    "notice_choices",
    "digest_items",
    "legacy_ids",
    "counts",
    "clients",
    "tokens",
    "role_grants",
    "invitations",
    "invitation_links",
    "plans",
    "plan_items",
    "source_records",
    "events",
    "event_heads",
    // What was on its way goes on from there. A lease in a row is one of real time: it runs out by itself.
    "deliveries",
    "mails",
    "jobs",
    // A program that repeats a request after the restore gets the first answer, not a second user.
    "idempotency_keys",
    // What happened under a standing clock has its times.
    "clock",
    // With the key of cursors a program goes on paging.
    "secrets",
];

/// Tables that a backup leaves out: they say what goes on in servers that are running, what programs asked of them last, and
/// with which browsers people are signed in, who sign in again after a restore.
pub const STAYS: &[&str] = &["leases", "client_log", "sessions", "sign_in_links"];
