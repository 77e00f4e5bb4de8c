"""The error that ends the set-up. `str(error)` is a sentence for the developer."""

from __future__ import annotations


class SetUpError(Exception):
    """Something outside the project keeps it from being set up."""
