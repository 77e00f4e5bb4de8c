"""Checks and reports on a library."""
