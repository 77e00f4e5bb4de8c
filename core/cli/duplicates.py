"""The command `duplicates`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.cli.command import DONE, Command
from core.cli.output import print_json, progress_bar, say
from core.engine import Engine
from core.types import KILOBYTE, Advantage, DuplicateKind

if TYPE_CHECKING:
    from argparse import Namespace

    from core.cli.command import Invocation
    from core.types import DuplicateGroup, Photo

MEGABYTE = 1_000_000

TITLES = {
    DuplicateKind.SAME_FILE: "Same file",
    DuplicateKind.SAME_PICTURE: "Same picture",
    DuplicateKind.SAME_SCENE: "Same scene",
}
REASONS = {
    Advantage.CAMERA_TAGS: "has the camera's tags",
    Advantage.UNEDITED: "is neither cropped nor framed",
    Advantage.PIXELS: "has the most pixels",
    Advantage.FORMAT: "has the better format",
    Advantage.BYTES: "is the largest file",
    Advantage.DATE: "was taken first",
    Advantage.PATH: "has the shortest path",
}


async def _duplicates(call: Invocation, chosen: Namespace) -> int:
    async with Engine(call.library, call.settings, call.token) as engine:
        with progress_bar(stays=False) as show:
            await engine.find_duplicates(show)
        groups = await engine.duplicates()
    if chosen.json:
        print_json({"groups": [group_json(group) for group in groups]})
        return DONE
    for group in groups:
        print(group_text(group))
    count = "1 group" if len(groups) == 1 else f"{len(groups):,} groups"
    say(f"{count} of duplicates. Nothing was deleted." if groups else "No duplicates were found.")
    return DONE


def group_json(group: DuplicateGroup) -> dict[str, object]:
    """Return a group as scripts get it. Written out, so that it does not change with the type."""
    return {
        "kind": group.kind,
        "photos": [
            {"path": str(photo.path), "width": photo.width, "height": photo.height, "bytes": photo.size}
            for photo in group.photos
        ],
        "best": str(group.photos[0].path),
        "reason": f"It {REASONS[group.advantage]}.",
    }


def group_text(group: DuplicateGroup) -> str:
    """Return a group as lines of text."""
    lines = [f"{TITLES[group.kind]}, {len(group.photos)} photos"]
    lines += [f"    {photo.path}  {_size(photo)}" for photo in group.photos]
    lines[1] += f"  (best: {REASONS[group.advantage]})"
    return "\n".join(lines)


def _size(photo: Photo) -> str:
    size = photo.size or 0
    amount = f"{size / MEGABYTE:.1f} MB" if size >= MEGABYTE else f"{size / KILOBYTE:,.0f} KB"
    return f"{photo.width} x {photo.height}, {amount}"


DUPLICATES = Command(
    "List groups of photos with the same file, the same picture or the same scene.",
    _duplicates,
    interrupted="Stopped. The next call continues from here.",
    needs_library=True,
)
