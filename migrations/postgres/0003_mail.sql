-- Mail: addresses that are not known to be someone's own, what people want to be told of, codes that were
-- sent, and a queue of what is to be done later.

ALTER TABLE accounts ADD COLUMN unconfirmed_email TEXT;
-- The kinds of notices that are wanted, with spaces between them.
ALTER TABLE accounts ADD COLUMN notices TEXT NOT NULL DEFAULT 'direct';

-- Nobody was asked until now.
UPDATE accounts SET unconfirmed_email = email, email = NULL;

CREATE TABLE codes (
    pk BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    digest TEXT COLLATE "C" NOT NULL UNIQUE,
    purpose TEXT COLLATE "C" NOT NULL,
    nickname TEXT COLLATE "C" NOT NULL REFERENCES accounts ON DELETE CASCADE,
    subject TEXT NOT NULL,
    created BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    used BOOLEAN NOT NULL
);

CREATE INDEX codes_nickname ON codes (nickname, purpose, created);
CREATE INDEX codes_expires ON codes (expires);

-- `key` is the digest of the id, as in objects: an id may hold ids that others chose.
CREATE TABLE jobs (
    pk BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key BYTEA NOT NULL UNIQUE,
    id TEXT NOT NULL,
    queue TEXT COLLATE "C" NOT NULL,
    payload JSONB NOT NULL,
    due BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    version BIGINT NOT NULL
);

CREATE INDEX jobs_due ON jobs (queue, due, pk);
