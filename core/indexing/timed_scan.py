"""Looking through photo folders whose drives may fall silent in the middle."""

from __future__ import annotations

import asyncio
import math
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.indexing.plan import Plan, make_plan
from core.indexing.throttle import StoppedError
from core.scan.entries import has_content
from core.scan.walk import scan_paths, walk
from core.types import Failure
from core.workers import run_apart

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    from core.catalog.snapshot import KnownPhoto
    from core.indexing.plan import ScanScope
    from core.indexing.throttle import Turns
    from core.scan.listing import Listing

LISTING_SECONDS = 300.0
"""A drive that takes longer over one folder is given up until the next run."""

TELL_SECONDS = 0.1


@dataclass(slots=True)
class _Scan:
    """One root being looked through. `asked_at`: when the drive was asked for what it owes, if it owes anything."""

    look: ScanScope
    leave_out: Sequence[Path]
    mounts: Collection[Path]
    turns: Turns
    found: int = 0
    asked_at: float = math.inf
    is_given_up: bool = False

    def plan(self, known: Mapping[Path, KnownPhoto]) -> Plan:
        """Look through the root, and compare it with what the catalog knows."""
        folders = list(self._folders())
        self.asked_at = time.monotonic()
        is_empty = not has_content(self.look.root.path)
        self.asked_at = math.inf
        return make_plan(self.look.root, folders, known, is_empty=is_empty)

    def _folders(self) -> Iterator[Listing]:
        steps = self._steps()
        while not self.is_given_up:
            with self.turns.turn():
                pass  # and not kept, as a drive that does not answer would keep it for ever
            self.asked_at = time.monotonic()
            folder = next(steps, None)
            self.asked_at = math.inf
            if folder is None:
                return
            self.found += len(folder.photos)
            yield folder
        raise StoppedError

    def _steps(self) -> Iterator[Listing]:
        root, paths = self.look.root, self.look.paths
        if paths is None:
            return walk(root.path, self.leave_out, root.rules, self.mounts)
        return scan_paths(root.path, self.leave_out, root.rules, paths, self.mounts)


@dataclass(frozen=True, slots=True)
class TimedScan:
    """Looks through one root after another. What keeps a silent drive waiting is a thread that nobody waits for.

    `library` is left out. `on_found` is told how many more photos were found.
    """

    library: Path
    turns: Turns
    on_found: Callable[[int], None]
    _silent: set[Path] = field(default_factory=set, init=False)

    async def plan(self, look: ScanScope, known: Mapping[Path, KnownPhoto], mounts: Collection[Path] = ()) -> Plan:
        """Return what there is to do in a root. One whose drive falls silent is closed as a whole.

        `mounts`: where in it drives were mounted when it was last looked at as a whole.

        Raises:
            NeedsWalkError: Looking at some paths does not tell how the root is now.
        """
        scan = _Scan(look, [self.library, *self._others(look)], mounts, self.turns)
        outcome = run_apart(lambda: scan.plan(known))
        told = 0
        try:
            while not outcome.done():
                await asyncio.wait([outcome], timeout=TELL_SECONDS)
                found = scan.found
                self.on_found(found - told)
                told = found
                if time.monotonic() - scan.asked_at > LISTING_SECONDS and not outcome.done():
                    return self._give_up(look)
            return outcome.result()
        finally:
            scan.is_given_up = True
            outcome.cancel()  # or an error that nobody waits for would be reported

    def _others(self, look: ScanScope) -> list[Path]:
        # To leave a root out it is asked what it is. Of one inside this one nothing may be taken, be it silent.
        root, others = look.root.path, look.leave_out
        return [path for path in others if path not in self._silent or path.is_relative_to(root)]

    def _give_up(self, look: ScanScope) -> Plan:
        self._silent.add(look.root.path)
        reason = "The folder does not answer: see to its drive or network share. What is known of it is kept."
        return Plan(look.root, closed=[Failure(look.root.path, reason)])
