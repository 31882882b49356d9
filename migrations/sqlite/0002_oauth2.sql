-- OAuth 2.0: what people are asked and allow, and bearer tokens. Secrets are kept as their SHA-256, in
-- hexadecimal. Times are seconds since 1970.

CREATE TABLE authorizations (
    digest TEXT PRIMARY KEY,
    client TEXT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    nickname TEXT NOT NULL REFERENCES accounts ON DELETE CASCADE,
    redirect_uri TEXT NOT NULL,
    state TEXT,
    challenge TEXT,
    scope TEXT NOT NULL,
    approved INTEGER NOT NULL,
    expires INTEGER NOT NULL
) STRICT;

CREATE INDEX authorizations_nickname ON authorizations (nickname, client);
CREATE INDEX authorizations_client ON authorizations (client);
CREATE INDEX authorizations_expires ON authorizations (expires);

CREATE TABLE bearer_tokens (
    digest TEXT PRIMARY KEY,
    client TEXT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    nickname TEXT REFERENCES accounts ON DELETE CASCADE,  -- NULL: the client itself
    scope TEXT NOT NULL,
    code TEXT,                                            -- the digest of the code it was given for
    created INTEGER NOT NULL,
    expires INTEGER                                       -- NULL: never
) STRICT;

CREATE INDEX bearer_tokens_nickname ON bearer_tokens (nickname, client);
CREATE INDEX bearer_tokens_client ON bearer_tokens (client);
CREATE INDEX bearer_tokens_code ON bearer_tokens (code);
CREATE INDEX bearer_tokens_expires ON bearer_tokens (expires);
