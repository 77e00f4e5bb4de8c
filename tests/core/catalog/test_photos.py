from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from core.catalog.photos import Catalog, Counts, photo_id, relative_path
from core.catalog.snapshot import RecordedPhoto
from core.catalog.sync_state import SyncState
from core.errors import FolderError, LibraryError
from core.types import Failure, Metadata, Photo, PhotoDetails, PhotoFile, Root, Rules
from tests.helpers.engine.catalog_entries import (
    FOLDER,
    MODEL,
    OTHER_MODEL,
    OTHER_TARGET,
    TARGET,
    content,
    details,
    photo,
    save,
    vector,
)

if TYPE_CHECKING:
    from core.catalog.database import Database


def test_roots_are_sorted_by_path(catalog: Catalog) -> None:
    added = [catalog.add_root(FOLDER / name) for name in ("b", "a", "c")]

    assert [root.path.name for root in catalog.roots()] == ["a", "b", "c"]
    assert {root.uuid for root in catalog.roots()} == {root.uuid for root in added}
    assert len({root.uuid for root in added}) == 3


def test_same_root_cannot_be_added_twice(catalog: Catalog, root: Root) -> None:
    with pytest.raises(LibraryError):
        catalog.add_root(root.path)

    assert catalog.roots() == [root]


def test_rules_are_saved_for_one_root_only(catalog: Catalog, root: Root) -> None:
    other = catalog.add_root(FOLDER.with_name("other"))
    rules = Rules("raw/\n*.größe\n", smallest=2**62)
    assert root.rules == other.rules == Rules()

    changed = catalog.set_rules(root, rules)

    assert changed == replace(root, rules=rules)
    assert sorted(catalog.roots(), key=lambda root: root.path) == [other, changed]


def test_setting_rules_of_a_forgotten_root_fails(catalog: Catalog, root: Root) -> None:
    catalog.forget_root(root)

    with pytest.raises(FolderError, match="no longer in the library"):
        catalog.set_rules(root, Rules("raw/"))


def test_known_photos_can_be_limited_to_some_paths(catalog: Catalog, root: Root) -> None:
    names = ["a.jpg", "sub/b.jpg", "sub/deep/c.jpg", "sub.jpg", "sub-1/d.jpg", "sub0/e.jpg", "sub", "\udcff/f.jpg"]
    save(catalog, root, {name: number for number, name in enumerate(names)})
    save(catalog, catalog.add_root(FOLDER.with_name("other")), {"sub/b.jpg": 1})
    everything = catalog.known(root, MODEL)

    def at(*paths: str) -> set[str]:
        known = catalog.known(root, MODEL, [root.path / path for path in paths])
        assert known.items() <= everything.items()
        return {path.relative_to(root.path).as_posix() for path in known}

    assert at() == set()
    assert at("a.jpg", "nothing") == {"a.jpg"}
    assert at("sub", "sub/deep") == {"sub", "sub/b.jpg", "sub/deep/c.jpg"}
    assert at("\udcff") == {"\udcff/f.jpg"}
    assert at("sub0", ".") == set(names)


def test_catalog_finds_out_whether_a_path_has_photos(catalog: Catalog, root: Root) -> None:
    save(catalog, root, {"sub/deep/a.jpg": 1, "b.jpg": 2})
    save(catalog, catalog.add_root(FOLDER.with_name("other")), {"elsewhere/c.jpg": 3})

    paths = ["sub", "sub/deep", "sub/deep/a.jpg", "b.jpg", "sub/de", "sub/deep/a.jpg/b", "elsewhere", "b"]
    assert [catalog.has_photos_at(root, root.path / path) for path in paths] == [True] * 4 + [False] * 4


def test_saved_photo_is_known_and_can_be_found(catalog: Catalog, root: Root) -> None:
    (key,) = save(catalog, root, {"sub/a.jpg": 1})

    path = root.path / "sub" / "a.jpg"
    assert catalog.known(root, MODEL) == {path: RecordedPhoto(photo(root, "sub/a.jpg"), content(1), True, None)}
    file, known = photo(root, "sub/a.jpg"), details(1)
    found = Photo(path, content(1), file.size, known.width, known.height, known.metadata, modified_at=0)
    assert catalog.find([key, key + 1]) == {key: found}
    assert catalog.photos_in(root) == 1


