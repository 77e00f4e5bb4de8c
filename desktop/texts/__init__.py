"""What the window says: labels and messages."""
