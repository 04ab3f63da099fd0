-- People whose DELETE suspends them first: when they leave for good. Until then only administrators see them. Null = they stay.
ALTER TABLE users ADD COLUMN leaves_at BIGINT;
CREATE UNIQUE INDEX users_leaving ON users (realm, id) WHERE leaves_at IS NOT NULL;

-- How a group was made: scim; admin (native API or command line). Of those that were there before, SCIM is assumed.
ALTER TABLE groups ADD COLUMN source TEXT NOT NULL DEFAULT 'scim';
/*sqlite:
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('users', 'users_leaving', '1000 1000 1');
ANALYZE sqlite_schema;
*/