def test_photo_is_embedded_only_for_the_model_that_embedded_it(catalog: Catalog, root: Root) -> None:
    save(catalog, root, {"a.jpg": 1})

    (known,) = catalog.known(root, OTHER_MODEL).values()

    assert known.content == content(1)
    assert not known.embedded


def test_photo_ids_are_the_same_on_every_computer(root: Root) -> None:
    elsewhere = Root(root.uuid, Path(os.path.abspath("/elsewhere")))

    def key(location: Root, name: str) -> int:
        return photo_id(location, relative_path(location, location.path / name))

    assert key(root, "sub/a.jpg") == key(elsewhere, "sub/a.jpg")
    assert key(root, "a.jpg") != key(Root("another", root.path), "a.jpg")
    assert photo_id(Root("00000000-0000-4000-8000-000000000000", FOLDER), b"sub/a.jpg") == 7406779050768574087
    assert 0 <= key(root, "a.jpg") < 2**63


def test_saving_a_changed_photo_replaces_it(catalog: Catalog, root: Root) -> None:
    before = save(catalog, root, {"a.jpg": 1})
    changed = photo(root, "a.jpg", size=11)

    after = catalog.save(root, [(changed, details(2))], {content(2): vector(2)}, MODEL)

    assert before == after
    assert catalog.known(root, MODEL) == {changed.path: RecordedPhoto(changed, content(2), True, None)}


def test_same_content_at_two_paths_has_one_embedding(catalog: Catalog, root: Root, database: Database) -> None:
    save(catalog, root, {"a.jpg": 1})

    catalog.save(root, [(photo(root, "copy.jpg"), details(1))], {}, MODEL)

    assert all(known.embedded for known in catalog.known(root, MODEL).values())
    assert database.count("embedding") == 1
    assert catalog.photos_in(root) == 2


def test_embedding_is_read_back_unchanged(catalog: Catalog, root: Root, database: Database) -> None:
    (key,) = save(catalog, root, {"a.jpg": 1})

    (row,) = SyncState(database, TARGET).embedded([key])

    assert np.array_equal(row.vector, vector(1))
    assert row.vector.dtype == np.float32
    assert (row.id, row.root, row.path, row.content) == (key, root.uuid, "a.jpg", content(1))


def test_each_model_has_its_own_embedding_of_a_photo(catalog: Catalog, root: Root, database: Database) -> None:
    (key,) = save(catalog, root, {"a.jpg": 1})

    catalog.save(root, [(photo(root, "a.jpg"), details(1))], {content(1): vector(9)}, OTHER_MODEL)

    found = {
        model: SyncState(database, replace(TARGET, model=model)).embedded([key])[0].vector
        for model in (MODEL, OTHER_MODEL)
    }
    assert np.array_equal(found[MODEL], vector(1))
    assert np.array_equal(found[OTHER_MODEL], vector(9))


def test_details_are_known_only_for_contents_that_the_model_has_embedded(catalog: Catalog, root: Root) -> None:
    save(catalog, root, {"a.jpg": 1})

    assert catalog.details(content(1), MODEL) == details(1)
    assert catalog.details(content(1), OTHER_MODEL) is None
    assert catalog.details(content(2), MODEL) is None


def test_details_stay_known_after_the_photo_is_removed(catalog: Catalog, root: Root) -> None:
    save(catalog, root, {"a.jpg": 1})

    catalog.remove(root, [root.path / "a.jpg", root.path / "never there.jpg"])

    assert catalog.known(root, MODEL) == {}
    assert catalog.details(content(1), MODEL) == details(1)


def test_failed_photo_is_kept_with_its_reason(catalog: Catalog, root: Root) -> None:
    broken, away = photo(root, "broken.jpg"), photo(root, "away.jpg")

    catalog.save_failures(root, [(broken, "It is damaged.", False), (away, "It could not be read.", True)])

    assert catalog.failures() == [
        Failure(away.path, "It could not be read."),
        Failure(broken.path, "It is damaged."),
    ]
    known = catalog.known(root, MODEL)
    assert known[broken.path] == RecordedPhoto(broken, None, False, "It is damaged.")
    assert known[away.path].file != away, "a photo that may be readable later must look changed"
    assert catalog.find([photo_id(root, b"broken.jpg")]) == {}


