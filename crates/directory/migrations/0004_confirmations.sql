-- Addresses that take effect only when the person has confirmed them: a row is one mail with one link.
CREATE TABLE address_confirmations (
    realm BIGINT NOT NULL,
    id UUID NOT NULL,
    user_id UUID NOT NULL,
    address TEXT NOT NULL,                  -- what is to be confirmed
    effective TEXT,                         -- the address that counts until then; null = none
    effective_key TEXT,                     -- the same folded for comparison
    language TEXT NOT NULL,                 -- of the mail
    state TEXT NOT NULL,                    -- pending, confirmed, superseded
    hash BYTES NOT NULL,                    -- SHA-256 of the link's secret
    mail UUID NOT NULL,
    expires_at BIGINT NOT NULL,             -- of the link; what is pending stays pending
    decided_at BIGINT,
    PRIMARY KEY (realm, id)
) /*sqlite: WITHOUT ROWID */;
CREATE UNIQUE INDEX address_confirmations_hash ON address_confirmations (realm, hash);
CREATE UNIQUE INDEX address_confirmations_pending ON address_confirmations (realm, user_id) WHERE state = 'pending';
CREATE INDEX address_confirmations_effective ON address_confirmations (realm, effective_key, user_id)
    WHERE state = 'pending' AND effective_key IS NOT NULL;
CREATE INDEX address_confirmations_user ON address_confirmations (realm, user_id, id);
/*sqlite:
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('address_confirmations', 'address_confirmations', '100000 100000 1'),
    ('address_confirmations', 'address_confirmations_hash', '100000 100000 1'),
    ('address_confirmations', 'address_confirmations_pending', '10000 10000 1'),
    ('address_confirmations', 'address_confirmations_effective', '10000 10000 1 1'),
    ('address_confirmations', 'address_confirmations_user', '100000 100000 2 1');
ANALYZE sqlite_schema;
*/
