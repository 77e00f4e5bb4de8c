"""The search index: a copy of the catalog's embeddings in Milvus, for fast search.

It can be rebuilt from the catalog at any time.
"""