def test_photo_can_recover_from_a_failure_and_fail_again(catalog: Catalog, root: Root) -> None:
    catalog.save_failures(root, [(photo(root, "a.jpg"), "It is damaged.", False)])
    save(catalog, root, {"a.jpg": 1})
    assert catalog.failures() == []

    catalog.save_failures(root, [(photo(root, "a.jpg"), "It is damaged.", False)])
    assert [failure.path.name for failure in catalog.failures()] == ["a.jpg"]
    assert catalog.find([photo_id(root, b"a.jpg")]) == {}
    assert catalog.photos_in(root) == 1


def test_photo_whose_end_is_missing_is_among_the_failures_and_can_be_found(catalog: Catalog, root: Root) -> None:
    (whole,) = save(catalog, root, {"whole.jpg": 1})
    cut = replace(details(2), is_incomplete=True)
    photos = [(photo(root, name), cut) for name in ("cut.jpg", "copy.jpg")]
    saved = catalog.save(root, photos, {cut.content: vector(2)}, MODEL)

    assert [failure.path.name for failure in catalog.failures()] == ["copy.jpg", "cut.jpg"]
    assert "end of the file is missing" in catalog.failures()[0].reason
    assert catalog.counts(TARGET) == Counts(photos=3, searchable=0, failed=0, incomplete=2)
    assert catalog.find([whole, *saved]).keys() == {whole, *saved}
    assert catalog.details(cut.content, MODEL) == cut


def test_photos_are_counted_in_total_and_searchable_photos_per_index(
    catalog: Catalog, root: Root, database: Database
) -> None:
    save(catalog, root, {"a.jpg": 1, "b.jpg": 2, "c.jpg": 3})
    catalog.save_failures(root, [(photo(root, "d.jpg"), "It is damaged.", False)])
    sync_state = SyncState(database, TARGET)
    sync_state.written(sync_state.embedded(sync_state.pending())[:2])

    assert catalog.counts(TARGET) == Counts(photos=4, searchable=2, failed=1, incomplete=0)
    assert catalog.counts(OTHER_TARGET) == Counts(photos=4, searchable=0, failed=1, incomplete=0)


def test_changed_photo_is_not_searchable_until_the_index_has_it(
    catalog: Catalog, root: Root, database: Database
) -> None:
    save(catalog, root, {"a.jpg": 1})
    sync_state = SyncState(database, TARGET)
    sync_state.written(sync_state.embedded(sync_state.pending()))

    save(catalog, root, {"a.jpg": 2})

    assert catalog.counts(TARGET).searchable == 0


def test_forgetting_a_root_keeps_photos_and_contents_of_other_roots(catalog: Catalog, root: Root) -> None:
    other = catalog.add_root(FOLDER.with_name("other"))
    save(catalog, root, {"a.jpg": 1, "b.jpg": 2})
    save(catalog, other, {"a.jpg": 1, "c.jpg": 3})

    assert catalog.forget_root(root) == 2
    catalog.purge()

    assert catalog.roots() == [other]
    assert {path.name for path in catalog.known(other, MODEL)} == {"a.jpg", "c.jpg"}
    assert catalog.details(content(1), MODEL) == details(1), "the other root has this content too"
    assert catalog.details(content(2), MODEL) is None


def test_purge_deletes_only_contents_that_no_photo_has(catalog: Catalog, root: Root) -> None:
    save(catalog, root, {"a.jpg": 1, "b.jpg": 2})
    catalog.save_failures(root, [(photo(root, "c.jpg"), "It is damaged.", False)])
    catalog.remove(root, [root.path / "b.jpg"])

    catalog.purge()

    assert catalog.details(content(1), MODEL) == details(1)
    assert catalog.details(content(2), MODEL) is None


def test_saving_photos_of_a_forgotten_root_fails(catalog: Catalog, root: Root) -> None:
    catalog.forget_root(root)

    with pytest.raises(FolderError, match="no longer in the library"):
        save(catalog, root, {"a.jpg": 1})
    with pytest.raises(FolderError, match="no longer in the library"):
        catalog.save_failures(root, [(photo(root, "a.jpg"), "It is damaged.", False)])


