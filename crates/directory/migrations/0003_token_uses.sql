-- When a token was last used, and from which address. Written down once a minute, not with each request.
ALTER TABLE tokens ADD COLUMN last_used_at BIGINT;
ALTER TABLE tokens ADD COLUMN last_used_from TEXT;
