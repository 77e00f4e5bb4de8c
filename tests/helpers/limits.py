"""The timeout of everything that a test waits for.

A test continues as soon as its condition holds. The timeout only ends a test that hangs, so it is much longer than a
slow and busy machine needs. The timeout of a complete test is in pyproject.toml.
"""

from __future__ import annotations

HANG_TIMEOUT = 600.0
"""Seconds after which a test may assume that it hangs."""
