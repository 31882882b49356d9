-- Deliveries that reach only some of the accounts of ActivityPub.

DROP FUNCTION bulk_insert;
DROP FUNCTION insert_entries;

-- Inserts entries that do not exist: pushes to streams, deliveries to the inboxes of persons, and
-- fan-outs to the inboxes of the members of streams. Each comes by the key of its object, the key of
-- its stream or person, its ordinal in the commit, and its class; `entry_items` are the keys of all
-- objects. Counting locks the streams in the order of their primary keys; ordinals are added to the
-- last number that a stream has then, and leave gaps. `missing` is the number, from 1, of an object
-- that is not stored. `buckets` are those of the streams that got an entry: the first two bytes of
-- each key.
--
-- For the remote accounts that a delivery or fan-out reaches, the activity is enqueued, once for each
-- destination, but not for the host that it came from (`delivery_origins`). Of the accounts of
-- ActivityPub only that of a key is reached (`delivery_reaches`), none by a key that nothing has,
-- and all without one. The number of a delivery is half the ordinal of its entries.
--
-- If another transaction inserts the same entry, the unique index refuses it, and all has to be done
-- again. Objects are locked against changes of their audience, which the counters depend on.
CREATE FUNCTION insert_entries(
    pushed_items bytea[], pushed_streams bytea[], pushed_ordinals int[], pushed_majors bool[], pushed_directs bool[],
    delivered_items bytea[], delivered_persons bytea[], delivered_ordinals int[], delivered_majors bool[], delivered_directs bool[],
    fanout_items bytea[], fanout_streams bytea[], fanout_ordinals int[], fanout_majors bool[], fanout_directs bool[],
    entry_items bytea[], delivery_numbers int[], delivery_times bigint[], delivery_origins text[],
    delivery_reaches bytea[],
    OUT missing bigint, OUT buckets bytea) LANGUAGE plpgsql AS $$ BEGIN
    IF delivery_numbers <> '{}' AND EXISTS (SELECT FROM remote_accounts) THEN
        INSERT INTO outgoing (host, activity, account, destination, created)
            SELECT a.host, t.item, a.object, a.destination,
                delivery_times[array_position(delivery_numbers, t.ordinal / 2)]
            FROM (SELECT i.pk AS item, p.pk AS person, r.ordinal
                FROM unnest(delivered_items, delivered_persons, delivered_ordinals) AS r (item, key, ordinal)
                CROSS JOIN LATERAL (SELECT pk FROM objects WHERE key = r.item OFFSET 0) i
                CROSS JOIN LATERAL (SELECT pk FROM objects WHERE key = r.key OFFSET 0) p
            UNION ALL SELECT i.pk, p.item, r.ordinal
                FROM unnest(fanout_items, fanout_streams, fanout_ordinals) AS r (item, key, ordinal)
                CROSS JOIN LATERAL (SELECT pk FROM objects WHERE key = r.item OFFSET 0) i
                CROSS JOIN LATERAL (SELECT pk FROM streams WHERE key = r.key OFFSET 0) m
                CROSS JOIN LATERAL (SELECT item FROM entries WHERE stream = m.pk AND class >= 0 OFFSET 0) p) t
            CROSS JOIN LATERAL (SELECT r.*, h.name FROM remote_accounts r JOIN remote_hosts h ON h.pk = r.host
                WHERE r.object = t.person OFFSET 0) a
            CROSS JOIN LATERAL (SELECT delivery_origins[n] AS origin, delivery_reaches[n] AS reach
                FROM array_position(delivery_numbers, t.ordinal / 2) AS n) d
            WHERE a.name IS DISTINCT FROM d.origin
                AND (a.protocol <> 'activitypub' OR d.reach IS NULL
                    OR EXISTS (SELECT FROM objects x WHERE x.pk = t.person AND x.key = d.reach))
            ORDER BY t.item, a.destination ON CONFLICT DO NOTHING;
    END IF;
    WITH items AS (SELECT o.pk, o.key, o.public, (SELECT 1 FROM entries e WHERE e.item = o.pk LIMIT 1) IS NULL AS is_new
            FROM objects o WHERE o.key = ANY(entry_items) FOR SHARE),
        wanted AS (
            SELECT s.pk AS stream, i.pk AS item, i.public, i.is_new, r.ordinal, r.major, r.direct
                FROM unnest(pushed_items, pushed_streams, pushed_ordinals, pushed_majors, pushed_directs)
                    AS r (item, key, ordinal, major, direct) JOIN items i ON i.key = r.item
                CROSS JOIN LATERAL (SELECT pk FROM streams WHERE key = r.key OFFSET 0) s
            UNION ALL SELECT a.inbox, i.pk, i.public, i.is_new, r.ordinal, r.major, r.direct
                FROM unnest(delivered_items, delivered_persons, delivered_ordinals, delivered_majors, delivered_directs)
                    AS r (item, key, ordinal, major, direct) JOIN items i ON i.key = r.item
                CROSS JOIN LATERAL (SELECT pk FROM objects WHERE key = r.key OFFSET 0) p
                CROSS JOIN LATERAL (SELECT inbox FROM accounts WHERE person = p.pk OFFSET 0) a
            UNION ALL SELECT a.inbox, i.pk, i.public, i.is_new, r.ordinal, r.major, r.direct
                FROM unnest(fanout_items, fanout_streams, fanout_ordinals, fanout_majors, fanout_directs)
                    AS r (item, key, ordinal, major, direct) JOIN items i ON i.key = r.item
                CROSS JOIN LATERAL (SELECT pk FROM streams WHERE key = r.key OFFSET 0) m
                CROSS JOIN LATERAL (SELECT b.inbox FROM entries p
                    CROSS JOIN LATERAL (SELECT inbox FROM accounts WHERE person = p.item OFFSET 0) b
                    WHERE p.stream = m.pk AND p.class >= 0 OFFSET 0) a),
        once AS (SELECT DISTINCT ON (w.stream, w.item) w.*, coalesce(w.major::int + 1, 0)::smallint AS class
            FROM wanted w ORDER BY w.stream, w.item, w.ordinal),
        counted AS (UPDATE streams s SET last_seq = s.last_seq + f.top, total = s.total + f.total,
            major = s.major + f.major, minor = s.minor + f.minor,
            major_direct = s.major_direct + f.major_direct,
            minor_direct = s.minor_direct + f.minor_direct,
            public = s.public + f.public, public_major = s.public_major + f.public_major,
            public_minor = s.public_minor + f.public_minor,
            public_major_direct = s.public_major_direct + f.public_major_direct,
            public_minor_direct = s.public_minor_direct + f.public_minor_direct
            FROM (SELECT o.stream, max(o.ordinal) + 1 AS top, count(*) AS total,
                count(*) FILTER (WHERE o.class = 2) AS major, count(*) FILTER (WHERE o.class = 1) AS minor,
                count(*) FILTER (WHERE o.direct AND o.class = 2) AS major_direct,
                count(*) FILTER (WHERE o.direct AND o.class = 1) AS minor_direct,
                count(*) FILTER (WHERE o.public) AS public,
                count(*) FILTER (WHERE o.public AND o.class = 2) AS public_major,
                count(*) FILTER (WHERE o.public AND o.class = 1) AS public_minor,
                count(*) FILTER (WHERE o.public AND o.direct AND o.class = 2) AS public_major_direct,
                count(*) FILTER (WHERE o.public AND o.direct AND o.class = 1) AS public_minor_direct,
                array_agg(o.item) AS items, array_agg(o.ordinal) AS ordinals, array_agg(o.class) AS classes,
                array_agg(o.direct) AS directs, array_agg(o.public) AS publics
                FROM once o WHERE o.is_new
                    OR (SELECT 1 FROM entries e WHERE e.item = o.item AND e.stream = o.stream) IS NULL
                GROUP BY o.stream ORDER BY o.stream OFFSET 0) f
            WHERE s.pk = f.stream
            RETURNING s.pk, s.key, s.last_seq - f.top AS below, f.items, f.ordinals, f.classes, f.directs, f.publics),
        added AS (INSERT INTO entries (stream, class, seq, item, direct, public)
            SELECT c.pk, e.class, c.below + 1 + e.ordinal, e.item, e.direct, e.public FROM counted c
            CROSS JOIN LATERAL unnest(c.items, c.ordinals, c.classes, c.directs, c.publics)
                AS e (item, ordinal, class, direct, public))
        SELECT (SELECT n.number FROM unnest(entry_items) WITH ORDINALITY AS n (key, number)
                WHERE NOT EXISTS (SELECT FROM items i WHERE i.key = n.key) LIMIT 1),
            (SELECT string_agg(substring(c.key FROM 1 FOR 2), ''::bytea) FROM counted c)
            INTO missing, buckets;
