-- Actors of other hosts, these hosts, and the deliveries that wait for them.

-- The name is an authority in lower case, without a default port. The columns from `failing_since` to `clock_offset`
-- are the state of deliveries. Until `leased_until` a worker delivers there.
CREATE TABLE remote_hosts (
    pk INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    endpoints TEXT NOT NULL DEFAULT '{}',
    discovered INTEGER,
    failing_since INTEGER,
    failures INTEGER NOT NULL DEFAULT 0,
    last_error TEXT,
    last_success INTEGER,
    next_attempt INTEGER,
    clock_offset INTEGER NOT NULL DEFAULT 0,
    leased_until INTEGER
) STRICT;

-- `destination` is the digest of the shared inbox or, without one, of the id of the object.
CREATE TABLE remote_accounts (
    object INTEGER PRIMARY KEY REFERENCES objects,
    host INTEGER NOT NULL REFERENCES remote_hosts,
    protocol TEXT NOT NULL DEFAULT 'pump',
    inbox TEXT,
    shared_inbox TEXT,
    profile_url TEXT,
    fetched INTEGER,
    failing_since INTEGER,
    destination BLOB NOT NULL
) STRICT;

CREATE TABLE remote_credentials (
    host TEXT NOT NULL,
    identity TEXT NOT NULL,
    client_id TEXT NOT NULL,
    secret TEXT NOT NULL,
    created INTEGER NOT NULL,
    PRIMARY KEY (host, identity)
) STRICT, WITHOUT ROWID;

CREATE TABLE host_blocks (
    host TEXT PRIMARY KEY,
    subdomains INTEGER NOT NULL,
    reason TEXT,
    created INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Activities that wait for a destination. A position is never given twice.
CREATE TABLE outgoing (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    host INTEGER NOT NULL,
    activity INTEGER NOT NULL,
    account INTEGER NOT NULL,
    destination BLOB NOT NULL,
    created INTEGER NOT NULL,
    UNIQUE (activity, destination)
) STRICT;

-- Of each host in the order of their positions.
CREATE INDEX outgoing_host ON outgoing (host);

-- The identity that a client proved, as `person ID` or `host NAME`.
ALTER TABLE clients ADD COLUMN identity TEXT;
CREATE INDEX clients_of_identity ON clients (identity) WHERE identity IS NOT NULL;

-- Actors that are known by name already. Those of this server have an account or an author; generators have URNs.
CREATE TABLE known_actors (object INTEGER NOT NULL, destination BLOB NOT NULL, host TEXT NOT NULL) STRICT;
INSERT INTO known_actors (object, destination, host)
    SELECT pk, key, CASE WHEN host LIKE '%:80' THEN substr(host, 1, length(host) - 3)
        WHEN host LIKE '%:443' THEN substr(host, 1, length(host) - 4) ELSE host END
    FROM (SELECT pk, key, rtrim(replace(lower(substr(authority, instr(authority, '@') + 1)), '.:', ':'), '.') AS host
        FROM (SELECT pk, key, substr(rest, 1, instr(rest, '/') - 1) AS authority
            FROM (SELECT pk, key,
                replace(replace(replace(substr(id, instr(id, ':') + 1 + 2 * (id LIKE 'http%')), '?', '/'), '#', '/'), '\', '/')
                    || '/' AS rest
                FROM objects WHERE object_type IN ('person', 'group', 'service', 'organization', 'application')
                    AND (id LIKE 'acct:%@%' OR id LIKE 'http://%' OR id LIKE 'https://%')
                    AND author IS NULL AND NOT deleted
                    AND pk NOT IN (SELECT person FROM accounts))))
    WHERE host <> '';
INSERT INTO remote_hosts (name) SELECT DISTINCT host FROM known_actors;
INSERT INTO remote_accounts (object, host, destination)
    SELECT k.object, h.pk, k.destination FROM known_actors k JOIN remote_hosts h ON h.name = k.host;
DROP TABLE known_actors;
