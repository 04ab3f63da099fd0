-- Groups that people join, renew and leave: the tree, time, who administers, ways to join, asking, terms, entitlements.
-- Instants are milliseconds since 1970 UTC. A first day is stored as its first instant, a last day as the first instant after
-- it, both in the realm's time zone.

-- Proper ancestors, nearest first (depth 1). A root has no row.
CREATE TABLE group_ancestors (
    realm BIGINT NOT NULL,
    group_id UUID NOT NULL,
    ancestor UUID NOT NULL,
    depth BIGINT NOT NULL,
    PRIMARY KEY (realm, group_id, ancestor)
) /*sqlite: WITHOUT ROWID */;
CREATE INDEX group_ancestors_below ON group_ancestors (realm, ancestor, depth, group_id);

-- Time of a membership. Null where SCIM gave it and nobody manages it. Its status is one of enabled, pending (its time has not
-- begun), suspended (a block stands on the group or above), expired (may come back), ended and barred (both tombstones; barred:
-- it ended under a block of its own group).
ALTER TABLE memberships ADD COLUMN valid_from BIGINT;       -- from then on it counts; null = since granted_at
ALTER TABLE memberships ADD COLUMN expires_at BIGINT;       -- the first instant after it; null = never
ALTER TABLE memberships ADD COLUMN effective_at BIGINT;     -- the earliest of it and of the person's enabled memberships above
ALTER TABLE memberships ADD COLUMN effective_group UUID;    -- whose that is; null = its own
ALTER TABLE memberships ADD COLUMN configuration UUID;      -- by which way it was joined
-- Family name, given name, address and userName, folded without accents; null where nobody manages, and in tombstones.
ALTER TABLE memberships ADD COLUMN listed_key TEXT;
-- JSON: justification, changed_by, reminded, lapses, terms, withheld, expired_at; null in tombstones.
ALTER TABLE memberships ADD COLUMN details TEXT;
CREATE INDEX memberships_waiting ON memberships (realm, user_id, group_id)
    WHERE status IN ('pending', 'suspended', 'expired', 'barred');
CREATE INDEX memberships_listed ON memberships (realm, group_id, status, listed_key, user_id) WHERE listed_key IS NOT NULL;
CREATE UNIQUE INDEX memberships_id ON memberships (realm, id) WHERE listed_key IS NOT NULL;
CREATE INDEX memberships_ending ON memberships (realm, group_id, effective_at, user_id) WHERE effective_at IS NOT NULL;

-- A person is kept out of a group and of all below it. Survives leaving; lifted by whoever may suspend, never by the person.
CREATE TABLE membership_blocks (
    realm BIGINT NOT NULL,
    user_id UUID NOT NULL,
    group_id UUID NOT NULL,
    why TEXT,
    set_by TEXT NOT NULL,                   -- actor
    set_at BIGINT NOT NULL,
    PRIMARY KEY (realm, user_id, group_id)
) /*sqlite: WITHOUT ROWID */;
CREATE INDEX membership_blocks_group ON membership_blocks (realm, group_id, user_id);

CREATE TABLE group_roles (
    realm BIGINT NOT NULL,
    group_id UUID NOT NULL,
    id UUID NOT NULL,
    name TEXT NOT NULL,                     -- every letter counts, as in the entitlement
    version BIGINT NOT NULL,
    PRIMARY KEY (realm, group_id, id)
) /*sqlite: WITHOUT ROWID */;
CREATE UNIQUE INDEX group_roles_name ON group_roles (realm, group_id, name);

CREATE TABLE membership_roles (
    realm BIGINT NOT NULL,
    membership UUID NOT NULL,
    role UUID NOT NULL,
    PRIMARY KEY (realm, membership, role)
) /*sqlite: WITHOUT ROWID */;
CREATE INDEX membership_roles_role ON membership_roles (realm, role, membership);

