-- Objects, streams, accounts and credentials. (Nonces are in a file of their own.)
--
-- Ids are texts of any length that others chose, so they are found by a digest of fixed size (`key`:
-- the first 16 bytes of the SHA-256), and named by a number (`pk`) everywhere else.
-- Times are seconds since 1970.

CREATE TABLE objects (
    pk INTEGER PRIMARY KEY,
    key BLOB NOT NULL UNIQUE,
    id TEXT NOT NULL,
    uuid TEXT NOT NULL UNIQUE,
    object_type TEXT NOT NULL,
    author TEXT,
    audience TEXT NOT NULL,   -- as given; the tables audience_* and `public` are made from it
    public INTEGER NOT NULL,
    post TEXT,
    deleted INTEGER NOT NULL,
    version INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;

-- `last` is the number of the newest entry ever made; the rest count the entries there are, all and public.
CREATE TABLE streams (
    pk INTEGER PRIMARY KEY,
    key BLOB NOT NULL UNIQUE,
    name TEXT NOT NULL,
    last INTEGER NOT NULL DEFAULT 0,
    total INTEGER NOT NULL DEFAULT 0,
    major INTEGER NOT NULL DEFAULT 0,
    minor INTEGER NOT NULL DEFAULT 0,
    major_direct INTEGER NOT NULL DEFAULT 0,
    minor_direct INTEGER NOT NULL DEFAULT 0,
    public INTEGER NOT NULL DEFAULT 0,
    public_major INTEGER NOT NULL DEFAULT 0,
    public_minor INTEGER NOT NULL DEFAULT 0,
    public_major_direct INTEGER NOT NULL DEFAULT 0,
    public_minor_direct INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE entries (
    stream INTEGER NOT NULL REFERENCES streams,
    seq INTEGER NOT NULL,
    item INTEGER NOT NULL REFERENCES objects,
    major INTEGER,            -- NULL: filed under no class
    direct INTEGER NOT NULL,
    public INTEGER NOT NULL,  -- as the item is
    PRIMARY KEY (stream, seq)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX entries_item ON entries (item, stream);
-- So that a page of a rare class costs no more than one of a frequent class. Reads name these indexes:
-- by itself SQLite would take the primary key, since it does not know how rare a class is.
CREATE INDEX entries_major ON entries (stream, seq) WHERE major;
CREATE INDEX entries_minor ON entries (stream, seq) WHERE NOT major;
CREATE INDEX entries_direct ON entries (stream, seq) WHERE direct;
-- So that a total is a counter and a look at the few entries that not everyone may read.
CREATE INDEX entries_private ON entries (stream, item) WHERE NOT public;

CREATE TABLE audience_persons (
    object INTEGER NOT NULL REFERENCES objects,
    person INTEGER NOT NULL REFERENCES objects,
    PRIMARY KEY (object, person)
) STRICT, WITHOUT ROWID;

CREATE TABLE audience_streams (
    object INTEGER NOT NULL REFERENCES objects,
    stream INTEGER NOT NULL REFERENCES streams,
    PRIMARY KEY (object, stream)
) STRICT, WITHOUT ROWID;

CREATE TABLE accounts (
    nickname TEXT PRIMARY KEY,
    person INTEGER NOT NULL UNIQUE REFERENCES objects,
    inbox INTEGER NOT NULL REFERENCES streams,
    password TEXT,
    email TEXT,
    published INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    extra TEXT NOT NULL
) STRICT;

CREATE TABLE clients (
    pk INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    secret TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT,
    description TEXT,
    logo_url TEXT,
    contacts TEXT NOT NULL,
    redirect_uris TEXT NOT NULL,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL
) STRICT;

CREATE TABLE access_tokens (
    pk INTEGER PRIMARY KEY,
    token TEXT NOT NULL UNIQUE,
    secret TEXT NOT NULL,
    client TEXT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    nickname TEXT NOT NULL REFERENCES accounts ON DELETE CASCADE,
    created INTEGER NOT NULL
) STRICT;

CREATE INDEX access_tokens_client ON access_tokens (client, nickname);
CREATE INDEX access_tokens_nickname ON access_tokens (nickname);

-- A request token may be older than its client or its person.
CREATE TABLE request_tokens (
    token TEXT PRIMARY KEY,
    secret TEXT NOT NULL,
    client TEXT NOT NULL,
    callback TEXT NOT NULL,
    nickname TEXT,
    verifier TEXT,
    approved INTEGER NOT NULL,
    expires INTEGER NOT NULL
) STRICT;

CREATE INDEX request_tokens_expires ON request_tokens (expires);

CREATE TABLE media (
    path TEXT PRIMARY KEY,
    object INTEGER NOT NULL REFERENCES objects,
    media_type TEXT NOT NULL,
    size INTEGER NOT NULL
) STRICT;
