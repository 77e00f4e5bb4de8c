-- The mount points in a root. The next complete scan fills the table.
CREATE TABLE mount (
    root INTEGER NOT NULL REFERENCES root (id) ON DELETE CASCADE,
    path BLOB NOT NULL,
    PRIMARY KEY (root, path)
) WITHOUT ROWID;
