"""Test actions in the settings dialog."""

from __future__ import annotations

from typing import TYPE_CHECKING

from desktop.settings.dialog import SettingsDialog

if TYPE_CHECKING:
    from tests.helpers.desktop.window_driver import WindowFixture

URI = "http://milvus.example:19530"
SECRET = "s3cret"


def open_dialog(ui: WindowFixture) -> SettingsDialog:
    ui.shell.actions.settings.trigger()
    dialog = ui.window.findChild(SettingsDialog)
    assert dialog
    return dialog


def fill_in(dialog: SettingsDialog, uri: str = URI, user: str = "root", password: str = SECRET) -> None:
    dialog.page.on_server.setChecked(True)
    server = dialog.page.server
    server.address.setText(uri)
    server.user.setText(user)
    server.password.setText(password)
