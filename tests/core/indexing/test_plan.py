from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from core.catalog.snapshot import RecordedPhoto
from core.indexing.plan import NOT_CONNECTED, Plan, ScanScope, make_plan, scan_scopes
from core.scan.mounts import Mounts
from core.scan.walk import Listing
from core.types import Changes, Failure, PhotoFile, Root

ROOT = Root("uuid", Path("/photos"))
OTHER = Listing(ignored=1)
"""The listing of a folder that has only files other than photos."""


def file(name: str, size: int = 1, ctime_ns: int | None = None) -> PhotoFile:
    return PhotoFile(ROOT.path / name, size, 1, ctime_ns)


def known(*photos: PhotoFile, embedded: bool = True, reason: str | None = None) -> dict[Path, RecordedPhoto]:
    content = None if reason else b"content"
    return {photo.path: RecordedPhoto(photo, content, embedded, reason) for photo in photos}


def inaccessible(name: str) -> Failure:
    return Failure(ROOT.path / name, "The folder cannot be listed.")


def gone(plan: Plan) -> list[str]:
    return sorted(photo.file.path.name for photo in plan.gone)


def test_new_photo_is_read() -> None:
    plan = make_plan(ROOT, [Listing([file("a.jpg")])], {})

    assert (plan.todo, plan.found, plan.unchanged) == ([file("a.jpg")], 1, 0)


def test_unchanged_photo_is_not_read() -> None:
    plan = make_plan(ROOT, [Listing([file("a.jpg")])], known(file("a.jpg")))

    assert (plan.todo, plan.found, plan.unchanged) == ([], 1, 1)


def test_changed_photo_is_read_again() -> None:
    plan = make_plan(ROOT, [Listing([file("a.jpg", size=2)])], known(file("a.jpg", size=1)))

    assert (plan.todo, plan.unchanged, plan.gone) == ([file("a.jpg", size=2)], 0, [])


def test_photo_without_an_embedding_of_this_model_is_read() -> None:
    plan = make_plan(ROOT, [Listing([file("a.jpg")])], known(file("a.jpg"), embedded=False))

    assert plan.todo == [file("a.jpg")]


def test_unchanged_unreadable_photo_fails_without_being_read_again() -> None:
    broken = known(file("a.jpg"), embedded=False, reason="It is damaged.")

    plan = make_plan(ROOT, [Listing([file("a.jpg")])], broken)

    assert (plan.todo, plan.failed) == ([], [Failure(ROOT.path / "a.jpg", "It is damaged.")])


def test_changed_unreadable_photo_is_read_again() -> None:
    broken = known(file("a.jpg", size=1), embedded=False, reason="It is damaged.")

    plan = make_plan(ROOT, [Listing([file("a.jpg", size=2)])], broken)

    assert (plan.todo, plan.failed) == ([file("a.jpg", size=2)], [])


def test_unreadable_photo_is_read_again_if_failures_are_retried() -> None:
    broken = known(file("a.jpg"), embedded=False, reason="It is damaged.")

    plan = make_plan(ROOT, [Listing([file("a.jpg")])], broken, retries_failures=True)

    assert (plan.todo, plan.new, plan.failed) == ([file("a.jpg")], [], [])


def test_photo_with_another_change_time_is_read_again() -> None:
    plan = make_plan(ROOT, [Listing([file("a.jpg", ctime_ns=2)])], known(file("a.jpg", ctime_ns=1)))

    assert (plan.todo, plan.unchanged, plan.dated) == ([file("a.jpg", ctime_ns=2)], 0, [])


def test_change_time_that_the_catalog_lacks_is_recorded_without_reading_the_photo() -> None:
    there = known(file("a.jpg")) | known(file("b.jpg"), embedded=False, reason="It is damaged.")

    plan = make_plan(ROOT, [Listing([file("a.jpg", ctime_ns=2), file("b.jpg", ctime_ns=2)])], there)

    assert (plan.todo, plan.unchanged) == ([], 1)
    assert plan.dated == [file("a.jpg", ctime_ns=2), file("b.jpg", ctime_ns=2)]


def test_missing_photo_is_gone() -> None:
    plan = make_plan(ROOT, [Listing([file("a.jpg")])], known(file("a.jpg"), file("b.jpg")))

    assert gone(plan) == ["b.jpg"]


