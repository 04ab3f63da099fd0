-- Whether whoever granted a delegation may let people into every privileged group. Only then does it say, in a privileged group
-- below, who gets in: else administrators of a group above would choose those who decide there.
ALTER TABLE delegations ADD COLUMN entitled BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE delegations SET entitled = TRUE WHERE granted_by IN ('operator', 'system');
