from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from core.catalog.known import KnownPhoto
from core.image.scan import Folder
from core.planning import Plan, make_plan
from core.types import Failure, PhotoFile, Root

ROOT = Root("uuid", Path("/photos"))
OTHER = Folder(ignored=1)
"""A folder in which there is something, so that the root is not taken for an empty one."""


def file(name: str, size: int = 1) -> PhotoFile:
    return PhotoFile(ROOT.path / name, size, 1)


def known(*photos: PhotoFile, embedded: bool = True, reason: str | None = None) -> dict[Path, KnownPhoto]:
    content = None if reason else b"content"
    return {photo.path: KnownPhoto(photo, content, embedded, reason) for photo in photos}


def shut(name: str) -> Failure:
    return Failure(ROOT.path / name, "The folder cannot be listed.")


def gone(plan: Plan) -> list[str]:
    return sorted(photo.file.path.name for photo in plan.gone)


def test_new_photo_is_to_be_read() -> None:
    plan = make_plan(ROOT, [Folder([file("a.jpg")])], {})

    assert (plan.todo, plan.found, plan.unchanged) == ([file("a.jpg")], 1, 0)


def test_unchanged_photo_is_not() -> None:
    plan = make_plan(ROOT, [Folder([file("a.jpg")])], known(file("a.jpg")))

    assert (plan.todo, plan.found, plan.unchanged) == ([], 1, 1)


def test_changed_photo_is_read_again() -> None:
    plan = make_plan(ROOT, [Folder([file("a.jpg", size=2)])], known(file("a.jpg", size=1)))

    assert (plan.todo, plan.unchanged, plan.gone) == ([file("a.jpg", size=2)], 0, [])


def test_photo_that_this_model_has_not_seen_is_read() -> None:
    plan = make_plan(ROOT, [Folder([file("a.jpg")])], known(file("a.jpg"), embedded=False))

    assert plan.todo == [file("a.jpg")]


def test_photo_that_could_not_be_read_and_is_the_same_fails_again_unread() -> None:
    broken = known(file("a.jpg"), embedded=False, reason="It is damaged.")

    plan = make_plan(ROOT, [Folder([file("a.jpg")])], broken)

    assert (plan.todo, plan.failed) == ([], [Failure(ROOT.path / "a.jpg", "It is damaged.")])


def test_photo_that_could_not_be_read_and_has_changed_is_tried_again() -> None:
    broken = known(file("a.jpg", size=1), embedded=False, reason="It is damaged.")

    plan = make_plan(ROOT, [Folder([file("a.jpg", size=2)])], broken)

    assert (plan.todo, plan.failed) == ([file("a.jpg", size=2)], [])


def test_photo_that_is_not_there_is_gone() -> None:
    plan = make_plan(ROOT, [Folder([file("a.jpg")])], known(file("a.jpg"), file("b.jpg")))

    assert gone(plan) == ["b.jpg"]


def test_photo_is_gone_too_where_only_other_files_are_left() -> None:
    assert gone(make_plan(ROOT, [OTHER], known(file("b.jpg")))) == ["b.jpg"]


def test_folder_that_cannot_be_listed_keeps_its_photos() -> None:
    there = known(file("shut/a.jpg"), file("shut/deep/b.jpg"), file("shut 2/c.jpg"), file("d.jpg"))

    plan = make_plan(ROOT, [OTHER, Folder(closed=[shut("shut")])], there)

    assert gone(plan) == ["c.jpg", "d.jpg"]


def test_link_that_leads_to_a_shut_place_keeps_its_photo() -> None:
    assert gone(make_plan(ROOT, [Folder(ignored=1, closed=[shut("a.jpg")])], known(file("a.jpg")))) == []


def test_folder_that_cannot_be_listed_is_no_photo_that_failed() -> None:
    plan = make_plan(ROOT, [Folder([file("a.jpg")]), Folder(closed=[shut("b")])], {})

    assert (plan.closed, plan.failed, plan.found) == ([shut("b")], [], 1)


def test_root_that_cannot_be_listed_keeps_its_photos() -> None:
    assert gone(make_plan(ROOT, [Folder(closed=[shut("")])], known(file("a.jpg")))) == []


def test_root_with_nothing_in_it_keeps_its_photos() -> None:
    assert gone(make_plan(ROOT, [Folder()], known(file("a.jpg")), is_empty=True)) == []
    assert gone(make_plan(ROOT, [Folder(), Folder()], known(file("a.jpg")))) == ["a.jpg"]


def test_photo_is_gone_where_only_some_paths_were_looked_at_and_nothing_was_found() -> None:
    plan = make_plan(ROOT, [Folder(closed=[shut("b")])], known(file("a.jpg"), file("b/c.jpg")))

    assert gone(plan) == ["a.jpg"]


def test_files_are_counted_over_all_folders() -> None:
    plan = make_plan(ROOT, [Folder([file("a.jpg")], ignored=2), Folder([file("b/c.jpg")], ignored=3)], {})

    assert (plan.found, plan.ignored) == (2, 5)


NAMES = st.sets(st.sampled_from(["a.jpg", "b.jpg", "c/d.jpg", "c/e/f.jpg", "g/h.jpg"]))
SIZES = st.dictionaries(st.sampled_from(["a.jpg", "b.jpg", "c/d.jpg", "c/e/f.jpg", "g/h.jpg"]), st.integers(1, 2))


@given(disk=SIZES, catalog=SIZES, broken=NAMES, unseen=NAMES, closed=st.sets(st.sampled_from(["c", "c/e", "g"])))
def test_every_photo_has_one_place_in_the_plan(
    disk: dict[str, int], catalog: dict[str, int], broken: set[str], unseen: set[str], closed: set[str]
) -> None:
    there: dict[Path, KnownPhoto] = {}
    for name, size in catalog.items():
        reason = "It is damaged." if name in broken else None
        there |= known(file(name, size), embedded=name not in unseen | broken, reason=reason)
    failures = [shut(name) for name in closed]

    folder = Folder([file(name, size) for name, size in disk.items()], closed=failures)
    plan = make_plan(ROOT, [folder], there, is_empty=not disk)

    same = {name for name in disk if catalog.get(name) == disk[name]}
    assert {photo.path for photo in plan.todo} == {
        ROOT.path / name for name in disk.keys() - (same - (unseen - broken))
    }
    assert {failure.path for failure in plan.failed} == {ROOT.path / name for name in same & broken}
    assert plan.closed == failures
    assert plan.found == len(disk) == len(plan.todo) + len(plan.failed) + plan.unchanged
    hidden = {name for name in catalog if any(name.startswith(f"{folder}/") for folder in closed)}
    wanted = catalog.keys() - disk.keys() - hidden if disk else set()
    assert {photo.file.path for photo in plan.gone} == {ROOT.path / name for name in wanted}
