"""Tells the user about newer versions of the program, if the user wants that."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QAction
from PySide6.QtNetwork import QNetworkAccessManager

from desktop.help.releases import ADDRESS, Release, UpdateCheckError, is_newer, newest
from desktop.opening import open_url
from desktop.texts import help_messages, labels

if TYPE_CHECKING:
    from desktop.help.preferences import UpdatePreferences
    from desktop.shell.shell import Shell
    from desktop.tasks import Tasks

CHECK = "check for updates"
AUTOMATIC_CHECK = "check for updates automatically"

logger = logging.getLogger(__name__)


class UpdateCheck(QObject):
    """Asks for the newest version when the user wants it and, if the user has turned that on, when the program starts.

    The automatic check is done at most once a day, but repeated at the next start if it got no valid answer.
    Only a check that the user asked for reports that it failed, or that there is nothing newer.
    """

    def __init__(
        self, shell: Shell, tasks: Tasks, version: str, preferences: UpdatePreferences, address: str = ADDRESS
    ) -> None:
        super().__init__()
        self._shell, self._tasks, self._preferences = shell, tasks, preferences
        self._version, self._address = version, address
        self._network = QNetworkAccessManager(self)
        self._page = QUrl()
        self.check_now = QAction(labels.tr(labels.CHECK_FOR_UPDATES), self)
        self.check_now.triggered.connect(self._start)
        self.automatic = QAction(labels.tr(labels.TELL_ABOUT_UPDATES), self, checkable=True)
        self.automatic.setChecked(preferences.is_automatic)
        self.automatic.toggled.connect(self._set_automatic)
        self._show_page = QAction(labels.tr(labels.SHOW_WHAT_IS_NEW), self)
        self._show_page.triggered.connect(self._open_page)
        self._not_now = QAction(labels.tr(labels.NOT_NOW), self)
        self._not_now.triggered.connect(shell.banner.hide)

    def start_if_due(self) -> None:
        """Start the automatic check, unless it is turned off or got its answer less than a day ago."""
        if self._preferences.is_due(time.time()):
            self._tasks.start(AUTOMATIC_CHECK, self._check_quietly())

    def _set_automatic(self, is_automatic: bool) -> None:
        self._preferences.is_automatic = is_automatic
        self.start_if_due()

    def _start(self) -> None:
        self._shell.banner.show_hint(labels.tr(labels.CHECKING_FOR_UPDATES))
        self._tasks.start(CHECK, self._check())

    async def _check(self) -> None:
        release = await newest(self._network, self._address)
        if is_newer(release.version, self._version):
            self._offer(release)
        else:
            self._shell.banner.show_hint(help_messages.up_to_date(self._version))

    async def _check_quietly(self) -> None:
        try:
            release = await newest(self._network, self._address)
        except UpdateCheckError as error:
            logger.info("%s", error)
            return
        self._preferences.note_check(time.time())
        # A message that is shown is more important.
        if is_newer(release.version, self._version) and self._shell.banner.isHidden():
            self._offer(release)

    def _offer(self, release: Release) -> None:
        self._page = release.page
        text = help_messages.newer_version(release.version, self._version)
        self._shell.banner.show_hint(text, self._show_page, self._not_now)

    def _open_page(self) -> None:
        self._shell.banner.hide()
        if not open_url(self._page):
            self._shell.banner.show_message(help_messages.no_browser(self._page.toString()))
