-- What transactions wrote to, so that nodes that keep answers in memory see what the others wrote. A row stays for
-- as long as a node may not have looked.

CREATE TABLE touched (
    xid XID8 PRIMARY KEY DEFAULT pg_current_xact_id(),
    node BIGINT NOT NULL,
    at TIMESTAMPTZ NOT NULL DEFAULT now(),
    places BYTEA   -- two bytes each; NULL: everything
);
CREATE INDEX touched_at ON touched (at);
