-- An entry is found by its class, and by whether everyone may read it: two indexes less to be written to for each.
-- Whoever reads more than one class merges them. The class is 0: none, 1: minor, 2: major.

-- Nodes of before have to be stopped first. One that is not waits here, and then fails.
LOCK TABLE entries IN ACCESS EXCLUSIVE MODE;

CREATE TABLE classed (
    stream BIGINT NOT NULL,
    seq BIGINT NOT NULL,      -- of all of them: the order of the stream, with gaps
    item BIGINT NOT NULL,
    class SMALLINT NOT NULL,
    direct BOOLEAN NOT NULL,
    public BOOLEAN NOT NULL   -- as the item is
);

INSERT INTO classed (stream, seq, item, class, direct, public)
    SELECT stream, seq, item, coalesce(major::int + 1, 0), direct, public FROM entries;
DROP TABLE entries;
ALTER TABLE classed RENAME TO entries;

ALTER TABLE entries ADD CONSTRAINT entries_pkey PRIMARY KEY (stream, class, public, seq);
CREATE UNIQUE INDEX entries_item ON entries (item, stream);
CREATE INDEX entries_direct ON entries (stream, seq) WHERE direct;
ANALYZE entries;

-- Files as before, but by classes; what is in no stream yet is looked for once, and not in each; the inboxes of members
-- are looked up once, and not for each of what they get; and numbers have gaps, so that nothing is sorted for them. That
-- no number comes twice in a stream is up to its lock.
--
-- Collects what is to be filed and is not there yet; counts it, which locks the streams in the order of their numbers,
-- and numbers it by its order from the top of each stream; and answers the number, from 1, of an object that is not
-- stored, and the places (see 0011) of the streams that got something: the first bytes of their keys. Pushes, what goes
-- to the inboxes of persons, and to those of members, come each by the key of the object and of the stream or person, an
-- order, and how it is filed; the keys of all objects come last.
--
-- If someone else files the same at the same time the unique index of entries says so, and it has to be done again. The
-- objects are locked against changes of who may read them, which are counted.
CREATE OR REPLACE FUNCTION file_entries(
    pushed_items bytea[], pushed_streams bytea[], pushed_places int[], pushed_majors bool[], pushed_directs bool[],
    brought_items bytea[], brought_persons bytea[], brought_places int[], brought_majors bool[], brought_directs bool[],
    spread_items bytea[], spread_streams bytea[], spread_places int[], spread_majors bool[], spread_directs bool[],
    filed bytea[], OUT missing bigint, OUT places bytea) LANGUAGE plpgsql AS $$ BEGIN
    WITH items AS (SELECT o.pk, o.key, o.public, (SELECT 1 FROM entries e WHERE e.item = o.pk LIMIT 1) IS NULL AS young
            FROM objects o WHERE o.key = ANY(filed) FOR SHARE),
        wanted AS (
            SELECT s.pk AS stream, i.pk AS item, i.public, i.young, r.place, r.major, r.direct
                FROM unnest(pushed_items, pushed_streams, pushed_places, pushed_majors, pushed_directs)
                    AS r (item, key, place, major, direct) JOIN items i ON i.key = r.item
                CROSS JOIN LATERAL (SELECT pk FROM streams WHERE key = r.key OFFSET 0) s
            UNION ALL SELECT a.inbox, i.pk, i.public, i.young, r.place, r.major, r.direct
                FROM unnest(brought_items, brought_persons, brought_places, brought_majors, brought_directs)
                    AS r (item, key, place, major, direct) JOIN items i ON i.key = r.item
                CROSS JOIN LATERAL (SELECT pk FROM objects WHERE key = r.key OFFSET 0) p
                CROSS JOIN LATERAL (SELECT inbox FROM accounts WHERE person = p.pk OFFSET 0) a
            UNION ALL SELECT a.inbox, i.pk, i.public, i.young, r.place, r.major, r.direct
                FROM unnest(spread_items, spread_streams, spread_places, spread_majors, spread_directs)
                    AS r (item, key, place, major, direct) JOIN items i ON i.key = r.item
                CROSS JOIN LATERAL (SELECT pk FROM streams WHERE key = r.key OFFSET 0) m
                CROSS JOIN LATERAL (SELECT b.inbox FROM entries p
                    CROSS JOIN LATERAL (SELECT inbox FROM accounts WHERE person = p.item OFFSET 0) b
                    WHERE p.stream = m.pk AND p.class >= 0 OFFSET 0) a),
        once AS (SELECT DISTINCT ON (w.stream, w.item) w.*, coalesce(w.major::int + 1, 0)::smallint AS class
            FROM wanted w ORDER BY w.stream, w.item, w.place),
        counted AS (UPDATE streams s SET last = s.last + f.top, total = s.total + f.total,
            major = s.major + f.major, minor = s.minor + f.minor,
            major_direct = s.major_direct + f.major_direct,
            minor_direct = s.minor_direct + f.minor_direct,
            public = s.public + f.public, public_major = s.public_major + f.public_major,
            public_minor = s.public_minor + f.public_minor,
            public_major_direct = s.public_major_direct + f.public_major_direct,
            public_minor_direct = s.public_minor_direct + f.public_minor_direct
            FROM (SELECT o.stream, max(o.place) + 1 AS top, count(*) AS total,
                count(*) FILTER (WHERE o.class = 2) AS major, count(*) FILTER (WHERE o.class = 1) AS minor,
                count(*) FILTER (WHERE o.direct AND o.class = 2) AS major_direct,
                count(*) FILTER (WHERE o.direct AND o.class = 1) AS minor_direct,
                count(*) FILTER (WHERE o.public) AS public,
                count(*) FILTER (WHERE o.public AND o.class = 2) AS public_major,
                count(*) FILTER (WHERE o.public AND o.class = 1) AS public_minor,
                count(*) FILTER (WHERE o.public AND o.direct AND o.class = 2) AS public_major_direct,
                count(*) FILTER (WHERE o.public AND o.direct AND o.class = 1) AS public_minor_direct,
                array_agg(o.item) AS items, array_agg(o.place) AS ranks, array_agg(o.class) AS classes,
                array_agg(o.direct) AS directs, array_agg(o.public) AS publics
                FROM once o WHERE o.young
                    OR (SELECT 1 FROM entries e WHERE e.item = o.item AND e.stream = o.stream) IS NULL
                GROUP BY o.stream ORDER BY o.stream OFFSET 0) f
            WHERE s.pk = f.stream
            RETURNING s.pk, s.key, s.last - f.top AS below, f.items, f.ranks, f.classes, f.directs, f.publics),
        added AS (INSERT INTO entries (stream, class, seq, item, direct, public)
            SELECT c.pk, e.class, c.below + 1 + e.place, e.item, e.direct, e.public FROM counted c
            CROSS JOIN LATERAL unnest(c.items, c.ranks, c.classes, c.directs, c.publics)
                AS e (item, place, class, direct, public))
        SELECT (SELECT n.number FROM unnest(filed) WITH ORDINALITY AS n (key, number)
                WHERE NOT EXISTS (SELECT FROM items i WHERE i.key = n.key) LIMIT 1),
            (SELECT string_agg(substring(c.key FROM 1 FOR 2), ''::bytea) FROM counted c)
            INTO missing, places;
