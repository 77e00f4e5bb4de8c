"""Reads and writes the roots and photos of the catalog."""

from __future__ import annotations

import hashlib
import os
import uuid
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.catalog.snapshot import has_photo_at, photos_at, photos_in_root
from core.errors import FolderError
from core.types import Failure, Metadata, Photo, PhotoDetails, PhotoFile, Root, Rules

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from core.catalog.database import Database
    from core.catalog.snapshot import RecordedPhoto
    from core.types import Target, Vector

CHUNK = 500

METADATA = "taken_at, utc_offset, camera, latitude, longitude"
CONTENT = f"key, width, height, provisional, incomplete, has_metadata, {METADATA}"

PHOTO = f"""
    root.path, photo.path, content, size, width, height, provisional, mtime_ns, {METADATA}
    FROM photo JOIN root ON root.id = photo.root JOIN content ON content.key = photo.content"""
SECOND = 1_000_000_000
"""In nanoseconds."""

SAMPLE = 32

REREAD = -1
"""The size of a photo that the next indexing run reads even if its file has not changed."""

INCOMPLETE = "The end of the file is missing. The photo is found by the rest of its picture."
"""The reason why a photo that could be read is among the failures."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many photos there are, how many a search can find, could not be read, and lack their end."""

    photos: int
    searchable: int
    failed: int
    incomplete: int


