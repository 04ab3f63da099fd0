-- What people were called who have left: their userName, addresses and externalIds, folded. Kept until they are erased, so that
-- nobody who has left is made anew by signing in at the realm's provider.
CREATE TABLE departed_names (
    realm BIGINT NOT NULL,
    name_key TEXT NOT NULL,
    user_id UUID NOT NULL,
    PRIMARY KEY (realm, name_key, user_id)
) /*sqlite: WITHOUT ROWID */;
CREATE INDEX departed_names_user ON departed_names (realm, user_id);

/*sqlite:
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('departed_names', 'departed_names', '300000 300000 2 1'),
    ('departed_names', 'departed_names_user', '300000 300000 3 1');
ANALYZE sqlite_schema;
*/
