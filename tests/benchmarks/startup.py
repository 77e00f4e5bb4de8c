"""Measures how long the program takes to show its window, to be ready to search, and to show the first results.

    python tests/benchmarks/startup.py [--runs 5] [--library DIR]

The benchmark starts the real program several times with a picture as the query, on the current display or offscreen. It
reads the moments from the log of the program. Without --library, it first indexes the sample photos. The first start is
not counted, because it fills the file cache of the operating system.
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
    """Start the program, end it once it shows results, and return the seconds until each moment."""
    command: list[str | Path] = [sys.executable, CHECKOUT / "main.py", "-v", "--library", library, query]
    began = time.monotonic()
    seconds: dict[str, float] = {}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=os.environ | display_variables()) as program:
        assert program.stderr
        for line in program.stderr:
            for text, moment in MOMENTS.items():
                if text in line:
                    seconds[moment] = time.monotonic() - began
            if len(seconds) == len(MOMENTS):
                program.terminate()
    if len(seconds) < len(MOMENTS):
        raise SystemExit(f"The program ended before it showed results. It reached: {', '.join(seconds) or 'nothing'}.")
    return seconds


def display_variables() -> dict[str, str]:
    """Return the environment variables that make the program run offscreen if there is no display."""
    has_screen = sys.platform in {"win32", "darwin"} or os.environ.keys() & {"DISPLAY", "WAYLAND_DISPLAY"}
    return {} if has_screen else {"QT_QPA_PLATFORM": "offscreen"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--library", type=Path)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        library = chosen.library or Path(temporary)
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
