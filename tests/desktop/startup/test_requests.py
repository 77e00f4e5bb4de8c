"""Requests of later starts to an open window: their format, the name of the server, and when none are sent."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.cli import main as cli
from desktop.startup.single_instance import Request, decode, encode, server_name
from main import is_for_any_window

PICTURE = Path(os.path.abspath("picture.jpg"))


@given(st.binary().filter(lambda name: b"\0" not in name), st.text(st.characters(codec="ascii", min_codepoint=1)))
def test_any_file_name_survives_encoding_and_decoding(name: bytes, activation: str) -> None:
    try:
        picture = PICTURE.parent / os.fsdecode(name)
    except UnicodeDecodeError:  # on Windows; no file has such a name there
        return
    assert decode(encode(Request(picture, activation))) == Request(picture, activation)


@given(st.binary() | st.lists(st.sampled_from([b"/", b"a", b"\0", b"\xff"])).map(b"".join))
def test_only_well_formed_messages_are_decoded(message: bytes) -> None:
    try:
        request = decode(message)
    except ValueError:
        return
    assert request.picture is None or request.picture.is_absolute()
    assert message.endswith(b"\0")
    assert message.count(b"\0") == 2


@pytest.mark.parametrize(
    "more", [["--screenshot", "window.png"], ["--uri", ""], ["--uri", "http://a:1"], ["--model", "m"]]
)
def test_a_start_with_special_options_is_not_handed_to_an_open_window(more: list[str]) -> None:
    common = ["--library", "library", "--verbose", sys.executable]
    assert is_for_any_window(cli.window_options(common))
    assert is_for_any_window(cli.window_options([]))
    assert not is_for_any_window(cli.window_options([*common, *more]))


def test_every_path_to_a_library_gives_the_same_server_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library = tmp_path / "library"
    library.mkdir()
    (tmp_path / "link").symlink_to(library)
    monkeypatch.chdir(tmp_path)
    names = {server_name(path) for path in (library, Path("library"), tmp_path / "link")}
    assert len(names) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="users have no numbers there")
def test_each_user_has_a_different_server_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ours, user = server_name(tmp_path), os.getuid()
    monkeypatch.setattr(os, "getuid", lambda: user + 1)
    assert server_name(tmp_path) != ours
