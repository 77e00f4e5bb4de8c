"""The commands for the location of the search index: `connection` and `move`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from core.cli.command import DONE, FAILED, Command
from core.cli.output import print_json, progress_bar, say
from core.engine import Engine
from core.errors import VectorIndexError
from core.library.files import LibraryFiles

if TYPE_CHECKING:
    from argparse import Namespace

    from core.cli.command import Invocation
    from core.reports import ConnectionReport


def _no_server(call: Invocation, _: Namespace) -> str | None:
    return None if call.settings.index.uri else "name a Milvus server with --uri"


async def _connection(call: Invocation, chosen: Namespace) -> int:
    uri = call.settings.index.uri
    try:
        report = await _test(call)
    except VectorIndexError as error:
        if not chosen.json:
            raise
        print_json({"uri": uri, "ok": False, "error": str(error)})
        return FAILED
    if chosen.json:
        print_json({"uri": uri, "ok": True, **asdict(report)})
        return DONE
    photos = "no photos of this model yet" if report.photos is None else f"{report.photos:,} photos of this model"
    print(f"Milvus {report.version} at {uri} responds within {report.latency_ms:.1f} ms. It has {photos}.")
    return DONE


async def _test(call: Invocation) -> ConnectionReport:
    """Test the server of the call. This needs no library, and creates none."""
    with TemporaryDirectory(prefix="semblance-") as empty:
        library = call.library if LibraryFiles(call.library).catalog.exists() else Path(empty)
        async with Engine(library, call.settings, call.token, shared=True) as engine:
            return await engine.search_index.test(call.settings.index, call.token)


def _another_model(call: Invocation, _: Namespace) -> str | None:
    settings, saved = call.settings, call.saved
    if settings.model == saved.model:
        return None
    return f'"move" keeps the model of the library, {saved.model.name}. To change the model, run "index" with --model.'


async def _move(call: Invocation, chosen: Namespace) -> int:
    async with Engine(call.library, call.saved, _token_of_saved(call)) as engine:
        with progress_bar() as show:
            report = await engine.search_index.move(call.settings.index, call.token, show)
        status = await engine.status()
    if chosen.json:
        print_json({"uri": status.uri, "index": status.index, "metric": status.metric, **asdict(report)})
    else:
        print(
            f"The search index is now at {status.uri}, with index {status.index} and metric {status.metric}. "
            f"It was built from {report.photos:,} photos in {report.seconds:.1f} s."
        )
    if not report.remembered:
        say(
            "This system has no keyring to save the token in. Give it with every command, "
            "in SEMBLANCE_MILVUS_TOKEN or with --token."
        )
    return DONE


def _token_of_saved(call: Invocation) -> str:
    """Return the token for the server that is left behind: none where the given one is meant for another server."""
    return call.token if call.settings.index.uri in {"", call.saved.index.uri} else ""


CONNECTION = Command("Test the connection to a Milvus server.", _connection, usage_error=_no_server)
MOVE = Command(
    "Build the search index at another location or with other settings, and use it from then on.",
    _move,
    usage_error=_another_model,
    interrupted="Stopped. The old search index stays in use. Repeat the command to continue.",
)
