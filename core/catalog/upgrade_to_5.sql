-- Where drives are mounted in a root is noted when it is looked at as a whole again.
CREATE TABLE mount (
    root INTEGER NOT NULL REFERENCES root (id) ON DELETE CASCADE,
    path BLOB NOT NULL,
    PRIMARY KEY (root, path)
) WITHOUT ROWID;
