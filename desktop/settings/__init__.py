"""The settings dialog: where the search index is and how it is built."""
