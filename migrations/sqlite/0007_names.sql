-- What a thing is called, as it is searched for: without regard to case. Every write makes it from the
-- body anew; of what is there already, SQLite knows the case of ASCII letters only.
ALTER TABLE objects ADD COLUMN name TEXT;
UPDATE objects SET name = lower(body ->> 'displayName')
    WHERE json_type(body, '$.displayName') = 'text';
