from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from core.catalog.snapshot import KnownPhoto
from core.indexing.plan import NOT_CONNECTED, Plan, ScanScope, make_plan, scan_scopes
from core.scan.listing import Listing
from core.scan.mounts import Mounts
from core.types import Changes, Failure, PhotoFile, Root

ROOT = Root("uuid", Path("/photos"))
OTHER = Listing(ignored=1)
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
    plan = make_plan(ROOT, [Listing([file("a.jpg")])], {})

    assert (plan.todo, plan.found, plan.unchanged) == ([file("a.jpg")], 1, 0)


def test_unchanged_photo_is_not() -> None:
    plan = make_plan(ROOT, [Listing([file("a.jpg")])], known(file("a.jpg")))

    assert (plan.todo, plan.found, plan.unchanged) == ([], 1, 1)


def test_changed_photo_is_read_again() -> None:
    plan = make_plan(ROOT, [Listing([file("a.jpg", size=2)])], known(file("a.jpg", size=1)))

    assert (plan.todo, plan.unchanged, plan.gone) == ([file("a.jpg", size=2)], 0, [])


def test_photo_that_this_model_has_not_seen_is_read() -> None:
    plan = make_plan(ROOT, [Listing([file("a.jpg")])], known(file("a.jpg"), embedded=False))

    assert plan.todo == [file("a.jpg")]


def test_photo_that_could_not_be_read_and_is_the_same_fails_again_unread() -> None:
    broken = known(file("a.jpg"), embedded=False, reason="It is damaged.")

    plan = make_plan(ROOT, [Listing([file("a.jpg")])], broken)

    assert (plan.todo, plan.failed) == ([], [Failure(ROOT.path / "a.jpg", "It is damaged.")])


def test_photo_that_could_not_be_read_and_has_changed_is_tried_again() -> None:
    broken = known(file("a.jpg", size=1), embedded=False, reason="It is damaged.")

    plan = make_plan(ROOT, [Listing([file("a.jpg", size=2)])], broken)

    assert (plan.todo, plan.failed) == ([file("a.jpg", size=2)], [])


def test_photo_that_is_not_there_is_gone() -> None:
    plan = make_plan(ROOT, [Listing([file("a.jpg")])], known(file("a.jpg"), file("b.jpg")))

    assert gone(plan) == ["b.jpg"]


def test_photo_is_gone_too_where_only_other_files_are_left() -> None:
    assert gone(make_plan(ROOT, [OTHER], known(file("b.jpg")))) == ["b.jpg"]


def test_folder_that_cannot_be_listed_keeps_its_photos() -> None:
    there = known(file("shut/a.jpg"), file("shut/deep/b.jpg"), file("shut 2/c.jpg"), file("d.jpg"))

    plan = make_plan(ROOT, [OTHER, Listing(closed=[shut("shut")])], there)

    assert gone(plan) == ["c.jpg", "d.jpg"]


def test_link_that_leads_to_a_shut_place_keeps_its_photo() -> None:
    assert gone(make_plan(ROOT, [Listing(ignored=1, closed=[shut("a.jpg")])], known(file("a.jpg")))) == []


def test_folder_that_cannot_be_listed_is_no_photo_that_failed() -> None:
    plan = make_plan(ROOT, [Listing([file("a.jpg")]), Listing(closed=[shut("b")])], {})

    assert (plan.closed, plan.failed, plan.found) == ([shut("b")], [], 1)


def test_root_that_cannot_be_listed_keeps_its_photos() -> None:
    assert gone(make_plan(ROOT, [Listing(closed=[shut("")])], known(file("a.jpg")))) == []


def test_root_with_nothing_in_it_keeps_its_photos() -> None:
    assert gone(make_plan(ROOT, [Listing()], known(file("a.jpg")), is_empty=True)) == []
    assert gone(make_plan(ROOT, [Listing(), Listing()], known(file("a.jpg")))) == ["a.jpg"]


def noted(plan: Plan) -> list[str]:
    assert plan.mounts is not None
    return sorted(mount.relative_to(ROOT.path).as_posix() for mount in plan.mounts)


def mounted(used: str = "", away: str = "") -> Listing:
    """Return what a walk tells of mount points in the end."""
    locations = (frozenset(ROOT.path / name for name in names.split()) for names in (used, away))
    return Listing(mounts=Mounts(*locations))


def test_mount_point_that_is_away_keeps_its_photos_and_is_closed() -> None:
    there = known(file("nas/a.jpg"), file("nas/deep/b.jpg"), file("nas 2/c.jpg"), file("d.jpg"))

    plan = make_plan(ROOT, [OTHER, mounted(away="nas")], there)

    assert gone(plan) == ["c.jpg", "d.jpg"]
    assert plan.closed == [Failure(ROOT.path / "nas", NOT_CONNECTED)]
    assert noted(plan) == ["nas"]


def test_mount_point_in_use_keeps_nothing_that_is_gone() -> None:
    plan = make_plan(ROOT, [OTHER, mounted(used="nas")], known(file("nas/a.jpg")))

    assert (gone(plan), plan.closed, noted(plan)) == (["a.jpg"], [], ["nas"])


