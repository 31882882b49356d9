-- The likes, replies and shares that there are: a page asks for those of everything that it shows, and hardly any of these
-- streams exist. In the index of all streams each would be looked for in another place.

CREATE INDEX streams_thing ON streams (key) WHERE split_part(name, ' ', 1) IN ('likes', 'replies', 'shares');