-- Who administers: a person, or everybody in a group.
CREATE TABLE delegations (
    realm BIGINT NOT NULL,
    group_id UUID NOT NULL,
    subject UUID NOT NULL,
    id UUID NOT NULL,
    of_group BOOLEAN NOT NULL,              -- the subject is a group
    capabilities TEXT NOT NULL,             -- preset or names, separated by blanks
    inherit BOOLEAN NOT NULL,
    valid_from BIGINT,
    valid_until BIGINT,
    granted_by TEXT NOT NULL,
    granted_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (realm, group_id, subject)
) /*sqlite: WITHOUT ROWID */;
CREATE INDEX delegations_subject ON delegations (realm, subject, group_id);

CREATE TABLE enrollment_configurations (
    realm BIGINT NOT NULL,
    group_id UUID NOT NULL,
    id UUID NOT NULL,
    version BIGINT NOT NULL,
    modified BIGINT NOT NULL,
    name TEXT NOT NULL,
    active BOOLEAN NOT NULL,
    visible BOOLEAN NOT NULL,               -- to those who are no members
    terms UUID,                             -- the version in force
    removed BOOLEAN NOT NULL,               -- its requests are being removed in slices
    body TEXT NOT NULL,                     -- JSON: everything else about the way; roles as ids
    PRIMARY KEY (realm, group_id, id)
) /*sqlite: WITHOUT ROWID */;
CREATE UNIQUE INDEX enrollment_configurations_id ON enrollment_configurations (realm, id);

CREATE TABLE configuration_rules (
    realm BIGINT NOT NULL,
    id UUID NOT NULL,
    version BIGINT NOT NULL,
    level TEXT NOT NULL,                    -- top_level, subgroup
    field TEXT NOT NULL,                    -- what of a configuration it is about; aup, aupEntity and aup.url are one
    spelling TEXT NOT NULL,                 -- of the field as it was written, for reading it back
    required BOOLEAN NOT NULL,
    default_value TEXT,
    max TEXT,
    PRIMARY KEY (realm, id)
) /*sqlite: WITHOUT ROWID */;
CREATE UNIQUE INDEX configuration_rules_field ON configuration_rules (realm, level, field);

-- Versions of terms; one is never changed. A new URL, or a new text behind it, is a new version.
CREATE TABLE terms (
    realm BIGINT NOT NULL,
    id UUID NOT NULL,
    configuration UUID NOT NULL,
    number BIGINT NOT NULL,                 -- 1, 2, …
    url TEXT NOT NULL,
    digest TEXT,                            -- of what stands at the URL, where whoever set it gave one
    valid_days BIGINT,                      -- an acceptance counts so long; null = for good
    on_lapse TEXT NOT NULL,                 -- remind, withhold, end
    ask_again BOOLEAN NOT NULL,             -- members have to accept this version
    made_at BIGINT NOT NULL,
    made_by TEXT NOT NULL,
    PRIMARY KEY (realm, id)
) /*sqlite: WITHOUT ROWID */;
CREATE UNIQUE INDEX terms_number ON terms (realm, configuration, number);

CREATE TABLE term_acceptances (
    realm BIGINT NOT NULL,
    user_id UUID NOT NULL,
    terms UUID NOT NULL,
    accepted_at BIGINT NOT NULL,
    channel TEXT NOT NULL,                  -- agm, api, page, invitation, cli, import
    address TEXT,                           -- from where
    PRIMARY KEY (realm, user_id, terms, accepted_at)
) /*sqlite: WITHOUT ROWID */;
CREATE INDEX term_acceptances_terms ON term_acceptances (realm, terms, accepted_at, user_id);

CREATE TABLE enrollment_requests (
    realm BIGINT NOT NULL,
    id UUID NOT NULL,
    version BIGINT NOT NULL,
    modified BIGINT NOT NULL,
    group_id UUID NOT NULL,
    configuration UUID NOT NULL,
    user_id UUID NOT NULL,
    status TEXT NOT NULL,                   -- PENDING_APPROVAL, WAITING_FOR_REPLY, ACCEPTED, REJECTED, ARCHIVED, SELF_APPROVED
    open BOOLEAN NOT NULL,
    submitted_at BIGINT NOT NULL,
    decided_at BIGINT,
    terms UUID,                             -- what was accepted with it
    -- JSON: roles, comments, identity, renewal, reviewer, first approval, justification, assigned to, cause.
    body TEXT NOT NULL,
    PRIMARY KEY (realm, id)
) /*sqlite: WITHOUT ROWID */;
CREATE UNIQUE INDEX enrollment_requests_open ON enrollment_requests (realm, group_id, user_id) WHERE open;
CREATE INDEX enrollment_requests_user ON enrollment_requests (realm, user_id, submitted_at, id);
CREATE INDEX enrollment_requests_configuration ON enrollment_requests (realm, configuration, id);

