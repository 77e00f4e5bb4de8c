"""The settings dialog: the location of the search index and how it is built."""
