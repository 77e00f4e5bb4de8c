"""Groups of photos of a library that are duplicates."""
