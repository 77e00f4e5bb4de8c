"""The catalog: every photo, its state and its embedding, in SQLite. It is the truth."""
