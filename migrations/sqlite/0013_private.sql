-- So that of what is not for everyone only what came since the last time need be counted.

DROP INDEX entries_private;
CREATE INDEX entries_private ON entries (stream, seq, item) WHERE NOT public;
