"""Pictures: decoding, colour, resizing and thumbnails, and the processes that do this work."""
