"""Run the window program: create the Qt application, event loop, window and engine, and close them in order."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import sys
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale
from PySide6.QtGui import QIcon
from qasync import QEventLoop

from desktop.main_window import MainWindow
from desktop.photos.thumbnails import Thumbnails
from desktop.search.query import of_file
from desktop.shell.window_state import WindowState
from desktop.startup.application import Application
from desktop.startup.single_instance import Request, Requests, bring_to_front
from desktop.tasks import Tasks
from desktop.widgets.placeholder import ICON

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import TracebackType

    from core.library.settings import Settings
    from desktop.controller import Controller
    from desktop.engine_port import EnginePort

NAME = "Semblance"
DESKTOP_FILE = "app.semblance.Semblance"
FIRST_PAINT_S = 0.5

logger = logging.getLogger(__name__)


def run(
    version: str, library: Path, settings: Settings, token: str, query: Path | None, screenshot: Path | None = None
) -> int:
    """Show the window until it is closed, and return the exit status.

    With `screenshot`, search with `query`, save a picture of the window and its results to that file, and exit.
    """
    app = application(version)
    picture = query.absolute() if query else None
    with asyncio.Runner(loop_factory=lambda: QEventLoop(app)) as runner:
        return runner.run(show(library, partial(_engine, library, settings, token), picture, screenshot))


async def show(
    library: Path, make_engine: Callable[[], EnginePort], query: Path | None, screenshot: Path | None = None
) -> int:
    """Show the window, then create the engine and open the library. Return the exit status after the window closes.

    The engine is created late because importing it takes longer than showing the window.
    """
    tasks = Tasks()
    thumbnails = Thumbnails(tasks)
    window = MainWindow(WindowState(library))
    shell = window.shell
    tasks.failed.connect(shell.banner.show_message)
    closed = asyncio.Event()
    window.closed.connect(closed.set)
    window.closed.connect(tasks.cancel_all)
    with _errors_reported_to(tasks), _signals_closing(window):
        await _show_first(window)
        logger.info("The window is visible")
        from desktop.controller import Controller  # imported late, like the engine: the features take longer to load

        engine = make_engine()
        controller = Controller(engine, shell, thumbnails, tasks)
        try:
            controller.open(query, watch=screenshot is None)
            if screenshot:
                return await _save_picture(window, controller, screenshot)
            with _requests_answered(library, window, controller), _pictures_opened(window, controller):
                await closed.wait()
        finally:
            window.hide()
            await tasks.close()
            await engine.close()
    return 0


def application(version: str) -> Application:
    """Create and configure the Qt application. A process can have only one."""
    app = Application(sys.argv[:1])
    app.setApplicationName(NAME)
    app.setApplicationDisplayName(NAME)
    app.setApplicationVersion(version)
    app.setDesktopFileName(DESKTOP_FILE)
    app.setWindowIcon(QIcon(str(ICON)))
    app.setQuitOnLastWindowClosed(False)  # otherwise the event loop would end before the engine is closed
    if QLocale().language() is QLocale.Language.C:
        QLocale.setDefault(QLocale(QLocale.Language.English))
    return app


def _engine(library: Path, settings: Settings, token: str) -> EnginePort:
    from core.engine import Engine  # imported late: its dependencies take longer to load than the window

    return Engine(library, settings, token)


async def _show_first(window: MainWindow) -> None:
    painted = asyncio.Event()
    window.painted.connect(painted.set)
    window.show()
    with contextlib.suppress(TimeoutError):  # a window that starts minimised is never painted
        async with asyncio.timeout(FIRST_PAINT_S):
            await painted.wait()


async def _save_picture(window: MainWindow, controller: Controller, screenshot: Path) -> int:
    await controller.complete()
    if window.isHidden():
        return 1  # the user closed it
    for banner in (window.shell.notice, window.shell.banner):
        if not banner.isHidden():
            logger.error("No screenshot was taken, because the window shows a problem: %s", banner.text)
            return 1
    if not window.grab().save(str(screenshot)):
        logger.error("The screenshot cannot be written to %s.", screenshot)
        return 1
    return 0


@contextlib.contextmanager
def _requests_answered(library: Path, window: MainWindow, controller: Controller) -> Iterator[None]:
    def answer(request: Request) -> None:
        bring_to_front(window, request.activation)
        if request.picture:
            controller.search(of_file(request.picture))

    requests = Requests(library)
    requests.received.connect(answer)
    # This action is enabled once the library is open. Until then, another window may own the library and listen.
    window.shell.actions.paste.enabledChanged.connect(requests.listen)
    window.closed.connect(requests.close)
    try:
        yield
    finally:
        requests.close()


@contextlib.contextmanager
def _pictures_opened(window: MainWindow, controller: Controller) -> Iterator[None]:
    app, paste = Application.instance(), window.shell.actions.paste
    assert isinstance(app, Application)

    def search() -> None:
        # The action is enabled once the library is open.
        if paste.isEnabled() and (picture := app.take_picture()):
            bring_to_front(window, "")
            controller.search(of_file(picture))

    app.picture_waiting.connect(search)
    paste.enabledChanged.connect(search)
    try:
        yield
    finally:
        app.picture_waiting.disconnect(search)
        paste.enabledChanged.disconnect(search)


@contextlib.contextmanager
def _errors_reported_to(tasks: Tasks) -> Iterator[None]:
    def from_slot(_: type[BaseException], error: BaseException, __: TracebackType | None) -> None:
        tasks.report(error)

    def from_loop(_: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
        error = context.get("exception")
        tasks.report(error if isinstance(error, BaseException) else RuntimeError(str(context.get("message"))))

    loop, hook = asyncio.get_running_loop(), sys.excepthook
    handler = loop.get_exception_handler()
    sys.excepthook = from_slot
    loop.set_exception_handler(from_loop)
    try:
        yield
    finally:
        sys.excepthook = hook
        loop.set_exception_handler(handler)


@contextlib.contextmanager
def _signals_closing(window: MainWindow) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    signals = (signal.SIGINT, signal.SIGTERM) if sys.platform != "win32" else ()
    for number in signals:
        loop.add_signal_handler(number, window.close)
    try:
        yield
    finally:
        for number in signals:
            loop.remove_signal_handler(number)
