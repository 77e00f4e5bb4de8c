"""The catalog: a SQLite file with every photo, its state and its embeddings.

The catalog is the source of truth. Search indexes are built from it.
"""
