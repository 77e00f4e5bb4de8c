"""Models: which there are, where their weights come from, and what runs them."""
