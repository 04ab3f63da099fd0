-- The house: realms, people, groups, programs, offers, facts and work.
-- Times are milliseconds since 1970 UTC. Ids are UUIDv7; the instant in an id is when the row was made.
-- Keys (…_key) are text folded for comparison; a missing sort key is U+10FFFF, so it comes last ascending.

CREATE TABLE realms (
    realm BIGINT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    settings TEXT NOT NULL,                 -- JSON
    version BIGINT NOT NULL,
    created BIGINT NOT NULL,
    modified BIGINT NOT NULL
);

-- Host names on which a realm's paths are the root paths; each belongs to one realm. Lower case, without a port.
CREATE TABLE realm_hosts (
    host TEXT NOT NULL PRIMARY KEY,
    realm BIGINT NOT NULL
) /*sqlite: WITHOUT ROWID */;
CREATE INDEX realm_hosts_realm ON realm_hosts (realm);

CREATE TABLE users (
    realm BIGINT NOT NULL,
    id UUID NOT NULL,
    version BIGINT NOT NULL,
    modified BIGINT NOT NULL,
    kind TEXT NOT NULL,                     -- member, guest
    lifecycle TEXT NOT NULL,                -- staged, invited, active, suspended
    hidden BOOLEAN NOT NULL,                -- an expired invitation hides the person from clients that ask for it
    user_name_key TEXT NOT NULL,
    display_name_key TEXT NOT NULL,
    family_name_key TEXT NOT NULL,
    given_name_key TEXT NOT NULL,
    active BOOLEAN,                         -- as SCIM says; null = unassigned
    user_type_key TEXT,
    employee_number_key TEXT,
    department_key TEXT,
    manager TEXT,                           -- folded like the keys
    display_name TEXT,                      -- as shown in lists of members
    external_ids TEXT,                      -- JSON object: space of the client that wrote it -> value
    document TEXT NOT NULL,                 -- canonical JSON of all attributes, without id, meta, groups, externalId
    PRIMARY KEY (realm, id)
);
CREATE UNIQUE INDEX users_user_name ON users (realm, user_name_key);
CREATE INDEX users_display_name ON users (realm, display_name_key, id);
CREATE INDEX users_family_name ON users (realm, family_name_key, id);
CREATE INDEX users_given_name ON users (realm, given_name_key, id);
CREATE INDEX users_modified ON users (realm, modified, id);
CREATE INDEX users_active ON users (realm, active, id) WHERE active IS NOT NULL;
CREATE INDEX users_user_type ON users (realm, user_type_key, id) WHERE user_type_key IS NOT NULL;
CREATE INDEX users_employee_number ON users (realm, employee_number_key, id) WHERE employee_number_key IS NOT NULL;
CREATE INDEX users_department ON users (realm, department_key, id) WHERE department_key IS NOT NULL;
CREATE INDEX users_manager ON users (realm, manager, id) WHERE manager IS NOT NULL;
CREATE INDEX users_invited ON users (realm, id) WHERE lifecycle = 'invited';
CREATE INDEX users_hidden ON users (realm, id) WHERE hidden;

CREATE TABLE user_emails (
    realm BIGINT NOT NULL,
    value_key TEXT NOT NULL,
    user_id UUID NOT NULL,
    PRIMARY KEY (realm, value_key, user_id)
) /*sqlite: WITHOUT ROWID */;

-- Extension attributes that configuration declares as indexed.
CREATE TABLE user_attributes (
    realm BIGINT NOT NULL,
    attribute TEXT NOT NULL,
    value_key TEXT NOT NULL,
    user_id UUID NOT NULL,
    PRIMARY KEY (realm, attribute, value_key, user_id)
) /*sqlite: WITHOUT ROWID */;

