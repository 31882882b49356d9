-- An entry lies where its class has it, and whether everyone may read it: two indexes less to be written to for each.
-- Whoever reads more than one class merges them. The class is 0: none, 1: minor, 2: major.
--
-- Objects and streams are never deleted, so nothing need be checked by each entry.

CREATE TABLE classed (
    stream INTEGER NOT NULL,
    class INTEGER NOT NULL,
    public INTEGER NOT NULL,  -- as the item is
    seq INTEGER NOT NULL,     -- of all of them: the order of the stream, with gaps
    item INTEGER NOT NULL,
    direct INTEGER NOT NULL,
    PRIMARY KEY (stream, class, public, seq)
) STRICT, WITHOUT ROWID;

INSERT INTO classed (stream, class, public, seq, item, direct)
    SELECT stream, coalesce(major + 1, 0), public, seq, item, direct FROM entries ORDER BY stream, 2, public, seq;
DROP TABLE entries;
ALTER TABLE classed RENAME TO entries;

CREATE UNIQUE INDEX entries_item ON entries (item, stream);
-- Reads name this one: by itself SQLite would take the primary key, since it does not know how few there are.
CREATE INDEX entries_direct ON entries (stream, seq) WHERE direct;
