-- What someone made, and the files of a thing: so that both can go, a few at a time. The id of an author
-- may be longer than what an index takes.

CREATE INDEX objects_author ON objects (md5(author)) WHERE NOT deleted;
CREATE INDEX media_object ON media (object);
