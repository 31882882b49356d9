-- Positions and audiences that are no more. A client goes on from the last item it has seen, also after that item was
-- taken out of the stream, or its audience was narrowed.

-- Entries that were taken out: the number that each had. Rows are deleted after 30 days.
CREATE TABLE removed_entries (
    item BIGINT NOT NULL,
    stream BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    removed_at BIGINT NOT NULL DEFAULT extract(epoch FROM now())::bigint,
    PRIMARY KEY (item, stream)
);

CREATE INDEX removed_entries_removed_at ON removed_entries (removed_at);

-- The addresses that the audience had before it was replaced, in the form of `audience`.
ALTER TABLE objects ADD COLUMN former_audiences JSONB;
