"""The program makes no connection beyond this computer. The test refuses and records all attempts in all processes.

The test watches Python's sockets. Libraries with their own sockets, such as gRPC, connect only to addresses that the
program gives them; other tests check that these are loopback addresses.
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

def write_record(line):
    with open(record, "a") as file:
        print(line, file=file)

def is_local(host):
    return host in (None, "", "localhost", "::1", "0.0.0.0") or str(host).startswith("127.")

def refuse(what, host):
    write_record(f"tried {what} {host!r} in {sys.argv}")
    raise OSError(errno.ENETUNREACH, "refused by the test")

def watched(name):
    original = getattr(socket.socket, name)
    def call(self, *args):
        address = args[-1]
        if self.family in (socket.AF_INET, socket.AF_INET6) and not is_local(address[0]):
            refuse(name, address)
        return original(self, *args)
    return call

def watched_lookup(name):
    original = getattr(socket, name)
    def call(host, *args, **kwargs):
        if not is_local(host.decode() if isinstance(host, bytes) else host):
            refuse(name, host)
        return original(host, *args, **kwargs)
    return call

for name in ("connect", "connect_ex", "sendto"):
    setattr(socket.socket, name, watched(name))
for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex"):
    setattr(socket, name, watched_lookup(name))
write_record(f"watched {os.getpid()} {' '.join(sys.orig_argv)}")
"""


@pytest.fixture
def watched(tmp_path: Path) -> Program:
    """Return the watched program with a new library and an empty home directory."""
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


def _recorded_attempts(program: Program) -> list[str]:
    lines = (program.library.parent / "record.txt").read_text(encoding="utf-8").splitlines()
    assert any("main.py" in line for line in lines), "the program was not watched"
    assert any("spawn_main" in line for line in lines), "its worker processes were not watched"
    return [line for line in lines if line.startswith("tried")]


@pytest.mark.slow
def test_first_run_and_search_attempt_no_connection_beyond_this_computer(watched: Program, tmp_path: Path) -> None:
    files = paint_many(tmp_path / "photos", 3)
    assert watched.run("index", tmp_path / "photos").status == 0  # also converts the model
    assert watched.run("search", files[0], CHECKOUT / "resources" / "samples" / "query.jpg").status == 0
    assert _recorded_attempts(watched) == []


@pytest.mark.slow
def test_watch_records_an_attempted_download(watched: Program, tmp_path: Path) -> None:
    paint_many(tmp_path / "photos", 1)
    # The weights of this model must be downloaded.
    outcome = watched.run("index", "--model", "resnet18", tmp_path / "photos")
    assert outcome.status == 1
    assert _recorded_attempts(watched) != []
