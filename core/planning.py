"""Comparing a folder with the catalog: what is new or changed, what is the same, what is gone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.types import Failure

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from core.catalog.catalog import KnownPhoto
    from core.image.scan import Folder
    from core.types import PhotoFile, Root


@dataclass(slots=True)
class Plan:
    """What a run has to do in one root, and what it need not. `new`: those to do of which nothing can be found yet."""

    root: Root
    todo: list[PhotoFile] = field(default_factory=list)
    new: list[PhotoFile] = field(default_factory=list)
    gone: list[KnownPhoto] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)
    found: int = 0
    ignored: int = 0
    unchanged: int = 0


def make_plan(root: Root, folders: Iterable[Folder], known: Mapping[Path, KnownPhoto]) -> Plan:
    """Compare what `walk` found with what the catalog knows.

    A photo counts as gone only where its folder could be listed. A root in which there is nothing at all is taken for
    a drive that is not plugged in, whose photos are not gone.
    """
    plan = Plan(root)
    on_disk: set[Path] = set()
    unreadable: set[Path] = set()
    for folder in folders:
        unreadable.update(folder.unreadable)
        plan.ignored += folder.ignored
        for file in folder.photos:
            on_disk.add(file.path)
            _sort(plan, file, known.get(file.path))
    plan.found = len(on_disk)
    if plan.found or plan.ignored:
        missing = (known[path] for path in known.keys() - on_disk)
        plan.gone = [photo for photo in missing if unreadable.isdisjoint(photo.file.path.parents)]
    return plan


def _sort(plan: Plan, file: PhotoFile, known: KnownPhoto | None) -> None:
    if known is None or known.file != file:
        plan.todo.append(file)
        if known is None or not known.embedded:
            plan.new.append(file)
    elif known.reason is not None:
        plan.failed.append(Failure(file.path, known.reason))
    elif known.embedded:
        plan.unchanged += 1
    else:
        plan.todo.append(file)
