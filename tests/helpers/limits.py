"""How long tests wait.

A test waits for a fact, and ends as soon as it is one. Its limit is there only to end a test that hangs, so it is far
beyond what a slow and busy machine needs. The limit of a test is in pyproject.toml.
"""

from __future__ import annotations

HANGING = 600.0
"""Seconds after which something that has not happened never will."""
