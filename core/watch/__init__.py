"""Watching photo folders for changes while the program runs."""
