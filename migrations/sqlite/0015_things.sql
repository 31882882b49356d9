-- The likes, replies and shares that there are, by the id of the thing: a page asks for those of everything that it shows, and
-- hardly any of these streams exist.

CREATE INDEX streams_thing ON streams (substr(name, instr(name, ' ') + 1))
    WHERE name GLOB 'likes *' OR name GLOB 'replies *' OR name GLOB 'shares *';
