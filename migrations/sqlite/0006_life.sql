-- What someone made, and the files of a thing: so that both can go, a few at a time.

CREATE INDEX objects_author ON objects (author) WHERE NOT deleted;
CREATE INDEX media_object ON media (object);
