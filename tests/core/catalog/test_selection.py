"""Which photos pass the filters of a search."""

from __future__ import annotations

from calendar import timegm
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from core.catalog.database import Database
from core.catalog.embeddings import Embeddings
from core.catalog.photos import Catalog
from core.catalog.selection import Selection
from core.search_request import Filters, Shape
from core.types import Metadata, PhotoDetails, PhotoFile
from tests.helpers.engine.catalog_entries import FOLDER, MODEL, content, save, vector

TODAY = date(2024, 2, 29)
TIMES = [None, *(timegm((*day, 23, 59, 59)) for day in ((2020, 2, 29), (2023, 2, 28), (2024, 2, 29), (1969, 12, 31)))]
TIMES += [timegm((2024, 2, 29, 0, 0, 0)), 2**40, -(2**40)]
SIZES = [(100, 100), (105, 100), (106, 100), (100, 106), (199, 100), (200, 100), (100, 200), (1, 1)]
NAMES = ["a.jpg", "b.JPG", "c.jpeg", "jpg", "d.png", "sub/e.heic", "sub/f.jpg", "g%.jpg.txt"]


@dataclass(frozen=True)
class Entry:
    name: str
    size: tuple[int, int]
    taken_at: int | None
    camera: str | None
    file_size: int
    is_provisional: bool


ENTRIES = st.builds(
    Entry,
    st.sampled_from(NAMES),
    st.sampled_from(SIZES),
    st.sampled_from(TIMES),
    st.sampled_from([None, "Canon EOS 80D", "NIKON D70", "100% Camera_"]),
    st.integers(0, 3),
    st.booleans(),
)
DATES = st.none() | st.sampled_from([date(2020, 2, 29), date(2024, 2, 29), date(1, 1, 1), date(9999, 12, 31)])
FILTERS = st.builds(
    Filters,
    taken_from=DATES,
    taken_to=DATES,
    on_this_day=st.sampled_from([None, None, TODAY]),
    shapes=st.frozensets(st.sampled_from(Shape)),
    extensions=st.frozensets(st.sampled_from([".jpg", ".jpeg", ".heic"])),
    camera=st.sampled_from(["", "", "canon", "D70", "%", "0% c"]),
    min_pixels=st.sampled_from([0, 10_500, 2**62]),
    min_bytes=st.integers(0, 3),
    preview_only=st.booleans(),
)


def shape_of(width: int, height: int) -> Shape:
    ratio = max(width, height) / min(width, height)
    if ratio <= 1.05:
        return Shape.SQUARE
    if ratio >= 2:
        return Shape.PANORAMA
    return Shape.LANDSCAPE if width > height else Shape.PORTRAIT


def passes(entry: Entry, filters: Filters) -> bool:
    width, height = entry.size
    if filters.taken_from or filters.taken_to or filters.on_this_day:
        if entry.taken_at is None:
            return False
        if filters.taken_from and entry.taken_at < timegm(filters.taken_from.timetuple()):
            return False
        if filters.taken_to and entry.taken_at >= timegm(filters.taken_to.timetuple()) + 24 * 60 * 60:
            return False
    if filters.on_this_day:
        try:
            taken = datetime.fromtimestamp(entry.taken_at or 0, UTC).date()
        except (ValueError, OverflowError):
            return False
        if (taken.month, taken.day) != (TODAY.month, TODAY.day) or taken.year == TODAY.year:
            return False
    return (
        (not filters.shapes or shape_of(width, height) in filters.shapes)
        and (not filters.extensions or entry.name.lower().endswith(tuple(filters.extensions)))
        and (not filters.camera or filters.camera.lower() in (entry.camera or "").lower())
        and width * height >= filters.min_pixels
        and entry.file_size >= filters.min_bytes
        and (entry.is_provisional or not filters.preview_only)
    )


@settings(max_examples=40)
@given(st.lists(ENTRIES, max_size=8, unique_by=lambda entry: entry.name), FILTERS, st.sampled_from([".", "sub"]))
def test_photos_are_selected_by_all_filters_together(entries: list[Entry], filters: Filters, folder: str) -> None:
    with TemporaryDirectory() as temporary, closing(Database(Path(temporary) / "catalog.sqlite")) as database:
        catalog = Catalog(database)
        root = catalog.add_root(FOLDER)
        ids = {}
        for seed, entry in enumerate(entries):
            metadata = Metadata(entry.taken_at, camera=entry.camera)
            details = PhotoDetails(content(seed), *entry.size, metadata, is_provisional=entry.is_provisional)
            file = PhotoFile(root.path / entry.name, entry.file_size, 1)
            (ids[entry.name],) = catalog.save(root, [(file, details)], {content(seed): vector(seed)}, MODEL)
        selection = Selection(((root, root.path / folder),), filters)
        found = Embeddings(database, MODEL)

        inside = [entry for entry in entries if folder == "." or entry.name.startswith(f"{folder}/")]
        expected = {ids[entry.name] for entry in inside if passes(entry, filters)}

        assert {key for keys, _ in found.selected(selection) for key in keys} == expected
        assert found.passing(list(ids.values()), selection) == expected
        assert sorted(found.selected_ids(selection, 100)) == sorted(expected)
        assert len(found.selected_ids(selection, 2)) == min(2, len(expected))
        same = [found.with_content(content(seed), selection, 10) for seed in range(len(entries))]
        assert {key for keys in same for key in keys} == expected


def test_photos_of_other_roots_do_not_pass(tmp_path: Path) -> None:
    with closing(Database(tmp_path / "catalog.sqlite")) as database:
        catalog = Catalog(database)
        one, two = (catalog.add_root(FOLDER / name) for name in ("one", "two"))
        (first,), (second,) = (save(catalog, root, {"a.jpg": 1}) for root in (one, two))
        selection = Selection(((one, one.path),), Filters())
        assert Embeddings(database, MODEL).passing([first, second], selection) == {first}
