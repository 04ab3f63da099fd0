-- Who is signed in with a browser. Of what it holds the hash is kept.
CREATE TABLE sessions (
    realm BIGINT NOT NULL,
    hash BYTES NOT NULL,                    -- SHA-256 of the cookie
    id UUID NOT NULL,
    user_id UUID NOT NULL,
    issuer TEXT NOT NULL,                   -- the provider they signed in at
    subject TEXT NOT NULL,                  -- who they are there
    provider_session TEXT,                  -- their session there (sid), where it names one
    carried TEXT NOT NULL,                  -- JSON: what the provider said of the sign-in
    id_token TEXT,                          -- goes back to the provider when they sign out
    agent TEXT,                             -- what the browser calls itself
    address TEXT,                           -- where it asked from
    started_at BIGINT NOT NULL,
    began_at BIGINT NOT NULL,               -- the same by the machine's clock, for what the provider says of times
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (realm, hash)
);
CREATE INDEX sessions_user ON sessions (realm, user_id, id);
CREATE INDEX sessions_subject ON sessions (realm, subject, issuer, id);
CREATE INDEX sessions_provider ON sessions (realm, provider_session, issuer, id) WHERE provider_session IS NOT NULL;
CREATE INDEX sessions_expiry ON sessions (expires_at);

/*sqlite:
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('sessions', 'sqlite_autoindex_sessions_1', '100000 100000 1'),
    ('sessions', 'sessions_user', '100000 100000 2 1'),
    ('sessions', 'sessions_subject', '100000 100000 2 2 1'),
    ('sessions', 'sessions_provider', '100000 100000 1 1 1'),
    ('sessions', 'sessions_expiry', '100000 1');
ANALYZE sqlite_schema;
*/
