-- How often clients, tokens or accounts were changed or removed, by whomever: who keeps them in memory looks
-- at this to see whether they are still as they were. New ones are nowhere kept.
--
-- The sum of all rows is the number. There are several, and they are counted up at the end of a transaction
-- and once in it, so that those who change credentials at the same time seldom wait for each other, and
-- never in a circle.

CREATE TABLE credentials_epoch (
    slot INTEGER PRIMARY KEY,
    count BIGINT NOT NULL,
    counted XID8   -- the last transaction that counted here
) WITH (fillfactor = 50);
INSERT INTO credentials_epoch SELECT slot, 1, NULL FROM generate_series(0, 31) slot;

CREATE FUNCTION credentials_changed() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$ BEGIN
    UPDATE credentials_epoch SET count = count + 1, counted = pg_current_xact_id()
        WHERE slot = pg_backend_pid() % 32 AND counted IS DISTINCT FROM pg_current_xact_id();
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER accounts_changed AFTER UPDATE OR DELETE ON accounts
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION credentials_changed();
CREATE CONSTRAINT TRIGGER clients_changed AFTER UPDATE OR DELETE ON clients
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION credentials_changed();
CREATE CONSTRAINT TRIGGER access_tokens_changed AFTER UPDATE OR DELETE ON access_tokens
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION credentials_changed();
CREATE CONSTRAINT TRIGGER bearer_tokens_changed AFTER UPDATE OR DELETE ON bearer_tokens
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION credentials_changed();
