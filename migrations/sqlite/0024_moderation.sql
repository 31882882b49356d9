-- Rights of accounts, limits that moderators set, and the second proof of identity at a sign-in.
ALTER TABLE accounts ADD COLUMN role TEXT NOT NULL DEFAULT 'none';
ALTER TABLE accounts ADD COLUMN standing TEXT NOT NULL DEFAULT 'good';
ALTER TABLE accounts ADD COLUMN second_factor TEXT;

-- Reports, invitations, announcements, and the audit log.
CREATE TABLE site_records (
    pk INTEGER PRIMARY KEY,
    key BLOB NOT NULL UNIQUE,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    created INTEGER NOT NULL,
    body TEXT NOT NULL,
    version INTEGER NOT NULL
) STRICT;

CREATE INDEX site_records_created ON site_records (kind, created, pk);
