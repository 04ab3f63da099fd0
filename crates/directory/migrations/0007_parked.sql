-- What waits for an operator, over all realms: counted for monitoring. Nearly always empty, so no write pays for it.
CREATE INDEX deliveries_parked ON deliveries (target) WHERE state = 'parked';
CREATE INDEX jobs_parked ON jobs (due_at) WHERE parked;
/*sqlite:
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('deliveries', 'deliveries_parked', '100 100'),
    ('jobs', 'jobs_parked', '100 1');
ANALYZE sqlite_schema;
*/
