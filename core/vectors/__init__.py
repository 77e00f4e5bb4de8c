"""The search index: a copy of the catalog's embeddings in a form that answers fast. It can be rebuilt at any time."""
