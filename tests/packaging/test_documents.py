"""The documents name only files and classes that exist."""

from __future__ import annotations

import re

import pytest

from environment import CHECKOUT

FOLDERS = ("core", "desktop", "packaging", "resources", "tests")
PATH = re.compile(rf"(?<![\w/.])(?:(?:{'|'.join(FOLDERS)})/[\w./-]*\w(?=[^\w/]|$)|[A-Z]+\.md\b|pyproject\.toml)")
CLASS = re.compile(r"`([A-Z][A-Za-z]+)` \(`((?:core|desktop)/[\w/]+\.py)`\)")


def text(document: str) -> str:
    return (CHECKOUT / document).read_text(encoding="utf-8")


@pytest.mark.parametrize("document", ["CONTRIBUTING.md", "README.md"])
def test_every_path_in_a_document_exists(document: str) -> None:
    named = {path for path in PATH.findall(text(document)) if "NAME" not in path}
    assert named
    assert sorted(path for path in named if not (CHECKOUT / path).exists()) == []


def test_every_class_in_the_contributing_guide_is_in_the_named_file() -> None:
    named = CLASS.findall(text("CONTRIBUTING.md"))
    assert len(named) > 10
    assert [name for name, path in named if not re.search(rf"^class {name}\b", text(path), re.MULTILINE)] == []
