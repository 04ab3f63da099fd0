-- Who may make themselves a member of a group for some hours at a time.
CREATE TABLE eligibilities (
    realm BIGINT NOT NULL,
    group_id UUID NOT NULL,
    user_id UUID NOT NULL,
    id UUID NOT NULL,
    hours BIGINT NOT NULL,                  -- for so many at most
    valid_until BIGINT,                     -- the first instant after it; null = for good
    justified BOOLEAN NOT NULL,             -- whether they have to say why
    entitled BOOLEAN NOT NULL,              -- whoever gave it may let people into the group when it is privileged
    granted_by TEXT NOT NULL,
    granted_at BIGINT NOT NULL,
    PRIMARY KEY (realm, group_id, user_id)
) /*sqlite: WITHOUT ROWID */;
CREATE UNIQUE INDEX eligibilities_id ON eligibilities (realm, id);
CREATE INDEX eligibilities_user ON eligibilities (realm, user_id, group_id);

-- With which roles. They are known by their ids, so that one that is renamed stays.
CREATE TABLE eligibility_roles (
    realm BIGINT NOT NULL,
    eligibility UUID NOT NULL,
    role UUID NOT NULL,
    group_id UUID NOT NULL,
    PRIMARY KEY (realm, eligibility, role)
) /*sqlite: WITHOUT ROWID */;
CREATE INDEX eligibility_roles_role ON eligibility_roles (realm, role, eligibility);

/*sqlite:
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('eligibilities', 'eligibilities', '100000 100000 20 1'),
    ('eligibilities', 'eligibilities_id', '100000 100000 1'),
    ('eligibilities', 'eligibilities_user', '100000 100000 3 1'),
    ('eligibility_roles', 'eligibility_roles', '100000 100000 2 1'),
    ('eligibility_roles', 'eligibility_roles_role', '100000 100000 20 1');
ANALYZE sqlite_schema;
*/
