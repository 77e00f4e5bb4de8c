"""Pictures: find them on disk, decode them, make thumbnails of them."""