-- In whose review queue a request stands: its group and every group above.
CREATE TABLE request_scopes (
    realm BIGINT NOT NULL,
    group_id UUID NOT NULL,
    status TEXT NOT NULL,
    submitted_at BIGINT NOT NULL,
    request UUID NOT NULL,
    PRIMARY KEY (realm, group_id, status, submitted_at, request)
) /*sqlite: WITHOUT ROWID */;
CREATE INDEX request_scopes_request ON request_scopes (realm, request);

CREATE TABLE request_messages (
    realm BIGINT NOT NULL,
    request UUID NOT NULL,
    id UUID NOT NULL,
    by_reviewer BOOLEAN NOT NULL,
    author TEXT NOT NULL,                   -- actor
    author_name TEXT,                       -- as it was
    body TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (realm, request, id)
) /*sqlite: WITHOUT ROWID */;

-- An invitation may offer a membership or a group's administration to an address; its user_id is the nil id until somebody
-- accepts.
ALTER TABLE invitations ADD COLUMN offers TEXT NOT NULL DEFAULT 'account';  -- account, membership, administration
ALTER TABLE invitations ADD COLUMN group_id UUID;
ALTER TABLE invitations ADD COLUMN configuration UUID;
ALTER TABLE invitations ADD COLUMN details TEXT;            -- JSON: roles, capabilities, names given, inviter, legacy, purge_at
DROP INDEX invitations_open;
CREATE UNIQUE INDEX invitations_open ON invitations (realm, user_id) WHERE open AND offers = 'account';
CREATE UNIQUE INDEX invitations_offered ON invitations (realm, group_id, offers, address_key) WHERE open AND offers <> 'account';
CREATE INDEX invitations_group ON invitations (realm, group_id, id) WHERE group_id IS NOT NULL;

-- What a person is entitled to here. Values of others stand in the person's document and are never touched.
CREATE TABLE entitlements (
    realm BIGINT NOT NULL,
    user_id UUID NOT NULL,
    membership UUID NOT NULL,
    role UUID NOT NULL,                     -- nil = the plain value of a membership without roles
    value TEXT NOT NULL,
    PRIMARY KEY (realm, user_id, membership, role)
) /*sqlite: WITHOUT ROWID */;

-- Who a person is at the realm's OpenID provider.
CREATE TABLE identity_links (
    realm BIGINT NOT NULL,
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    user_id UUID NOT NULL,
    verified_email TEXT,                    -- by which it was linked
    linked_at BIGINT NOT NULL,
    PRIMARY KEY (realm, issuer, subject)
) /*sqlite: WITHOUT ROWID */;
CREATE INDEX identity_links_user ON identity_links (realm, user_id);

-- What people want to be told, and what waits for their digest.
CREATE TABLE notice_choices (
    realm BIGINT NOT NULL,
    user_id UUID NOT NULL,
    choices TEXT NOT NULL,                  -- JSON object: kind -> each, digest, off
    PRIMARY KEY (realm, user_id)
) /*sqlite: WITHOUT ROWID */;
CREATE TABLE digest_items (
    realm BIGINT NOT NULL,
    user_id UUID NOT NULL,
    id UUID NOT NULL,
    content TEXT NOT NULL,                  -- JSON as in mails
    PRIMARY KEY (realm, user_id, id)
) /*sqlite: WITHOUT ROWID */;
ALTER TABLE mails ADD COLUMN user_id UUID;                  -- to whom, where that is known: what is unsent goes when they leave
CREATE INDEX mails_user ON mails (realm, user_id, id) WHERE user_id IS NOT NULL;

CREATE TABLE group_templates (
    realm BIGINT NOT NULL,
    id UUID NOT NULL,
    version BIGINT NOT NULL,
    name TEXT NOT NULL,
    body TEXT NOT NULL,                     -- JSON: roles, configurations, management
    PRIMARY KEY (realm, id)
) /*sqlite: WITHOUT ROWID */;
CREATE UNIQUE INDEX group_templates_name ON group_templates (realm, name);

