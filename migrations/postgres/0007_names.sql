-- What a thing is called, as it is searched for: without regard to case. Every write makes it from the
-- body anew; of what is there already, the database knows what its locale knows of case.
ALTER TABLE objects ADD COLUMN name TEXT COLLATE "C";
UPDATE objects SET name = lower(body ->> 'displayName')
    WHERE jsonb_typeof(body -> 'displayName') = 'string';