def test_mount_point_without_photos_is_forgotten_when_it_is_away() -> None:
    plan = make_plan(ROOT, [OTHER, mounted(away="nas")], known(file("nas 2/a.jpg")))

    assert (gone(plan), plan.closed, noted(plan)) == (["a.jpg"], [], [])


def test_mount_point_that_went_away_after_its_photos_were_found_is_noted() -> None:
    plan = make_plan(ROOT, [Listing([file("nas/a.jpg")]), mounted(away="nas")], {})

    assert (noted(plan), [failure.path for failure in plan.closed]) == (["nas"], [ROOT.path / "nas"])


def test_of_mount_points_in_one_another_the_outermost_is_told_of_and_all_are_noted() -> None:
    there = known(file("nas/a.jpg"), file("nas/deep/usb/b.jpg"))

    plan = make_plan(ROOT, [OTHER, mounted(away="nas nas/deep/usb")], there)

    assert [failure.path for failure in plan.closed] == [ROOT.path / "nas"]
    assert noted(plan) == ["nas", "nas/deep/usb"]
    assert gone(plan) == []


def test_nothing_is_noted_of_mount_points_where_only_some_paths_were_looked_at() -> None:
    assert make_plan(ROOT, [OTHER], known(file("a.jpg"))).mounts is None


def test_photo_is_gone_where_only_some_paths_were_looked_at_and_nothing_was_found() -> None:
    plan = make_plan(ROOT, [Listing(closed=[shut("b")])], known(file("a.jpg"), file("b/c.jpg")))

    assert gone(plan) == ["a.jpg"]


def test_files_are_counted_over_all_folders() -> None:
    plan = make_plan(ROOT, [Listing([file("a.jpg")], ignored=2), Listing([file("b/c.jpg")], ignored=3)], {})

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

    folder = Listing([file(name, size) for name, size in disk.items()], closed=failures)
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


INNER, DEEP = Root("inner", ROOT.path / "in"), Root("deep", ROOT.path / "in" / "deep" / "down")
NESTED = [ROOT, INNER, DEEP]


def looked_at(*paths: str, roots: str = "") -> dict[str, set[str] | None]:
    """Return what is looked at in each of the nested roots after changes, relative to the outermost."""
    changes = Changes(frozenset(ROOT.path / path for path in paths), frozenset(roots.split()))
    found = scan_scopes(NESTED, changes)
    assert all({*look.leave_out} == {root.path for root in NESTED if root != look.root} for look in found)
    return {
        look.root.uuid: None if look.paths is None else {path.relative_to(ROOT.path).as_posix() for path in look.paths}
        for look in found
    }


def test_everything_is_looked_at_in_every_root_without_the_others() -> None:
    assert scan_scopes(NESTED[:2], None) == [ScanScope(ROOT, None, (INNER.path,)), ScanScope(INNER, None, (ROOT.path,))]


def test_what_changed_is_looked_at_in_the_innermost_root_only() -> None:
    assert looked_at("a.jpg", "in/b.jpg", "in/deep/down/c.jpg", "in 2/d.jpg") == {
        "uuid": {"a.jpg", "in 2/d.jpg"},
        "inner": {"in/b.jpg"},
        "deep": {"in/deep/down/c.jpg"},
    }
    assert looked_at("in/deep/down") == {"deep": {"in/deep/down"}}
    assert scan_scopes(NESTED, Changes(frozenset([ROOT.path.parent / "elsewhere.jpg"]))) == []


def test_change_of_a_folder_that_holds_a_root_is_one_of_the_whole_root() -> None:
    found = looked_at("in/deep")

    assert (found["inner"], found["deep"]) == ({"in/deep", "in/deep/down"}, None)


def test_with_a_whole_root_go_those_inside_it_and_the_one_outside_forgets_what_it_had_there() -> None:
    assert looked_at(roots="uuid") == {"uuid": None, "inner": None, "deep": None}
    assert looked_at(roots="inner") == {"uuid": {"in", "in/deep/down"}, "inner": None, "deep": None}
    assert looked_at("a.jpg", "in/b.jpg", roots="deep") == {
        "uuid": {"a.jpg", "in/deep/down"},
        "inner": {"in/b.jpg", "in/deep/down"},
        "deep": None,
    }


PARTS = st.lists(st.sampled_from(["a", "in", "deep", "down", "x.jpg"]), min_size=1, max_size=5).map("/".join)


@given(st.sets(PARTS, max_size=6), st.sets(st.sampled_from([root.uuid for root in NESTED])))
def test_every_change_is_looked_at_in_the_root_that_has_it(paths: set[str], roots: set[str]) -> None:
    found = looked_at(*paths, roots=" ".join(roots))

    for path in map(ROOT.path.joinpath, paths):
        owner = max((root for root in NESTED if path.is_relative_to(root.path)), key=lambda root: len(root.path.parts))
        seen = found[owner.uuid]
        assert seen is None or path.relative_to(ROOT.path).as_posix() in seen
    assert all(found[uuid] is None for uuid in roots)