END $$;

-- Does all that an insert takes, and records the invalidation of a node with the buckets that it names and
-- those of the streams that got an entry. If any of it is refused nothing is done, and the error
-- does not say which part: the functions for each part do, one by one.
CREATE FUNCTION bulk_insert(
    made_keys bytea[], made_names text[],
    keys bytea[], ids text[], uuids text[], object_types text[], authors text[], audiences jsonb[], publics boolean[],
    publishers text[], deleteds boolean[], bodies text[], names text[],
    member_objects bytea[], member_streams bytea[], person_objects bytea[], person_keys bytea[],
    pushed_items bytea[], pushed_streams bytea[], pushed_ordinals int[], pushed_majors bool[], pushed_directs bool[],
    delivered_items bytea[], delivered_persons bytea[], delivered_ordinals int[], delivered_majors bool[], delivered_directs bool[],
    fanout_items bytea[], fanout_streams bytea[], fanout_ordinals int[], fanout_majors bool[], fanout_directs bool[],
    entry_items bytea[], delivery_numbers int[], delivery_times bigint[], delivery_origins text[],
    delivery_reaches bytea[],
    document_keys bytea[], document_texts text[], document_marks text[],
    node bigint, named_buckets bytea, OUT buckets bytea) LANGUAGE plpgsql AS $$
