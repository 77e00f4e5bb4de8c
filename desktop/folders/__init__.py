"""The dialog about folders and indexing."""
