"""Small widgets and helpers that every feature of the window may use."""
