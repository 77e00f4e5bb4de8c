"""The search index of a library: choosing, opening and syncing it with the catalog."""
