"""What is passed over in a photo folder: hidden and system folders, and what the folder's rules exclude."""

from __future__ import annotations

import re
import stat
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

from core.errors import FolderError
from core.folders.nesting import SYSTEM_FOLDERS

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator
    from pathlib import Path

    from core.types import Rules

_LARGEST = 2**63
"""No file has as many bytes, and no catalog can note more."""

_ENDING_SPACES = re.compile(r"(?<!\\)\s+$")

# Python's sets have operators that those of a pattern lack, and nothing like [[:alpha:]] or a mark that escapes.
_OTHER_SET = re.compile(r"(?<!\\)\[[^\]]*?(?:\[|\\|--|&&|~~|\|\|)")

_EXCLUDING_SET = re.compile(r"\[\^(?!/)")

_CASE = re.IGNORECASE if sys.platform in {"win32", "darwin"} else re.NOFLAG


@dataclass(frozen=True, slots=True)
class _Pattern:
    regex: re.Pattern[str]
    excludes: bool
    folders_only: bool


class Exclusion:
    """The patterns of a root, with the meaning that they have in a .gitignore file at its top.

    They are asked about a folder before anything in it is: what is in an excluded folder stays excluded.
    """

    def __init__(self, exclude: str) -> None:
        """Compile the patterns; what is none is passed over, see `checked_rules`."""
        compiled = (_pattern(line) for line in _lines(exclude))
        self._patterns = [pattern for pattern in compiled if pattern][::-1]

    def __bool__(self) -> bool:
        return bool(self._patterns)

    def excludes(self, path: str, *, is_folder: bool) -> bool:
        """Tell whether a file or folder is excluded: its path is relative to the root, with its parts joined by '/'."""
        for pattern in self._patterns:
            match = pattern.regex.search(path) if is_folder or not pattern.folders_only else None
            # Its only group is the mark of a match with a folder on the way, which was asked about before.
            if match and not any(match.groups()):
                return pattern.excludes
        return False


def checked_rules(rules: Rules) -> Rules:
    """Return the rules, each of whose patterns has a meaning.

    Raises:
        FolderError: One has none; the text names it.
    """
    for line in _lines(rules.exclude):
        if _pattern(line) is None:
            name = line.encode(errors="replace").decode()
            raise FolderError(f"The pattern {name} cannot be understood. Correct it, or leave it out.")
    if not 0 <= rules.smallest < _LARGEST:
        raise FolderError(f"No photo can have {rules.smallest} bytes. Choose another smallest size.")
    return rules


def is_hidden(folder: os.DirEntry[str] | Path) -> bool:
    """Tell whether a folder is one that people do not put photos into: hidden, or the system's own."""
    if folder.name.startswith(".") or folder.name.lower() in SYSTEM_FOLDERS:
        return True
    try:
        if sys.platform == "win32":
            marks = stat.FILE_ATTRIBUTE_HIDDEN | stat.FILE_ATTRIBUTE_SYSTEM
            return bool(folder.stat(follow_symlinks=False).st_file_attributes & marks)
        if sys.platform == "darwin":
            return bool(folder.stat(follow_symlinks=False).st_flags & stat.UF_HIDDEN)
    except OSError:  # gone since the folder was listed
        return False
    return False


def _lines(exclude: str) -> Iterator[str]:
    """Yield what is neither empty nor a comment. Other separators of lines may be in names."""
    for line in exclude.split("\n"):
        text = _ENDING_SPACES.sub("", line)
        if text and not text.startswith("#"):
            yield text


def _pattern(line: str) -> _Pattern | None:
    """Return a pattern ready for use, or None where the line is none."""
    if _OTHER_SET.search(line):
        return None
    try:
        line.encode()
        regex, excludes = GitIgnoreSpecPattern.pattern_to_regex(line.removesuffix("/"))
        if regex is None or excludes is None:
            return None
        # No set stands for a separator, not even one that says what it does not stand for.
        compiled = re.compile(_EXCLUDING_SET.sub(r"(?!/)[^", regex), re.DOTALL | _CASE)
    except (ValueError, re.error):
        return None
    return _Pattern(compiled, excludes, line.endswith("/"))
