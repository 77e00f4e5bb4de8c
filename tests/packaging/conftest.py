"""What the tests of the packages have in common."""

from __future__ import annotations

from packaging.markers import default_environment

# The library keeps the first answer, which must not be that of a test in which the system is another one.
default_environment()
