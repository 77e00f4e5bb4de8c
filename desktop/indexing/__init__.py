"""Indexing runs, started by the user or by changes in the folders."""
