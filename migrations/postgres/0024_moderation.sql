-- Rights of accounts, limits that moderators set, and the second proof of identity at a sign-in.
ALTER TABLE accounts ADD COLUMN role TEXT COLLATE "C" NOT NULL DEFAULT 'none';
ALTER TABLE accounts ADD COLUMN standing TEXT COLLATE "C" NOT NULL DEFAULT 'good';
ALTER TABLE accounts ADD COLUMN second_factor JSONB;

-- Reports, invitations, announcements, and the audit log.
CREATE TABLE site_records (
    pk BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key BYTEA NOT NULL UNIQUE,
    id TEXT NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    created BIGINT NOT NULL,
    body JSONB NOT NULL,
    version BIGINT NOT NULL
);

CREATE INDEX site_records_created ON site_records (kind, created, pk);
