-- Full-text search. A document has the words of an object, its marks (digests of what it can be filtered by), and the
-- parts of the table that it is in: see `search_matches`.
CREATE TABLE search_documents (
    object BIGINT PRIMARY KEY,
    document TSVECTOR NOT NULL
);
-- Few entries wait to be merged, so that neither a search nor the insert that merges them takes long.
CREATE INDEX search_documents_document ON search_documents USING gin (document)
    WITH (fastupdate = on, gin_pending_list_limit = 512);

-- The language of the documents. Objects up to `unindexed` have none yet: a task in the background makes it.
CREATE TABLE search_state (
    language TEXT NOT NULL,
    unindexed BIGINT NOT NULL
);
INSERT INTO search_state (language, unindexed) SELECT 'simple', coalesce(max(pk), 0) FROM objects;

-- Writes the documents of objects, by their keys, in place of those that they had. Marks are words.
CREATE FUNCTION put_documents(keys bytea[], texts text[], marks text[]) RETURNS void LANGUAGE sql
    SET client_min_messages = warning AS $$
    INSERT INTO search_documents (object, document)
        SELECT o.pk, to_tsvector(s.language::regconfig, d.text)
            || array_to_tsvector(string_to_array(d.marks, ' ') || ARRAY['=s' || (o.pk >> 10), '=l' || (o.pk >> 16)])
        FROM unnest(keys, texts, marks) AS d (key, text, marks)
        CROSS JOIN LATERAL (SELECT pk FROM objects WHERE key = d.key OFFSET 0) o
        CROSS JOIN search_state s
    ON CONFLICT (object) DO UPDATE SET document = EXCLUDED.document;
$$;

-- A query: `marks` as a tsquery, and words and phrases that a document has and has not.
CREATE FUNCTION search_query(asked jsonb) RETURNS tsquery LANGUAGE plpgsql STABLE
    SET client_min_messages = warning AS $$
DECLARE
    condition tsquery := asked ->> 'marks';
    language regconfig := (SELECT s.language::regconfig FROM search_state s);
    term text;
BEGIN
    FOR term IN SELECT jsonb_array_elements_text(asked -> 'terms') LOOP
        condition := condition && phraseto_tsquery(language, term);
    END LOOP;
    FOR term IN SELECT jsonb_array_elements_text(asked -> 'excluded') LOOP
        condition := condition && !! phraseto_tsquery(language, term);
    END LOOP;
    RETURN condition;
END $$;

-- The primary keys of the newest objects below `before` whose documents match, so many. An index of words has no order,
-- and would return all matches there are. So the table is looked at in parts, from its newest on: documents know theirs,
-- of 1,024 numbers (=s) and of 65,536 (=l), by words that no text has. Each look takes twice as many parts as the one
-- before, until there is enough.
--
-- The sums keep the planner from the primary key, by which it would read documents one by one.
CREATE FUNCTION search_matches(asked tsquery, before bigint, wanted bigint) RETURNS SETOF bigint
    LANGUAGE plpgsql STABLE SET enable_bitmapscan = on AS $$
DECLARE
    next bigint := CASE WHEN before IS NULL THEN -1
        ELSE least(before - 1, coalesce((SELECT max(d.object) FROM search_documents d), -1)) END;
    shift int := 10;
    width bigint := 1;
    missing bigint := wanted;
    low bigint;
    parts tsquery;
    found bigint;
BEGIN
    WHILE missing > 0 AND next >= 0 LOOP
        IF shift = 10 AND next & 65535 = 65535 THEN
            shift := 16;
            width := 1;
        END IF;
        low := greatest((next >> shift) - width + 1, CASE shift WHEN 10 THEN (next >> 16) << 6 ELSE 0 END);
        parts := (SELECT string_agg('''=' || CASE shift WHEN 10 THEN 's' ELSE 'l' END || n || '''', ' | ')
            FROM generate_series(low, next >> shift) n)::tsquery;
        RETURN QUERY SELECT d.object FROM search_documents d
            WHERE d.document @@ (asked && parts) AND d.object + 0 < before
            ORDER BY d.object + 0 DESC LIMIT missing;
        GET DIAGNOSTICS found = ROW_COUNT;
        missing := missing - found;
        next := (low << shift) - 1;
        width := least(width * 2, 64);
    END LOOP;
END $$;

DROP FUNCTION bulk_insert;

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
        delivery_numbers, delivery_times, delivery_origins) f;
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
