"""Finding photo files: walking folders and applying exclusion rules."""
