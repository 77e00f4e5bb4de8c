"""How long the program takes to start: until the window can be seen, and until a search has been answered.

    python tests/benchmarks/startup.py [--runs 5] [--library DIR]

Starts the real program on a picture, again and again, under the present display or offscreen, and reads from its log
when the window was painted and when the results were shown. Without --library, a library of the sample photos is made
first. The first start is not counted: it brings the libraries into the file cache.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
SAMPLES = CHECKOUT / "resources" / "samples"
MOMENTS = {"The window is visible": "window visible", "Ready to search": "ready", "Showing": "results shown"}


def start(library: Path, query: Path) -> dict[str, float]:
    """Start the program, end it once it shows results, and return the seconds to each moment."""
    command: list[str | Path] = [sys.executable, CHECKOUT / "main.py", "-v", "--library", library, query]
    began = time.monotonic()
    seconds: dict[str, float] = {}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=os.environ | surroundings()) as program:
        assert program.stderr
        for line in program.stderr:
            for text, moment in MOMENTS.items():
                if text in line:
                    seconds[moment] = time.monotonic() - began
            if len(seconds) == len(MOMENTS):
                program.terminate()
    if len(seconds) < len(MOMENTS):
        raise SystemExit(f"The program ended before it showed results; it reached: {', '.join(seconds) or 'nothing'}.")
    return seconds


def surroundings() -> dict[str, str]:
    """Return what makes a window possible where there is no screen."""
    has_screen = sys.platform in {"win32", "darwin"} or os.environ.keys() & {"DISPLAY", "WAYLAND_DISPLAY"}
    return {} if has_screen else {"QT_QPA_PLATFORM": "offscreen"}


def main() -> None:
    """Print the median and the range of each moment."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--library", type=Path)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        library = chosen.library or Path(made)
        if not chosen.library:
            index = [sys.executable, CHECKOUT / "main.py", "--library", library, "index", SAMPLES / "photos"]
            subprocess.run(index, check=True, stdout=subprocess.DEVNULL)
        start(library, SAMPLES / "query.jpg")
        runs = [start(library, SAMPLES / "query.jpg") for _ in range(chosen.runs)]
    for moment in MOMENTS.values():
        values = [run[moment] for run in runs]
        print(f"{moment:15} median {statistics.median(values):.2f} s  ({min(values):.2f} to {max(values):.2f})")


if __name__ == "__main__":
    main()
