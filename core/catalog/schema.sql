-- The catalog, version 8. Paths are bytes as the file system stores them, because a name need not be valid text.

CREATE TABLE root (
    id INTEGER PRIMARY KEY,
    uuid TEXT NOT NULL UNIQUE,
    path BLOB NOT NULL UNIQUE,
    exclude TEXT NOT NULL DEFAULT '',       -- patterns of files to skip, one per line
    smallest INTEGER NOT NULL DEFAULT 0     -- in bytes; smaller files are skipped
);

-- The mount points inside a root, as the last complete scan found them.
CREATE TABLE mount (
    root INTEGER NOT NULL REFERENCES root (id) ON DELETE CASCADE,
    path BLOB NOT NULL,         -- relative to the root, like the paths of photos
    PRIMARY KEY (root, path)
) WITHOUT ROWID;

-- The content of a file, independent of its name.
CREATE TABLE content (
    key BLOB PRIMARY KEY,       -- 16 bytes: BLAKE3 hash of the file's bytes
    width INTEGER NOT NULL,     -- in pixels, of the upright picture
    height INTEGER NOT NULL,
    taken_at INTEGER,           -- seconds since 1970 in the camera's local time
    utc_offset INTEGER,         -- how many minutes the camera's local time is ahead of UTC
    camera TEXT,                -- make and model
    latitude REAL,              -- in degrees, north and east positive
    longitude REAL,
    has_metadata INTEGER NOT NULL DEFAULT 0,    -- 0 if read by an earlier version, which read only `taken_at`
    provisional INTEGER NOT NULL DEFAULT 0, -- 1 if only the beginning of the file was read and hashed
    incomplete INTEGER NOT NULL DEFAULT 0   -- 1 if the end of the file is missing, but nearly all of the picture is there
) WITHOUT ROWID;

CREATE INDEX incomplete_content ON content (key) WHERE incomplete;
CREATE INDEX content_without_metadata ON content (key) WHERE NOT has_metadata;

CREATE TABLE photo (
    id INTEGER PRIMARY KEY,     -- 63-bit hash of (root uuid, path), which makes every write idempotent
    root INTEGER NOT NULL REFERENCES root (id) ON DELETE CASCADE,
    path BLOB NOT NULL,         -- relative to the root, parts joined by '/'
    size INTEGER NOT NULL,      -- -1 if the next indexing run reads the file even if it has not changed
    mtime_ns INTEGER NOT NULL,
    content BLOB REFERENCES content (key),  -- NULL if the photo could not be read
    reason TEXT,                -- why the photo could not be read; NULL if it could
    ctime_ns INTEGER,           -- NULL if the photo was recorded by version 5 or earlier and has not been scanned since
    UNIQUE (root, path),
    CHECK ((content IS NULL) <> (reason IS NULL))
);

CREATE INDEX photo_by_content ON photo (content);

CREATE TABLE model (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE
);

-- Keyed by content, not by photo, so that renamed, moved and copied files are not embedded again.
CREATE TABLE embedding (
    model INTEGER NOT NULL REFERENCES model (id) ON DELETE CASCADE,
    content BLOB NOT NULL REFERENCES content (key) ON DELETE CASCADE,
    vector BLOB NOT NULL,       -- float32, little endian, unit norm
    UNIQUE (model, content)
);

-- Two contents whose embeddings are alike.
CREATE TABLE pair (
    first BLOB NOT NULL REFERENCES content (key) ON DELETE CASCADE,     -- the smaller key
    second BLOB NOT NULL REFERENCES content (key) ON DELETE CASCADE,
    score REAL NOT NULL,        -- the cosine similarity of their embeddings
    kind TEXT,                  -- what both show; empty if nothing, NULL until they have been verified
    outer BLOB,                 -- the one that shows more than the other; NULL if both show the same
    framed INTEGER,             -- 1 if what it shows more is a frame
    PRIMARY KEY (first, second)
) WITHOUT ROWID;

CREATE INDEX pair_by_second ON pair (second);
CREATE INDEX unverified_pair ON pair (score) WHERE kind IS NULL;

-- The contents whose pairs with all other contents in this table are in the table `pair`.
CREATE TABLE compared (
    content BLOB NOT NULL REFERENCES content (key) ON DELETE CASCADE,
    model INTEGER NOT NULL REFERENCES model (id) ON DELETE CASCADE,     -- which made the embeddings
    PRIMARY KEY (content, model)
) WITHOUT ROWID;

-- A search index: its location, the model of its embeddings, and its index type with parameters.
CREATE TABLE target (
    id INTEGER PRIMARY KEY,
    place TEXT NOT NULL,
    model TEXT NOT NULL,
    spec TEXT NOT NULL,
    whole INTEGER NOT NULL DEFAULT 0,   -- 1 once it has had all photos of the catalog, so that it may answer searches
    seal TEXT NOT NULL DEFAULT '',       -- fingerprint of its files when it was last closed; empty while it is open
    UNIQUE (place, model, spec)
);

-- The rows of a search index. A row stays here after its photo is gone, until it is deleted from the index too.
CREATE TABLE indexed (
    target INTEGER NOT NULL REFERENCES target (id) ON DELETE CASCADE,
    photo INTEGER NOT NULL,
    content BLOB NOT NULL,
    durable INTEGER NOT NULL,   -- 1 once the index has flushed the row, 2 once the index was closed after that
    PRIMARY KEY (target, photo)
) WITHOUT ROWID;

-- The paths of remote folders on this computer.
CREATE TABLE elsewhere (
    uuid TEXT PRIMARY KEY,
    path BLOB NOT NULL
) WITHOUT ROWID;
