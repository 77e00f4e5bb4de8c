"""The paths of the checkout, of its sample photos, and of the shared pictures next to it that some tests need."""

from __future__ import annotations

from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
SHARED_DATA = CHECKOUT.parent / "shared" / "data"
SAMPLES = CHECKOUT / "resources" / "samples" / "photos"
