-- Actors of ActivityPub: their public keys, and the digests of the URLs by which they are named.
ALTER TABLE remote_accounts ADD COLUMN public_key TEXT;
ALTER TABLE remote_accounts ADD COLUMN actor BYTEA;

CREATE INDEX remote_accounts_actor ON remote_accounts (actor) WHERE actor IS NOT NULL;
