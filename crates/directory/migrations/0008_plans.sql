-- Plans: what changes many things at once is a list that is read, approved and applied as it was read.
CREATE TABLE plans (
    realm BIGINT NOT NULL,
    id UUID NOT NULL,
    version BIGINT NOT NULL,
    modified BIGINT NOT NULL,
    kind TEXT NOT NULL,                     -- users, groups: what its source tells of
    source TEXT NOT NULL,                   -- in whose name it acts
    title TEXT NOT NULL,                    -- for people: the file
    made_by TEXT NOT NULL,                  -- as actor in events
    state TEXT NOT NULL,                    -- making, ready, held, approved, applying, applied, discarded
    options TEXT NOT NULL,                  -- JSON: what it was made with
    items BIGINT NOT NULL,                  -- how many it has so far
    counts TEXT NOT NULL,                   -- JSON object: action -> how many, once it is made
    held TEXT,                              -- why it takes a second look
    ended_at BIGINT,                        -- when it was applied or discarded
    PRIMARY KEY (realm, id)
);
CREATE INDEX plans_open ON plans (realm, source, id) WHERE ended_at IS NULL;

CREATE TABLE plan_items (
    realm BIGINT NOT NULL,
    plan UUID NOT NULL,
    position BIGINT NOT NULL,               -- 1, 2, … in the order of the source
    stage BIGINT NOT NULL,                  -- whatever has a lower one is applied before
    action TEXT NOT NULL,                   -- create, change, create_group, add_member, remove_member, deactivate, remove, nothing, refused
    place TEXT NOT NULL,                    -- where the source says it, for people: line 17
    name TEXT NOT NULL,                     -- what people call the subject
    name_key TEXT,                          -- of what is to be made: the name that has to be free, folded
    subject UUID,                           -- the person or group; null until it is made
    within UUID,                            -- of a membership: the group; null until it is made
    record BYTES,                           -- what the source calls the subject, hashed with a key
    guard BIGINT,                           -- the subject's version when this was planned
    before TEXT,                            -- JSON object of what changes
    after TEXT,
    reason TEXT,
    state TEXT NOT NULL,                    -- pending, done, refused
    outcome TEXT,                           -- why it was refused, or what there is to say
    PRIMARY KEY (realm, plan, position)
) /*sqlite: WITHOUT ROWID */;
CREATE INDEX plan_items_pending ON plan_items (realm, plan, stage, position) WHERE state = 'pending';
CREATE INDEX plan_items_action ON plan_items (realm, plan, action, position);
CREATE UNIQUE INDEX plan_items_record ON plan_items (realm, plan, record) WHERE record IS NOT NULL;
CREATE INDEX plan_items_name ON plan_items (realm, plan, name_key) WHERE name_key IS NOT NULL;
-- To find what a plan says of somebody, and to erase it with them.
CREATE INDEX plan_items_subject ON plan_items (realm, subject, plan) WHERE subject IS NOT NULL;

-- Whom and what a source knows. A subject that is no longer there has ended here, and is not brought back: so a row stays when
-- a person is erased, and names them by a keyed hash only.
CREATE TABLE source_records (
    realm BIGINT NOT NULL,
    source TEXT NOT NULL,
    kind TEXT NOT NULL,                     -- user, group
    record BYTES NOT NULL,                  -- what the source calls the subject, hashed with a key
    subject UUID NOT NULL,
    given BOOLEAN NOT NULL,                 -- the source made the subject, and may take it away
    missed BOOLEAN NOT NULL DEFAULT FALSE,  -- the source suspended the person because it no longer named them
    PRIMARY KEY (realm, source, kind, record)
) /*sqlite: WITHOUT ROWID */;
-- To find what else a source calls somebody.
CREATE INDEX source_records_subject ON source_records (realm, source, kind, subject);

-- Memberships that an import gave: only it takes them away. Others do not pay for this.
CREATE INDEX memberships_imported ON memberships (realm, source_id, group_id, user_id) WHERE source = 'import';
/*sqlite:
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('plans', 'sqlite_autoindex_plans_1', '1000 1000 1'),
    ('plans', 'plans_open', '100 100 10 1'),
    ('plan_items', 'plan_items', '1000000 1000000 100000 1'),
    ('plan_items', 'plan_items_pending', '100000 100000 100000 100000 1'),
    ('plan_items', 'plan_items_action', '1000000 1000000 100000 50000 1'),
    ('plan_items', 'plan_items_record', '1000000 1000000 100000 1'),
    ('plan_items', 'plan_items_name', '1000000 1000000 100000 1'),
    ('plan_items', 'plan_items_subject', '1000000 1000000 5 1'),
    ('source_records', 'source_records', '1000000 1000000 500000 500000 1'),
    ('source_records', 'source_records_subject', '1000000 1000000 500000 500000 1'),
    ('memberships', 'memberships_imported', '1000000 1000000 500000 50 1');
ANALYZE sqlite_schema;
*/
