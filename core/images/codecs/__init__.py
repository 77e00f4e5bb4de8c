"""One module for each kind of file that Pillow alone does not read correctly."""
