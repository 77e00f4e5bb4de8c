"""The dialog for folders and indexing settings."""
