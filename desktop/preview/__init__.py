"""The preview: one photo over the whole window, with zoom, and compared with the query."""
