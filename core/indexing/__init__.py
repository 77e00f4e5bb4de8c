"""Indexing runs: scan, compare with the catalog, decode, embed and store."""
