"""A working fake of the engine. It keeps roots, reads pictures, and ranks them by their mean colour."""

from __future__ import annotations

import asyncio
from calendar import timegm
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, Qt
from PySide6.QtGui import QColor, QImage, QImageWriter

from core.errors import DecodeError, FolderError, ReadOnlyLibraryError, UnreachableIndexError, UnreadableError
from core.reports import BinReport, Hold, IndexReport, LibraryStatus, Phase, Progress, RootStatus, Stage
from core.types import Changes, DuplicateGroup, Failure, Hit, Label, Metadata, Photo, RemoteFolder, Root, Rules
from tests.helpers.desktop.colour_similarity import label_of, mean_colour, similarity
from tests.helpers.desktop.fake_search_index import FakeIndex, Gate
from tests.helpers.desktop.fake_throttle import FakeThrottle

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Sequence

    from core.library.settings import IndexingSettings, Settings
    from core.search_request import Filters, SearchRequest


class FakeEngine:
    """Keeps everything in memory. A test shuts a gate to keep an operation running while it looks at the window."""

    def __init__(self) -> None:
        self.library = Path("library")
        self.search_index = FakeIndex()
        self.picture_extensions = frozenset({".png", ".jfif"})
        self.read_only = ""
        self.located: list[tuple[str, Path]] = []
        self.index_gate, self.search_gate, self.thumbnail_gate, self.download_gate = Gate(), Gate(), Gate(), Gate()
        self.scan_gate, self.store_gate, self.remove_gate, self.upgrade_gate = Gate(), Gate(), Gate(), Gate()
        self.verify_gate, self.fetch_gate, self.preview_gate = Gate(), Gate(), Gate()
        self.web_pictures: dict[str, bytes] = {}
        self.open_error: Exception | None = None
        self.index_error: Exception | None = None
        self.search_error: Exception | None = None
        self.remove_error: Exception | None = None
        self.set_indexing_error: Exception | None = None
        self.opened = self.closed = self.warm = False
        self.throttle = FakeThrottle()
        self.activity_reports = 0
        self.changes: asyncio.Queue[Changes | str] = asyncio.Queue()
        self.active_watches = self.watches_started = 0
        self.indexed_changes: list[Changes] = []
        self.cancelled_runs = self.cancelled_downloads = 0
        self.indexed_folders: list[tuple[Path, ...]] = []
        self.requests: list[SearchRequest] = []
        self.same_places: set[Path] = set()
        self.thumbnails_begun: list[Path] = []
        self.thumbnails_done: list[Path] = []
        self.previews_begun: list[tuple[Path | bytes, int]] = []
        self.roots: list[Root] = []
        self.photos: dict[Path, QColor] = {}
        self.failed: dict[Path, Failure] = {}
        self.incomplete = self.outdated = 0
        self.remote_photos: dict[Path, tuple[RemoteFolder, QColor]] = {}
        self.bin_gate, self.duplicates_gate = Gate(), Gate()
        self.hidden_duplicates: list[DuplicateGroup] = []
        self.found_duplicates: list[DuplicateGroup] = []
        self.binned: list[Path] = []
        self.bin_failures: dict[Path, Failure] = {}
        self.taken_at: dict[Path, int] = {}
        self.listings = self.waiting = 0
        self.offline: set[Path] = set()
        self.unlisted_folders: tuple[Failure, ...] = ()

    @property
    def settings(self) -> Settings:
        return self.search_index.settings

    async def open(self) -> None:
        if self.open_error:
            raise self.open_error
        self.opened = True

    async def close(self) -> None:
        self.closed = True

    async def warm_up(self, on_progress: Callable[[Progress], None] | None = None) -> None:
        try:
            if on_progress and not self.download_gate.is_set():
                on_progress(Progress(Stage.DOWNLOADING, 30 << 20, 100 << 20))
            await self.download_gate.wait()
        except asyncio.CancelledError:
            self.cancelled_downloads += 1
            raise
        if self.search_index.state.phase in (Phase.UNREACHABLE, Phase.FAILED):
            raise UnreachableIndexError(self.search_index.state.reason)
        self.warm = True

    async def add_folder(self, folder: Path) -> Root:
        if self.read_only:
            raise ReadOnlyLibraryError(self.read_only)
        if not folder.is_dir():  # noqa: ASYNC240 - blocking is harmless in a fake
            raise FolderError(f"There is no folder {folder}. Choose one that exists.")
        root = Root(f"root-{len(self.roots)}", folder)
        self.roots.append(root)
        return root

    async def remove_folder(self, folder: Path) -> int:
        await self.remove_gate.wait()
        if self.remove_error:
            raise self.remove_error
        self.roots = [root for root in self.roots if root.path != folder]
        photos = [photo for photo in self.photos if photo.is_relative_to(folder)]
        for photo in photos:
            del self.photos[photo]
        return len(photos)

    async def move_to_bin(self, photos: Sequence[Path]) -> BinReport:
        await self.bin_gate.wait()
        failed = tuple(self.bin_failures[photo] for photo in photos if photo in self.bin_failures)
        moved = tuple(photo for photo in photos if photo not in self.bin_failures)
        for photo in moved:
            del self.photos[photo]
        self.binned += moved
        return BinReport(moved, failed)

    async def find_duplicates(self, on_progress: Callable[[Progress], None] | None = None) -> None:
        if on_progress:
            on_progress(Progress(Stage.COMPARING, 1, 2))
        await self.duplicates_gate.wait()
        self.found_duplicates = self.hidden_duplicates

    async def duplicates(self) -> list[DuplicateGroup]:
        left = [
            replace(group, photos=tuple(p for p in group.photos if p.path in self.photos))
            for group in self.found_duplicates
        ]
        return [group for group in left if len(group.photos) > 1]

    async def set_rules(self, folder: Path, rules: Rules) -> None:
        if "[" in rules.exclude:
            raise FolderError(f"The pattern {rules.exclude} cannot be understood. Close its bracket.")
        self.roots = [replace(root, rules=rules) if root.path == folder else root for root in self.roots]

    async def set_indexing(self, indexing: IndexingSettings) -> None:
        if self.set_indexing_error:
            raise self.set_indexing_error
        self.search_index.settings = replace(self.settings, indexing=indexing)

    async def locate_remote_folder(self, uuid: str, folder: Path) -> None:
        if not folder.is_dir():  # noqa: ASYNC240 - blocking is harmless in a fake
            raise FolderError(f"There is no folder {folder}. Choose one that exists.")
        self.located.append((uuid, folder))
        self._move_to_library(uuid, folder)

    @property
    def is_paused(self) -> bool:
        return self.throttle.hold is Hold.PAUSED

    def pause(self) -> None:
        self.throttle.enter(Hold.PAUSED)

    def resume(self) -> None:
        self.throttle.enter(Hold.RUNNING)

    def note_user_activity(self) -> None:
        self.activity_reports += 1

    async def watch(self, on_trouble: Callable[[str], None]) -> AsyncGenerator[Changes, None]:
        self.active_watches += 1
        self.watches_started += 1
        try:
            while True:
                found = await self.changes.get()
                if isinstance(found, str):
                    on_trouble(found)
                else:
                    yield found
        finally:
            self.active_watches -= 1

    async def index(
        self,
        folders: Sequence[Path] | None = None,
        on_progress: Callable[[Progress], None] | None = None,
        changes: Changes | None = None,
    ) -> IndexReport:
        chosen = tuple(folders if folders is not None else (root.path for root in self.roots))
        if changes is None:
            self.indexed_folders.append(chosen)
        else:
            self.indexed_changes.append(changes)
        if self.index_error:
            raise self.index_error
        report = on_progress or (lambda _: None)
        before, cancelled = set(self.photos), False
        files: list[Path] = []
        remaining: int | None = None
        try:
            async with self.throttle.turn(report, Progress(Stage.SCANNING, 0, 0)):
                await self.scan_gate.wait()
                files = self._scan(chosen, only_new=changes is not None)
                remaining = len(files)
            for done, file in enumerate(files):
                async with self.throttle.turn(report, Progress(Stage.EMBEDDING, done, len(files), 35.0, 110.0)):
                    await self.index_gate.wait()
                self._read(file)
                remaining = len(files) - done - 1
            report(Progress(Stage.STORING, 0, 0))
            await self.store_gate.wait()
        except asyncio.CancelledError:
            self.cancelled_runs += 1
            cancelled = True
        return replace(self._report(files, before, cancelled=cancelled), remaining=remaining if cancelled else 0)

    async def upgrade_model(self, on_progress: Callable[[Progress], None] | None = None) -> bool:
        total, report = self.outdated, on_progress or (lambda _: None)
        while self.outdated:
            report(Progress(Stage.UPGRADING, total - self.outdated, total))
            await self.upgrade_gate.wait()
            self.outdated -= 1
        return total > 0

    async def verified_search(self, request: SearchRequest) -> AsyncGenerator[list[Hit], None]:
        hits = await self._find(request)
        yield hits
        await self.verify_gate.wait()
        if self.same_places:
            in_order = sorted(hits, key=lambda hit: hit.path not in self.same_places)
            labels = [Label.SAME_PLACE if hit.path in self.same_places else hit.label for hit in in_order]
            yield [
                replace(hit, rank=rank, label=label)
                for rank, (hit, label) in enumerate(zip(in_order, labels, strict=True), 1)
            ]

    async def _find(self, request: SearchRequest) -> list[Hit]:
        query = request.pictures[0].source
        self.requests.append(request)
        await self.search_gate.wait()
        if self.search_error:
            raise self.search_error
        wanted = mean_colour(QImage.fromData(query) if isinstance(query, bytes) else QImage(str(query)))
        if wanted is None:
            raise DecodeError("The file is not a picture.")
        if self.search_index.state.phase in (Phase.UNREACHABLE, Phase.FAILED):
            raise UnreachableIndexError(self.search_index.state.reason)
        passing = {path: (None, colour) for path, colour in self.photos.items() if self._passes(path, request.filters)}
        photos = passing | self.remote_photos
        scores = sorted(
            ((similarity(wanted, colour), path, root) for path, (root, colour) in photos.items()),
            key=lambda found: found[:2],
            reverse=True,
        )
        return [
            Hit(rank, Photo(path, metadata=Metadata(self.taken_at.get(path)), remote=root), score, label_of(score))
            for rank, (score, path, root) in enumerate(scores[: request.top_k], start=1)
        ]

    def _passes(self, path: Path, filters: Filters) -> bool:
        """Return whether a photo passes the filters of folder, type and first day. There are no others here."""
        in_folder = not filters.folders or any(map(path.is_relative_to, filters.folders))
        of_type = not filters.extensions or path.suffix in filters.extensions
        first = timegm(filters.taken_from.timetuple()) if filters.taken_from else None
        return in_folder and of_type and (first is None or self.taken_at.get(path, -1) >= first)

    async def fetch_picture(self, address: str) -> bytes:
        await self.fetch_gate.wait()
        if address not in self.web_pictures:
            raise DecodeError("The server has no picture there.")
        return self.web_pictures[address]

    async def thumbnail(self, photo: Path, side: int) -> bytes:
        self.thumbnails_begun.append(photo)
        await self.thumbnail_gate.wait()
        thumbnail = _jpeg(photo, side)
        self.thumbnails_done.append(photo)
        return thumbnail

    async def preview(self, picture: Path | bytes, side: int) -> bytes:
        self.previews_begun.append((picture, side))
        await self.preview_gate.wait()
        if isinstance(picture, Path) and not picture.exists():  # noqa: ASYNC240 - blocking is harmless in a fake
            raise UnreadableError("The file could not be read: No such file or directory.")
        return _jpeg(picture, side)

    async def status(self) -> LibraryStatus:
        roots = tuple(RootStatus(root, root.path not in self.offline, self._photos_in(root)) for root in self.roots)
        photos = len(self.photos)
        return LibraryStatus(
            roots,
            photos,
            photos,
            len(self.failed),
            "fake",
            3,
            "cosine",
            "flat",
            self.settings.index.uri,
            0,
            self.incomplete,
        )

    async def photos_by_date(self) -> list[Photo]:
        self.listings += 1
        dated = [(self.taken_at.get(path, 0), path) for path in self.photos]
        return [Photo(path, metadata=Metadata(taken_at)) for taken_at, path in sorted(dated, reverse=True)]

    async def failures(self) -> list[Failure]:
        return list(self.failed.values())

    def _scan(self, folders: Sequence[Path], *, only_new: bool) -> list[Path]:
        on_disk = {file for folder in folders for file in folder.rglob("*") if file.is_file()}
        for photo in [photo for photo in self.photos if any(map(photo.is_relative_to, folders))]:
            if photo not in on_disk:
                del self.photos[photo]
        return sorted(on_disk - self.photos.keys() if only_new else on_disk)

    def _read(self, file: Path) -> None:
        colour = mean_colour(QImage(str(file)))
        if colour is None:
            self.failed[file] = Failure(file, "It is damaged.")
        else:
            self.photos[file] = colour

    def _report(self, files: Sequence[Path], before: set[Path], *, cancelled: bool) -> IndexReport:
        failed = tuple(self.failed[file] for file in files if file in self.failed)
        indexed = len(self.photos.keys() - before)
        return IndexReport(
            found=len(files),
            ignored=0,
            indexed=indexed,
            reused=0,
            unchanged=0 if cancelled else len(files) - indexed - len(failed),
            moved=0,
            removed=len(before - self.photos.keys()),
            failed=failed,
            seconds=1.0,
            images_per_second=35.0,
            model="fake",
            dim=3,
            cancelled=cancelled,
            waiting=self.waiting,
            closed=self.unlisted_folders,
        )

    def _photos_in(self, root: Root) -> int:
        return sum(photo.is_relative_to(root.path) for photo in self.photos)

    def _move_to_library(self, uuid: str, folder: Path) -> None:
        located = {path: colour for path, (root, colour) in self.remote_photos.items() if root.uuid == uuid}
        self.remote_photos = {path: found for path, found in self.remote_photos.items() if path not in located}
        self.photos.update({folder / path: colour for path, colour in located.items()})


def _jpeg(picture: Path | bytes, side: int) -> bytes:
    image = QImage.fromData(picture) if isinstance(picture, bytes) else QImage(str(picture))
    if image.isNull():
        raise DecodeError("The file is not a picture.")
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, QByteArray(b"jpg")).write(image.scaled(side, side, Qt.AspectRatioMode.KeepAspectRatio))
    return bytes(buffer.data().data())
