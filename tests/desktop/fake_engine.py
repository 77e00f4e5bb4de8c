"""An engine that behaves: it knows folders, reads pictures and ranks them by their mean colour."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, Qt
from PySide6.QtGui import QColor, QImage, QImageWriter

from core.errors import DecodeError, FolderError, UnreachableIndexError
from core.reports import IndexReport, LibraryStatus, Phase, Progress, RootStatus, Stage
from core.types import Failure, ForeignRoot, Label, Root, SearchHit
from tests.desktop.fake_index import FakeIndex, Gate

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from core.settings import Settings


class FakeEngine:
    """Keeps everything in memory. The gates hold up what a test wants to look at while it lasts."""

    def __init__(self) -> None:
        self.search_index = FakeIndex(self._bring_here)
        self.index_gate, self.search_gate, self.thumbnail_gate, self.download_gate = Gate(), Gate(), Gate(), Gate()
        self.open_error: Exception | None = None
        self.index_error: Exception | None = None
        self.search_error: Exception | None = None
        self.opened = self.closed = self.warm = False
        self.cancelled_runs = self.cancelled_downloads = 0
        self.indexed_folders: list[tuple[Path, ...]] = []
        self.queries: list[Path | bytes] = []
        self.thumbnails_begun: list[Path] = []
        self.thumbnails_done: list[Path] = []
        self.roots: list[Root] = []
        self.photos: dict[Path, QColor] = {}
        self.failed: dict[Path, Failure] = {}
        self.foreign: dict[Path, tuple[ForeignRoot, QColor]] = {}
        self.waiting = 0

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
        if self.search_index.state.phase in (Phase.AWAY, Phase.FAILED):
            raise UnreachableIndexError(self.search_index.state.reason)
        self.warm = True

    async def add_folder(self, folder: Path) -> Root:
        if not folder.is_dir():  # noqa: ASYNC240 - nobody waits for a fake
            raise FolderError(f"There is no folder {folder}. Choose one that exists.")
        root = Root(f"root-{len(self.roots)}", folder)
        self.roots.append(root)
        return root

    async def index(
        self, folders: Sequence[Path] | None = None, on_progress: Callable[[Progress], None] | None = None
    ) -> IndexReport:
        chosen = tuple(folders if folders is not None else (root.path for root in self.roots))
        self.indexed_folders.append(chosen)
        report = on_progress or (lambda _: None)
        if self.index_error:
            raise self.index_error
        report(Progress(Stage.SCANNING, 0, 0))
        files = sorted(file for folder in chosen for file in folder.rglob("*") if file.is_file())
        failed, indexed, cancelled = [], 0, False
        try:
            for done, file in enumerate(files):
                report(Progress(Stage.EMBEDDING, done, len(files), 35.0, 110.0))
                await self.index_gate.wait()
                colour = mean_colour(QImage(str(file)))
                if colour is None:
                    self.failed[file] = Failure(file, "It is damaged.")
                    failed.append(self.failed[file])
                else:
                    indexed += file not in self.photos
                    self.photos[file] = colour
        except asyncio.CancelledError:
            self.cancelled_runs += 1
            cancelled = True
        unchanged = 0 if cancelled else len(files) - indexed - len(failed)
        return IndexReport(
            len(files),
            0,
            indexed,
            0,
            unchanged,
            0,
            0,
            tuple(failed),
            1.0,
            35.0,
            "fake",
            3,
            cancelled=cancelled,
            waiting=self.waiting,
        )

    async def search(self, query: Path | bytes, *, top_k: int = 20) -> list[SearchHit]:
        self.queries.append(query)
        await self.search_gate.wait()
        if self.search_error:
            raise self.search_error
        wanted = mean_colour(QImage.fromData(query) if isinstance(query, bytes) else QImage(str(query)))
        if wanted is None:
            raise DecodeError("The file is not a picture.")
        if self.search_index.state.phase in (Phase.AWAY, Phase.FAILED):
            raise UnreachableIndexError(self.search_index.state.reason)
        photos = {path: (None, colour) for path, colour in self.photos.items()} | self.foreign
        scores = sorted(
            ((likeness(wanted, colour), path, root) for path, (root, colour) in photos.items()),
            key=lambda found: found[:2],
            reverse=True,
        )
        return [
            SearchHit(rank, path, score, label_of(score), root)
            for rank, (score, path, root) in enumerate(scores[:top_k], start=1)
        ]

    async def thumbnail(self, photo: Path, side: int) -> bytes:
        self.thumbnails_begun.append(photo)
        await self.thumbnail_gate.wait()
        image = QImage(str(photo))
        if image.isNull():
            raise DecodeError("The file is not a picture.")
        self.thumbnails_done.append(photo)
        buffer = QBuffer()
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        QImageWriter(buffer, QByteArray(b"jpg")).write(image.scaled(side, side, Qt.AspectRatioMode.KeepAspectRatio))
        return bytes(buffer.data().data())

    async def status(self) -> LibraryStatus:
        roots = tuple(RootStatus(root, online=True, photos=0) for root in self.roots)
        photos = len(self.photos)
        return LibraryStatus(roots, photos, photos, len(self.failed), "fake", 3, "cosine", "flat", self.settings.uri, 0)

    async def failures(self) -> list[Failure]:
        return list(self.failed.values())

    def _bring_here(self, uuid: str, folder: Path) -> None:
        here = {path: colour for path, (root, colour) in self.foreign.items() if root.uuid == uuid}
        self.foreign = {path: found for path, found in self.foreign.items() if path not in here}
        self.photos.update({folder / path: colour for path, colour in here.items()})


def mean_colour(image: QImage) -> QColor | None:
    """Return the colour of a picture shrunk to a point, or None where it is no picture."""
    if image.isNull():
        return None
    return QColor(image.scaled(1, 1, mode=Qt.TransformationMode.SmoothTransformation).pixel(0, 0))


def label_of(score: float) -> Label:
    """Return a word for a likeness: red for blue is weak."""
    if score > 0.999:
        return Label.IDENTICAL
    return Label.CLOSE if score > 0.4 else Label.WEAK


def likeness(one: QColor, other: QColor) -> float:
    """Return 1 for the same colour, 0 for black and white."""
    apart = abs(one.red() - other.red()) + abs(one.green() - other.green()) + abs(one.blue() - other.blue())
    return 1 - apart / (3 * 255)
