"""How fast a folder is indexed, beside two plain recipes and beside what this machine can do at most.

    python tests/benchmarks/indexing.py FOLDER [--photos N] [--small N]
    python tests/benchmarks/indexing.py FOLDER --memory [2000 50000]

Without an option the photos of FOLDER are indexed as they are; with --photos, N copies of them in a temporary folder,
made different by a few bytes at their ends; with --small, N copies shrunk to 0.2 megapixels. Both may be given. The
files are in the file cache of the system. Linux only.

One table tells photos a second, from the first photo to the last and with the start of the program (the model was
converted before); the ratio to the better of the recipes, which take a sample of the photos; the share of the floor;
how many cores were kept busy, and by others meanwhile, without whom the figures would be better; and the peak memory of
the program and its processes together, where a page that they share counts once, looked at twice a second. The floor is
what decoding and embedding cost when each runs alone with our own code, in CPU seconds, divided by the number of cores.
It embeds each photo once, while the program looks at many large photos twice: first at the small pictures in them.
Where it does, there is another floor with what that costs alone.

The other table tells where the CPU time of a photo goes: each step as measured alone, and as `rest` what the program
used besides, without its start.

--memory indexes so many pictures of 0.08 megapixels. Its table tells the peak memory in MB of everything together, as
above, and who held how much of it then: the program, the processes that read photos, that of the index, and others. The
last column is the highest resident memory of the program alone, whenever that was.
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

from core.images.embedded_preview import is_worth_previewing
from core.indexing.run import PREVIEWS_FROM, PREVIEWS_FROM_BYTES
from core.types import PhotoFile
from tests.benchmarks.indexing_photos import copies, photos_in, small_copies
from tests.benchmarks.indexing_process import Usage, measure

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

HERE = Path(__file__).resolve().parent
CHECKOUT = HERE.parents[1]
CORES = os.cpu_count() or 1
SMALL, SMALLEST = 200_000, 80_000
SAMPLE = 256
STEPS = ("look", "read", "hash", "decode", "fit", "embed", "store")
RECIPES = {"timm": "timm ResNet-34, one at a time", "torchvision": "torchvision ResNet-18, batches of 256"}


@dataclass(frozen=True, slots=True)
class Line:
    """A way to index, and what came of it. `seconds` are those from the first photo to the last."""

    name: str
    photos: float
    seconds: float
    usage: Usage

    @property
    def rate(self) -> float:
        return self.photos / self.seconds


def looks_first(folder: Path) -> bool:
    """Tell whether the program looks first at the small pictures in the photos of a folder."""
    files = [PhotoFile(path, path.stat().st_size, 0) for path in photos_in(folder)]
    sizes = [file.size for file in files if is_worth_previewing(file)]
    return len(sizes) >= PREVIEWS_FROM or sum(sizes) >= PREVIEWS_FROM_BYTES


class Bench:
    """Runs everything in temporary folders of its own."""

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch
        self._empty = scratch / "empty"
        self._empty.mkdir()
        self._models = scratch / "converter" / "models"
        measure(CHECKOUT / "main.py", "--library", self._models.parent, "index", self._empty)

    def ours(self, folder: Path) -> Line:
        """Index a folder into a new library with the real program."""
        with tempfile.TemporaryDirectory(dir=self._scratch) as library:
            shutil.copytree(self._models, Path(library, "models"))
            usage = measure(CHECKOUT / "main.py", "--library", library, "--json", "index", folder)
        report = json.loads(usage.output)
        return Line("Semblance", report["indexed"], report["seconds"], usage)

    def start(self) -> Usage:
        """Return what the program uses when there is nothing to index."""
        return self.ours(self._empty).usage

    def recipe(self, name: str, folder: Path) -> Line:
        """Run a plain recipe on a sample of a folder."""
        usage = measure(HERE / "indexing_recipes.py", name, folder, str(SAMPLE))
        told = json.loads(usage.output)
        return Line(RECIPES[name], told["photos"], told["seconds"], usage)

    def costs(self, folder: Path) -> Mapping[str, float]:
        """Return the CPU seconds of a photo in each step, measured alone, and its megapixels."""
        costs: defaultdict[str, float] = defaultdict(float)
        for part in ("decode", "embed"):
            told = json.loads(measure(HERE / "indexing_alone.py", part, folder, self._models).output)
            photos = told.pop("photos")
            costs.update({step: value / photos for step, value in told.items() if step != "seconds"})
        costs["look"] = costs["look"] + costs["looks"] * costs["embed"] if looks_first(folder) else 0.0
        return costs

    def storing(self, photos: int) -> float:
        """Return the CPU seconds that it takes to store a photo."""
        with tempfile.TemporaryDirectory(dir=self._scratch) as library:
            none, all_of_them = (
                measure(HERE / "indexing_store.py", Path(library, str(count)), str(count)).cpu for count in (0, photos)
            )
        return (all_of_them - none) / photos


def compare(bench: Bench, folder: Path, title: str) -> None:
    """Print the two tables for a folder of photos."""
    photos_in(folder)
    ours, start = bench.ours(folder), bench.start()
    costs = {**bench.costs(folder), "store": bench.storing(round(ours.photos))}
    recipes = [bench.recipe(name, folder) for name in RECIPES]
    whole = sum(costs[step] for step in ("read", "hash", "decode", "fit", "embed"))
    floor, both = CORES / whole, CORES / (whole + costs["look"])
    print(f"\n{title}: {ours.photos} of {costs['megapixels']:.1f} megapixels, {CORES} cores")
    print(f"{'':38}{'photos/s':>9}{'and start':>10}{'ratio':>7}{'of floor':>9}{'cores':>7}{'others':>7}{'peak MB':>8}")
    best = max(recipe.rate for recipe in recipes)
    for line in (ours, *recipes):
        used, peak = line.usage, line.usage.peak.together
        print(
            f"{line.name:38}{line.rate:9.1f}{line.photos / used.seconds:10.1f}{line.rate / best:7.1f}"
            f"{line.rate / floor:9.2f}{used.cpu / used.seconds:7.2f}{used.elsewhere:7.2f}{peak / 1e6:8.0f}"
        )
    print(f"{'floor':38}{floor:9.1f}{'':10}{floor / best:7.1f}{1:9.2f}")
    if costs["look"]:
        print(f"{'floor with a first look':38}{both:9.1f}{'':10}{both / best:7.1f}{both / floor:9.2f}")
    costs["all"] = (ours.usage.cpu - start.cpu) / ours.photos
    costs["rest"] = costs["all"] - sum(costs[step] for step in STEPS)
    print("CPU ms/photo  " + "  ".join(f"{step} {1000 * costs[step]:.2f}" for step in (*STEPS, "rest", "all")))
    print(f"start of the program: {start.seconds:.1f} s, {start.cpu:.1f} s of CPU", flush=True)


def memory(bench: Bench, originals: Sequence[Path], counts: Sequence[int], scratch: Path) -> None:
    """Print the table of the peak memory for so many photos."""
    columns = ("together", "program", "readers", "index", "others", "program alone")
    print(f"{'photos':>7}{'photos/s':>10}" + "".join(f"{column:>15}" for column in columns))
    for count in counts:
        small_copies(originals, count, scratch / str(count), SMALLEST)
        line = bench.ours(scratch / str(count))
        peak, alone = line.usage.peak, line.usage.program
        sizes = (peak.together, peak.program, peak.readers, peak.index, peak.others, alone)
        print(f"{line.photos:7}{line.rate:10.1f}" + "".join(f"{size / 1e6:15.0f}" for size in sizes), flush=True)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--photos", type=int)
    parser.add_argument("--small", type=int)
    parser.add_argument("--memory", type=int, nargs="*", metavar="N")
    chosen = parser.parse_args()
    folder = chosen.folder.resolve()
    with tempfile.TemporaryDirectory() as made:
        scratch = Path(made)
        bench = Bench(scratch)
        if chosen.memory is not None:
            memory(bench, photos_in(folder), chosen.memory or (2000, 50_000), scratch)
            return
        if chosen.photos:
            copies(photos_in(folder), chosen.photos, scratch / "photos")
        if chosen.photos or not chosen.small:
            compare(bench, scratch / "photos" if chosen.photos else folder, "Photos")
        if chosen.small:
            small_copies(photos_in(folder), chosen.small, scratch / "small", SMALL)
            compare(bench, scratch / "small", "Small photos")


if __name__ == "__main__":
    main()