def test_setting_mount_points_replaces_only_those_of_the_same_root(catalog: Catalog, root: Root) -> None:
    other = catalog.add_root(FOLDER.with_name("others"))
    catalog.set_mounts(other, [other.path / "usb"])

    catalog.set_mounts(root, [root.path / "usb", root.path / "in" / "nas"])
    catalog.set_mounts(root, {root.path / "in" / "nas", root.path / "usb 2"})

    assert catalog.mounts(root) == {root.path / "in" / "nas", root.path / "usb 2"}
    assert catalog.mounts(other) == {other.path / "usb"}


def test_mount_points_are_relocated_and_forgotten_with_their_root(catalog: Catalog, root: Root) -> None:
    catalog.set_mounts(root, [root.path / "nas"])
    moved = replace(root, path=FOLDER.with_name("other drive"))

    assert catalog.relocate(moved)
    assert catalog.mounts(moved) == {moved.path / "nas"}
    catalog.forget_root(moved)
    catalog.set_mounts(moved, [moved.path / "nas"])
    assert catalog.mounts(moved) == set()


@pytest.mark.skipif(os.name == "nt", reason="file names are always Unicode on Windows")
@pytest.mark.parametrize(
    "name", [b"na\xefve\xff.jpg", b"line\nfeed.jpg", "\U0001f3d6 'quoted\".jpg".encode(), b"%s?.jpg"]
)
def test_unusual_file_names_are_stored_exactly(catalog: Catalog, database: Database, name: bytes) -> None:
    root = catalog.add_root(FOLDER / os.fsdecode(b"folder \xe9"))
    path = root.path / os.fsdecode(b"sub\xff") / os.fsdecode(name)
    (key,) = catalog.save(root, [(PhotoFile(path, 1, 1), details(1))], {content(1): vector(1)}, MODEL)

    assert catalog.roots() == [root]
    assert list(catalog.known(root, MODEL)) == [path]
    assert catalog.find([key])[key].path == path
    assert os.fsencode(SyncState(database, TARGET).embedded([key])[0].path) == b"sub\xff/" + name
    catalog.save_failures(root, [(PhotoFile(path, 1, 1), "It is damaged.", False)])
    assert catalog.failures()[0].path == path
    catalog.set_mounts(root, [path])
    assert catalog.mounts(root) == {path}
    catalog.remove(root, [path])
    assert catalog.photos_in(root) == 0


def test_any_number_of_ids_can_be_looked_up(catalog: Catalog, root: Root, database: Database) -> None:
    ids = save(catalog, root, {f"{number}.jpg": number for number in range(1203)})

    assert set(catalog.find(ids)) == set(ids)
    assert {row.id for row in SyncState(database, TARGET).embedded(ids)} == set(ids)
    assert catalog.find([]) == {}


def test_details_can_be_read_on_several_threads_at_once(catalog: Catalog, root: Root) -> None:
    save(catalog, root, {f"{number}.jpg": number for number in range(50)})

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda number: catalog.details(content(number % 100), MODEL), range(2000)))

    assert answers == [details(number % 100) if number % 100 < 50 else None for number in range(2000)]


def test_photos_are_listed_newest_first_by_when_they_were_taken_or_their_files_changed(
    catalog: Catalog, root: Root
) -> None:
    def dated(seed: int, taken_at: int | None) -> PhotoDetails:
        return replace(details(seed), metadata=Metadata(taken_at))

    photos = [
        (photo(root, "old.jpg", mtime_ns=9_000_000_000_000), dated(1, 1000)),
        (photo(root, "new.jpg", mtime_ns=1), dated(2, 3000)),
        (photo(root, "undated.jpg", mtime_ns=2_000_000_000_000), dated(3, None)),
    ]
    catalog.save(root, photos, {content(seed): vector(seed) for seed in (1, 2, 3)}, MODEL)
    catalog.save_failures(root, [(photo(root, "broken.jpg"), "It is damaged.", False)])

    listed = catalog.by_date()

    assert [each.path.name for each in listed] == ["new.jpg", "undated.jpg", "old.jpg"]
    assert [each.modified_at for each in listed] == [0, 2000, 9000]
    assert [each.metadata.taken_at for each in listed] == [3000, None, 1000]
