"""The command `search`."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, get_args

from core.cli.argument_types import positive, score, share
from core.cli.command import DONE, FAILED, Command
from core.cli.filters import add_filter_arguments, chosen_filters, filter_error
from core.cli.missing import add_missing_arguments, missing_error, print_presence
from core.cli.output import print_json, progress_bar, say
from core.cli.queries import Fetcher, add_query_arguments, chosen_queries, usage_error
from core.engine import Engine
from core.errors import DecodeError, LibraryError, QueryError
from core.search_request import SearchRequest, Verify, Views
from core.types import Order

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from core.cli.command import Invocation
    from core.types import Box, Hit, SharedScene


def _arguments(parser: ArgumentParser) -> None:
    add_query_arguments(parser)
    add_missing_arguments(parser)
    parser.add_argument("--top-k", type=positive, default=20, metavar="N", help="how many photos (default: 20)")
    parser.add_argument("--min-score", type=score, default=-1.0, metavar="X", help="leave out photos that score less")
    parser.add_argument(
        "--views", choices=get_args(Views), default="auto", help="how many views of the picture are searched"
    )
    parser.add_argument(
        "--balance",
        type=share,
        metavar="X",
        help="how much the subject counts, from 0 (only the look counts) to 1 (default: 0.9)",
    )
    parser.add_argument(
        "--verify",
        choices=get_args(Verify),
        default="auto",
        help="how many photos are compared with the picture point by point (default: the best 100)",
    )
    parser.add_argument("--sort", choices=[*Order], default=Order.LIKENESS, help="the order of the photos found")
    parser.add_argument("--stack", action="store_true", help="show copies of the same file as one photo")
    add_filter_arguments(parser)


def _usage_error(_: Invocation, chosen: Namespace) -> str | None:
    return usage_error(chosen) or missing_error(chosen) or filter_error(chosen)


async def _search(call: Invocation, chosen: Namespace) -> int:
    queries = chosen_queries(chosen)
    filters = chosen_filters(chosen)
    status = DONE
    async with Engine(call.library, call.settings, call.token, shared=True) as engine:
        if not call.settings.index.uri and not await engine.photo_count():
            raise LibraryError(f"The library {call.library} has no photos yet. Add some with: semblance index FOLDER.")
        with progress_bar(stays=False) as show:
            await engine.warm_up(show)
        fetcher = Fetcher(engine)
        if chosen.missing:
            return await print_presence(engine, fetcher, queries, filters, chosen)
        for query in queries:
            started = time.monotonic()
            try:
                pictures = await fetcher.complete(query)
                request = SearchRequest(
                    pictures,
                    chosen.views,
                    filters,
                    chosen.top_k,
                    chosen.min_score,
                    chosen.balance,
                    chosen.verify,
                    chosen.stack,
                )
                hits = Order(chosen.sort).of([hits async for hits in engine.verified_search(request)][-1])
            except (DecodeError, QueryError) as error:
                status = FAILED
                print_json({"query": query.name, "error": str(error)}) if chosen.json else say(f"{query.name}: {error}")
                continue
            if chosen.json:
                seconds = time.monotonic() - started
                print_json({"query": query.name, "hits": [hit_json(hit) for hit in hits], "seconds": seconds})
            else:
                print(query.name, *(hit_text(hit) for hit in hits), sep="\n")
    return status


def hit_json(hit: Hit) -> dict[str, object]:
    """Return a hit as scripts get it. Written out, so that it does not change with the type."""
    photo = hit.photo
    return {
        "rank": hit.rank,
        "path": str(photo.path),
        "score": hit.score,
        "label": hit.label,
        "percentile": hit.percentile,
        "copies": [str(copy.path) for copy in hit.copies],
        "match": _shared_json(hit.shared) if hit.shared else None,
        "elsewhere": photo.remote.origin if photo.remote else None,
        "is_provisional": photo.is_provisional,
        "width": photo.width,
        "height": photo.height,
        "taken_at": photo.metadata.taken_at,
        "utc_offset": photo.metadata.utc_offset,
        "camera": photo.metadata.camera,
        "latitude": photo.metadata.latitude,
        "longitude": photo.metadata.longitude,
    }


def _shared_json(shared: SharedScene) -> dict[str, object]:
    return {
        "kind": shared.kind,
        "edits": list(shared.edits),
        "region": _box_json(shared.region),
        "query_region": _box_json(shared.query_region),
        "inliers": shared.inliers,
    }


def _box_json(box: Box) -> list[float]:
    return [round(number, 4) for number in (box.left, box.top, box.width, box.height)]


def hit_text(hit: Hit) -> str:
    """Return a hit as a line of text."""
    location = f"{hit.remote.origin}: {hit.path}" if hit.remote else str(hit.path)
    remarks: list[str] = [*hit.shared.edits] if hit.shared else []
    if hit.copies:
        remarks.append("1 more copy" if len(hit.copies) == 1 else f"{len(hit.copies)} more copies")
    remark = f"  ({', '.join(remarks)})" if remarks else ""
    percentile = "" if hit.percentile is None else f"{hit.rounded_percentile()} %"
    return f"{hit.rank:5}  {hit.score_to(3):.3f}  {hit.label:14}  {percentile:>7}  {location}{remark}"


SEARCH = Command(
    "Find the photos that look most like a picture.", _search, _arguments, _usage_error, needs_library=True
)
