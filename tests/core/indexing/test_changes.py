"""After any changes to the photos between runs, a run leaves the index with exactly the existing photos."""

from __future__ import annotations

import io
import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeAlias

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.helpers.indexing.bench import Bench

BROKEN = b"\x89PNG\r\n\x1a\n cut off"
PLACES = [f"{root}/{name}" for root in ("one", "two") for name in ("a.png", "b.png", "in/c.png", "in/d.png")]

Write: TypeAlias = "tuple[str, bytes]"
Rename: TypeAlias = "tuple[str, str]"
Change: TypeAlias = "Write | Rename | str"


def _picture(seed: int) -> bytes:
    target = io.BytesIO()
    patches = np.random.default_rng(seed).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    Image.fromarray(patches).save(target, "PNG")
    return target.getvalue()


locations = st.sampled_from(PLACES)
writes = st.tuples(locations, st.sampled_from([*(_picture(seed) for seed in range(5)), BROKEN]))
changes = st.one_of(writes, st.tuples(locations, locations), locations)
"""Write bytes, rename a photo, or delete it."""


def _apply(change: Change, folder: Path, tick: int) -> None:
    if isinstance(change, str):
        (folder / change).unlink(missing_ok=True)
        return
    location, what = change
    if isinstance(what, str):
        if (folder / location).exists():
            (folder / location).replace(folder / what)
        return
    (folder / location).write_bytes(what)
    # Two writes within one tick of the file system's clock would look like no change.
    os.utime(folder / location, ns=(tick, tick))


def _photos(folder: Path) -> dict[Path, bytes]:
    return {folder / location: (folder / location).read_bytes() for location in PLACES if (folder / location).exists()}


@settings(max_examples=30, deadline=None)
@given(st.lists(st.lists(changes, max_size=6), min_size=1, max_size=5))
def test_index_matches_the_disk_after_every_run(rounds: list[list[Change]]) -> None:
    with TemporaryDirectory() as location, Bench(Path(location) / "library") as bench:
        folder = Path(location)
        for root in ("one", "two"):
            (folder / root / "in").mkdir(parents=True)
            (folder / root / "notes.txt").touch()  # an empty root would count as an offline drive
        contents: set[bytes] = set()
        embedded = 0
        for number, round_ in enumerate(rounds):
            for tick, change in enumerate(round_):
                _apply(change, folder, 1_000_000 * number + tick)
            bench.embedder.batches.clear()
            report = bench.run(folder / "one", folder / "two")
            embedded += bench.embedder.embedded
            on_disk = _photos(folder)
            readable = {path: data for path, data in on_disk.items() if data != BROKEN}
            contents |= set(readable.values())

            assert embedded == len(contents), "a picture was embedded twice or not at all"
            assert report.found == len(on_disk)
            assert report.found == (
                report.indexed + report.reused + report.unchanged + report.moved + len(report.failed)
            )
            assert len(report.failed) == len(on_disk) - len(readable)
            assert min(report.removed, report.moved, report.reused) >= 0
            assert bench.paths() == sorted(readable)
            for path, data in readable.items():
                found = {hit.path for hit in bench.search(data) if hit.label == "identical" and hit.score > 0.9999}
                assert path in found
