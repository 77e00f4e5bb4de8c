-- Indexes are identified by three columns. They are filled again from the embeddings.
DROP TABLE indexed;
DROP TABLE target;

CREATE TABLE target (
    id INTEGER PRIMARY KEY,
    place TEXT NOT NULL,
    model TEXT NOT NULL,
    spec TEXT NOT NULL,
    whole INTEGER NOT NULL DEFAULT 0,
    seal TEXT NOT NULL DEFAULT '',
    UNIQUE (place, model, spec)
);

CREATE TABLE indexed (
    target INTEGER NOT NULL REFERENCES target (id) ON DELETE CASCADE,
    photo INTEGER NOT NULL,
    content BLOB NOT NULL,
    durable INTEGER NOT NULL,
    PRIMARY KEY (target, photo)
) WITHOUT ROWID;

CREATE TABLE elsewhere (
    uuid TEXT PRIMARY KEY,
    path BLOB NOT NULL
) WITHOUT ROWID;

ALTER TABLE content ADD COLUMN provisional INTEGER NOT NULL DEFAULT 0;
