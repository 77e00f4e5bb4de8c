"""Index the sample photos into a new library, search it, and show the hits in the window."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess

import environment
import system_libraries
from set_up_error import SetUpError

SAMPLES = environment.CHECKOUT / "resources" / "samples"
QUERY = SAMPLES / "query.jpg"
OUTPUT = environment.CHECKOUT / "build" / "demo"
LIBRARY = OUTPUT / "library"
PICTURE = OUTPUT / "window.png"
HITS = 8


def main(arguments: list[str]) -> int:
    """Run the demonstration and return its exit status."""
    argparse.ArgumentParser(prog="dev.py demo", description=__doc__).parse_args(arguments)
    python = environment.set_up()
    system_libraries.require_for_window()
    shutil.rmtree(OUTPUT, ignore_errors=True)
    OUTPUT.mkdir(parents=True)

    def semblance(*arguments: str | os.PathLike[str], **variables: str) -> None:
        command = [python, environment.CHECKOUT / "main.py", "--library", LIBRARY, *arguments]
        if status := subprocess.call(command, env=demo_environment() | variables):
            raise SetUpError(f"The demonstration ended early: main.py {arguments[0]} ended with status {status}.")

    print(f"1. Indexing the photos in {SAMPLES / 'photos'}", flush=True)
    semblance("index", SAMPLES / "photos")
    print(f"\n2. The {HITS} photos that look most like {QUERY}", flush=True)
    semblance("search", "--top-k", str(HITS), QUERY)
    if system_libraries.has_screen():
        print("\n3. Opening the window. Close it to end.", flush=True)
        semblance(QUERY)
    else:
        semblance("--screenshot", PICTURE, QUERY, QT_QPA_PLATFORM="offscreen")
        print(f"\n3. There is no screen. A picture of the window is in {PICTURE}")
    return 0


def demo_environment() -> dict[str, str]:
    """Return the environment variables without those that choose another library or server."""
    return {name: value for name, value in os.environ.items() if not name.startswith("SEMBLANCE_")}
