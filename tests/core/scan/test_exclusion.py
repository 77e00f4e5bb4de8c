from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import FolderError
from core.scan.exclusion import Exclusion, checked_rules
from core.types import Rules

PARTS = ["a", "b", "ab", "a.b", "*", "**", "?", "*.b", "a*", "[ab]", "[!a]", "[^b]*", "[a-c]?", r"\*", "[]a]", "[!]]"]
NAMES = st.sampled_from(["a", "b", "ab", "a.b", "c", "*", "a*", "a b", "]"])
PATTERNS = st.builds(
    "{}{}{}{}".format,
    st.sampled_from(["", "", "!"]),
    st.sampled_from(["", "", "/"]),
    st.lists(st.sampled_from(PARTS), min_size=1, max_size=3).map("/".join),
    st.sampled_from(["", "", "/", "  "]),
)


def is_excluded(patterns: str, path: str, *, is_folder: bool = False) -> bool:
    """Return whether a path is excluded when a walk checks its parent folders first, from the top."""
    exclusion, parts = Exclusion(patterns), path.split("/")
    return any(
        exclusion.excludes("/".join(parts[:depth]), is_folder=is_folder or depth < len(parts))
        for depth in range(1, len(parts) + 1)
    )


@pytest.mark.parametrize(
    ("patterns", "path"),
    [
        ("*.png", "deep/down/a.png"),
        ("/a.png", "a.png"),
        ("raw/", "2020/raw/a.png"),
        ("2020/raw", "2020/raw/a.png"),
        ("2020/**", "2020/may/a.png"),
        ("**/raw/*.png", "x/y/raw/a.png"),
        ("!a.png\n*.png", "a.png"),
        ("raw/\n!raw/a.png", "raw/a.png"),
        ("scan[!0-9].png", "scans.png"),
        (r"\[old\] photos", "[old] photos/a.png"),
        (r"\#1", "#1"),
        ("ends with a space\\ ", "ends with a space "),
        ("a.png \r\n", "a.png"),
        ("a.png", "line\nfeed/a.png"),
    ],
)
def test_matching_path_is_excluded(patterns: str, path: str) -> None:
    assert is_excluded(patterns, path)


@pytest.mark.parametrize(
    ("patterns", "path"),
    [
        ("", "a.png"),
        ("# *.png\n\n  ", "a.png"),
        ("/a.png", "deep/a.png"),
        ("raw/", "raw"),
        ("2020/raw", "x/2020/raw/a.png"),
        ("*.png\n!a.png", "deep/a.png"),
        ("*\n!*/\n!*.jpg", "deep/down/a.jpg"),
        ("2020/**\n!2020/a.png", "2020/a.png"),
        ("scan[!0-9]*", "scan/a.png"),
        ("a*b", "a/b"),
    ],
)
def test_other_path_is_not_excluded(patterns: str, path: str) -> None:
    assert not is_excluded(patterns, path)


@pytest.mark.skipif(
    os.name == "nt" or shutil.which("git") is None, reason="needs Git and a file system that allows every name"
)
@given(
    patterns=st.lists(PATTERNS, min_size=1, max_size=4),
    files=st.lists(st.lists(NAMES, min_size=1, max_size=3), min_size=1, max_size=12),
)
@settings(max_examples=25, deadline=None)
def test_patterns_have_the_same_meaning_as_in_git(patterns: list[str], files: list[list[str]]) -> None:
    with tempfile.TemporaryDirectory() as name:
        top = Path(name)
        for parts in files:
            path = top.joinpath(*parts)
            if not any(parent.is_file() for parent in path.parents):
                path.parent.mkdir(parents=True, exist_ok=True)
                path.mkdir(exist_ok=True) if path.is_dir() else path.touch()
        there = {path.relative_to(top).as_posix(): path.is_dir() for path in sorted(top.rglob("*"))}
        (top / ".gitignore").write_text("\n".join(patterns) + "\n", encoding="utf-8")
        subprocess.run(["git", "init", "-q", top], check=True)
        answer = subprocess.run(
            ["git", "-C", top, "-c", "core.excludesFile=", "check-ignore", "--no-index", "-z", "--stdin"],
            input="\0".join(there),
            capture_output=True,
            encoding="utf-8",
        )

    ours = {path for path, is_folder in there.items() if is_excluded("\n".join(patterns), path, is_folder=is_folder)}
    assert answer.stderr == ""
    assert ours == set(answer.stdout.split("\0")) - {""}


@pytest.mark.parametrize(
    "pattern",
    ["photos[1", "[z-a].png", "[[:alpha:]]", "[a&&b]", r"[\d]", "trailing\\", "escaped \\/", "/", "!", "\udcff.png"],
)
def test_invalid_pattern_is_rejected_by_name_and_excludes_nothing(pattern: str) -> None:
    with pytest.raises(FolderError, match=r"The pattern .* cannot be understood. Correct it or remove it\.") as caught:
        checked_rules(Rules(f"*.gif\n{pattern}"))

    assert pattern.replace("\udcff", "?") in str(caught.value)
    assert is_excluded(f"*.gif\n{pattern}", "a.gif")
    assert not is_excluded(f"*.gif\n{pattern}", "a.png")


@pytest.mark.parametrize("smallest", [-1, 2**63])
def test_impossible_file_size_is_rejected(smallest: int) -> None:
    with pytest.raises(FolderError, match=rf"A photo cannot have {smallest} bytes"):
        checked_rules(Rules(smallest=smallest))


@given(exclude=st.text(st.sampled_from("ab*?[]!^-\\/# \n\r&|~.\udcff")))
def test_any_pattern_is_either_rejected_or_usable(exclude: str) -> None:
    try:
        rules = checked_rules(Rules(exclude, smallest=5))
    except FolderError:
        rules = Rules(exclude)

    Exclusion(rules.exclude).excludes("a/b", is_folder=False)


FILE_NAMES = st.text(st.sampled_from("aB*?[]!^-\\# .\u3000&|~"), min_size=1).filter(
    lambda name: name.strip(".") != "" and name.rstrip() == name
)


@given(folder=FILE_NAMES, names=st.sets(FILE_NAMES, min_size=1, max_size=3), others=st.sets(FILE_NAMES, max_size=3))
def test_rules_without_some_photos_skip_exactly_these(folder: str, names: set[str], others: set[str]) -> None:
    rules = checked_rules(Rules("*.gif").without(PurePosixPath(folder, name) for name in names))
    for name in names:
        assert is_excluded(rules.exclude, f"{folder}/{name}")
        assert not is_excluded(rules.exclude, f"other/{folder}/{name}")
    for name in others - names:
        assert not is_excluded(rules.exclude, f"{folder}/{name}")
    assert is_excluded(rules.exclude, "a.gif")


@pytest.mark.parametrize("name", ["a ", "a  ", "a\u3000", " "])
def test_rules_without_a_photo_whose_name_ends_in_a_space_skip_it(name: str) -> None:
    rules = checked_rules(Rules().without([PurePosixPath("folder", name)]))
    assert is_excluded(rules.exclude, f"folder/{name}")
