"""What the window says about the search index, and about photos that only the index knows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QDateTime, QLocale

from core.reports import Progress, Stage
from desktop.paths import one_line, shown
from desktop.texts import messages, run_messages

if TYPE_CHECKING:
    from core.reports import ConnectionReport, IndexState, MoveReport
    from core.types import Hit, RemoteFolder

translate = QCoreApplication.translate


def building(value: Progress) -> str:
    """Return how far the new search index is."""
    if value.stage is not Stage.COPYING:
        return run_messages.progress(value)
    if not value.total:
        return translate("IndexMessages", "Building the new search index\N{HORIZONTAL ELLIPSIS}")
    text = translate("IndexMessages", "Building the new search index: {done} of {total} photos")
    number = QLocale().toString
    return text.format(done=number(value.done), total=number(value.total))


def catching_up(value: IndexState) -> str:
    """Return how far the search index has caught up with the library, and that it answers meanwhile."""
    text = translate("IndexMessages", "{progress}; what is there already can be found")
    return text.format(progress=run_messages.progress(Progress(Stage.COPYING, value.done, value.total)))


def away(value: IndexState) -> str:
    """Return since when nothing answers, and what goes on meanwhile."""
    text = translate(
        "IndexMessages",
        "{reason} It has been away since {time} and is tried again by itself. Photos go on being indexed meanwhile.",
    )
    return text.format(reason=value.reason, time=moment(value.since))


def moment(seconds: float) -> str:
    """Return a time of day, with its date where that is not today."""
    time = QDateTime.fromSecsSinceEpoch(int(seconds))
    is_today = time.date() == QDateTime.currentDateTime().date()
    short = QLocale.FormatType.ShortFormat
    return QLocale().toString(time.time(), short) if is_today else QLocale().toString(time, short)


def moved(report: MoveReport, uri: str) -> str:
    """Return what building the new search index did."""
    text = translate("IndexMessages", "Done: {place} answers now, with {photos}, built in {seconds} s.")
    count = QLocale().toString(max(1, round(report.seconds)))
    done = text.format(place=messages.back_end(uri), photos=messages.photos(report.photos), seconds=count)
    if report.remembered:
        return done
    forgotten = translate(
        "IndexMessages",
        "This system has no keyring that could keep the password: at the next start, give it in the settings or in "
        "SEMBLANCE_MILVUS_TOKEN.",
    )
    return f"{done} {forgotten}"


def move_stopped() -> str:
    """Return what has become of a new search index that was stopped."""
    return translate(
        "IndexMessages",
        "Stopped; the index in use stays. What was built of the new one is kept, so you can go on later.",
    )


def not_moved(reason: str) -> str:
    """Return why the new search index was not built, and that nothing is lost."""
    return translate("IndexMessages", "{reason} The index in use stays.").format(reason=reason)


def connection(report: ConnectionReport) -> str:
    """Return what a server answered to a test."""
    text = translate("IndexMessages", "Milvus {version} answered in {latency} ms and {photos}.")
    if report.photos is None:
        has = translate("IndexMessages", "has no photos of this model yet")
    else:
        has = translate("IndexMessages", "has {photos} of this model").format(photos=messages.photos(report.photos))
    latency = QLocale().toString(max(1, round(report.latency_ms)))
    return text.format(version=report.version, latency=latency, photos=has)


def no_address() -> str:
    """Return what an empty address should be."""
    return translate("IndexMessages", "Give the address of the server, such as http://192.168.1.20:19530.")


def bad_address() -> str:
    """Return what an address has to look like."""
    return translate("IndexMessages", "The address has to be http://host:port, or https://host:port with encryption.")


def secret_in_address() -> str:
    """Return where a password belongs."""
    return translate("IndexMessages", "Give user and password in the fields below, not in the address.")


def half_a_sign_in() -> str:
    """Return what belongs to a user or a password that is alone."""
    return translate(
        "IndexMessages", "Give both user and password, or leave both empty to use those kept in the keyring."
    )


def colon_in_user() -> str:
    """Return what a user cannot be called."""
    return translate("IndexMessages", "The name of a user has no colon in it.")


def about_type(name: str) -> str:
    """Return what an index type is good for; an empty name is the automatic choice."""
    match name:
        case "":
            return translate(
                "IndexMessages", "Chosen by where the index is and how many photos it has. Right for most."
            )
        case "FLAT":
            return translate("IndexMessages", "Compares every photo: exact, and slower the more photos there are.")
        case "IVF_FLAT":
            return translate(
                "IndexMessages",
                "Sorts photos into nlist groups and compares the nprobe closest: fast for some 100,000 photos. The "
                "larger nprobe is, the fewer photos are missed.",
            )
        case "IVF_SQ8":
            return translate(
                "IndexMessages",
                "As IVF_FLAT, in a quarter of the memory: for large libraries on small computers. Differences between "
                "very close photos are rounded.",
            )
        case "HNSW":
            return translate(
                "IndexMessages",
                "A graph between photos: the fastest for very many photos, takes the most memory and the longest to "
                "build. The larger M and ef are, the fewer photos are missed.",
            )
        case _:
            return ""


def about_metric() -> str:
    """Return what the choice of a metric changes."""
    return translate(
        "IndexMessages",
        "All three find the same photos in the same order, with the same scores. IP is the fastest; COSINE and L2 are "
        "there for other programs that read the same collection.",
    )


def found_elsewhere(root: RemoteFolder) -> str:
    """Return what to do about photos in a folder of another computer."""
    text = translate(
        "IndexMessages",
        "Some of these photos are on {origin}. If this computer reaches that folder too, say where it is.",
    )
    return text.format(origin=one_line(root.origin))


def is_elsewhere(root: RemoteFolder) -> str:
    """Return why a photo of another computer cannot be opened, and what to do."""
    text = translate(
        "IndexMessages",
        "This photo is on {origin}. If this computer reaches that folder too, say where it is; then it opens.",
    )
    return text.format(origin=one_line(root.origin))


def where_is(root: RemoteFolder) -> str:
    """Return the question for the place of a folder of another computer."""
    return translate("IndexMessages", "Where on this computer is {origin}?").format(origin=one_line(root.origin))


def place(hit: Hit) -> str:
    """Return where a photo is: its path, after the computer and folder where it is not on this one."""
    return f"{one_line(hit.remote.origin)}: {shown(hit.path)}" if hit.remote else shown(hit.path)


def name(hit: Hit) -> str:
    """Return the name of a photo's file."""
    return shown(Path(hit.path.name))
