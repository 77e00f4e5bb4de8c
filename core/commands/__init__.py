"""The commands: each opens an engine, does its work and prints the result."""

from __future__ import annotations

from core.commands.command import FAILED, INTERRUPTED, Command, Invocation
from core.commands.folders import INDEX, REMOVE
from core.commands.reports import DOCTOR, FAILURES, STATUS
from core.commands.rules import RULES
from core.commands.search import SEARCH
from core.commands.servers import CONNECTION, MOVE

__all__ = ["COMMANDS", "FAILED", "INTERRUPTED", "Invocation"]

COMMANDS: dict[str, Command] = {
    "index": INDEX,
    "search": SEARCH,
    "status": STATUS,
    "failures": FAILURES,
    "doctor": DOCTOR,
    "remove": REMOVE,
    "rules": RULES,
    "connection": CONNECTION,
    "move": MOVE,
}
