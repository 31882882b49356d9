-- Mail: addresses that are not known to be someone's own, what people want to be told of, codes that were
-- sent, and a queue of what is to be done later.

ALTER TABLE accounts ADD COLUMN unconfirmed_email TEXT;
-- The kinds of notices that are wanted, with spaces between them.
ALTER TABLE accounts ADD COLUMN notices TEXT NOT NULL DEFAULT 'direct';

-- Nobody was asked until now.
UPDATE accounts SET unconfirmed_email = email, email = NULL;

CREATE TABLE codes (
    pk INTEGER PRIMARY KEY,
    digest TEXT NOT NULL UNIQUE,
    purpose TEXT NOT NULL,
    nickname TEXT NOT NULL REFERENCES accounts ON DELETE CASCADE,
    subject TEXT NOT NULL,
    created INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    used INTEGER NOT NULL
) STRICT;

CREATE INDEX codes_nickname ON codes (nickname, purpose, created);
CREATE INDEX codes_expires ON codes (expires);

-- `key` is the digest of the id, as in objects: an id may hold ids that others chose.
CREATE TABLE jobs (
    pk INTEGER PRIMARY KEY,
    key BLOB NOT NULL UNIQUE,
    id TEXT NOT NULL,
    queue TEXT NOT NULL,
    payload TEXT NOT NULL,
    due INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    version INTEGER NOT NULL
) STRICT;

CREATE INDEX jobs_due ON jobs (queue, due, pk);
