-- Positions and audiences that are no more. A client goes on from the last item it has seen, also after that item was
-- taken out of the stream, or its audience was narrowed.

-- Entries that were taken out: the number that each had. Rows are deleted after 30 days.
CREATE TABLE removed_entries (
    item INTEGER NOT NULL,
    stream INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    removed_at INTEGER NOT NULL DEFAULT (unixepoch()),
    PRIMARY KEY (item, stream)
) STRICT, WITHOUT ROWID;

CREATE INDEX removed_entries_removed_at ON removed_entries (removed_at);

-- The addresses that the audience had before it was replaced, in the form of `audience`.
ALTER TABLE objects ADD COLUMN former_audiences TEXT;
