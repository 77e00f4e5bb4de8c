"""Where a picture is shown in an area, depending on how it is zoomed and moved. Without Qt.

Lengths are in device pixels, so that a scale of 1 shows each pixel of the picture on one pixel of the screen.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, isclose
from typing import NamedTuple

LARGEST_SCALE = 8.0
"""Device pixels for each pixel of the picture, beyond which there is nothing more to see."""

SAME_SCALE = 1e-6


@dataclass(frozen=True, slots=True)
class View:
    """What is shown of a picture, in terms that suit pictures and areas of any size.

    With a `zoom` of 1, the complete picture just fits. The point of the picture in the middle of the area is `x`, `y`,
    in fractions of its width and height.
    """

    zoom: float = 1.0
    x: float = 0.5
    y: float = 0.5


FIT = View()


class Place(NamedTuple):
    """Where the complete picture is, measured from the upper left corner of the area. It may be larger than that."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Frame:
    """A picture of `width` and `height`, in an area. All four lengths are greater than 0."""

    width: float
    height: float
    area_width: float
    area_height: float

    @property
    def fit(self) -> float:
        """Return the scale at which the complete picture just fits."""
        return min(self.area_width / self.width, self.area_height / self.height)

    def scale(self, view: View) -> float:
        """Return how many device pixels a pixel of the picture takes."""
        return self.fit * view.zoom

    def place(self, view: View) -> Place:
        """Return where the picture is."""
        width, height = self._size(view)
        return Place(self.area_width / 2 - view.x * width, self.area_height / 2 - view.y * height, width, height)

    def clamped(self, view: View) -> View:
        """Return the nearest view without needless gaps. A picture that is narrower than the area is in its middle."""
        zoom = max(min(1.0, 1 / self.fit), min(view.zoom, max(1.0, LARGEST_SCALE / self.fit)))
        width, height = self._size(View(zoom))
        return View(zoom, _clamped(view.x, width, self.area_width), _clamped(view.y, height, self.area_height))

    def zoomed(self, view: View, factor: float, x: float, y: float) -> View:
        """Return the view enlarged by a factor. What is at the point `x`, `y` of the area stays there if possible."""
        zoom = self.clamped(View(view.zoom * factor)).zoom
        (width, height), (new_width, new_height) = self._size(view), self._size(View(zoom))
        right, down = x - self.area_width / 2, y - self.area_height / 2
        return self.clamped(
            View(zoom, view.x + right / width - right / new_width, view.y + down / height - down / new_height)
        )

    def moved(self, view: View, right: float, down: float) -> View:
        """Return the view with the picture moved by these lengths, as far as it covers the area."""
        width, height = self._size(view)
        return self.clamped(View(view.zoom, view.x - right / width, view.y - down / height))

    def toggled(self, view: View, x: float, y: float) -> View:
        """Return the view at a scale of 1 about the point `x`, `y` of the area, or the complete picture if it is so."""
        if self.is_actual_size(view):
            return FIT
        return self.zoomed(view, 1 / self.scale(view), x, y)

    def is_actual_size(self, view: View) -> bool:
        """Return whether each pixel of the picture takes one of the screen."""
        return isclose(self.scale(view), 1, rel_tol=SAME_SCALE)

    def side(self, view: View) -> int:
        """Return the longest side of a decoded picture that is sharp in this view."""
        return ceil(min(max(self._size(view)), max(self.width, self.height)))

    def _size(self, view: View) -> tuple[float, float]:
        scale = self.scale(view)
        return self.width * scale, self.height * scale


def _clamped(middle: float, length: float, area: float) -> float:
    if length <= area:
        return 0.5
    margin = area / length / 2
    return max(margin, min(middle, 1 - margin))
