"""A Hypothesis state machine that changes two folders of photos the way users do."""

from __future__ import annotations

import os
import shutil
import sys
from collections import deque
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from tests.helpers.indexing.interruptions import BROKEN, files

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOTS = st.sampled_from(["one", "two"])
LOCATIONS = st.tuples(ROOTS, st.sampled_from(["a.png", "b.png", "in/c.png", "in/d.png"])).map("/".join)
FOLDERS = st.sampled_from(["in", "out", ".hidden"])
FILES = st.integers(0, BROKEN)


def names_in(root: Path) -> Iterator[Path]:
    """Yield every file that a scan must find. A folder that can also be reached by a link is visited only once."""
    seen: set[str] = set()
    waiting = deque([root])
    while waiting:
        for folder, inside, names in os.walk(waiting.popleft()):
            real = os.path.realpath(folder)
            inside[:] = [] if real in seen else sorted(name for name in inside if not name.startswith("."))
            yield from () if real in seen else (Path(folder, name) for name in names)
            seen.add(real)
            waiting += [Path(folder, name) for name in inside if os.path.islink(os.path.join(folder, name))]


def clear(file: Path) -> None:
    """Delete what is at a path, and create the parent folder."""
    file.parent.mkdir(parents=True, exist_ok=True)
    if file.is_dir() and not file.is_symlink():
        shutil.rmtree(file)
    else:
        file.unlink(missing_ok=True)


class ChangingFolders(RuleBasedStateMachine):
    """The folders `one` and `two`. An unplugged folder is moved to `unplugged` until it is plugged in again."""

    def __init__(self) -> None:
        super().__init__()
        self.holder = TemporaryDirectory()
        self.folder = Path(self.holder.name).resolve()
        self.unplugged: set[str] = set()
        self.time = 0
        for name in ("one", "two", "unplugged"):
            (self.folder / name).mkdir()
        self.put(self.folder / "elsewhere" / "e.png", files()[0])

    def teardown(self) -> None:
        self.holder.cleanup()

    def at(self, location: str) -> Path:
        return self.folder / ("unplugged" if location.split("/")[0] in self.unplugged else ".") / location

    def put(self, file: Path, data: bytes, time: int = 0) -> None:
        self.time += 1
        clear(file)
        file.write_bytes(data)
        os.utime(file, ns=(time or self.time, time or self.time))

    @initialize(photos=st.dictionaries(LOCATIONS, FILES, min_size=5))
    def begin(self, photos: dict[str, int]) -> None:
        self.write(photos)

    @rule(photos=st.dictionaries(LOCATIONS, FILES, min_size=1))
    def write(self, photos: dict[str, int]) -> None:
        for location, file in photos.items():
            self.put(self.at(location), files()[file])

    @rule(location=LOCATIONS, file=FILES)
    def overwrite_without_new_time(self, location: str, file: int) -> None:
        """Keep the modification time, so that a scan can notice only a different size."""
        if self.at(location).is_file():
            self.put(self.at(location), files()[file], self.at(location).stat().st_mtime_ns)

    @rule(source=LOCATIONS, goal=LOCATIONS)
    def move(self, source: str, goal: str) -> None:
        if self.at(source).is_file() and source != goal:
            clear(self.at(goal))
            self.at(source).rename(self.at(goal))

    @rule(source=LOCATIONS, goal=LOCATIONS, keeps_time=st.booleans())
    def copy(self, source: str, goal: str, keeps_time: bool) -> None:
        if self.at(source).is_file() and source != goal:
            time = self.at(source).stat().st_mtime_ns if keeps_time else 0
            self.put(self.at(goal), self.at(source).read_bytes(), time)

    @rule(location=LOCATIONS)
    def delete(self, location: str) -> None:
        clear(self.at(location))

    @rule(root=ROOTS, old=FOLDERS, new=FOLDERS)
    def rename_folder(self, root: str, old: str, new: str) -> None:
        if self.at(f"{root}/{old}").is_dir() and not self.at(f"{root}/{new}").exists():
            self.at(f"{root}/{old}").rename(self.at(f"{root}/{new}"))

    @rule(location=LOCATIONS, file=FILES)
    def replace_with_folder(self, location: str, file: int) -> None:
        clear(self.at(location))
        self.put(self.at(location) / "inside.png", files()[file])

    @precondition(lambda _: sys.platform != "win32")  # most users may not create links there
    @rule(
        location=LOCATIONS.filter(lambda location: location.startswith("one")),
        goal=st.sampled_from(["elsewhere", "one/in"]),
    )
    def replace_with_link(self, location: str, goal: str) -> None:
        clear(self.at(location))
        self.at(location).symlink_to(self.folder / goal)

    @rule(root=ROOTS, leaves_mount_point=st.booleans())
    def unplug(self, root: str, leaves_mount_point: bool) -> None:
        if root not in self.unplugged:
            self.at(root).rename(self.folder / "unplugged" / root)
            self.unplugged.add(root)
            if leaves_mount_point:
                (self.folder / root).mkdir()

    @rule(root=ROOTS)
    def plug_in(self, root: str) -> None:
        if root in self.unplugged:
            shutil.rmtree((self.folder / root), ignore_errors=True)
            self.at(root).rename(self.folder / root)
            self.unplugged.remove(root)
