-- OAuth 2.0: what people are asked and allow, and bearer tokens. Secrets are kept as their SHA-256, in
-- hexadecimal. Times are seconds since 1970.

CREATE TABLE authorizations (
    digest TEXT COLLATE "C" PRIMARY KEY,
    client TEXT COLLATE "C" NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    nickname TEXT COLLATE "C" NOT NULL REFERENCES accounts ON DELETE CASCADE,
    redirect_uri TEXT NOT NULL,
    state TEXT,
    challenge TEXT,
    scope TEXT NOT NULL,
    approved BOOLEAN NOT NULL,
    expires BIGINT NOT NULL
);

CREATE INDEX authorizations_nickname ON authorizations (nickname, client);
CREATE INDEX authorizations_client ON authorizations (client);
CREATE INDEX authorizations_expires ON authorizations (expires);

CREATE TABLE bearer_tokens (
    digest TEXT COLLATE "C" PRIMARY KEY,
    client TEXT COLLATE "C" NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    nickname TEXT COLLATE "C" REFERENCES accounts ON DELETE CASCADE,  -- NULL: the client itself
    scope TEXT NOT NULL,
    code TEXT COLLATE "C",                                            -- the digest of the code it was given for
    created BIGINT NOT NULL,
    expires BIGINT                                                    -- NULL: never
);

CREATE INDEX bearer_tokens_nickname ON bearer_tokens (nickname, client);
CREATE INDEX bearer_tokens_client ON bearer_tokens (client);
CREATE INDEX bearer_tokens_code ON bearer_tokens (code);
CREATE INDEX bearer_tokens_expires ON bearer_tokens (expires);
