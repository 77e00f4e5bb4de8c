"""The error that ends the set-up. `str(error)` is a message for the developer."""

from __future__ import annotations


class SetUpError(Exception):
    """The project cannot be set up, for a reason outside the project."""
