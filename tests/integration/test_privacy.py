"""The program speaks to nobody: every try to reach beyond this computer is refused and noted, in all its processes.

What is watched are the sockets of Python. The libraries that open their own (of them, gRPC) are told where to connect
by the parts that tests elsewhere see on the loopback address.
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import pytest

from tests.helpers.checkout import CHECKOUT
from tests.helpers.engine.program import Program
from tests.helpers.indexing.bench import paint_many

if TYPE_CHECKING:
    from pathlib import Path

WATCH = """
import errno, os, socket, sys

record = os.environ["NETWORK_RECORD"]

def note(line):
    with open(record, "a") as file:
        print(line, file=file)

def at_home(host):
    return host in (None, "", "localhost", "::1", "0.0.0.0") or str(host).startswith("127.")

def refuse(what, host):
    note(f"tried {what} {host!r} in {sys.argv}")
    raise OSError(errno.ENETUNREACH, "refused by the test")

def watched(name):
    original = getattr(socket.socket, name)
    def call(self, *args):
        address = args[-1]
        if self.family in (socket.AF_INET, socket.AF_INET6) and not at_home(address[0]):
            refuse(name, address)
        return original(self, *args)
    return call

def watched_lookup(name):
    original = getattr(socket, name)
    def call(host, *args, **kwargs):
        if not at_home(host.decode() if isinstance(host, bytes) else host):
            refuse(name, host)
        return original(host, *args, **kwargs)
    return call

for name in ("connect", "connect_ex", "sendto"):
    setattr(socket.socket, name, watched(name))
for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex"):
    setattr(socket, name, watched_lookup(name))
note(f"watched {os.getpid()} {' '.join(sys.orig_argv)}")
"""


@pytest.fixture
def watched(tmp_path: Path) -> Program:
    """Return the program, watched, with a home in which nobody has agreed to anything, and a new library."""
    (tmp_path / "watch").mkdir()
    (tmp_path / "watch" / "sitecustomize.py").write_text(textwrap.dedent(WATCH), encoding="utf-8")
    (tmp_path / "home").mkdir()
    environment = {
        "PYTHONPATH": str(tmp_path / "watch"),
        "NETWORK_RECORD": str(tmp_path / "record.txt"),
        "HOME": str(tmp_path / "home"),
        "USERPROFILE": str(tmp_path / "home"),
    }
    return Program(tmp_path / "library", environment)


def _record(program: Program) -> list[str]:
    lines = (program.library.parent / "record.txt").read_text(encoding="utf-8").splitlines()
    assert any("main.py" in line for line in lines), "the program was not watched"
    assert any("spawn_main" in line for line in lines), "the processes that it starts were not watched"
    return [line for line in lines if line.startswith("tried")]


def test_neither_a_first_run_nor_a_search_reaches_out(watched: Program, tmp_path: Path) -> None:
    files = paint_many(tmp_path / "photos", 3)
    assert watched.run("index", tmp_path / "photos").status == 0  # converts the model too: the library is new
    assert watched.run("search", files[0], CHECKOUT / "resources" / "samples" / "query.jpg").status == 0
    assert _record(watched) == []


def test_the_watch_sees_who_reaches_out(watched: Program, tmp_path: Path) -> None:
    paint_many(tmp_path / "photos", 1)
    # A model whose weights are on the network: it is asked for, so its download is tried, and refused.
    outcome = watched.run("index", "--model", "resnet18", tmp_path / "photos")
    assert outcome.status == 1
    assert _record(watched) != []
