"""Checks that every file in a folder was either found or ignored, and was either indexed or failed with a reason."""

from __future__ import annotations

import os
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, TypedDict, cast

from core.catalog.database import Database
from core.catalog.photos import Catalog
from core.images.formats import extensions
from tests.helpers.folders.changing_folders import names_in

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.helpers.engine.program import Program

Photos: TypeAlias = "dict[Path, tuple[bytes | None, str | None]]"


class Report(TypedDict):
    found: int
    ignored: int
    indexed: int
    reused: int
    unchanged: int
    moved: int
    failed: list[dict[str, str]]


class Hit(TypedDict):
    path: str


class Audit:
    """Counts photos and collects faults. `peaks` has the peak memory of each run in MB."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}
        self.peaks: list[float] = []
        self.faults: list[str] = []

    def check_report(self, report: Report, folder: Path, library: Path) -> None:
        """Compare the report of a run with the folder and with the catalog."""
        stored, names = photos_of(library), list(names_in(folder))
        unlisted: list[OSError] = []
        loops = 0
        for location, inside, _ in os.walk(folder, onerror=unlisted.append):
            loops += sum(leads_into(Path(location, name), folder) for name in inside if not name.startswith("."))
        done = report["indexed"] + report["reused"] + report["unchanged"] + report["moved"] + len(report["failed"])
        found, ignored = report["found"], report["ignored"]
        self.counts |= {"files": len(names), "found": found, "ignored": ignored}
        self.counts |= {"folders that cannot be listed": len(unlisted)}
        self.counts |= {"photos read": sum(content is not None for content, _ in stored.values())}
        reasons = Counter(reason for _, reason in stored.values() if reason)
        self.counts |= {f"failed: {reason}": count for reason, count in sorted(reasons.items())}
        everything = len(names) + loops
        self.counts |= {"links to folders inside the folder": loops}
        self.expect(found + ignored == everything, f"{found} found + {ignored} ignored are not all {everything} names")
        self.expect(len(stored) == found, f"{found} photos were found, but {len(stored)} are stored")
        self.expect(done == found, f"the report accounts for {done} of {found} photos")
        self.expect(all(reason.endswith(".") for reason in reasons), f"some reasons are not sentences: {reasons}")
        pictures = {name for name in names if name.suffix.lower() in extensions() and not name.name.startswith("._")}
        missing = {name for name in pictures - stored.keys() if name.is_file() and not leads_into(name, folder)}
        self.count("ignored pictures", missing)

    def compare(self, library: Path, reference: Path) -> None:
        """Compare the photos in the catalog with those in a reference library of the same folder."""
        stored, expected = photos_of(library), photos_of(reference)
        self.count("photos lost", expected.keys() - stored.keys())
        self.count("photos that no longer exist", stored.keys() - expected.keys())
        wrong = {path for path in stored.keys() & expected.keys() if expected[path] != stored[path]}
        self.count("photos with wrong contents", wrong)
        self.faults += [
            f"{path!a}: {stored[path][1]}, but expected: {expected[path][1]}" for path in sorted(wrong)[:10]
        ]

    def check_search(self, program: Program, query: Path) -> None:
        """Compare the hits of a search with the photos that were read."""
        expected = {str(path) for path, (content, _) in photos_of(program.library).items() if content}
        top_k = str(2 * len(expected) + 100)
        answer = program.run("search", "--json", "--views", "one", "--top-k", top_k, query).object()
        found = Counter(hit["path"] for hit in cast("list[Hit]", answer["hits"]))
        self.count("photos that a search misses", expected - found.keys())
        self.count("hits that are not in the catalog", found.keys() - expected)
        self.count("photos that a search finds twice", {path for path, count in found.items() if count > 1})

    def table(self, title: str) -> str:
        """Return a line for each count and each fault."""
        lines = [f"{count:>8}  {name}" for name, count in self.counts.items()]
        lines += [f"{peak:>8.0f}  MB peak memory in run {number}" for number, peak in enumerate(self.peaks, 1)]
        return "\n".join([f"{title}:", *lines, *(f"FAULT: {fault}" for fault in self.faults)])

    def expect(self, condition: bool, fault: str) -> None:
        """Record the fault if the condition is false."""
        if not condition:
            self.faults.append(fault)

    def count(self, name: str, wrong: Iterable[Path | str]) -> None:
        """Count items that should not exist, and record a fault if there are any."""
        items = sorted(map(ascii, wrong))
        self.counts[name] = len(items)
        self.expect(not items, f"{name}: {', '.join(items[:10])}")


def leads_into(link: Path, folder: Path) -> bool:
    """Return whether a path is a link to something inside a folder."""
    return os.path.islink(link) and Path(os.path.realpath(link)).is_relative_to(os.path.realpath(folder))


def photos_of(library: Path) -> Photos:
    """Return the content key and the failure of every photo in a closed library with one root."""
    with closing(Database(library / "catalog.sqlite")) as database:
        catalog = Catalog(database)
        (root,) = catalog.roots()
        return {path: (photo.content, photo.reason) for path, photo in catalog.known(root, "").items()}
