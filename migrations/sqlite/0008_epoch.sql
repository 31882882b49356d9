-- How often clients, tokens or accounts were changed or removed, by whomever: who keeps them in memory looks
-- at this to see whether they are still as they were. New ones are nowhere kept.

CREATE TABLE credentials_epoch (count INTEGER NOT NULL) STRICT;
INSERT INTO credentials_epoch VALUES (1);

CREATE TRIGGER accounts_changed AFTER UPDATE ON accounts
    BEGIN UPDATE credentials_epoch SET count = count + 1; END;
CREATE TRIGGER accounts_removed AFTER DELETE ON accounts
    BEGIN UPDATE credentials_epoch SET count = count + 1; END;
CREATE TRIGGER clients_changed AFTER UPDATE ON clients
    BEGIN UPDATE credentials_epoch SET count = count + 1; END;
CREATE TRIGGER clients_removed AFTER DELETE ON clients
    BEGIN UPDATE credentials_epoch SET count = count + 1; END;
CREATE TRIGGER access_tokens_changed AFTER UPDATE ON access_tokens
    BEGIN UPDATE credentials_epoch SET count = count + 1; END;
CREATE TRIGGER access_tokens_removed AFTER DELETE ON access_tokens
    BEGIN UPDATE credentials_epoch SET count = count + 1; END;
CREATE TRIGGER bearer_tokens_changed AFTER UPDATE ON bearer_tokens
    BEGIN UPDATE credentials_epoch SET count = count + 1; END;
CREATE TRIGGER bearer_tokens_removed AFTER DELETE ON bearer_tokens
    BEGIN UPDATE credentials_epoch SET count = count + 1; END;
