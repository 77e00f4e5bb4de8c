"""What a scan skips: hidden folders, system folders, and whatever the root's rules exclude."""

from __future__ import annotations

import re
import stat
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

from core.errors import FolderError
from core.folders.skipped import is_skipped_folder

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator
    from pathlib import Path

    from core.types import Rules

_SIZE_LIMIT = 2**63
"""Above the largest file size that a file system or the catalog can store, in bytes."""

_TRAILING_SPACES = re.compile(r"(?<!\\)\s+$")

# Character sets that Python reads differently from Git: set operators, [[:alpha:]] and backslash escapes.
_UNSUPPORTED_SET = re.compile(r"(?<!\\)\[[^\]]*?(?:\[|\\|--|&&|~~|\|\|)")

_NEGATED_SET = re.compile(r"\[\^(?!/)")

_CASE = re.IGNORECASE if sys.platform in {"win32", "darwin"} else re.NOFLAG


@dataclass(frozen=True, slots=True)
class _Pattern:
    regex: re.Pattern[str]
    excludes: bool
    folders_only: bool


class Exclusion:
    """The exclude patterns of a root, with the meaning that they have in a .gitignore file at its top.

    Check a folder before its content, because nothing inside an excluded folder can be included again. Lines that are
    not valid patterns have no effect; `checked_rules` reports them.
    """

    def __init__(self, exclude: str) -> None:
        compiled = (_pattern(line) for line in _lines(exclude))
        self._patterns = [pattern for pattern in compiled if pattern][::-1]

    def excludes(self, path: str, *, is_folder: bool) -> bool:
        """Return whether a file or folder is excluded. Its path is relative to the root, its parts joined by '/'."""
        for pattern in self._patterns:
            match = pattern.regex.search(path) if is_folder or not pattern.folders_only else None
            # The only group matches when the pattern hit a parent folder, which the caller has checked before.
            if match and not any(match.groups()):
                return pattern.excludes
        return False


def checked_rules(rules: Rules) -> Rules:
    """Return the rules unchanged if every pattern and the smallest size are valid.

    Raises:
        FolderError: A pattern is not valid, or no file can have the smallest size. The message names it.
    """
    for line in _lines(rules.exclude):
        if _pattern(line) is None:
            name = line.encode(errors="replace").decode()
            raise FolderError(f"The pattern {name} cannot be understood. Correct it or remove it.")
    if not 0 <= rules.smallest < _SIZE_LIMIT:
        raise FolderError(f"A photo cannot have {rules.smallest} bytes. Choose another smallest size.")
    return rules


def is_hidden(folder: os.DirEntry[str] | Path, parent: str) -> bool:
    """Return whether a folder is hidden or belongs to a system or program, so that people keep no photos in it.

    `parent` is the name of the folder around it.
    """
    if is_skipped_folder(folder.name, parent):
        return True
    try:
        if sys.platform == "win32":
            attributes = stat.FILE_ATTRIBUTE_HIDDEN | stat.FILE_ATTRIBUTE_SYSTEM
            return bool(folder.stat(follow_symlinks=False).st_file_attributes & attributes)
        if sys.platform == "darwin":
            return bool(folder.stat(follow_symlinks=False).st_flags & stat.UF_HIDDEN)
    except OSError:  # deleted since the folder was listed
        return False
    return False


def _lines(exclude: str) -> Iterator[str]:
    """Yield the lines that are neither empty nor a comment."""
    # Not splitlines: the other characters that it splits at may be part of a file name.
    for line in exclude.split("\n"):
        text = _TRAILING_SPACES.sub("", line)
        if text and not text.startswith("#"):
            yield text


def _pattern(line: str) -> _Pattern | None:
    """Return the compiled pattern, or None if the line is not a valid one."""
    if _UNSUPPORTED_SET.search(line):
        return None
    try:
        line.encode()
        regex, excludes = GitIgnoreSpecPattern.pattern_to_regex(line.removesuffix("/"))
        if regex is None or excludes is None:
            return None
        # In Git a negated set such as [^a] never matches the separator.
        compiled = re.compile(_NEGATED_SET.sub(r"(?!/)[^", regex), re.DOTALL | _CASE)
    except (ValueError, re.error):
        return None
    return _Pattern(compiled, excludes, line.endswith("/"))
