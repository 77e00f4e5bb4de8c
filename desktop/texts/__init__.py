"""Every text that the window shows: labels and messages."""
