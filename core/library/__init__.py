"""The library on disk: its folder, lock, settings and server tokens."""
