"""Index the sample photos into a fresh library, search in it, and show the window on the result."""

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
SHOWN = 8


def main(arguments: list[str]) -> int:
    """Run the demonstration and return its exit status."""
    argparse.ArgumentParser(prog="dev.py demo", description=__doc__).parse_args(arguments)
    python = environment.set_up()
    system_libraries.require_for_window()
    shutil.rmtree(OUTPUT, ignore_errors=True)
    OUTPUT.mkdir(parents=True)

    def semblance(*words: str | os.PathLike[str], **variables: str) -> None:
        command = [python, environment.CHECKOUT / "main.py", "--library", LIBRARY, *words]
        if status := subprocess.call(command, env=surroundings() | variables):
            raise SetUpError(f"The demonstration ended early: main.py {words[0]} ended with status {status}.")

    print(f"1. Indexing the photos in {SAMPLES / 'photos'}", flush=True)
    semblance("index", SAMPLES / "photos")
    print(f"\n2. The {SHOWN} photos that look most like {QUERY}", flush=True)
    semblance("search", "--top-k", str(SHOWN), QUERY)
    if system_libraries.has_screen():
        print("\n3. Opening the window. Close it to end.", flush=True)
        semblance(QUERY)
    else:
        semblance("--screenshot", PICTURE, QUERY, QT_QPA_PLATFORM="offscreen")
        print(f"\n3. There is no screen here. A picture of the window is in {PICTURE}")
    return 0


def surroundings() -> dict[str, str]:
    """Return the environment without the choices that would lead the demonstration to another library or server."""
    return {name: value for name, value in os.environ.items() if not name.startswith("SEMBLANCE_")}
