"""Embedding models: choosing, downloading, converting and running them."""
