"""Scanning photo folders on drives that may stop responding."""

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
from core.workers import run_detached

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    from core.catalog.snapshot import RecordedPhoto
    from core.indexing.plan import ScanScope
    from core.indexing.throttle import Turns
    from core.scan.walk import Listing

LISTING_SECONDS = 300.0
"""A root whose drive takes longer to list one folder is skipped until the next run."""

PROGRESS_SECONDS = 0.1


@dataclass(slots=True)
class _Scan:
    """The scan of one root, on a thread of its own.

    `waiting_since` is when the file system call now under way began, or infinity if there is none.
    """

    scope: ScanScope
    leave_out: Sequence[Path]
    mounts: Collection[Path]
    turns: Turns
    found: int = 0
    waiting_since: float = math.inf
    is_abandoned: bool = False

    def plan(self, known: Mapping[Path, RecordedPhoto]) -> Plan:
        """Scan the root, and compare it with the photos in the catalog."""
        folders = list(self._folders())
        self.waiting_since = time.monotonic()
        is_empty = not has_content(self.scope.root.path)
        self.waiting_since = math.inf
        retries_failures = self.scope.retries_failures
        return make_plan(self.scope.root, folders, known, is_empty=is_empty, retries_failures=retries_failures)

    def _folders(self) -> Iterator[Listing]:
        steps = self._steps()
        while not self.is_abandoned:
            with self.turns.turn():
                pass  # give the turn back at once, because a drive that does not respond would keep it for ever
            self.waiting_since = time.monotonic()
            folder = next(steps, None)
            self.waiting_since = math.inf
            if folder is None:
                return
            self.found += len(folder.photos)
            yield folder
        raise StoppedError

    def _steps(self) -> Iterator[Listing]:
        root, paths = self.scope.root, self.scope.paths
        if paths is None:
            return walk(root.path, self.leave_out, root.rules, self.mounts)
        return scan_paths(root.path, self.leave_out, root.rules, paths, self.mounts)


@dataclass(frozen=True, slots=True)
class TimedScan:
    """Scans one root after another, with a time limit for each folder.

    Each scan runs on a thread that can be abandoned, because a call to a drive that does not respond cannot be stopped.
    The `library` folder is skipped. `on_found` is called with the number of photos found since its last call.
    """

    library: Path
    turns: Turns
    on_found: Callable[[int], None]
    _unresponsive: set[Path] = field(default_factory=set, init=False)

    async def plan(self, scope: ScanScope, known: Mapping[Path, RecordedPhoto], mounts: Collection[Path] = ()) -> Plan:
        """Return what there is to do in a root.

        If its drive stops responding, the plan has no photos and reports the root as closed. `mounts` has the mount
        points that the last complete scan of the root found.

        Raises:
            NeedsWalkError: The root has to be scanned completely.
        """
        scan = _Scan(scope, [self.library, *self._excluded_roots(scope)], mounts, self.turns)
        outcome = run_detached(lambda: scan.plan(known))
        reported = 0
        try:
            while not outcome.done():
                await asyncio.wait([outcome], timeout=PROGRESS_SECONDS)
                found = scan.found
                self.on_found(found - reported)
                reported = found
                if time.monotonic() - scan.waiting_since > LISTING_SECONDS and not outcome.done():
                    return self._abandon(scope)
            return outcome.result()
        finally:
            scan.is_abandoned = True
            outcome.cancel()  # otherwise asyncio logs an error that is never retrieved

    def _excluded_roots(self, scope: ScanScope) -> list[Path]:
        # The scan calls stat on each root that it excludes, which would block on an unresponsive one. A nested root
        # must be excluded even so, because its photos are not this root's.
        root, others = scope.root.path, scope.leave_out
        return [path for path in others if path not in self._unresponsive or path.is_relative_to(root)]

    def _abandon(self, scope: ScanScope) -> Plan:
        self._unresponsive.add(scope.root.path)
        reason = "The folder does not respond. Check its drive or network share. The photos indexed earlier are kept."
        return Plan(scope.root, closed=[Failure(scope.root.path, reason)])
