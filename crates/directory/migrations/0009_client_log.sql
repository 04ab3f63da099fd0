-- What programs asked last and what they were answered, for `usher client log`. Every server writes down in pages what it
-- answered, once a second at most; what is older than the last 400 requests of a program goes.
CREATE TABLE client_log (
    realm BIGINT NOT NULL,
    client UUID NOT NULL,
    page UUID NOT NULL,                     -- UUIDv7 of when it was written down, by the machine's time
    entries BIGINT NOT NULL,                -- how many requests are in the page
    body TEXT NOT NULL,                     -- JSON: the requests, the oldest first
    PRIMARY KEY (realm, client, page)
);
/*sqlite:
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('client_log', 'sqlite_autoindex_client_log_1', '100000 100000 100 1');
ANALYZE sqlite_schema;
*/
