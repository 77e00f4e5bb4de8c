"""The catalog's photos: which there are, what is known of each, and their embeddings."""

from __future__ import annotations

import hashlib
import os
import uuid
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from core.catalog.snapshot import is_known_below, known_below, known_photos
from core.errors import FolderError
from core.types import Details, Failure, Photo, Root, Rules

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from core.catalog.database import Database
    from core.catalog.snapshot import KnownPhoto
    from core.types import PhotoFile, Target, Vector

CHUNK = 500

REREAD = -1
"""The size of a photo that is to be read in the next run, whatever the disk says."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many photos there are, and how many of them can be found, and could not be read."""

    photos: int
    searchable: int
    failed: int


def photo_id(root: Root, relative: bytes) -> int:
    """Return the 63-bit key of a photo; the same for the same root and path, on every computer."""
    digest = hashlib.blake2b(root.uuid.encode() + b"\0" + relative, digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1


def relative_path(root: Root, path: Path) -> bytes:
    """Return the path inside the root as bytes, parts joined by '/' on every system."""
    return os.fsencode(path.relative_to(root.path).as_posix())


class Catalog:
    """Roots and photos. Every method may raise a `LibraryError`, see `Database.transaction`."""

    def __init__(self, database: Database) -> None:
        """Work on an open catalog file."""
        self._database = database

    def roots(self) -> list[Root]:
        """Return the folders that were added, in the order of their paths."""
        with self._database.transaction() as db:
            rows = db.execute("SELECT uuid, path, exclude, smallest FROM root ORDER BY path").fetchall()
        return [Root(uuid, Path(os.fsdecode(path)), Rules(*rules)) for uuid, path, *rules in rows]

    def add_root(self, path: Path) -> Root:
        """Remember a folder, under a new uuid unless it is known as that of another computer too."""
        with self._database.transaction() as db:
            row = db.execute("SELECT uuid FROM elsewhere WHERE path = ?", (os.fsencode(path),)).fetchone()
            root = Root(row[0] if row else str(uuid.uuid4()), path)
            db.execute("INSERT INTO root (uuid, path) VALUES (?, ?)", (root.uuid, os.fsencode(path)))
        return root

    def set_rules(self, root: Root, rules: Rules) -> Root:
        """Note what is passed over in a folder from now on, and return the folder with it."""
        with self._database.transaction() as db:
            change = "UPDATE root SET exclude = ?, smallest = ? WHERE id = ?"
            db.execute(change, (rules.exclude, rules.smallest, self._root_id(db, root)))
        return replace(root, rules=rules)

    def forget_root(self, root: Root) -> int:
        """Forget a folder and its photos, and return how many there were. Their embeddings stay until `purge`."""
        count = self.photos_in(root)
        with self._database.transaction() as db:
            db.execute("DELETE FROM root WHERE uuid = ?", (root.uuid,))
        return count

    def purge_provisional(self) -> None:
        """Forget what was learnt from the beginnings of files that have been read as a whole by now."""
        in_use = "SELECT content FROM photo WHERE content NOT NULL"
        with self._database.transaction() as db:
            db.execute(f"DELETE FROM content WHERE provisional AND key NOT IN ({in_use})")

    def purge(self) -> None:
        """Forget the contents, with their embeddings, that no photo has."""
        with self._database.transaction() as db:
            db.execute("DELETE FROM content WHERE key NOT IN (SELECT content FROM photo WHERE content NOT NULL)")

    def known(self, root: Root, model: str, at: Collection[Path] | None = None) -> dict[Path, KnownPhoto]:
        """Return the photos of a root, by their paths on disk: all, or those at and below some paths in the root."""
        with self._database.transaction() as db:
            if at is None or root.path in at:
                return known_photos(db, root, model)
            return known_below(db, root, model, [relative_path(root, path) for path in at])

    def has_photos_at(self, root: Root, path: Path) -> bool:
        """Tell whether there is a photo at or below a path in a root."""
        with self._database.transaction() as db:
            return is_known_below(db, root, relative_path(root, path))

    def mounts(self, root: Root) -> set[Path]:
        """Return the folders in a root on which drives were mounted when it was last looked at as a whole."""
        query = "SELECT mount.path FROM mount JOIN root ON root.id = mount.root WHERE uuid = ?"
        with self._database.transaction() as db:
            return {root.path / os.fsdecode(path) for (path,) in db.execute(query, (root.uuid,))}

    def set_mounts(self, root: Root, mounts: Iterable[Path]) -> None:
        """Note the folders in a root on which drives are mounted. Nothing is noted of a root that was forgotten."""
        with self._database.transaction() as db:
            db.execute("DELETE FROM mount WHERE root = (SELECT id FROM root WHERE uuid = ?)", (root.uuid,))
            db.executemany(
                "INSERT INTO mount SELECT id, ? FROM root WHERE uuid = ?",
                [(relative_path(root, mount), root.uuid) for mount in mounts],
            )

    def save(
        self,
        root: Root,
        photos: Sequence[tuple[PhotoFile, Details]],
        embeddings: Mapping[bytes, Vector],
        model: str,
    ) -> list[int]:
        """Write photos and the embeddings of their contents, all or none. Returns the photos' ids."""
        with self._database.transaction() as db:
            owner = self._root_id(db, root)
            db.executemany(
                "INSERT OR IGNORE INTO content VALUES (?, ?, ?, ?, ?)",
                [
                    (known.content, known.width, known.height, known.taken_at, known.is_provisional)
                    for _, known in photos
                ],
            )
            rows = [
                (*self._key(root, owner, file), file.size, file.mtime_ns, known.content, None) for file, known in photos
            ]
            db.executemany("REPLACE INTO photo VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
            db.execute("INSERT OR IGNORE INTO model (key) VALUES (?)", (model,))
            (model_id,) = db.execute("SELECT id FROM model WHERE key = ?", (model,)).fetchone()
            db.executemany(
                "REPLACE INTO embedding (model, content, vector) VALUES (?, ?, ?)",
                [(model_id, content, vector.astype("<f4").tobytes()) for content, vector in embeddings.items()],
            )
        return [row[0] for row in rows]

    def save_failures(self, root: Root, failures: Iterable[tuple[PhotoFile, str, bool]]) -> None:
        """Write photos that could not be read: each with its reason, and whether the next run tries again."""
        with self._database.transaction() as db:
            owner = self._root_id(db, root)
            db.executemany(
                "REPLACE INTO photo (id, root, path, size, mtime_ns, reason) VALUES (?, ?, ?, ?, ?, ?)",
                [
                    (*self._key(root, owner, file), REREAD if again else file.size, file.mtime_ns, reason)
                    for file, reason, again in failures
                ],
            )

    def remove(self, root: Root, paths: Iterable[Path]) -> None:
        """Forget photos that are gone from the disk. Their embeddings stay, in case they come back elsewhere."""
        with self._database.transaction() as db:
            db.executemany(
                "DELETE FROM photo WHERE id = ?", [(photo_id(root, relative_path(root, path)),) for path in paths]
            )

    def details(self, content: bytes, model: str) -> Details | None:
        """Return what is known of these bytes if the model has seen them. May be called from any thread."""
        query = """
            SELECT width, height, taken_at FROM content WHERE key = ?1 AND EXISTS (
                SELECT 1 FROM embedding JOIN model ON model.id = model WHERE content = ?1 AND model.key = ?2)"""
        with self._database.transaction() as db:
            row = db.execute(query, (content, model)).fetchone()
        return Details(content, *row) if row else None

    def find(self, ids: Sequence[int]) -> dict[int, Photo]:
        """Return the photos with these ids that the catalog has, by id."""
        query = """
            SELECT photo.id, root.path, photo.path, content, size, width, height, taken_at, provisional
            FROM photo JOIN root ON root.id = photo.root JOIN content ON content.key = photo.content
            WHERE photo.id IN ({})"""
        found: dict[int, Photo] = {}
        with self._database.transaction() as db:
            for start in range(0, len(ids), CHUNK):
                chunk = ids[start : start + CHUNK]
                for key, root, path, content, size, width, height, taken_at, is_provisional in db.execute(
                    query.format(",".join("?" * len(chunk))), chunk
                ):
                    here = Path(os.fsdecode(root)) / os.fsdecode(path)
                    known_size = size if size != REREAD else None
                    found[key] = Photo(here, content, known_size, width, height, taken_at, bool(is_provisional))
        return found

    def failures(self) -> list[Failure]:
        """Return the photos that could not be read, by path."""
        query = """
            SELECT root.path, photo.path, reason FROM photo JOIN root ON root.id = photo.root
            WHERE reason NOT NULL ORDER BY root.path, photo.path"""
        with self._database.transaction() as db:
            rows = db.execute(query).fetchall()
        return [Failure(Path(os.fsdecode(root)) / os.fsdecode(path), reason) for root, path, reason in rows]

    def counts(self, target: Target) -> Counts:
        """Return the numbers of photos in all, searchable in this index, and failed."""
        searchable = """photo JOIN indexed ON indexed.photo = photo.id AND indexed.content = photo.content
            JOIN target ON target.id = indexed.target WHERE place = ? AND model = ? AND spec = ?"""
        return Counts(
            photos=self.photos(),
            searchable=self._database.count(searchable, target.location, target.model, target.spec),
            failed=self._database.count("photo WHERE reason NOT NULL"),
        )

    def photos(self) -> int:
        """Return how many photos there are."""
        return self._database.count("photo")

    def photos_in(self, root: Root) -> int:
        """Return how many photos a root has."""
        return self._database.count("photo JOIN root ON root.id = photo.root WHERE uuid = ?", root.uuid)

    @staticmethod
    def _root_id(db: sqlite3.Connection, root: Root) -> int:
        row = db.execute("SELECT id FROM root WHERE uuid = ?", (root.uuid,)).fetchone()
        if row is None:
            raise FolderError(f"The folder {root.path} is no longer in the library.")
        return int(row[0])

    @staticmethod
    def _key(root: Root, owner: int, file: PhotoFile) -> tuple[int, int, bytes]:
        relative = relative_path(root, file.path)
        return photo_id(root, relative), owner, relative
