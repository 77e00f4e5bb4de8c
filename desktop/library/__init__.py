"""The library page: all photos, newest first, without a search."""