-- externalId belongs to the client that wrote it; a space is one client, or all clients of a kind (Wire's tokens).
CREATE TABLE external_ids (
    realm BIGINT NOT NULL,
    space UUID NOT NULL,
    resource_type TEXT NOT NULL,            -- User, Group
    value TEXT NOT NULL,                    -- its first 512 characters
    resource UUID NOT NULL,
    sole BOOLEAN NOT NULL,                  -- no other resource may have it in this space (Wire)
    PRIMARY KEY (realm, space, resource_type, value, resource)
) /*sqlite: WITHOUT ROWID */;
CREATE UNIQUE INDEX external_ids_sole ON external_ids (realm, space, resource_type, value) WHERE sole;

-- People who have left: nowhere visible, kept until erased after the realm's retention.
CREATE TABLE departed_users (
    realm BIGINT NOT NULL,
    id UUID NOT NULL,
    version BIGINT NOT NULL,
    left_at BIGINT NOT NULL,
    erase_at BIGINT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (realm, id)
) /*sqlite: WITHOUT ROWID */;

CREATE TABLE groups (
    realm BIGINT NOT NULL,
    id UUID NOT NULL,
    version BIGINT NOT NULL,
    modified BIGINT NOT NULL,
    parent UUID,                            -- null = a root of the realm's tree
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    display_name TEXT NOT NULL,
    display_name_key TEXT NOT NULL,
    external_ids TEXT,
    document TEXT NOT NULL,                 -- canonical JSON of all attributes but members
    PRIMARY KEY (realm, id)
);
CREATE UNIQUE INDEX groups_root_name ON groups (realm, name_key) WHERE parent IS NULL;
CREATE UNIQUE INDEX groups_child_name ON groups (realm, parent, name_key) WHERE parent IS NOT NULL;
CREATE INDEX groups_display_name ON groups (realm, display_name_key, id);
CREATE INDEX groups_modified ON groups (realm, modified, id);

CREATE TABLE memberships (
    realm BIGINT NOT NULL,
    group_id UUID NOT NULL,
    user_id UUID NOT NULL,
    id UUID NOT NULL,
    version BIGINT NOT NULL,
    status TEXT NOT NULL,                   -- enabled, suspended, ended (a tombstone)
    source TEXT NOT NULL,                   -- client, operator, invitation, user, system
    source_id UUID,                         -- which client or person
    granted_at BIGINT NOT NULL,
    ended_at BIGINT,
    ended_by TEXT,                          -- the source that ended it, as in source
    PRIMARY KEY (realm, group_id, user_id)
) /*sqlite: WITHOUT ROWID */;
CREATE INDEX memberships_user ON memberships (realm, user_id, group_id) WHERE status = 'enabled';

-- Groups as members of groups. Cycles are stored and cut when read.
CREATE TABLE group_members (
    realm BIGINT NOT NULL,
    group_id UUID NOT NULL,
    member_id UUID NOT NULL,
    granted_at BIGINT NOT NULL,
    PRIMARY KEY (realm, group_id, member_id)
) /*sqlite: WITHOUT ROWID */;
CREATE INDEX group_members_member ON group_members (realm, member_id, group_id);

-- Unfiltered totals, in shards so that writers do not meet in one row.
CREATE TABLE counts (
    realm BIGINT NOT NULL,
    kind TEXT NOT NULL,                     -- users, groups
    shard BIGINT NOT NULL,
    n BIGINT NOT NULL,
    PRIMARY KEY (realm, kind, shard)
) /*sqlite: WITHOUT ROWID */;

CREATE TABLE clients (
    realm BIGINT NOT NULL,
    id UUID NOT NULL,
    version BIGINT NOT NULL,
    modified BIGINT NOT NULL,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    profile TEXT NOT NULL,
    scopes TEXT NOT NULL,                   -- separated by spaces
    invite TEXT NOT NULL,                   -- never, unlinked
    idp BOOLEAN NOT NULL,
    pending_active BOOLEAN NOT NULL,
    policy TEXT,                            -- JSON access policy; null = none
    settings TEXT NOT NULL,                 -- JSON: what is rarely set
    space UUID NOT NULL,                    -- whose externalIds it sees
    secret_hash BYTES,                      -- SHA-256 of the OAuth2 secret; null = none
    previous_secret_hash BYTES,             -- still valid until previous_secret_until
    previous_secret_until BIGINT,
    disabled BOOLEAN NOT NULL,
    PRIMARY KEY (realm, id)
);
CREATE UNIQUE INDEX clients_name ON clients (realm, name_key);

CREATE TABLE tokens (
    realm BIGINT NOT NULL,
    hash BYTES NOT NULL,                    -- SHA-256 of the token
    id UUID NOT NULL,
    client UUID NOT NULL,
    user_id UUID,                           -- acts as this person
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    scopes TEXT NOT NULL,
    origin TEXT NOT NULL,                   -- issued (operator), granted (token endpoint), wire (token API)
    created_by TEXT NOT NULL,
    expires_at BIGINT,
    revoked_at BIGINT,
    PRIMARY KEY (realm, hash)
);
CREATE UNIQUE INDEX tokens_id ON tokens (realm, id);
CREATE INDEX tokens_client ON tokens (realm, client, id);
CREATE INDEX tokens_user ON tokens (realm, user_id, id) WHERE user_id IS NOT NULL;
CREATE INDEX tokens_wire ON tokens (realm, id) WHERE origin = 'wire';
CREATE INDEX tokens_lasting ON tokens (realm, id) WHERE origin <> 'granted';
CREATE INDEX tokens_expiry ON tokens (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE role_grants (
    realm BIGINT NOT NULL,
    user_id UUID NOT NULL,
    role TEXT NOT NULL,
    granted_at BIGINT NOT NULL,
    PRIMARY KEY (realm, user_id, role)
) /*sqlite: WITHOUT ROWID */;

CREATE TABLE invitations (
    realm BIGINT NOT NULL,
    id UUID NOT NULL,
    version BIGINT NOT NULL,
    modified BIGINT NOT NULL,
    user_id UUID NOT NULL,
    address TEXT NOT NULL,
    address_key TEXT NOT NULL,
    language TEXT NOT NULL,
    state TEXT NOT NULL,                    -- pending, opened, accepted, rejected, expired, revoked, superseded
    mail TEXT NOT NULL,                     -- none, queued, sent, deferred, bounced
    provisioning TEXT NOT NULL,             -- none, running, done, failed
    open BOOLEAN NOT NULL,                  -- pending or opened
    on_acceptance TEXT NOT NULL,            -- activate, suspend, refuse: what the client left of active while pending
    client UUID,                            -- whose act made it
    expires_at BIGINT NOT NULL,
    sent_at BIGINT,
    send_count BIGINT NOT NULL,
    last_error TEXT,
    decided_at BIGINT,
    PRIMARY KEY (realm, id)
);
CREATE INDEX invitations_user ON invitations (realm, user_id, id);
CREATE INDEX invitations_address ON invitations (realm, address_key, id);
CREATE UNIQUE INDEX invitations_open ON invitations (realm, user_id) WHERE open;

-- The secrets of an invitation's links, hashed. A reminder adds one, a resend kills all others.
CREATE TABLE invitation_links (
    realm BIGINT NOT NULL,
    hash BYTES NOT NULL,
    invitation UUID NOT NULL,
    made_at BIGINT NOT NULL,
    killed_at BIGINT,                       -- a newer mail has another link
    PRIMARY KEY (realm, hash)
) /*sqlite: WITHOUT ROWID */;
CREATE INDEX invitation_links_invitation ON invitation_links (realm, invitation);

-- Facts. position and chain_hash are set after commit by the sequencer.
CREATE TABLE events (
    realm BIGINT NOT NULL,
    id UUID NOT NULL,
    kind TEXT NOT NULL,
    subject_type TEXT NOT NULL,
    subject UUID NOT NULL,
    subject_version BIGINT NOT NULL,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,                    -- operator, client:<id>, user:<id>, system
    body TEXT,                              -- JSON; null once erased
    salt BYTES,
    body_hash BYTES NOT NULL,               -- SHA-256(salt, body)
    position BIGINT,
    chain_hash BYTES,
    PRIMARY KEY (realm, id)
);
CREATE INDEX events_unplaced ON events (realm, id) WHERE position IS NULL;
-- The end of each realm's chain, so that a log cut short is noticed.
CREATE TABLE event_heads (
    realm BIGINT NOT NULL PRIMARY KEY,
    position BIGINT NOT NULL,
    chain_hash BYTES NOT NULL
);
CREATE UNIQUE INDEX events_position ON events (realm, position) WHERE position IS NOT NULL;
CREATE INDEX events_subject ON events (realm, subject, subject_version);

-- Work on its way to a target, in order per (target, subject, subject_version).
CREATE TABLE deliveries (
    realm BIGINT NOT NULL,
    id UUID NOT NULL,
    target TEXT NOT NULL,
    subject UUID NOT NULL,
    subject_version BIGINT NOT NULL,
    event UUID NOT NULL,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,                  -- JSON: which mail, which resource
    state TEXT NOT NULL,                    -- queued, running, retrying, parked, confirmed, dropped
    attempts BIGINT NOT NULL,
    due_at BIGINT NOT NULL,                 -- directory time
    lease_until BIGINT,                     -- real time
    lease_by UUID,
    last_error TEXT,
    finished_at BIGINT,
    PRIMARY KEY (realm, id)
);
CREATE INDEX deliveries_due ON deliveries (target, due_at, realm, id) WHERE state IN ('queued', 'retrying');
CREATE INDEX deliveries_leased ON deliveries (lease_until, realm, id) WHERE state = 'running';
CREATE INDEX deliveries_finished ON deliveries (finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX deliveries_state ON deliveries (realm, state, id);
CREATE INDEX deliveries_subject ON deliveries (realm, target, subject, subject_version, id) WHERE state IN ('queued', 'retrying', 'running', 'parked');

CREATE TABLE mails (
    realm BIGINT NOT NULL,
    id UUID NOT NULL,
    invitation UUID,
    recipient TEXT NOT NULL,
    template TEXT NOT NULL,
    language TEXT NOT NULL,
    variables TEXT,                         -- JSON with the link; null once the mail server has taken the mail
    state TEXT NOT NULL,                    -- queued, sent, deferred, bounced, dropped
    sent_at BIGINT,
    last_error TEXT,
    PRIMARY KEY (realm, id)
);
CREATE INDEX mails_invitation ON mails (realm, invitation, id) WHERE invitation IS NOT NULL;
CREATE INDEX mails_alone ON mails (id) WHERE invitation IS NULL;

CREATE TABLE jobs (
    realm BIGINT NOT NULL,
    id UUID NOT NULL,
    kind TEXT NOT NULL,
    subject UUID NOT NULL,
    payload TEXT NOT NULL,                  -- JSON
    due_at BIGINT NOT NULL,                 -- directory time
    attempts BIGINT NOT NULL,
    lease_until BIGINT,                     -- real time
    lease_by UUID,
    last_error TEXT,
    parked BOOLEAN NOT NULL,
    PRIMARY KEY (realm, id)
);
CREATE INDEX jobs_due ON jobs (due_at, realm, id) WHERE NOT parked;
CREATE UNIQUE INDEX jobs_subject ON jobs (realm, kind, subject);

CREATE TABLE idempotency_keys (
    realm BIGINT NOT NULL,
    principal TEXT NOT NULL,
    key TEXT NOT NULL,
    request_hash BYTES NOT NULL,
    status BIGINT NOT NULL,
    headers TEXT NOT NULL,
    body TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (realm, principal, key)
) /*sqlite: WITHOUT ROWID */;
CREATE INDEX idempotency_keys_expiry ON idempotency_keys (expires_at);

-- One holder at a time for what only one node may do. Real time.
CREATE TABLE leases (
    name TEXT NOT NULL PRIMARY KEY,
    holder UUID NOT NULL,
    until BIGINT NOT NULL
);

-- A clock that stands, when the server was started with one. At most one row.
CREATE TABLE clock (
    one BIGINT NOT NULL PRIMARY KEY,
    now BIGINT NOT NULL
);

-- The installation's own secrets: key for cursors, made at first start.
CREATE TABLE secrets (
    name TEXT NOT NULL PRIMARY KEY,
    value BYTES NOT NULL
);
