from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from core.catalog.missing_metadata import MissingMetadata, UndescribedPhoto
from core.types import Metadata
from tests.helpers.engine.catalog_entries import FOLDER, MODEL, content, details, metadata, photo, save

if TYPE_CHECKING:
    from core.catalog.database import Database
    from core.catalog.photos import Catalog
    from core.types import Root


@pytest.fixture
def missing(database: Database) -> MissingMetadata:
    return MissingMetadata(database)


def forget_metadata(database: Database) -> None:
    """Bring all contents into the state in which an upgrade leaves them."""
    with database.transaction() as db:
        db.execute("UPDATE content SET has_metadata = 0, utc_offset = NULL, camera = NULL")


def test_saved_photos_lack_nothing(catalog: Catalog, root: Root, missing: MissingMetadata) -> None:
    save(catalog, root, {"a.jpg": 1})

    assert missing.count(root) == 0
    assert missing.photos(root, b"", 10) == []


def test_each_content_is_listed_once_and_in_pieces(
    database: Database, catalog: Catalog, root: Root, missing: MissingMetadata
) -> None:
    save(catalog, root, {"a.jpg": 1, "copy.jpg": 1, "b.jpg": 2, "c.jpg": 3})
    other = catalog.add_root(FOLDER.with_name("other"))
    save(catalog, other, {"a.jpg": 1, "d.jpg": 4})
    forget_metadata(database)

    first = missing.photos(root, b"", 2)
    rest = missing.photos(root, first[-1].content, 2)

    assert missing.count(root) == 3
    assert [each.content for each in first + rest] == [content(1), content(2), content(3)]
    assert first[1] == UndescribedPhoto(photo(root, "b.jpg"), content(2))
    assert [each.content for each in missing.photos(other, b"", 9)] == [content(1), content(4)]


def test_saved_metadata_is_found_and_no_longer_missing(
    database: Database, catalog: Catalog, root: Root, missing: MissingMetadata
) -> None:
    save(catalog, root, {"a.jpg": 1, "b.jpg": 2})
    forget_metadata(database)

    missing.save([(content(1), metadata(7))])

    found = catalog.details(content(1), MODEL)
    assert found
    assert found.metadata == metadata(7)
    assert [each.content for each in missing.photos(root, b"", 9)] == [content(2)]


def test_known_date_stays_if_none_was_found(
    database: Database, catalog: Catalog, root: Root, missing: MissingMetadata
) -> None:
    save(catalog, root, {"a.jpg": 1})
    forget_metadata(database)

    missing.save([(content(1), Metadata(camera="Canon"))])

    found = catalog.details(content(1), MODEL)
    assert found
    assert found.metadata == Metadata(details(1).metadata.taken_at, camera="Canon")


def test_photo_of_which_only_the_preview_was_read_is_left_to_the_next_run(
    database: Database, catalog: Catalog, root: Root, missing: MissingMetadata
) -> None:
    save(catalog, root, {"a.jpg": 1})
    forget_metadata(database)
    with database.transaction() as db:
        db.execute("UPDATE content SET provisional = 1")

    assert (missing.count(root), missing.photos(root, b"", 9)) == (0, [])
