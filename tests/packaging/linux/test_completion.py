from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from core.cli.registry import COMMANDS
from linux import completion
from linux.completion import Value

FILES = {
    "bash": "bash-completion/completions/semblance",
    "zsh": "zsh/site-functions/_semblance",
    "fish": "fish/vendor_completions.d/semblance.fish",
}
ZSH_COMMAND = re.compile(r"^ +([\w-]+)\) _arguments (.+) ;;$", re.MULTILINE)
COMPLETE_IN_BASH = """
compopt() { printf 'compopt %s\\n' "$*"; }
source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
_semblance
printf '%s\\n' "${COMPREPLY[@]}"
"""


def needs(shell: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(not shutil.which(shell), reason=f"{shell} is not installed")


@pytest.mark.parametrize("shell", [pytest.param(shell, marks=needs(shell)) for shell in FILES])
def test_completion_is_valid_in_its_shell(shell: str, share: Path) -> None:
    subprocess.run([shell, "-n", str(share / FILES[shell])], check=True)


@needs("shellcheck")
def test_completion_for_bash_passes_shellcheck(share: Path) -> None:
    subprocess.run(["shellcheck", "--shell=bash", str(share / FILES["bash"])], check=True)


def test_every_path_on_the_command_line_is_completed_with_files_or_folders() -> None:
    actions = [action for name in ("", *COMMANDS) for action in completion.actions(name)]
    paths = [str(action.metavar) for action in actions if action.type is Path]
    assert len(paths) > 10
    assert {completion.VALUES.get(name) for name in paths} == {Value.FILE, Value.FOLDER}


def in_bash(share: Path, *words: str) -> list[str]:
    command = ["bash", "-c", COMPLETE_IN_BASH, "bash", str(share / FILES["bash"]), "semblance", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return [line for line in done.stdout.splitlines() if line]


def options(command: str) -> list[str]:
    return sorted(flag for argument in completion.arguments(command) for flag in argument.flags)


@needs("bash")
def test_bash_offers_every_command_and_its_options(share: Path) -> None:
    assert in_bash(share, "") == ["compopt -o default", *COMMANDS]
    assert {name: sorted(in_bash(share, name, "-")) for name in COMMANDS} == {n: options(n) for n in COMMANDS}
    assert sorted(in_bash(share, "-")) == options("")


@needs("bash")
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["se"], ["compopt -o default", "search"]),
        (["--json", "mo"], ["compopt -o default", "move"]),
        (["--library", "index", "conn"], ["compopt -o default", "connection"]),
        (["--library", "=", "index", "conn"], ["compopt -o default", "connection"]),
        (["--scr"], ["--screenshot"]),
        (["search", "--vi"], ["--views"]),
        (["index", "--vi"], []),
        (["search", "--views", ""], ["auto", "one", "all"]),
        (["search", "--views", "="], ["auto", "one", "all"]),
        (["status", "--metric", "=", "C"], ["COSINE"]),
        (["status", "--token", ""], []),
        (["status", ""], []),
        (["search", ""], ["compopt -o default"]),
        (["--weights", ""], ["compopt -o default"]),
        (["index", ""], ["compopt -o dirnames"]),
        (["search", "photo.jpg", "--in", ""], ["compopt -o dirnames"]),
    ],
)
def test_bash_completes(words: list[str], expected: list[str], share: Path) -> None:
    assert in_bash(share, *words) == expected


def in_fish(share: Path, folder: Path, line: str) -> list[str]:
    command = ["fish", "--no-config", "-c", f"source {share / FILES['fish']}; complete -C 'semblance {line}'"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return [found.partition("\t")[0] for found in done.stdout.splitlines()]


@needs("fish")
def test_fish_offers_every_command_and_its_options(share: Path, tmp_path: Path) -> None:
    assert sorted(in_fish(share, tmp_path, "")) == sorted(COMMANDS)
    found = {name: sorted(in_fish(share, tmp_path, f"{name} -")) for name in COMMANDS}
    assert found == {name: options(name) for name in COMMANDS}


@needs("fish")
@pytest.mark.parametrize(
    ("line", "expected"), [("sea", ["search"]), ("search --views ", ["all", "auto", "one"]), ("status ", [])]
)
def test_fish_completes(line: str, expected: list[str], share: Path, tmp_path: Path) -> None:
    assert in_fish(share, tmp_path, line) == expected


def test_zsh_offers_every_command_and_its_options(share: Path) -> None:
    text = (share / FILES["zsh"]).read_text(encoding="utf-8")
    described = {name: re.findall(r"[*)](--?[\w-]+)=?\[", line) for name, line in ZSH_COMMAND.findall(text)}
    assert {name: sorted(flags) for name, flags in described.items()} == {name: options(name) for name in COMMANDS}
