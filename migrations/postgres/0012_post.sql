-- Posting in one go: each statement by itself is a trip there and back. What many commits add and file at once comes in
-- columns, and is put in place by functions, which a commit that does other things too calls one by one.
--
-- Each `OFFSET 0` keeps them from reading a table from end to end to join it, where that is taken for cheaper: too
-- little is known of how many rows come.

-- Makes streams that are not there.
CREATE FUNCTION make_streams(keys bytea[], names text[]) RETURNS void LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO streams (key, name)
        SELECT n.key, n.name FROM unnest(keys, names) AS n (key, name)
        WHERE (SELECT 1 FROM streams s WHERE s.key = n.key) IS NULL
        ORDER BY n.key ON CONFLICT DO NOTHING;
END $$;

-- Locks streams, and the inboxes of the accounts of persons and of the members of streams; and those that objects are
-- in that are public or not in another way now, and so many that those are in who leave; in the order
-- of their numbers. Their keys do not change, so the locks need not keep those away who only refer to them.
CREATE FUNCTION lock_streams(keys bytea[], persons bytea[], members bytea[],
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
            CROSS JOIN LATERAL (SELECT item AS pk FROM entries WHERE stream = m.pk OFFSET 0) p
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

-- Stores objects, and answers the keys of those of which neither key nor uuid was there.
CREATE FUNCTION add_objects(keys bytea[], ids text[], uuids text[], object_types text[], authors text[],
    audiences jsonb[], publics boolean[], posts text[], deleteds boolean[], bodies text[], names text[])
    RETURNS SETOF bytea LANGUAGE plpgsql AS $$ BEGIN
    RETURN QUERY INSERT INTO objects
        (key, id, uuid, object_type, author, audience, public, post, deleted, version, body, name)
        SELECT o.key, o.id, o.uuid, o.object_type, o.author, o.audience, o.public, o.post, o.deleted, 1,
            o.body::json, o.name
        FROM unnest(keys, ids, uuids, object_types, authors, audiences, publics, posts, deleteds, bodies, names)
            WITH ORDINALITY AS o
            (key, id, uuid, object_type, author, audience, public, post, deleted, body, name, number)
        ORDER BY o.number ON CONFLICT DO NOTHING RETURNING objects.key;
END $$;

-- Says of objects that they are for the members of streams. These are there.
CREATE FUNCTION address_members(objects bytea[], streams bytea[]) RETURNS void LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO audience_streams (object, stream) SELECT o.pk, s.pk
        FROM unnest($1, $2) AS a (object, stream)
        CROSS JOIN LATERAL (SELECT pk FROM objects WHERE key = a.object OFFSET 0) o
        CROSS JOIN LATERAL (SELECT pk FROM streams WHERE key = a.stream OFFSET 0) s;
END $$;

-- Says of objects that they are for persons, and answers the number, from 1, of a person that is not stored.
CREATE FUNCTION address_persons(objects bytea[], persons bytea[]) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE missing bigint;
BEGIN
    WITH found AS (SELECT a.object, p.pk, a.number
            FROM unnest($1, $2) WITH ORDINALITY AS a (object, person, number)
            LEFT JOIN LATERAL (SELECT pk FROM objects WHERE key = a.person OFFSET 0) p ON true),
        added AS (INSERT INTO audience_persons (object, person) SELECT o.pk, f.pk FROM found f
            CROSS JOIN LATERAL (SELECT pk FROM objects WHERE key = f.object OFFSET 0) o WHERE f.pk IS NOT NULL)
        SELECT f.number INTO missing FROM found f WHERE f.pk IS NULL LIMIT 1;
    RETURN missing;
END $$;

-- Collects what is to be filed and is not there yet; counts it, which locks the streams in the order of their numbers,
-- and numbers it, up to the top that each stream has then; and answers the number, from 1, of an object that is not
-- stored, and the places (see 0011) of the streams that got something: the first bytes of their keys. Pushes, what goes to the inboxes of persons, and to those of members, come each by the key of the object and
-- of the stream or person, an order, and how it is filed; the keys of all objects come last.
--
-- If someone else files the same at the same time the unique index of entries says so, and it has to be done again. The
-- objects are locked against changes of who may read them, which are counted.
CREATE FUNCTION file_entries(
    pushed_items bytea[], pushed_streams bytea[], pushed_places int[], pushed_majors bool[], pushed_directs bool[],
    brought_items bytea[], brought_persons bytea[], brought_places int[], brought_majors bool[], brought_directs bool[],
    spread_items bytea[], spread_streams bytea[], spread_places int[], spread_majors bool[], spread_directs bool[],
    filed bytea[], OUT missing bigint, OUT places bytea) LANGUAGE plpgsql AS $$ BEGIN
    WITH items AS (SELECT o.pk, o.key, o.public FROM objects o WHERE o.key = ANY(filed) FOR SHARE),
        wanted AS (
            SELECT s.pk AS stream, i.pk AS item, i.public, r.place, r.major, r.direct
                FROM unnest(pushed_items, pushed_streams, pushed_places, pushed_majors, pushed_directs)
                    AS r (item, key, place, major, direct) JOIN items i ON i.key = r.item
                CROSS JOIN LATERAL (SELECT pk FROM streams WHERE key = r.key OFFSET 0) s
            UNION ALL SELECT a.inbox, i.pk, i.public, r.place, r.major, r.direct
                FROM unnest(brought_items, brought_persons, brought_places, brought_majors, brought_directs)
                    AS r (item, key, place, major, direct) JOIN items i ON i.key = r.item
                CROSS JOIN LATERAL (SELECT pk FROM objects WHERE key = r.key OFFSET 0) p
                CROSS JOIN LATERAL (SELECT inbox FROM accounts WHERE person = p.pk OFFSET 0) a
            UNION ALL SELECT a.inbox, i.pk, i.public, r.place, r.major, r.direct
                FROM unnest(spread_items, spread_streams, spread_places, spread_majors, spread_directs)
                    AS r (item, key, place, major, direct) JOIN items i ON i.key = r.item
                CROSS JOIN LATERAL (SELECT pk FROM streams WHERE key = r.key OFFSET 0) m
                CROSS JOIN LATERAL (SELECT item AS pk FROM entries WHERE stream = m.pk OFFSET 0) p
                CROSS JOIN LATERAL (SELECT inbox FROM accounts WHERE person = p.pk OFFSET 0) a),
        once AS (SELECT DISTINCT ON (w.stream, w.item) w.* FROM wanted w ORDER BY w.stream, w.item, w.place),
        counted AS (UPDATE streams s SET last = s.last + f.total, total = s.total + f.total,
            major = s.major + f.major, minor = s.minor + f.minor,
            major_direct = s.major_direct + f.major_direct,
            minor_direct = s.minor_direct + f.minor_direct,
            public = s.public + f.public, public_major = s.public_major + f.public_major,
            public_minor = s.public_minor + f.public_minor,
            public_major_direct = s.public_major_direct + f.public_major_direct,
            public_minor_direct = s.public_minor_direct + f.public_minor_direct
            FROM (SELECT o.stream, count(*) AS total,
                count(*) FILTER (WHERE o.major) AS major, count(*) FILTER (WHERE NOT o.major) AS minor,
                count(*) FILTER (WHERE o.direct AND o.major) AS major_direct,
                count(*) FILTER (WHERE o.direct AND NOT o.major) AS minor_direct,
                count(*) FILTER (WHERE o.public) AS public,
                count(*) FILTER (WHERE o.public AND o.major) AS public_major,
                count(*) FILTER (WHERE o.public AND NOT o.major) AS public_minor,
                count(*) FILTER (WHERE o.public AND o.direct AND o.major) AS public_major_direct,
                count(*) FILTER (WHERE o.public AND o.direct AND NOT o.major) AS public_minor_direct,
                array_agg(o.item ORDER BY o.place) AS items, array_agg(o.major ORDER BY o.place) AS majors,
                array_agg(o.direct ORDER BY o.place) AS directs, array_agg(o.public ORDER BY o.place) AS publics
                FROM once o WHERE (SELECT 1 FROM entries e WHERE e.item = o.item AND e.stream = o.stream) IS NULL
                GROUP BY o.stream ORDER BY o.stream OFFSET 0) f
            WHERE s.pk = f.stream
            RETURNING s.pk, s.key, s.last - f.total AS below, f.items, f.majors, f.directs, f.publics),
        added AS (INSERT INTO entries (stream, seq, item, major, direct, public)
            SELECT c.pk, c.below + e.number, e.item, e.major, e.direct, e.public FROM counted c
            CROSS JOIN LATERAL unnest(c.items, c.majors, c.directs, c.publics) WITH ORDINALITY
                AS e (item, major, direct, public, number))
        SELECT (SELECT n.number FROM unnest(filed) WITH ORDINALITY AS n (key, number)
                WHERE NOT EXISTS (SELECT FROM items i WHERE i.key = n.key) LIMIT 1),
            (SELECT string_agg(substring(c.key FROM 1 FOR 2), ''::bytea) FROM counted c)
            INTO missing, places;
END $$;

-- All of it, put down by a node with the places it names, and those of the streams that got something, which it
-- answers. If anything of it is refused nothing is done, and it does not say what is wrong: step by step the
-- functions above do.
CREATE FUNCTION post(
    made_keys bytea[], made_names text[],
    keys bytea[], ids text[], uuids text[], object_types text[], authors text[], audiences jsonb[], publics boolean[],
    posts text[], deleteds boolean[], bodies text[], names text[],
    member_objects bytea[], member_streams bytea[], person_objects bytea[], person_keys bytea[],
    pushed_items bytea[], pushed_streams bytea[], pushed_places int[], pushed_majors bool[], pushed_directs bool[],
    brought_items bytea[], brought_persons bytea[], brought_places int[], brought_majors bool[], brought_directs bool[],
    spread_items bytea[], spread_streams bytea[], spread_places int[], spread_majors bool[], spread_directs bool[],
    filed bytea[], writer bigint, named bytea, OUT reached bytea) LANGUAGE plpgsql AS $$
DECLARE missing bigint;
BEGIN
    IF made_keys <> '{}' THEN
        PERFORM make_streams(made_keys, made_names);
    END IF;
    IF keys <> '{}' AND (SELECT count(*) FROM add_objects(keys, ids, uuids, object_types, authors, audiences, publics,
        posts, deleteds, bodies, names)) < cardinality(keys) THEN
        RAISE EXCEPTION 'an object is there' USING ERRCODE = 'HY001';
    END IF;
    IF member_objects <> '{}' THEN
        PERFORM address_members(member_objects, member_streams);
    END IF;
    IF person_objects <> '{}' AND address_persons(person_objects, person_keys) IS NOT NULL THEN
        RAISE EXCEPTION 'a person is missing' USING ERRCODE = 'HY001';
    END IF;
    IF filed <> '{}' THEN SELECT f.missing, f.places INTO missing, reached FROM file_entries(
        pushed_items, pushed_streams, pushed_places, pushed_majors, pushed_directs,
        brought_items, brought_persons, brought_places, brought_majors, brought_directs,
        spread_items, spread_streams, spread_places, spread_majors, spread_directs, filed) f;
    END IF;
    IF missing IS NOT NULL THEN
        RAISE EXCEPTION 'an object is missing' USING ERRCODE = 'HY001';
    END IF;
    INSERT INTO touched (node, places) VALUES (writer, named || coalesce(reached, ''));
END $$;

-- Objects and streams are never deleted, and each row of these would cost two checks and two locks.
ALTER TABLE audience_persons DROP CONSTRAINT audience_persons_object_fkey;
ALTER TABLE audience_persons DROP CONSTRAINT audience_persons_person_fkey;
ALTER TABLE audience_streams DROP CONSTRAINT audience_streams_object_fkey;
ALTER TABLE audience_streams DROP CONSTRAINT audience_streams_stream_fkey;
