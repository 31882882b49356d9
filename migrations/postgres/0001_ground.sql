-- Objects, streams, accounts and credentials.
--
-- Ids are texts of any length that others chose, so they are found by a digest of fixed size (`key`:
-- the first 16 bytes of the SHA-256), and named by a number (`pk`) everywhere else.
-- Times are seconds since 1970.

CREATE TABLE objects (
    pk BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key BYTEA NOT NULL UNIQUE,
    id TEXT NOT NULL,
    uuid TEXT COLLATE "C" NOT NULL UNIQUE,
    object_type TEXT NOT NULL,
    author TEXT,
    audience JSONB NOT NULL,   -- as given; the tables audience_* and `public` are made from it
    public BOOLEAN NOT NULL,
    post TEXT,
    deleted BOOLEAN NOT NULL,
    version BIGINT NOT NULL,
    body JSONB NOT NULL
);

-- `last` is the number of the newest entry ever made; the rest count the entries there are, all and public. The
-- free space lets a row change where it is, without touching an index.
CREATE TABLE streams (
    pk BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key BYTEA NOT NULL UNIQUE,
    name TEXT NOT NULL,
    last BIGINT NOT NULL DEFAULT 0,
    total BIGINT NOT NULL DEFAULT 0,
    major BIGINT NOT NULL DEFAULT 0,
    minor BIGINT NOT NULL DEFAULT 0,
    major_direct BIGINT NOT NULL DEFAULT 0,
    minor_direct BIGINT NOT NULL DEFAULT 0,
    public BIGINT NOT NULL DEFAULT 0,
    public_major BIGINT NOT NULL DEFAULT 0,
    public_minor BIGINT NOT NULL DEFAULT 0,
    public_major_direct BIGINT NOT NULL DEFAULT 0,
    public_minor_direct BIGINT NOT NULL DEFAULT 0
) WITH (fillfactor = 70);

-- Without foreign keys: streams and objects are never deleted, and bringing an activity to a hundred
-- thousand inboxes can't pay for two hundred thousand checks.
CREATE TABLE entries (
    stream BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    item BIGINT NOT NULL,
    major BOOLEAN,            -- NULL: filed under no class
    direct BOOLEAN NOT NULL,
    public BOOLEAN NOT NULL,  -- as the item is
    PRIMARY KEY (stream, seq)
);

CREATE UNIQUE INDEX entries_item ON entries (item, stream);
-- So that a page of a rare class costs no more than one of a frequent class.
CREATE INDEX entries_major ON entries (stream, seq) WHERE major;
CREATE INDEX entries_minor ON entries (stream, seq) WHERE NOT major;
CREATE INDEX entries_direct ON entries (stream, seq) WHERE direct;
-- So that a total is a counter and a look at the few entries that not everyone may read.
CREATE INDEX entries_private ON entries (stream, item) WHERE NOT public;

CREATE TABLE audience_persons (
    object BIGINT NOT NULL REFERENCES objects,
    person BIGINT NOT NULL REFERENCES objects,
    PRIMARY KEY (object, person)
);

CREATE TABLE audience_streams (
    object BIGINT NOT NULL REFERENCES objects,
    stream BIGINT NOT NULL REFERENCES streams,
    PRIMARY KEY (object, stream)
);

CREATE TABLE accounts (
    nickname TEXT COLLATE "C" PRIMARY KEY,
    person BIGINT NOT NULL UNIQUE REFERENCES objects,
    inbox BIGINT NOT NULL REFERENCES streams,
    password TEXT,
    email TEXT,
    published BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    version BIGINT NOT NULL,
    extra JSONB NOT NULL
);

CREATE TABLE clients (
    pk BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id TEXT COLLATE "C" NOT NULL UNIQUE,
    secret TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT,
    description TEXT,
    logo_url TEXT,
    contacts JSONB NOT NULL,
    redirect_uris JSONB NOT NULL,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL
);

CREATE TABLE access_tokens (
    pk BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    token TEXT COLLATE "C" NOT NULL UNIQUE,
    secret TEXT NOT NULL,
    client TEXT COLLATE "C" NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    nickname TEXT COLLATE "C" NOT NULL REFERENCES accounts ON DELETE CASCADE,
    created BIGINT NOT NULL
);

CREATE INDEX access_tokens_client ON access_tokens (client, nickname);
CREATE INDEX access_tokens_nickname ON access_tokens (nickname);

-- A request token may be older than its client or its person.
CREATE TABLE request_tokens (
    token TEXT COLLATE "C" PRIMARY KEY,
    secret TEXT NOT NULL,
    client TEXT COLLATE "C" NOT NULL,
    callback TEXT NOT NULL,
    nickname TEXT COLLATE "C",
    verifier TEXT,
    approved BOOLEAN NOT NULL,
    expires BIGINT NOT NULL
);

CREATE INDEX request_tokens_expires ON request_tokens (expires);

CREATE TABLE nonces (
    timestamp BIGINT NOT NULL,
    digest BYTEA NOT NULL,
    PRIMARY KEY (timestamp, digest)
);

CREATE TABLE media (
    path TEXT COLLATE "C" PRIMARY KEY,
    object BIGINT NOT NULL REFERENCES objects,
    media_type TEXT NOT NULL,
    size BIGINT NOT NULL
);
