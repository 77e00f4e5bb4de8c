"""Makes the font with the window's icons: the glyphs of `desktop.widgets.icons` from the Phosphor font.

    pip install fonttools qtawesome
    python packaging/icon_font.py

The package qtawesome carries the complete font, of which less than one glyph in a hundred is used. To import it takes
longer than all else in the start of the window, so that the program does without it.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from desktop.widgets.icons import FONT, Glyph

SOURCE = "fonts/phosphor-1.3.0.ttf"


def main() -> None:
    """Write the font."""
    from fontTools import subset

    package = find_spec("qtawesome")
    if not package or not package.origin:
        sys.exit("Install fonttools and qtawesome into this environment first.")
    characters = "".join(glyph.value for glyph in Glyph)
    subset.main([str(Path(package.origin).parent / SOURCE), f"--text={characters}", f"--output-file={FONT}"])


if __name__ == "__main__":
    main()