def test_folder_that_cannot_be_listed_keeps_its_photos() -> None:
    there = known(file("shut/a.jpg"), file("shut/deep/b.jpg"), file("shut 2/c.jpg"), file("d.jpg"))

    plan = make_plan(ROOT, [OTHER, Listing(closed=[inaccessible("shut")])], there)

    assert gone(plan) == ["c.jpg", "d.jpg"]


def test_link_to_an_inaccessible_file_keeps_its_photo() -> None:
    assert gone(make_plan(ROOT, [Listing(ignored=1, closed=[inaccessible("a.jpg")])], known(file("a.jpg")))) == []


def test_folder_that_cannot_be_listed_does_not_count_as_a_failed_photo() -> None:
    plan = make_plan(ROOT, [Listing([file("a.jpg")]), Listing(closed=[inaccessible("b")])], {})

    assert (plan.closed, plan.failed, plan.found) == ([inaccessible("b")], [], 1)


def test_root_that_cannot_be_listed_keeps_its_photos() -> None:
    assert gone(make_plan(ROOT, [Listing(closed=[inaccessible("")])], known(file("a.jpg")))) == []


def test_empty_root_keeps_its_photos() -> None:
    assert gone(make_plan(ROOT, [Listing()], known(file("a.jpg")), is_empty=True)) == []
    assert gone(make_plan(ROOT, [Listing(), Listing()], known(file("a.jpg")))) == ["a.jpg"]


def recorded_mounts(plan: Plan) -> list[str]:
    assert plan.mounts is not None
    return sorted(mount.relative_to(ROOT.path).as_posix() for mount in plan.mounts)


def mounts_listing(used: str = "", away: str = "") -> Listing:
    """Return the last listing of a walk, which has the mount points."""
    locations = (frozenset(ROOT.path / name for name in names.split()) for names in (used, away))
    return Listing(mounts=Mounts(*locations))


def test_offline_mount_point_keeps_its_photos_and_is_closed() -> None:
    there = known(file("nas/a.jpg"), file("nas/deep/b.jpg"), file("nas 2/c.jpg"), file("d.jpg"))

    plan = make_plan(ROOT, [OTHER, mounts_listing(away="nas")], there)

    assert gone(plan) == ["c.jpg", "d.jpg"]
    assert plan.closed == [Failure(ROOT.path / "nas", NOT_CONNECTED)]
    assert recorded_mounts(plan) == ["nas"]


def test_missing_photo_on_a_mount_point_in_use_is_gone() -> None:
    plan = make_plan(ROOT, [OTHER, mounts_listing(used="nas")], known(file("nas/a.jpg")))

    assert (gone(plan), plan.closed, recorded_mounts(plan)) == (["a.jpg"], [], ["nas"])


def test_offline_mount_point_without_photos_is_forgotten() -> None:
    plan = make_plan(ROOT, [OTHER, mounts_listing(away="nas")], known(file("nas 2/a.jpg")))

    assert (gone(plan), plan.closed, recorded_mounts(plan)) == (["a.jpg"], [], [])


def test_mount_point_that_goes_offline_during_the_scan_is_recorded() -> None:
    plan = make_plan(ROOT, [Listing([file("nas/a.jpg")]), mounts_listing(away="nas")], {})

    assert (recorded_mounts(plan), [failure.path for failure in plan.closed]) == (["nas"], [ROOT.path / "nas"])


def test_nested_offline_mount_points_are_all_recorded_but_only_the_outermost_is_reported() -> None:
    there = known(file("nas/a.jpg"), file("nas/deep/usb/b.jpg"))

    plan = make_plan(ROOT, [OTHER, mounts_listing(away="nas nas/deep/usb")], there)

    assert [failure.path for failure in plan.closed] == [ROOT.path / "nas"]
    assert recorded_mounts(plan) == ["nas", "nas/deep/usb"]
    assert gone(plan) == []


def test_scan_of_some_paths_does_not_record_mount_points() -> None:
    assert make_plan(ROOT, [OTHER], known(file("a.jpg"))).mounts is None


def test_missing_photo_is_gone_if_a_scan_of_some_paths_finds_no_photos() -> None:
    plan = make_plan(ROOT, [Listing(closed=[inaccessible("b")])], known(file("a.jpg"), file("b/c.jpg")))

    assert gone(plan) == ["a.jpg"]