END $$;

-- Locks as before (0012). Each has a class: who are in a stream is read by the primary key, and never by all of
-- entries_item, which has stream and item, too, but in another order.
CREATE OR REPLACE FUNCTION lock_streams(keys bytea[], persons bytea[], members bytea[],
    changed bytea[], changed_public boolean[], leaving bytea[], leaving_most bigint[])
    RETURNS void LANGUAGE plpgsql AS $$ BEGIN
    PERFORM FROM (SELECT pk FROM (
        SELECT s.pk FROM unnest(keys) AS n (key)
            CROSS JOIN LATERAL (SELECT pk FROM streams WHERE key = n.key OFFSET 0) s
        UNION SELECT a.inbox FROM unnest(persons) AS n (key)
            CROSS JOIN LATERAL (SELECT pk FROM objects WHERE key = n.key OFFSET 0) p
            CROSS JOIN LATERAL (SELECT inbox FROM accounts WHERE person = p.pk OFFSET 0) a
        UNION SELECT a.inbox FROM unnest(members) AS n (key)
            CROSS JOIN LATERAL (SELECT pk FROM streams WHERE key = n.key OFFSET 0) m
            CROSS JOIN LATERAL (SELECT item AS pk FROM entries WHERE stream = m.pk AND class >= 0 OFFSET 0) p
            CROSS JOIN LATERAL (SELECT inbox FROM accounts WHERE person = p.pk OFFSET 0) a
        UNION SELECT e.stream FROM unnest(changed, changed_public) AS p (key, public)
            JOIN objects o ON o.key = p.key JOIN entries e ON e.item = o.pk
            WHERE o.public <> p.public
        UNION SELECT e.stream FROM unnest(leaving, leaving_most) AS w (key, most)
            JOIN objects o ON o.key = w.key JOIN LATERAL (SELECT stream FROM entries
                WHERE item = o.pk ORDER BY stream LIMIT w.most) e ON true
        ) AS touched ORDER BY pk OFFSET 0) t
    CROSS JOIN LATERAL (SELECT FROM streams s WHERE s.pk = t.pk FOR NO KEY UPDATE) l;
END $$;
