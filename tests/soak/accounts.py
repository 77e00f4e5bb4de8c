"""Whether each file of a folder is accounted for: found or passed over, read or failed with a reason."""

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


class Accounts:
    """Counts, and what is wrong with them. `peaks` are the most memory that runs took, in MB."""

    def __init__(self) -> None:
        """Begin without any."""
        self.counts: dict[str, int] = {}
        self.peaks: list[float] = []
        self.faults: list[str] = []

    def of_report(self, report: Report, folder: Path, library: Path) -> None:
        """Compare the report of a run with the folder and with what is stored."""
        there, names = photos_of(library), list(names_in(folder))
        unlisted: list[OSError] = []
        loops = 0
        for location, inside, _ in os.walk(folder, onerror=unlisted.append):
            loops += sum(leads_into(Path(location, name), folder) for name in inside if not name.startswith("."))
        done = report["indexed"] + report["reused"] + report["unchanged"] + report["moved"] + len(report["failed"])
        found, ignored = report["found"], report["ignored"]
        self.counts |= {"files": len(names), "found": found, "passed over": ignored}
        self.counts |= {"folders that cannot be listed": len(unlisted)}
        self.counts |= {"photos that were read": sum(content is not None for content, _ in there.values())}
        reasons = Counter(reason for _, reason in there.values() if reason)
        self.counts |= {f"failed: {reason}": count for reason, count in sorted(reasons.items())}
        everything = len(names) + loops
        self.counts |= {"linked folders that are in it anyway": loops}
        self.expect(found + ignored == everything, f"{found} + {ignored} of {everything} names are accounted for")
        self.expect(len(there) == found, f"{len(there)} photos are stored of {found} that were found")
        self.expect(done == found, f"{done} of {found} photos are accounted for")
        self.expect(all(reason.endswith(".") for reason in reasons), f"reasons that are no sentences: {reasons}")
        called = {name for name in names if name.suffix.lower() in extensions() and not name.name.startswith("._")}
        missing = {name for name in called - there.keys() if name.is_file() and not leads_into(name, folder)}
        self.count("pictures that were passed over", missing)

    def compare(self, library: Path, calm: Path) -> None:
        """Compare what is stored with what another library has of the same folder."""
        there, expected = photos_of(library), photos_of(calm)
        self.count("photos lost", expected.keys() - there.keys())
        self.count("photos that are gone", there.keys() - expected.keys())
        wrong = {path for path in there.keys() & expected.keys() if expected[path] != there[path]}
        self.count("photos that are not as expected", wrong)
        self.faults += [f"{path!a}: {there[path][1]} - not: {expected[path][1]}" for path in sorted(wrong)[:10]]

    def of_search(self, program: Program, query: Path) -> None:
        """Compare what a search finds with what was read."""
        expected = {str(path) for path, (content, _) in photos_of(program.library).items() if content}
        most = str(2 * len(expected) + 100)
        answer = program.run("search", "--json", "--views", "one", "--top-k", most, query).object()
        found = Counter(hit["path"] for hit in cast("list[Hit]", answer["hits"]))
        self.count("photos that are not found", expected - found.keys())
        self.count("photos that are found but not there", found.keys() - expected)
        self.count("photos that are found twice", {path for path, count in found.items() if count > 1})

    def table(self, title: str) -> str:
        """Return a line for each count, and what is wrong."""
        lines = [f"{count:>8}  {name}" for name, count in self.counts.items()]
        lines += [f"{peak:>8.0f}  MB at most in run {number}" for number, peak in enumerate(self.peaks, 1)]
        return "\n".join([f"{title}:", *lines, *(f"WRONG: {fault}" for fault in self.faults)])

    def expect(self, is_so: bool, otherwise: str) -> None:
        """Record what is wrong if the condition is false."""
        if not is_so:
            self.faults.append(otherwise)

    def count(self, what: str, wrong: Iterable[Path | str]) -> None:
        """Count what there should be none of."""
        some = sorted(map(ascii, wrong))
        self.counts[what] = len(some)
        self.expect(not some, f"{what}: {', '.join(some[:10])}")


def leads_into(link: Path, folder: Path) -> bool:
    """Tell whether a path is a link to what is in a folder by a path of its own."""
    return os.path.islink(link) and Path(os.path.realpath(link)).is_relative_to(os.path.realpath(folder))


def photos_of(library: Path) -> Photos:
    """Return content or failure of every photo of a closed library with one folder."""
    with closing(Database(library / "catalog.sqlite")) as database:
        catalog = Catalog(database)
        (root,) = catalog.roots()
        return {path: (photo.content, photo.reason) for path, photo in catalog.known(root, "").items()}
