"""The duplicates page: groups of photos that are the same, or nearly so."""
