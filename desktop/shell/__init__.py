"""The frame of the window that all features share: actions, messages, progress, pages and the library's state."""
