-- More of a photo's metadata. The next indexing run reads it.
ALTER TABLE content ADD COLUMN has_metadata INTEGER NOT NULL DEFAULT 0;
ALTER TABLE content ADD COLUMN utc_offset INTEGER;
ALTER TABLE content ADD COLUMN camera TEXT;
ALTER TABLE content ADD COLUMN latitude REAL;
ALTER TABLE content ADD COLUMN longitude REAL;
CREATE INDEX content_without_metadata ON content (key) WHERE NOT has_metadata;

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
