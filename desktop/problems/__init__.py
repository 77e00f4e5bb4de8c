"""What keeps photos from being found: the page with problems."""
