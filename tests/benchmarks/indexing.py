"""Measures indexing speed and memory, compared with two baselines and with the limit of this machine. Linux only.

    python tests/benchmarks/indexing.py FOLDER [--photos N] [--small N]
    python tests/benchmarks/indexing.py FOLDER --memory [2000 50000]

Without options, the photos in FOLDER are indexed as they are. --photos indexes N copies of them in a temporary folder;
a few bytes at the end make each copy different. --small indexes N copies shrunk to 0.2 megapixels. The two options can
be combined. All files are in the file cache of the operating system.

The first table shows:

- photos per second from the first photo to the last, and including the start of the program (with a converted model)
- the ratio to the faster baseline; the baselines index only a sample of the photos
- the share of the limit: the speed if all cores did nothing but decode and embed. The limit comes from the CPU time of
  our own code for these two steps, each measured separately. It embeds each photo once. If the run also embeds the
  previews of large photos, a second limit includes their cost.
- the number of cores that the program kept busy, and that other programs kept busy (the fewer, the better the figures)
- the peak memory of the program and its processes together, sampled every two seconds; shared pages count once

The second table shows the CPU time per photo: each step measured separately, and as `rest` what else the program used,
without its start.

--memory indexes each given number of pictures of 0.08 megapixels. The table shows the peak memory in MB as above, and
how it was divided at that moment: the program, its decoding processes, the index process, and others. The last column
is the highest resident memory of the program alone at any time.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from core.images.embedded_preview import is_slow_to_decode, is_worth_previewing
from core.indexing.run import PREVIEWS_FROM, PREVIEWS_FROM_BYTES
from core.types import PhotoFile
from tests.helpers.benchmarks.photo_copies import photos_in, write_copies, write_small_copies
from tests.helpers.benchmarks.process_usage import Usage, measure

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

HERE = Path(__file__).resolve().parent
CHECKOUT = HERE.parents[1]
CORES = os.cpu_count() or 1
SMALL_PIXELS, MEMORY_PIXELS = 200_000, 80_000
BASELINE_SAMPLE = 256
STEPS = ("preview", "read", "hash", "decode", "fit", "embed", "store")
BASELINES = {"timm": "timm ResNet-34, one at a time", "torchvision": "torchvision ResNet-18, batches of 256"}


@dataclass(frozen=True, slots=True)
class Result:
    """The result of a program that indexes or embeds photos. `seconds` run from the first photo to the last."""

    name: str
    photos: float
    seconds: float
    usage: Usage

    @property
    def rate(self) -> float:
        return self.photos / self.seconds


def has_preview_pass(folder: Path) -> bool:
    """Return whether the program first embeds the previews of the photos in a folder."""
    found = [PhotoFile(path, path.stat().st_size, 0) for path in photos_in(folder)]
    files = [file for file in found if is_worth_previewing(file)]
    is_large = len(files) >= PREVIEWS_FROM or sum(file.size for file in files) >= PREVIEWS_FROM_BYTES
    return is_large or any(map(is_slow_to_decode, files))


class Bench:
    """Runs the program, the baselines and the separate steps in temporary folders."""

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch
        self._empty = scratch / "empty"
        self._empty.mkdir()
        self._models = scratch / "converter" / "models"
        measure(CHECKOUT / "main.py", "--library", self._models.parent, "index", self._empty)

    def semblance(self, folder: Path) -> Result:
        """Index a folder into a new library with the real program."""
        with tempfile.TemporaryDirectory(dir=self._scratch) as library:
            shutil.copytree(self._models, Path(library, "models"))
            usage = measure(CHECKOUT / "main.py", "--library", library, "--json", "index", folder)
        report = json.loads(usage.output)
        return Result("Semblance", report["indexed"], report["seconds"], usage)

    def start_up(self) -> Usage:
        """Return the usage of the program when there is nothing to index."""
        return self.semblance(self._empty).usage

    def baseline(self, name: str, folder: Path) -> Result:
        """Run a baseline on a sample of a folder."""
        usage = measure(HERE / "indexing_baselines.py", name, folder, str(BASELINE_SAMPLE))
        output = json.loads(usage.output)
        return Result(BASELINES[name], output["photos"], output["seconds"], usage)

    def costs(self, folder: Path) -> Mapping[str, float]:
        """Return the CPU seconds per photo of each step, measured separately, and the megapixels per photo."""
        costs: defaultdict[str, float] = defaultdict(float)
        for part in ("decode", "embed", "embed preview"):
            output = json.loads(measure(HERE / "indexing_steps.py", part, folder, self._models).output)
            photos = output.pop("photos")
            costs.update({step: value / photos for step, value in output.items() if step != "seconds"})
        embedding = costs["previews"] * costs["embed preview"]
        costs["preview"] = costs["preview"] + embedding if has_preview_pass(folder) else 0.0
        return costs

    def storage_cost(self, photos: int) -> float:
        """Return the CPU seconds that storing a photo takes."""
        with tempfile.TemporaryDirectory(dir=self._scratch) as library:
            none, all_of_them = (
                measure(HERE / "indexing_storage.py", Path(library, str(count)), str(count)).cpu
                for count in (0, photos)
            )
        return (all_of_them - none) / photos


def compare(bench: Bench, folder: Path, title: str) -> None:
    """Print the two tables for a folder of photos."""
    photos_in(folder)
    semblance, start = bench.semblance(folder), bench.start_up()
    costs = {**bench.costs(folder), "store": bench.storage_cost(round(semblance.photos))}
    baselines = [bench.baseline(name, folder) for name in BASELINES]
    complete = sum(costs[step] for step in ("read", "hash", "decode", "fit", "embed"))
    limit, preview_limit = CORES / complete, CORES / (complete + costs["preview"])
    print(f"\n{title}: {semblance.photos} of {costs['megapixels']:.1f} megapixels, {CORES} cores")
    print(f"{'':38}{'photos/s':>9}{'and start':>10}{'ratio':>7}{'of limit':>9}{'cores':>7}{'others':>7}{'peak MB':>8}")
    best = max(baseline.rate for baseline in baselines)
    for result in (semblance, *baselines):
        used, peak = result.usage, result.usage.peak.total
        print(
            f"{result.name:38}{result.rate:9.1f}{result.photos / used.seconds:10.1f}{result.rate / best:7.1f}"
            f"{result.rate / limit:9.2f}{used.cpu / used.seconds:7.2f}{used.other_cores:7.2f}{peak / 1e6:8.0f}"
        )
    print(f"{'limit':38}{limit:9.1f}{'':10}{limit / best:7.1f}{1:9.2f}")
    if costs["preview"]:
        print(
            f"{'limit with previews':38}{preview_limit:9.1f}{'':10}{preview_limit / best:7.1f}"
            f"{preview_limit / limit:9.2f}"
        )
    costs["all"] = (semblance.usage.cpu - start.cpu) / semblance.photos
    costs["rest"] = costs["all"] - sum(costs[step] for step in STEPS)
    print("CPU ms/photo  " + "  ".join(f"{step} {1000 * costs[step]:.2f}" for step in (*STEPS, "rest", "all")))
    print(f"start of the program: {start.seconds:.1f} s, {start.cpu:.1f} s of CPU time", flush=True)


def compare_memory(bench: Bench, originals: Sequence[Path], counts: Sequence[int], scratch: Path) -> None:
    """Print the peak memory for each number of photos."""
    columns = ("total", "program", "decoders", "index", "others", "program alone")
    print(f"{'photos':>7}{'photos/s':>10}" + "".join(f"{column:>15}" for column in columns))
    for count in counts:
        write_small_copies(originals, count, scratch / str(count), MEMORY_PIXELS)
        result = bench.semblance(scratch / str(count))
        peak, alone = result.usage.peak, result.usage.program
        sizes = (peak.total, peak.program, peak.decoders, peak.index, peak.others, alone)
        print(f"{result.photos:7}{result.rate:10.1f}" + "".join(f"{size / 1e6:15.0f}" for size in sizes), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--photos", type=int)
    parser.add_argument("--small", type=int)
    parser.add_argument("--memory", type=int, nargs="*", metavar="N")
    chosen = parser.parse_args()
    folder = chosen.folder.resolve()
    with tempfile.TemporaryDirectory() as temporary:
        scratch = Path(temporary)
        bench = Bench(scratch)
        if chosen.memory is not None:
            compare_memory(bench, photos_in(folder), chosen.memory or (2000, 50_000), scratch)
            return
        if chosen.photos:
            write_copies(photos_in(folder), chosen.photos, scratch / "photos")
        if chosen.photos or not chosen.small:
            compare(bench, scratch / "photos" if chosen.photos else folder, "Photos")
        if chosen.small:
            write_small_copies(photos_in(folder), chosen.small, scratch / "small", SMALL_PIXELS)
            compare(bench, scratch / "small", "Small photos")


if __name__ == "__main__":
    main()