def test_files_are_counted_across_all_folders() -> None:
    plan = make_plan(ROOT, [Listing([file("a.jpg")], ignored=2), Listing([file("b/c.jpg")], ignored=3)], {})

    assert (plan.found, plan.ignored) == (2, 5)


NAMES = st.sets(st.sampled_from(["a.jpg", "b.jpg", "c/d.jpg", "c/e/f.jpg", "g/h.jpg"]))
SIZES = st.dictionaries(st.sampled_from(["a.jpg", "b.jpg", "c/d.jpg", "c/e/f.jpg", "g/h.jpg"]), st.integers(1, 2))


@given(disk=SIZES, catalog=SIZES, broken=NAMES, unseen=NAMES, closed=st.sets(st.sampled_from(["c", "c/e", "g"])))
def test_every_photo_is_planned_exactly_once(
    disk: dict[str, int], catalog: dict[str, int], broken: set[str], unseen: set[str], closed: set[str]
) -> None:
    there: dict[Path, RecordedPhoto] = {}
    for name, size in catalog.items():
        reason = "It is damaged." if name in broken else None
        there |= known(file(name, size), embedded=name not in unseen | broken, reason=reason)
    failures = [inaccessible(name) for name in closed]

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


def scanned(*paths: str, roots: str = "") -> dict[str, set[str] | None]:
    """Return the paths scanned in each nested root, relative to the outermost one; None means the complete root."""
    changes = Changes(frozenset(ROOT.path / path for path in paths), frozenset(roots.split()))
    scopes = scan_scopes(NESTED, changes)
    assert all({*scope.leave_out} == {root.path for root in NESTED if root != scope.root} for scope in scopes)
    return {
        scope.root.uuid: None
        if scope.paths is None
        else {path.relative_to(ROOT.path).as_posix() for path in scope.paths}
        for scope in scopes
    }


def test_complete_scan_covers_each_root_without_the_others() -> None:
    assert scan_scopes(NESTED[:2], None) == [ScanScope(ROOT, None, (INNER.path,)), ScanScope(INNER, None, (ROOT.path,))]


def test_changed_path_is_scanned_in_the_innermost_root_only() -> None:
    assert scanned("a.jpg", "in/b.jpg", "in/deep/down/c.jpg", "in 2/d.jpg") == {
        "uuid": {"a.jpg", "in 2/d.jpg"},
        "inner": {"in/b.jpg"},
        "deep": {"in/deep/down/c.jpg"},
    }
    assert scanned("in/deep/down") == {"deep": {"in/deep/down"}}
    assert scan_scopes(NESTED, Changes(frozenset([ROOT.path.parent / "elsewhere.jpg"]))) == []


def test_change_of_a_folder_around_a_root_scans_that_root_completely() -> None:
    found = scanned("in/deep")

    assert (found["inner"], found["deep"]) == ({"in/deep", "in/deep/down"}, None)


def test_complete_scan_of_a_root_includes_nested_roots_and_its_path_in_the_outer_root() -> None:
    assert scanned(roots="uuid") == {"uuid": None, "inner": None, "deep": None}
    assert scanned(roots="inner") == {"uuid": {"in", "in/deep/down"}, "inner": None, "deep": None}
    assert scanned("a.jpg", "in/b.jpg", roots="deep") == {
        "uuid": {"a.jpg", "in/deep/down"},
        "inner": {"in/b.jpg", "in/deep/down"},
        "deep": None,
    }


PARTS = st.lists(st.sampled_from(["a", "in", "deep", "down", "x.jpg"]), min_size=1, max_size=5).map("/".join)


@given(st.sets(PARTS, max_size=6), st.sets(st.sampled_from([root.uuid for root in NESTED])))
def test_every_change_is_scanned_in_the_root_that_owns_it(paths: set[str], roots: set[str]) -> None:
    found = scanned(*paths, roots=" ".join(roots))

    for path in map(ROOT.path.joinpath, paths):
        owner = max((root for root in NESTED if path.is_relative_to(root.path)), key=lambda root: len(root.path.parts))
        seen = found[owner.uuid]
        assert seen is None or path.relative_to(ROOT.path).as_posix() in seen
    assert all(found[uuid] is None for uuid in roots)
