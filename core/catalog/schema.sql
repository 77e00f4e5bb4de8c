-- The catalog, version 5. Paths are bytes, as the file system has them: a name need not be valid text.

CREATE TABLE root (
    id INTEGER PRIMARY KEY,
    uuid TEXT NOT NULL UNIQUE,
    path BLOB NOT NULL UNIQUE,
    exclude TEXT NOT NULL DEFAULT '',       -- patterns of what is passed over, one a line
    smallest INTEGER NOT NULL DEFAULT 0     -- in bytes; smaller files are passed over
);

-- Folders inside a root on which drives were mounted when it was last looked at as a whole.
CREATE TABLE mount (
    root INTEGER NOT NULL REFERENCES root (id) ON DELETE CASCADE,
    path BLOB NOT NULL,         -- relative to the root, as those of photos
    PRIMARY KEY (root, path)
) WITHOUT ROWID;

-- What the bytes of a file are, whatever the file is called.
CREATE TABLE content (
    key BLOB PRIMARY KEY,       -- BLAKE3 of the bytes, 16 of them
    width INTEGER NOT NULL,     -- in pixels, upright
    height INTEGER NOT NULL,
    taken_at INTEGER,           -- seconds since 1970 in the camera's own time
    provisional INTEGER NOT NULL DEFAULT 0  -- 1 where only the beginning of the file was read, and hashed
) WITHOUT ROWID;

CREATE TABLE photo (
    id INTEGER PRIMARY KEY,     -- 63-bit hash of (root uuid, path): every write is idempotent
    root INTEGER NOT NULL REFERENCES root (id) ON DELETE CASCADE,
    path BLOB NOT NULL,         -- relative to the root, parts joined by '/'
    size INTEGER NOT NULL,      -- -1: to be read again in the next run, whatever the disk says
    mtime_ns INTEGER NOT NULL,
    content BLOB REFERENCES content (key),  -- NULL where it could not be read
    reason TEXT,                -- why it could not be read; NULL where it could
    UNIQUE (root, path),
    CHECK ((content IS NULL) <> (reason IS NULL))
);

CREATE INDEX photo_by_content ON photo (content);

CREATE TABLE model (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE
);

-- By content, not by photo: a renamed, moved or copied file never meets the model again.
CREATE TABLE embedding (
    model INTEGER NOT NULL REFERENCES model (id) ON DELETE CASCADE,
    content BLOB NOT NULL REFERENCES content (key) ON DELETE CASCADE,
    vector BLOB NOT NULL,       -- float32, little endian, unit norm
    UNIQUE (model, content)
);

-- A search index: where it is, which model's embeddings it has, and how it is built.
CREATE TABLE target (
    id INTEGER PRIMARY KEY,
    place TEXT NOT NULL,
    model TEXT NOT NULL,
    spec TEXT NOT NULL,
    whole INTEGER NOT NULL DEFAULT 0,   -- 1 once it has had all that the catalog has: from then on it may answer
    seal TEXT NOT NULL DEFAULT '',       -- what its files were when it was last closed; empty while it is open
    UNIQUE (place, model, spec)
);

-- What a search index holds. It outlives its photo: until the index forgets it too, it must be known.
CREATE TABLE indexed (
    target INTEGER NOT NULL REFERENCES target (id) ON DELETE CASCADE,
    photo INTEGER NOT NULL,
    content BLOB NOT NULL,
    durable INTEGER NOT NULL,   -- 1 once the index has flushed it, 2 once its files were sealed after that
    PRIMARY KEY (target, photo)
) WITHOUT ROWID;

-- Where a folder of another computer on the same server is on this one.
CREATE TABLE elsewhere (
    uuid TEXT PRIMARY KEY,
    path BLOB NOT NULL
) WITHOUT ROWID;
