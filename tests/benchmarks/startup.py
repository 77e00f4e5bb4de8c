"""Measures how long the program takes to show its window, to be ready to search, and to show the first results.

    python tests/benchmarks/startup.py [--program FILE] [--cold] [--runs 5] [--library DIR]

The benchmark starts the program several times with a picture as the query: that of this checkout, or an installed or
frozen one with --program, such as /usr/bin/semblance. Without --library, it first indexes the sample photos.

With Xvfb and xev (from x11-utils), it uses a virtual screen. "window mapped" is when that shows the window. Without, it
uses the current display, or none. The other moments come from the log of the program: "window visible" is when the
window was painted.

The first start is not counted, because it fills the file cache of the operating system. With --cold, the cache is
emptied before each further start, as after the computer was started. That needs Linux and root.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, TypeAlias

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.helpers.checkout import CHECKOUT
from tests.helpers.desktop.virtual_screen import virtual_screen

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SAMPLES = CHECKOUT / "resources" / "samples"
MAPPED = "window mapped"
MOMENTS = {"The window is visible": "window visible", "Ready to search": "ready", "Showing": "results shown"}
FILE_CACHE = Path("/proc/sys/vm/drop_caches")

Command: TypeAlias = "tuple[str | Path, ...]"


class Screen:
    """Where the program shows its window: environment variables, and the times at which windows appeared if known."""

    def __init__(self, variables: dict[str, str]) -> None:
        self.variables = variables
        self.mapped: list[float] = []

    def watch(self, events: Iterator[str]) -> None:
        """Note when windows appear, as told by xev. Runs on a thread of its own."""
        for event in events:
            if event.startswith("MapNotify"):
                self.mapped.append(time.monotonic())


@contextmanager
def open_screen() -> Iterator[Screen]:
    """Yield a virtual screen if possible, otherwise the current one or none."""
    if not (shutil.which("Xvfb") and shutil.which("xev")):
        has_screen = sys.platform in {"win32", "darwin"} or os.environ.keys() & {"DISPLAY", "WAYLAND_DISPLAY"}
        yield Screen({} if has_screen else {"QT_QPA_PLATFORM": "offscreen"})
        return
    with virtual_screen() as display:
        screen = Screen({"DISPLAY": display, "QT_QPA_PLATFORM": "xcb"})
        command = ["xev", "-display", display, "-root", "-event", "substructure"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as watcher:
            assert watcher.stdout
            Thread(target=screen.watch, args=(watcher.stdout,), daemon=True).start()
            try:
                yield screen
            finally:
                watcher.terminate()


def start(program: Command, screen: Screen, library: Path, query: Path) -> dict[str, float]:
    """Start the program, end it once it shows results, and return the seconds until each moment."""
    command = [*program, "-v", "--library", library, query]
    screen.mapped.clear()
    began = time.monotonic()
    seconds: dict[str, float] = {}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=os.environ | screen.variables) as running:
        assert running.stderr
        for line in running.stderr:
            for text, moment in MOMENTS.items():
                if text in line:
                    seconds[moment] = time.monotonic() - began
            if len(seconds) == len(MOMENTS):
                running.terminate()
    if len(seconds) < len(MOMENTS):
        raise SystemExit(f"The program ended before it showed results. It reached: {', '.join(seconds) or 'nothing'}.")
    return ({MAPPED: screen.mapped[0] - began} if screen.mapped else {}) | seconds


def empty_file_cache() -> None:
    """Make the operating system forget the content of all files that it has read.

    Raises:
        OSError: This is not Linux, or not root.
    """
    subprocess.run(["sync"], check=True)
    FILE_CACHE.write_text("3", encoding="ascii")


def report(name: str, runs: Sequence[dict[str, float]]) -> None:
    """Print the median and the range of each moment."""
    for moment in runs[0]:
        values = [run[moment] for run in runs]
        print(f"{name} {moment:15} median {statistics.median(values):.2f} s  ({min(values):.2f} to {max(values):.2f})")


def measure(program: Command, library: Path, count: int, *, cold: bool) -> None:
    """Start the program `count` times, warm and, on request, cold, and print the results."""
    query = SAMPLES / "query.jpg"
    with open_screen() as screen:
        start(program, screen, library, query)
        report("warm", [start(program, screen, library, query) for _ in range(count)])
        if not cold:
            return
        runs = []
        for _ in range(count):
            try:
                empty_file_cache()
            except OSError as error:
                print(f"cold: not measured, because the file cache cannot be emptied ({error})")
                return
            runs.append(start(program, screen, library, query))
        report("cold", runs)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=Path, metavar="FILE")
    parser.add_argument("--cold", action="store_true")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--library", type=Path)
    chosen = parser.parse_args()
    program: Command = (chosen.program,) if chosen.program else (sys.executable, CHECKOUT / "main.py")
    with tempfile.TemporaryDirectory() as temporary:
        library = chosen.library or Path(temporary)
        if not chosen.library:
            index = [*program, "--library", library, "index", SAMPLES / "photos"]
            subprocess.run(index, check=True, stdout=subprocess.DEVNULL)
        measure(program, library, chosen.runs, cold=chosen.cold)


if __name__ == "__main__":
    main()
