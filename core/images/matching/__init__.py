"""Finds the same scene in two pictures by their local features."""
