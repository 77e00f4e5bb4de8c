"""All commands by name."""

from __future__ import annotations

from core.cli.check_search import CHECK_SEARCH
from core.cli.command import FAILED, INTERRUPTED, Command, Invocation
from core.cli.duplicates import DUPLICATES
from core.cli.index import INDEX, REMOVE
from core.cli.rules import RULES
from core.cli.search import SEARCH
from core.cli.servers import CONNECTION, MOVE
from core.cli.status import DOCTOR, FAILURES, STATUS

__all__ = ["COMMANDS", "FAILED", "INTERRUPTED", "Invocation"]

COMMANDS: dict[str, Command] = {
    "index": INDEX,
    "search": SEARCH,
    "duplicates": DUPLICATES,
    "check-search": CHECK_SEARCH,
    "status": STATUS,
    "failures": FAILURES,
    "doctor": DOCTOR,
    "remove": REMOVE,
    "rules": RULES,
    "connection": CONNECTION,
    "move": MOVE,
}
