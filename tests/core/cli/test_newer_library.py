"""Commands refuse a library that a newer version of the program has written, and leave it as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from core.cli.registry import COMMANDS
from tests.helpers.engine.program import Program
from tests.helpers.library.kept_libraries import files_of, newer_library

if TYPE_CHECKING:
    from pathlib import Path

ARGUMENTS = {"index": ["photos"], "search": ["photos/dahlia.jpg"], "remove": ["photos"], "rules": ["photos"]}
ARGUMENTS |= {"doctor": ["--repair"], "move": ["--uri", ""]}


@pytest.mark.parametrize("command", sorted(COMMANDS.keys() - {"connection"}))  # that one does not open the library
def test_command_refuses_a_newer_library_in_one_sentence_and_does_not_change_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    library = newer_library(tmp_path)
    before = files_of(library)
    monkeypatch.chdir(tmp_path)

    outcome = Program(library).call(command, *ARGUMENTS.get(command, []))

    assert (outcome.status, outcome.out) == (1, "")
    assert outcome.err == (
        f"semblance: The library {library} was written by a newer version of Semblance. "
        "Update the program to open it.\n"
    )
    assert files_of(library) == before
