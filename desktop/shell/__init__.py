"""The window's frame: actions, messages, progress, pages, and the state of the library."""
