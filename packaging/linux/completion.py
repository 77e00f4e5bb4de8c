"""Writes the completion of the command line for bash, zsh and fish. Runs with the Python of the environment.

python packaging/linux/completion.py FOLDER
"""

from __future__ import annotations

import re
import shlex
import sys
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import TYPE_CHECKING

from core.cli.main import command_parser, window_parser
from core.cli.registry import COMMANDS

if TYPE_CHECKING:
    from argparse import Action


class Value(Enum):
    """What an argument accepts."""

    NOTHING = auto()
    ANYTHING = auto()
    CHOICE = auto()
    FILE = auto()
    FOLDER = auto()


VALUES = {
    **dict.fromkeys(("DIR", "FOLDER"), Value.FOLDER),
    **dict.fromkeys(("FILE", "IMAGE", "PICTURE"), Value.FILE),
}
"""What the names in `--help` stand for."""


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a command. One without `flags` is positional. `name` stands for its value in `--help`."""

    flags: tuple[str, ...]
    name: str
    help: str
    repeats: bool
    value: Value
    choices: tuple[str, ...] = ()


def actions(command: str) -> list[Action]:
    """Return what argparse knows of a command, or of the window if the name is empty."""
    parser = command_parser(command) if command else window_parser()
    return parser._actions  # noqa: SLF001 - nothing public has them


def arguments(command: str) -> list[Argument]:
    """Return the arguments of a command, or of the window if the name is empty."""
    return [_argument(action) for action in actions(command)]


def _argument(action: Action) -> Argument:
    name = str(action.metavar or action.dest)
    choices = tuple(action.choices or (name[1:-1].split(",") if name.startswith("{") else ()))
    value = Value.NOTHING if action.nargs == 0 else Value.CHOICE if choices else VALUES.get(name, Value.ANYTHING)
    repeats = action.nargs == "*" or type(action).__name__ == "_AppendAction"
    return Argument(tuple(action.option_strings), name, (action.help or "") % vars(action), repeats, value, choices)


def bash() -> str:
    """Return the completion for bash. It leaves names of files to bash, which knows how to quote them."""
    found = {name: arguments(name) for name in ("", *COMMANDS)}
    valued = {a.flags: a for each in found.values() for a in each if a.flags and a.value is not Value.NOTHING}
    after = [f"    {'|'.join(flags)}) {_bash_values(argument)}return ;;" for flags, argument in valued.items()]
    commands = []
    for name, each in found.items():
        flags = " ".join(flag for argument in each for flag in argument.flags)
        values = "".join(_bash_values(argument) for argument in each if not argument.flags)
        names = "" if name else f'words="{" ".join(COMMANDS)}"; '
        commands += [f'    {name}:-*) words="{flags}" ;;', f"    {name}:*) {names}{values};;"]
    return f"""_semblance() {{
    local current=${{COMP_WORDS[COMP_CWORD]}} previous="" command="" words="" word
    # bash splits --option=value into three words.
    [[ $current == "=" ]] && current=""
    for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
        [[ $word == "=" ]] && continue
        case $previous in
        {"|".join(flag for flags in valued for flag in flags)}) ;;
        *) case $word in {"|".join(COMMANDS)}) command=${{command:-$word}} ;; esac ;;
        esac
        previous=$word
    done
    COMPREPLY=()
    case $previous in
{chr(10).join(after)}
    esac
    case $command:$current in
{chr(10).join(commands)}
    esac
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}}
complete -F _semblance semblance
"""


def _bash_values(argument: Argument) -> str:
    words = f'mapfile -t COMPREPLY < <(compgen -W "{" ".join(argument.choices)}" -- "$current"); '
    complete = {Value.FOLDER: "compopt -o dirnames; ", Value.FILE: "compopt -o default; ", Value.CHOICE: words}
    return complete.get(argument.value, "")


def zsh() -> str:
    """Return the completion for zsh."""
    names = " ".join(shlex.quote(f"{name}:{command.summary}") for name, command in COMMANDS.items())
    options = " ".join(_zsh_spec(argument) for argument in arguments("") if argument.flags)
    commands = [f"        {name}) _arguments -S {' '.join(map(_zsh_spec, arguments(name)))} ;;" for name in COMMANDS]
    return f"""#compdef semblance
_semblance() {{
    local context state state_descr line
    local -A opt_args
    local -a commands=({names})
    _arguments -S -C {options} '1: :->first' '*:: :->rest'
    case $state in
    first) _describe -t commands command commands; _files ;;
    rest)
        case $line[1] in
{chr(10).join(commands)}
        esac ;;
    esac
}}
_semblance "$@"
"""


def _zsh_spec(argument: Argument) -> str:
    name, words = (re.sub(r"([\[\]:\\])", r"\\\1", text) for text in (argument.name, argument.help))
    action = {Value.FOLDER: "_files -/", Value.FILE: "_files", Value.CHOICE: f"({' '.join(argument.choices)})"}
    value = "" if argument.value is Value.NOTHING else f":{name}:{action.get(argument.value, '')}"
    if not argument.flags:
        return shlex.quote(f"{'*' if argument.repeats else '1'}{value}")
    once = "*" if argument.repeats else f"({' '.join(argument.flags)})"
    return " ".join(shlex.quote(f"{once}{flag}{'=' if value else ''}[{words}]{value}") for flag in argument.flags)


def fish() -> str:
    """Return the completion for fish."""
    no_command = f"not __fish_seen_subcommand_from {' '.join(COMMANDS)}"
    lines = [_fish("-f")]
    lines += [_fish("-n", no_command, "-a", name, "-d", COMMANDS[name].summary) for name in COMMANDS]
    for name in ("", *COMMANDS):
        condition = f"__fish_seen_subcommand_from {name}" if name else no_command
        lines += [_fish("-n", condition, *_fish_argument(argument)) for argument in arguments(name)]
    return "\n".join(lines) + "\n"


def _fish(*words: str) -> str:
    return f"complete -c semblance {shlex.join(words)}"


def _fish_argument(argument: Argument) -> list[str]:
    flags = [word for flag in argument.flags for word in ("-l" if flag[:2] == "--" else "-s", flag.lstrip("-"))]
    values = {
        Value.NOTHING: [],
        Value.ANYTHING: ["-x"],
        Value.CHOICE: ["-x", "-a", " ".join(argument.choices)],
        Value.FILE: ["-r", "-F"] if flags else ["-F"],
        Value.FOLDER: ["-x" if flags else "-f", "-a", "(__fish_complete_directories)"],
    }
    return [*flags, *values[argument.value], *(("-d", argument.help) if flags else ())]


def write(target: Path) -> None:
    """Write the completion for each shell to the folder where the shell looks for it in a folder of shared files."""
    files = {
        "bash-completion/completions/semblance": bash(),
        "zsh/site-functions/_semblance": zsh(),
        "fish/vendor_completions.d/semblance.fish": fish(),
    }
    for name, text in files.items():
        file = target / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
