"""Messages about the search index, Milvus servers, and photos on other computers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QDateTime, QLocale

from core.reports import Progress, Stage
from desktop.paths import one_line
from desktop.texts import messages, run_messages

if TYPE_CHECKING:
    from core.reports import ConnectionReport, IndexState, MoveReport
    from core.types import RemoteFolder

translate = QCoreApplication.translate


def building(value: Progress) -> str:
    """Return one line on the progress of building another search index."""
    if value.stage is not Stage.COPYING:
        return run_messages.progress(value)
    if not value.total:
        return translate("IndexMessages", "Building the new search index\N{HORIZONTAL ELLIPSIS}")
    text = translate("IndexMessages", "Building the new search index: {done} of {total} photos")
    number = QLocale().toString
    return text.format(done=number(value.done), total=number(value.total))


def catching_up(value: IndexState) -> str:
    """Return how far the search index has caught up with the catalog, and that searching works meanwhile."""
    text = translate("IndexMessages", "{progress} (you can search meanwhile)")
    return text.format(progress=run_messages.progress(Progress(Stage.COPYING, value.done, value.total)))


def unreachable(value: IndexState) -> str:
    """Return since when the search index has been unreachable, and what continues meanwhile."""
    text = translate(
        "IndexMessages",
        "{reason} The search index has been unreachable since {time}. Semblance keeps trying. Indexing continues.",
    )
    return text.format(reason=value.reason, time=moment(value.since))


def moment(seconds: float) -> str:
    """Return a time of day, preceded by the date unless that is today."""
    time = QDateTime.fromSecsSinceEpoch(int(seconds))
    is_today = time.date() == QDateTime.currentDateTime().date()
    short = QLocale.FormatType.ShortFormat
    return QLocale().toString(time.time(), short) if is_today else QLocale().toString(time, short)


def moved(report: MoveReport, uri: str) -> str:
    """Return the result of building another search index, and whether the password could not be saved."""
    text = translate(
        "IndexMessages", "Done: searches now use {location}, which holds {photos}. Building it took {seconds} s."
    )
    count = QLocale().toString(max(1, round(report.seconds)))
    done = text.format(location=messages.back_end(uri), photos=messages.photos(report.photos), seconds=count)
    if report.remembered:
        return done
    not_saved = translate(
        "IndexMessages",
        "The password could not be saved, because this system has no keyring. At the next start, enter it in the "
        "settings or set SEMBLANCE_MILVUS_TOKEN.",
    )
    return f"{done} {not_saved}"


def move_stopped() -> str:
    """Return what happens after building another search index was stopped."""
    return translate(
        "IndexMessages",
        "Stopped. Searches still use the current index. The unfinished new one is kept, so you can resume.",
    )


def not_moved(reason: str) -> str:
    """Return why another search index could not be built, and that the current one stays in use."""
    return translate("IndexMessages", "{reason} Searches still use the current index.").format(reason=reason)


def connection(report: ConnectionReport) -> str:
    """Return the result of a successful connection test."""
    text = translate("IndexMessages", "Milvus {version} answered in {latency} ms. {photos}")
    if report.photos is None:
        content = translate("IndexMessages", "It has no photos indexed with this model yet.")
    else:
        content = translate("IndexMessages", "It has {photos} indexed with this model.").format(
            photos=messages.photos(report.photos)
        )
    latency = QLocale().toString(max(1, round(report.latency_ms)))
    return text.format(version=report.version, latency=latency, photos=content)


def no_address() -> str:
    """Return the message for an empty server address."""
    return translate("IndexMessages", "Enter the address of the server, such as http://192.168.1.20:19530.")


def bad_address() -> str:
    """Return the message for a server address in the wrong form."""
    return translate(
        "IndexMessages", "The address must be http://host:port, or https://host:port for an encrypted connection."
    )


def secret_in_address() -> str:
    """Return the message for a server address that contains a password."""
    return translate("IndexMessages", "Enter the user name and password in the fields below, not in the address.")


def incomplete_sign_in() -> str:
    """Return the message for a user name without a password, or a password without a user name."""
    return translate(
        "IndexMessages", "Enter both user name and password, or leave both empty to use the ones saved in the keyring."
    )


def colon_in_user() -> str:
    """Return the message for a user name with a colon in it."""
    return translate("IndexMessages", "A user name cannot contain a colon.")


def about_type(name: str) -> str:
    """Return what an index type is good for. An empty name stands for the automatic choice."""
    match name:
        case "":
            return translate(
                "IndexMessages",
                "Semblance chooses the type by the location of the index and the number of photos. Right for most "
                "libraries.",
            )
        case "FLAT":
            return translate("IndexMessages", "Compares every photo. Exact, but slower the more photos there are.")
        case "IVF_FLAT":
            return translate(
                "IndexMessages",
                "Sorts photos into nlist groups and searches the nprobe closest groups. Fast for about 100,000 photos. "
                "A larger nprobe misses fewer photos.",
            )
        case "IVF_SQ8":
            return translate(
                "IndexMessages",
                "Like IVF_FLAT, but with a quarter of the memory. For large libraries on small computers. Very "
                "similar photos may be ranked less exactly.",
            )
        case "HNSW":
            return translate(
                "IndexMessages",
                "Links similar photos in a graph. Fastest for very many photos, but takes the most memory and the "
                "longest to build. Larger values of M and ef miss fewer photos.",
            )
        case _:
            return ""


def about_metric() -> str:
    """Return what the choice of a metric means."""
    return translate(
        "IndexMessages",
        "All three find the same photos in the same order, with the same scores. IP is the fastest. COSINE and L2 are "
        "for other programs that read the same collection.",
    )


def remote_hits(root: RemoteFolder) -> str:
    """Return what to do about results that are in a folder of another computer."""
    text = translate(
        "IndexMessages",
        "Some of these photos are on {origin}. If this computer can reach that folder, locate it to open them.",
    )
    return text.format(origin=one_line(root.origin))


def remote_photo(root: RemoteFolder) -> str:
    """Return why a photo on another computer cannot be opened, and what to do."""
    text = translate(
        "IndexMessages",
        "This photo is on {origin}. If this computer can reach that folder, locate it to open the photo.",
    )
    return text.format(origin=one_line(root.origin))


def locate(root: RemoteFolder) -> str:
    """Return the title of the dialog that locates a folder of another computer on this one."""
    return translate("IndexMessages", "Locate {origin} on this computer").format(origin=one_line(root.origin))