-- What the system before called our groups, configurations, roles, requests and people: links in old mails still lead there.
CREATE TABLE legacy_ids (
    realm BIGINT NOT NULL,
    original TEXT NOT NULL,
    kind TEXT NOT NULL,
    id UUID NOT NULL,
    PRIMARY KEY (realm, original, kind)
) /*sqlite: WITHOUT ROWID */;

-- The group in which a fact happened whose subject is something else (a membership, a request, an invitation): for its history.
ALTER TABLE events ADD COLUMN within UUID;
CREATE INDEX events_within ON events (realm, within, position) WHERE within IS NOT NULL;
/*sqlite:
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('group_ancestors', 'group_ancestors', '100000 100000 4 1'),
    ('group_ancestors', 'group_ancestors_below', '100000 100000 20 5 1'),
    ('memberships', 'memberships_waiting', '100000 100000 2 1'),
    ('memberships', 'memberships_listed', '1000000 1000000 50 30 2 1'),
    ('memberships', 'memberships_id', '1000000 1000000 1'),
    ('memberships', 'memberships_ending', '1000000 1000000 30 1 1'),
    ('membership_blocks', 'membership_blocks', '10000 10000 2 1'),
    ('membership_blocks', 'membership_blocks_group', '10000 10000 5 1'),
    ('group_roles', 'group_roles', '100000 100000 5 1'),
    ('group_roles', 'group_roles_name', '100000 100000 5 1'),
    ('membership_roles', 'membership_roles', '1000000 1000000 2 1'),
    ('membership_roles', 'membership_roles_role', '1000000 1000000 100 1'),
    ('delegations', 'delegations', '100000 100000 3 1'),
    ('delegations', 'delegations_subject', '100000 100000 5 1'),
    ('enrollment_configurations', 'enrollment_configurations', '100000 100000 2 1'),
    ('enrollment_configurations', 'enrollment_configurations_id', '100000 100000 1'),
    ('configuration_rules', 'configuration_rules', '1000 100 1'),
    ('configuration_rules', 'configuration_rules_field', '1000 100 50 1'),
    ('terms', 'terms', '10000 10000 1'),
    ('terms', 'terms_number', '10000 10000 3 1'),
    ('term_acceptances', 'term_acceptances', '1000000 1000000 3 2 1'),
    ('term_acceptances', 'term_acceptances_terms', '1000000 1000000 1000 2 1'),
    ('enrollment_requests', 'enrollment_requests', '1000000 1000000 1'),
    ('enrollment_requests', 'enrollment_requests_open', '100000 100000 20 1'),
    ('enrollment_requests', 'enrollment_requests_user', '1000000 1000000 5 1 1'),
    ('enrollment_requests', 'enrollment_requests_configuration', '1000000 1000000 300 1'),
    ('request_scopes', 'request_scopes', '1000000 1000000 300 50 1 1'),
    ('request_scopes', 'request_scopes_request', '1000000 1000000 3'),
    ('request_messages', 'request_messages', '100000 100000 3 1'),
    ('invitations', 'invitations_open', '10000 10000 1'),
    ('invitations', 'invitations_offered', '10000 10000 10 10 1'),
    ('invitations', 'invitations_group', '100000 100000 30 1'),
    ('entitlements', 'entitlements', '2000000 2000000 5 2 1'),
    ('identity_links', 'identity_links', '1000000 1000000 500000 1'),
    ('identity_links', 'identity_links_user', '1000000 1000000 1'),
    ('notice_choices', 'notice_choices', '100000 100000 1'),
    ('digest_items', 'digest_items', '100000 100000 20 1'),
    ('mails', 'mails_user', '100000 100000 5 1'),
    ('group_templates', 'group_templates', '1000 100 1'),
    ('group_templates', 'group_templates_name', '1000 100 1'),
    ('legacy_ids', 'legacy_ids', '1000000 1000000 1 1'),
    ('events', 'events_within', '1000000 1000000 100 1');
ANALYZE sqlite_schema;
*/
