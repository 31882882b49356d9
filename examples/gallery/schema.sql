-- The gallery's own tables. `pump` is what a row is known by to Hydraulics, and empty as long as it is not.
CREATE TABLE IF NOT EXISTS people (
    id INTEGER PRIMARY KEY,
    pump TEXT UNIQUE,
    nickname TEXT NOT NULL UNIQUE,
    password TEXT NOT NULL,
    name TEXT,
    about TEXT
);
CREATE TABLE IF NOT EXISTS sessions (
    token TEXT PRIMARY KEY,
    person INTEGER NOT NULL REFERENCES people ON DELETE CASCADE,
    ends INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS photos (
    id INTEGER PRIMARY KEY,
    pump TEXT UNIQUE,
    person INTEGER NOT NULL REFERENCES people ON DELETE CASCADE,
    title TEXT,
    about TEXT,
    picture TEXT NOT NULL,
    width INTEGER,
    height INTEGER,
    small TEXT,
    small_width INTEGER,
    small_height INTEGER,
    taken TEXT NOT NULL,
    shown BOOLEAN NOT NULL DEFAULT TRUE
);
CREATE INDEX IF NOT EXISTS photos_of_person ON photos (person);
CREATE TABLE IF NOT EXISTS albums (
    id INTEGER PRIMARY KEY,
    pump TEXT UNIQUE,
    person INTEGER NOT NULL REFERENCES people ON DELETE CASCADE,
    title TEXT,
    about TEXT,
    shown BOOLEAN NOT NULL DEFAULT TRUE
);
CREATE TABLE IF NOT EXISTS pages (
    album INTEGER NOT NULL REFERENCES albums ON DELETE CASCADE,
    photo INTEGER NOT NULL REFERENCES photos ON DELETE CASCADE,
    PRIMARY KEY (album, photo)
);
CREATE TABLE IF NOT EXISTS comments (
    id INTEGER PRIMARY KEY,
    pump TEXT UNIQUE,
    person INTEGER NOT NULL REFERENCES people ON DELETE CASCADE,
    photo INTEGER REFERENCES photos ON DELETE CASCADE,
    text TEXT,
    written TEXT NOT NULL,
    shown BOOLEAN NOT NULL DEFAULT TRUE
);
CREATE INDEX IF NOT EXISTS comments_on_photo ON comments (photo);
CREATE TABLE IF NOT EXISTS stars (
    photo INTEGER NOT NULL REFERENCES photos ON DELETE CASCADE,
    person INTEGER NOT NULL REFERENCES people ON DELETE CASCADE,
    PRIMARY KEY (photo, person)
);
