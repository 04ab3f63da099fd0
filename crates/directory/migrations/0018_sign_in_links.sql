-- Links by which people sign in without a provider: each went to one address and is good for once.
CREATE TABLE sign_in_links (
    realm BIGINT NOT NULL,
    hash BYTES NOT NULL,                    -- SHA-256 of the link's secret
    address TEXT NOT NULL,                  -- where it went
    address_key TEXT NOT NULL,              -- the same folded for comparison
    language TEXT NOT NULL,                 -- of the mail
    goes_to TEXT,                           -- the page that whoever uses it comes to
    asked_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT,
    PRIMARY KEY (realm, hash)
) /*sqlite: WITHOUT ROWID */;
CREATE INDEX sign_in_links_address ON sign_in_links (realm, address_key, asked_at);
CREATE INDEX sign_in_links_expiry ON sign_in_links (expires_at);
/*sqlite:
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('sign_in_links', 'sign_in_links', '10000 10000 1'),
    ('sign_in_links', 'sign_in_links_address', '10000 10000 2 1'),
    ('sign_in_links', 'sign_in_links_expiry', '10000 1');
ANALYZE sqlite_schema;
*/