def photo_id(root: Root, relative: bytes) -> int:
    """Return the 63-bit id of a photo. A root's uuid and a relative path give the same id on every computer."""
    digest = hashlib.blake2b(root.uuid.encode() + b"\0" + relative, digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1


def relative_path(root: Root, path: Path) -> bytes:
    """Return the path relative to the root as bytes. Its parts are joined by "/" on every system."""
    return os.fsencode(path.relative_to(root.path).as_posix())


class Catalog:
    """The roots and photos in the catalog.

    Every method may raise a `LibraryError`, see `Database.transaction`.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def roots(self) -> list[Root]:
        """Return all roots, sorted by path."""
        with self._database.transaction() as db:
            rows = db.execute("SELECT uuid, path, exclude, smallest FROM root ORDER BY path").fetchall()
        return [Root(uuid, Path(os.fsdecode(path)), Rules(*rules)) for uuid, path, *rules in rows]

    def add_root(self, path: Path) -> Root:
        """Add a folder as a root.

        The root gets a new uuid, unless the folder is recorded as a remote folder: then it gets the uuid of that one.
        """
        with self._database.transaction() as db:
            row = db.execute("SELECT uuid FROM elsewhere WHERE path = ?", (os.fsencode(path),)).fetchone()
            root = Root(row[0] if row else str(uuid.uuid4()), path)
            db.execute("INSERT INTO root (uuid, path) VALUES (?, ?)", (root.uuid, os.fsencode(path)))
        return root

    def set_rules(self, root: Root, rules: Rules) -> Root:
        """Save which files of a root are skipped from now on, and return the root with these rules.

        Raises:
            FolderError: The root was removed in the meantime.
        """
        with self._database.transaction() as db:
            change = "UPDATE root SET exclude = ?, smallest = ? WHERE id = ?"
            db.execute(change, (rules.exclude, rules.smallest, self._root_id(db, root)))
        return replace(root, rules=rules)

    def forget_root(self, root: Root) -> int:
        """Delete a root with its photos, and return how many photos it had. Their embeddings stay until `purge`."""
        count = self.photos_in(root)
        with self._database.transaction() as db:
            db.execute("DELETE FROM root WHERE uuid = ?", (root.uuid,))
        return count

    def samples(self, roots: Iterable[Root]) -> dict[Root, list[PhotoFile]]:
        """Return a few photos from all over each root, with paths relative to the root.

        The choice is the same on every call. Only a root without photos gets an empty list. Photos that the next
        indexing run reads again have the size `REREAD`.
        """
        # Ids are hashes, so the lowest ones are spread over the root. With an index, SQLite would sort all its photos.
        query = """
            SELECT path, size, mtime_ns FROM photo NOT INDEXED
            WHERE root = (SELECT id FROM root WHERE uuid = ?) ORDER BY id LIMIT ?"""
        with self._database.transaction() as db:
            return {
                root: [
                    PhotoFile(Path(os.fsdecode(path)), size, mtime_ns)
                    for path, size, mtime_ns in db.execute(query, (root.uuid, SAMPLE))
                ]
                for root in roots
            }

    def relocate(self, root: Root) -> bool:
        """Save the new path of a root. Returns False if the root was removed or another root has that path."""
        with self._database.transaction() as db:
            change = "UPDATE OR IGNORE root SET path = ? WHERE uuid = ?"
            return db.execute(change, (os.fsencode(root.path), root.uuid)).rowcount > 0

    def purge_provisional(self) -> None:
        """Delete the provisional contents that no photo has any more, as its complete file has been read since."""
        in_use = "SELECT content FROM photo WHERE content NOT NULL"
        with self._database.transaction() as db:
            db.execute(f"DELETE FROM content WHERE provisional AND key NOT IN ({in_use})")

    def purge(self) -> None:
        """Delete the contents that no photo has, with their embeddings."""
        with self._database.transaction() as db:
            db.execute("DELETE FROM content WHERE key NOT IN (SELECT content FROM photo WHERE content NOT NULL)")

    def known(self, root: Root, model: str, at: Collection[Path] | None = None) -> dict[Path, RecordedPhoto]:
        """Return the photos of a root, by their paths on disk.

        `at` limits them to some absolute paths and what is below them.
        """
        with self._database.transaction() as db:
            if at is None or root.path in at:
                return photos_in_root(db, root, model)
            return photos_at(db, root, model, [relative_path(root, path) for path in at])

    def has_photos_at(self, root: Root, path: Path) -> bool:
        """Return whether the catalog has a photo at or below a path in a root."""
        with self._database.transaction() as db:
            return has_photo_at(db, root, relative_path(root, path))

    def mounts(self, root: Root) -> set[Path]:
        """Return the mount points in a root, as the last complete scan found them."""
        query = "SELECT mount.path FROM mount JOIN root ON root.id = mount.root WHERE uuid = ?"
        with self._database.transaction() as db:
            return {root.path / os.fsdecode(path) for (path,) in db.execute(query, (root.uuid,))}

    def set_mounts(self, root: Root, mounts: Iterable[Path]) -> None:
        """Save the mount points in a root. This does nothing if the root was removed."""
        with self._database.transaction() as db:
            db.execute("DELETE FROM mount WHERE root = (SELECT id FROM root WHERE uuid = ?)", (root.uuid,))
            db.executemany(
                "INSERT INTO mount SELECT id, ? FROM root WHERE uuid = ?",
                [(relative_path(root, mount), root.uuid) for mount in mounts],
            )

    def save(
        self,
        root: Root,
        photos: Sequence[tuple[PhotoFile, PhotoDetails]],
        embeddings: Mapping[bytes, Vector],
        model: str,
    ) -> list[int]:
        """Save photos and the embeddings of their contents in one transaction, and return the ids of the photos.

        `embeddings` is keyed by content key. `model` is the key of the model that made them.

        Raises:
            FolderError: The root was removed in the meantime.
        """
        with self._database.transaction() as db:
            owner = self._root_id(db, root)
            db.executemany(
                f"INSERT OR IGNORE INTO content ({CONTENT}) VALUES ({','.join('?' * 11)})",
                [
                    (
                        *(details.content, details.width, details.height),
                        *(details.is_provisional, details.is_incomplete, True, *astuple(details.metadata)),
                    )
                    for _, details in photos
                ],
            )
            rows = [
                (*self._key(root, owner, file), file.size, file.mtime_ns, details.content, None, file.ctime_ns)
                for file, details in photos
            ]
            db.executemany("REPLACE INTO photo VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
            db.execute("INSERT OR IGNORE INTO model (key) VALUES (?)", (model,))
            (model_id,) = db.execute("SELECT id FROM model WHERE key = ?", (model,)).fetchone()
            db.executemany(
                "REPLACE INTO embedding (model, content, vector) VALUES (?, ?, ?)",
                [(model_id, content, vector.astype("<f4").tobytes()) for content, vector in embeddings.items()],
            )
        return [row[0] for row in rows]

    def save_failures(self, root: Root, failures: Iterable[tuple[PhotoFile, str, bool]]) -> None:
        """Save photos that could not be read, each with the reason and whether the next indexing run tries again.

        Raises:
            FolderError: The root was removed in the meantime.
        """
        with self._database.transaction() as db:
            owner = self._root_id(db, root)
            db.executemany(
                "REPLACE INTO photo (id, root, path, size, mtime_ns, reason, ctime_ns) VALUES (?, ?, ?, ?, ?, ?, ?)",
                [
                    (
                        *self._key(root, owner, file),
                        REREAD if again else file.size,
                        file.mtime_ns,
                        reason,
                        file.ctime_ns,
                    )
                    for file, reason, again in failures
                ],
            )

    def save_change_times(self, root: Root, files: Iterable[PhotoFile]) -> None:
        """Save the `ctime_ns` of photos that the catalog has without one."""
        with self._database.transaction() as db:
            db.executemany(
                "UPDATE photo SET ctime_ns = ? WHERE id = ?",
                [(file.ctime_ns, photo_id(root, relative_path(root, file.path))) for file in files],
            )

    def remove(self, root: Root, paths: Iterable[Path]) -> None:
        """Delete photos that are no longer on the disk.

        Their embeddings stay until `purge`, because the files may only have been moved.
        """
        with self._database.transaction() as db:
            db.executemany(
                "DELETE FROM photo WHERE id = ?", [(photo_id(root, relative_path(root, path)),) for path in paths]
            )

    def details(self, content: bytes, model: str) -> PhotoDetails | None:
        """Return the details of a file by its content key, or None if the model has no embedding of it."""
        query = f"""
            SELECT width, height, provisional, incomplete, {METADATA} FROM content WHERE key = ?1 AND EXISTS (
                SELECT 1 FROM embedding JOIN model ON model.id = model WHERE content = ?1 AND model.key = ?2)"""
        with self._database.transaction() as db:
            row = db.execute(query, (content, model)).fetchone()
        if row is None:
            return None
        width, height, is_provisional, is_incomplete, *metadata = row
        return PhotoDetails(content, width, height, Metadata(*metadata), bool(is_provisional), bool(is_incomplete))

    def find(self, ids: Sequence[int]) -> dict[int, Photo]:
        """Return the photos with these ids that the catalog has, by id."""
        found: dict[int, Photo] = {}
        with self._database.transaction() as db:
            for start in range(0, len(ids), CHUNK):
                chunk = ids[start : start + CHUNK]
                condition = f"WHERE photo.id IN ({','.join('?' * len(chunk))})"
                found |= {key: _photo(row) for key, *row in db.execute(f"SELECT photo.id, {PHOTO} {condition}", chunk)}
        return found

    def by_date(self) -> list[Photo]:
        """Return all photos that could be read, newest first.

        The date is when a photo was taken or, if that is not known, when its file was changed.
        """
        order = f"ORDER BY coalesce(taken_at, mtime_ns / {SECOND}) DESC, root.path, photo.path"
        with self._database.transaction() as db:
            return [_photo(row) for row in db.execute(f"SELECT {PHOTO} {order}")]

    def failures(self) -> list[Failure]:
        """Return the photos that could not be read and those whose end is missing, sorted by path."""
        query = """
            SELECT root.path, photo.path, coalesce(reason, ?) FROM photo JOIN root ON root.id = photo.root
            WHERE reason NOT NULL OR content IN (SELECT key FROM content WHERE incomplete)
            ORDER BY root.path, photo.path"""
        with self._database.transaction() as db:
            rows = db.execute(query, (INCOMPLETE,)).fetchall()
        return [Failure(Path(os.fsdecode(root)) / os.fsdecode(path), reason) for root, path, reason in rows]

    def counts(self, target: Target) -> Counts:
        """Return the number of photos, where `searchable` is for this index."""
        searchable = """photo JOIN indexed ON indexed.photo = photo.id AND indexed.content = photo.content
            JOIN target ON target.id = indexed.target WHERE place = ? AND model = ? AND spec = ?"""
        return Counts(
            photos=self.photos(),
            searchable=self._database.count(searchable, target.location, target.model, target.spec),
            failed=self._database.count("photo WHERE reason NOT NULL"),
            incomplete=self._database.count("photo WHERE content IN (SELECT key FROM content WHERE incomplete)"),
        )

    def photos(self) -> int:
        """Return the number of photos in all roots."""
        return self._database.count("photo")

    def photos_in(self, root: Root) -> int:
        """Return the number of photos in a root."""
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


def _photo(row: Sequence[Any]) -> Photo:
    root, path, content, size, width, height, is_provisional, mtime_ns, *metadata = row
    return Photo(
        Path(os.fsdecode(root)) / os.fsdecode(path),
        content,
        size if size != REREAD else None,
        width,
        height,
        Metadata(*metadata),
        bool(is_provisional),
        mtime_ns // SECOND,
    )
