"""Starting the program: is there a display, is a window already open, getting ready to search."""
