-- Tables, columns and functions under the names that the documentation uses (docs/GLOSSARY.md).

ALTER TABLE streams RENAME COLUMN last TO last_seq;
ALTER TABLE objects RENAME COLUMN post TO published_by;
ALTER TABLE accounts RENAME COLUMN notices TO notifications;
ALTER TABLE codes RENAME COLUMN subject TO target;
ALTER TABLE media RENAME TO files;
DROP INDEX media_object;
CREATE INDEX files_object ON files (object);

-- Triggers follow the table that they write to.
ALTER TABLE credentials_epoch RENAME TO credential_versions;
ALTER TABLE credential_versions RENAME COLUMN count TO version;
