-- A managed group has roles, admins, ways to join, and members in lists that are sorted by name. One made by SCIM becomes it
-- when somebody administers it.
ALTER TABLE groups ADD COLUMN managed BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE groups ADD COLUMN children BIGINT NOT NULL DEFAULT 0;          -- how many groups have it as parent
ALTER TABLE groups ADD COLUMN enabled_members BIGINT NOT NULL DEFAULT 0;   -- how many people are in it
ALTER TABLE groups ADD COLUMN default_configuration UUID;                  -- the way to join that is offered first
-- JSON: attributes, notices, privileged, contact, self_approval; null = nothing set.
ALTER TABLE groups ADD COLUMN management TEXT;