DECLARE missing bigint;
BEGIN
    IF made_keys <> '{}' THEN
        PERFORM ensure_streams(made_keys, made_names);
    END IF;
    IF keys <> '{}' AND (SELECT count(*) FROM insert_objects(keys, ids, uuids, object_types, authors, audiences, publics,
        publishers, deleteds, bodies, names)) < cardinality(keys) THEN
        RAISE EXCEPTION 'an object is there' USING ERRCODE = 'HY001';
    END IF;
    IF member_objects <> '{}' THEN
        PERFORM insert_audience_streams(member_objects, member_streams);
    END IF;
    IF person_objects <> '{}' AND insert_audience_persons(person_objects, person_keys) IS NOT NULL THEN
        RAISE EXCEPTION 'a person is missing' USING ERRCODE = 'HY001';
    END IF;
    IF entry_items <> '{}' THEN SELECT f.missing, f.buckets INTO missing, buckets FROM insert_entries(
        pushed_items, pushed_streams, pushed_ordinals, pushed_majors, pushed_directs,
        delivered_items, delivered_persons, delivered_ordinals, delivered_majors, delivered_directs,
        fanout_items, fanout_streams, fanout_ordinals, fanout_majors, fanout_directs, entry_items,
        delivery_numbers, delivery_times, delivery_origins, delivery_reaches) f;
    END IF;
    IF missing IS NOT NULL THEN
        RAISE EXCEPTION 'an object is missing' USING ERRCODE = 'HY001';
    END IF;
    IF document_keys <> '{}' THEN
        PERFORM put_documents(document_keys, document_texts, document_marks);
    END IF;
    INSERT INTO invalidations (node_id, buckets)
        VALUES (node, named_buckets || coalesce(bulk_insert.buckets, ''));
END $$;
