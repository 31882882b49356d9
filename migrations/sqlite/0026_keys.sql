-- Further public keys of actors of ActivityPub, by their ids.
ALTER TABLE remote_accounts ADD COLUMN multikeys TEXT;
