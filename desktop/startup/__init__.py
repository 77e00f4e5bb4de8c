"""Start the program: check for a display, hand over to a window that is already open, and load the model."""
