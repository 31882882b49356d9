-- Bounds on what others decide the number and the size of.

-- Nicknames that are or were given, by their text without case: no other spelling of one is given. Old accounts that
-- differ in case only stay as they are; persons of this server are the only ones that are deleted.
CREATE TABLE nicknames (
    folded TEXT PRIMARY KEY,
    nickname TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT OR IGNORE INTO nicknames SELECT lower(nickname), nickname FROM accounts;
INSERT OR IGNORE INTO nicknames SELECT lower(name), name FROM (
    SELECT CASE WHEN id LIKE 'acct:%@%' THEN substr(id, 6, instr(id, '@') - 6)
        ELSE replace(substr(id, instr(id, '/api/user/') + 10), '/profile', '') END AS name
    FROM objects WHERE object_type = 'person' AND deleted) departed;

-- Since when a client has waited for its first token of a person. NULL: it had one, or waits for none. Clients from
-- before this stay.
ALTER TABLE clients ADD COLUMN unused_since INTEGER;
CREATE INDEX clients_unused ON clients (unused_since) WHERE unused_since IS NOT NULL;
CREATE INDEX request_tokens_client ON request_tokens (client);
CREATE INDEX request_tokens_nickname ON request_tokens (nickname);

-- No more of a name than this is searched.
UPDATE objects SET name = substr(name, 1, 256) WHERE length(name) > 256;
