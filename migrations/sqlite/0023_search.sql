-- Full-text search. An entry has the row number of its object, its text, and its marks: digests of what it can be
-- filtered by.
CREATE VIRTUAL TABLE search_index USING fts5 (
    text, marks, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2'
);

-- The language of the index. Objects up to `unindexed` have no entry yet: a task in the background makes it.
CREATE TABLE search_state (
    language TEXT NOT NULL,
    unindexed INTEGER NOT NULL
) STRICT;
INSERT INTO search_state (language, unindexed) SELECT 'simple', coalesce(max(pk), 0) FROM objects;
