"""Pictures: decoding, colour, resizing, thumbnails, and the processes that do it."""
