-- Access reviews: whether each membership of a group, and of those below it, is still right. Instants are milliseconds since 1970
-- UTC; the end is the first instant after the last day in the realm's time zone.
CREATE TABLE reviews (
    realm BIGINT NOT NULL,
    id UUID NOT NULL,
    version BIGINT NOT NULL,
    modified BIGINT NOT NULL,
    group_id UUID NOT NULL,
    path TEXT NOT NULL,                     -- where that stood when it began
    below BOOLEAN NOT NULL,                 -- the groups below it too
    name TEXT NOT NULL,
    reason TEXT,
    undecided TEXT NOT NULL,                -- keep, remove, suspend: what nobody decides about
    begun_by TEXT NOT NULL,                 -- actor
    state TEXT NOT NULL,                    -- starting, open, held, closing, closed, cancelled
    open BOOLEAN NOT NULL,                  -- starting, open, held
    ends_at BIGINT NOT NULL,
    reminded BIGINT,                        -- reminders that were due until then are settled; null until it is open
    held TEXT,                              -- why it waits for somebody to close it
    ended_at BIGINT,
    cause TEXT,                             -- why it was cancelled
    items BIGINT NOT NULL,
    to_decide BIGINT NOT NULL,
    to_keep BIGINT NOT NULL,
    to_remove BIGINT NOT NULL,
    to_suspend BIGINT NOT NULL,
    removed BIGINT NOT NULL,
    suspended BIGINT NOT NULL,
    superseded BIGINT NOT NULL,
    PRIMARY KEY (realm, id)
) /*sqlite: WITHOUT ROWID */;
CREATE INDEX reviews_open ON reviews (realm, group_id, id) WHERE open;

-- The groups of a review, in the order of their items: those of a group follow one another.
CREATE TABLE review_groups (
    realm BIGINT NOT NULL,
    review UUID NOT NULL,
    group_id UUID NOT NULL,
    first_position BIGINT NOT NULL,
    items BIGINT NOT NULL,
    to_decide BIGINT NOT NULL,
    PRIMARY KEY (realm, review, group_id)
) /*sqlite: WITHOUT ROWID */;
CREATE INDEX review_groups_place ON review_groups (realm, review, first_position, group_id);
CREATE INDEX review_groups_group ON review_groups (realm, group_id, review);

-- One membership as it was when the review began; groups above come before those below them.
CREATE TABLE review_items (
    realm BIGINT NOT NULL,
    review UUID NOT NULL,
    position BIGINT NOT NULL,
    group_id UUID NOT NULL,
    user_id UUID NOT NULL,
    membership UUID NOT NULL,
    membership_version BIGINT NOT NULL,     -- then
    granted_at BIGINT NOT NULL,             -- when it had been given last, then
    decision TEXT NOT NULL,                 -- undecided, keep, remove, suspend
    comment TEXT,
    decided_by TEXT,                        -- actor
    decided_at BIGINT,
    outcome TEXT,                           -- removed, suspended, superseded; null where nothing was done
    why TEXT,                               -- superseded by what
    PRIMARY KEY (realm, review, position)
) /*sqlite: WITHOUT ROWID */;
CREATE UNIQUE INDEX review_items_membership ON review_items (realm, review, membership);
CREATE INDEX review_items_decision ON review_items (realm, review, decision, position);
CREATE INDEX review_items_user ON review_items (realm, user_id);

-- Who was told in which round, so that whoever administers many groups of a review gets one mail.
CREATE TABLE review_notices (
    realm BIGINT NOT NULL,
    review UUID NOT NULL,
    user_id UUID NOT NULL,
    round BIGINT NOT NULL,                  -- when it began
    PRIMARY KEY (realm, review, user_id)
) /*sqlite: WITHOUT ROWID */;
CREATE INDEX review_notices_user ON review_notices (realm, user_id);

/*sqlite:
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('reviews', 'reviews', '1000 1000 1'),
    ('reviews', 'reviews_open', '100 100 2 1'),
    ('review_groups', 'review_groups', '100000 100000 100 1'),
    ('review_groups', 'review_groups_place', '100000 100000 100 1 1'),
    ('review_groups', 'review_groups_group', '100000 100000 10 1'),
    ('review_items', 'review_items', '1000000 1000000 1000 1'),
    ('review_items', 'review_items_membership', '1000000 1000000 1000 1'),
    ('review_items', 'review_items_decision', '1000000 1000000 1000 300 1'),
    ('review_items', 'review_items_user', '1000000 1000000 10'),
    ('review_notices', 'review_notices', '10000 10000 100 1'),
    ('review_notices', 'review_notices_user', '10000 10000 10');
ANALYZE sqlite_schema;
*/
