//! SQL that fills a database with many rows.

/// Rows enough that the planner would not read a table from end to end.
///
/// There is an inbox of 20,000 entries, of which ten are not public, and as many streams of one
/// entry, to which as much is addressed. Of another inbox nobody may read every other entry, and of
/// a third none. There are as many removed entries, remote accounts and hosts; for 200 of these as
/// many deliveries wait.
pub(super) const ROWS: &str = "
    INSERT INTO objects
        (key, id, uuid, object_type, author, audience, public, deleted, version, body)
        SELECT substr(sha256(n::text::bytea), 1, 16), n, 'u' || n, 'note', 'author ' || n % 20,
            '[]', n % 2000 <> 0, n % 3 = 0, 1, '{}' FROM generate_series(1, 20000) n;
    INSERT INTO streams (key, name, last_seq)
        SELECT sha256(n::text::bytea), n, 1 FROM generate_series(1, 20000) n;
    INSERT INTO entries (stream, seq, item, class, direct, public)
        SELECT s.pk, 1, o.pk, 0, false, o.public FROM streams s JOIN objects o ON o.id = s.name;
    INSERT INTO audience_streams SELECT o.pk, s.pk FROM streams s JOIN objects o ON o.id = s.name;
    INSERT INTO audience_persons SELECT o.pk, p.pk FROM objects o, objects p
        WHERE o.uuid LIKE 'u%' AND p.id = 'person 1';
    INSERT INTO entries (stream, seq, item, class, direct, public)
        SELECT s.pk, o.pk + 1000, o.pk, CASE o.id::int % 100 WHEN 0 THEN 2 ELSE 1 END,
            o.id::int % 100 = 1, o.public
        FROM streams s, objects o WHERE s.name = 'inbox person 0' AND o.uuid LIKE 'u%';
    UPDATE streams s SET last_seq = 30000, total = t.total, major = t.major, minor = t.minor,
        minor_direct = t.direct, public_minor_direct = t.direct,
        public = t.public, public_major = t.public_major, public_minor = t.public_minor
        FROM (SELECT stream, count(*) total, count(*) FILTER (WHERE class = 2) major,
            count(*) FILTER (WHERE class = 1) minor, count(*) FILTER (WHERE public) public,
            count(*) FILTER (WHERE direct) direct,
            count(*) FILTER (WHERE public AND class = 2) public_major,
            count(*) FILTER (WHERE public AND class = 1) public_minor
            FROM entries GROUP BY stream) t
        WHERE t.stream = s.pk AND s.name = 'inbox person 0';
    INSERT INTO objects
        (key, id, uuid, object_type, author, audience, public, deleted, version, body)
        SELECT substr(sha256(('private ' || n)::bytea), 1, 16), 'private ' || n, 'v' || n, 'note',
            'someone', '[]', false, false, 1, '{}' FROM generate_series(1, 1999) n;
    INSERT INTO entries (stream, seq, item, class, direct, public)
        SELECT s.pk, 2 * substring(o.uuid FROM 2)::int + (CASE WHEN o.public THEN 0 ELSE 1 END),
            o.pk, 2, false, o.public
        FROM streams s, objects o WHERE s.name = 'inbox person 1'
        AND (o.uuid LIKE 'v%' OR o.uuid LIKE 'u%' AND o.id::int < 2000);
    UPDATE streams SET last_seq = 10000, total = 3998, major = 3998, public = 1999,
        public_major = 1999
        WHERE name = 'inbox person 1';
    INSERT INTO entries (stream, seq, item, class, direct, public)
        SELECT s.pk, substring(o.uuid FROM 2)::int, o.pk, 0, false, false
        FROM streams s, objects o WHERE s.name = 'inbox person 2' AND o.uuid LIKE 'v%';
    UPDATE streams SET last_seq = 10000, total = 1999 WHERE name = 'inbox person 2';
    INSERT INTO removed_entries (item, stream, seq)
        SELECT o.pk, s.pk, 1 FROM streams s JOIN objects o ON o.id = s.name;
    INSERT INTO jobs (key, id, queue, payload, due, attempts, version)
        SELECT substr(sha256(n::text::bytea), 1, 16), n,
            CASE n % 2 WHEN 0 THEN 'q' ELSE 'other' END, '{}', n, 0, 1
        FROM generate_series(1, 20000) n;
    INSERT INTO site_records (key, id, kind, created, body, version)
        SELECT substr(sha256(n::text::bytea), 1, 16), n,
            CASE n % 2 WHEN 0 THEN 'report' ELSE 'audit' END, n / 4, '{}', 1
        FROM generate_series(1, 20000) n;
    INSERT INTO codes (digest, purpose, nickname, target, created, expires, used)
        SELECT n, 'recover', 'n' || n % 3, '', n, n, false FROM generate_series(1, 20000) n;
    INSERT INTO remote_hosts (name) SELECT 'h' || n FROM generate_series(1, 20000) n;
    INSERT INTO remote_accounts (object, host, destination)
        SELECT o.pk, h.pk, o.key FROM objects o JOIN remote_hosts h ON h.name = 'h' || o.id;
    INSERT INTO outgoing (host, activity, account, destination, created)
        SELECT a.host, o.pk, a.object, a.destination, 0 FROM objects o
        JOIN objects p ON p.id = (1 + substring(o.uuid FROM 2)::int % 200)::text
        JOIN remote_accounts a ON a.object = p.pk WHERE o.uuid LIKE 'u%';
    SELECT put_documents(array_agg(o.key),
        array_agg('common ' || CASE WHEN o.id::int % 5000 = 1 THEN 'seldom' ELSE 'other' END),
        array_agg('x' || encode(substr(sha256((CASE WHEN o.public THEN 'public' ELSE 'private' END
            || ' post')::bytea), 1, 8), 'hex') || '0'))
        FROM objects o WHERE o.uuid LIKE 'u%';
    ANALYZE";

/// Rows that make the planner expect long streams: all but three are empty.
pub(super) const STREAM_COUNT: &str = "
    DELETE FROM entries WHERE stream NOT IN
        (SELECT pk FROM streams
        WHERE name IN ('inbox person 0', 'inbox person 1', 'inbox person 2'));
    ANALYZE";

/// Number of transactions by another node.
pub(super) const TRANSACTIONS: &str = "
    DO $$ BEGIN
        FOR n IN 1..3000 LOOP INSERT INTO invalidations (node_id) VALUES (0); COMMIT; END LOOP;
    END $$";
