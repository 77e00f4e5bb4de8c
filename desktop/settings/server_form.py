"""The form for the address of a Milvus server and how to sign in."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QDir, Signal
from PySide6.QtWidgets import QComboBox, QFormLayout, QHBoxLayout, QLabel, QLineEdit, QPushButton, QWidget

from desktop.settings.server_address import address_error, normalise, without_credentials
from desktop.texts import index_messages, labels
from desktop.widgets import file_dialogs
from desktop.widgets.error_line import ErrorLine

if TYPE_CHECKING:
    from core.library.settings import IndexSettings

WITH_PASSWORD, WITH_KEY = range(2)


class ServerForm(QWidget):
    """Fields for the address, sign-in, database and certificates of a server.

    The fields for secrets start empty: a saved password or key is never shown. `edited` is emitted after every change.
    """

    edited = Signal()

    def __init__(self, settings: IndexSettings) -> None:
        super().__init__()
        self.address = QLineEdit(without_credentials(settings.uri), placeholderText="http://localhost:19530")
        self.sign_in = QComboBox()
        self.sign_in.addItems([labels.tr(labels.WITH_PASSWORD), labels.tr(labels.WITH_KEY)])
        self.user = QLineEdit()
        self.password, self.key = _secret_field(), _secret_field()
        self.database = QLineEdit(settings.database, placeholderText=labels.tr(labels.DEFAULT_DATABASE))
        self.certificates = QLineEdit(settings.ca_file, placeholderText=labels.tr(labels.DEFAULT_CERTIFICATES))
        self._address_error, self._sign_in_error = ErrorLine(), ErrorLine()
        self._form = QFormLayout(self)
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        self._form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        self._lay_out()
        for field in (self.address, self.user, self.password, self.key, self.database, self.certificates):
            field.textChanged.connect(self._validate)
        self.sign_in.currentIndexChanged.connect(self._validate)
        self._validate()

    @property
    def token(self) -> str:
        """Return the entered credentials in the form that Milvus expects. It is empty if they are not complete."""
        if self.sign_in.currentIndex() == WITH_KEY:
            return self.key.text().strip()
        user, password = self.user.text().strip(), self.password.text()
        return f"{user}:{password}" if user and password else ""

    @property
    def is_complete(self) -> bool:
        """Return whether the address and the sign-in are complete and valid."""
        return not address_error(normalise(self.address.text())) and not self._check_sign_in()

    def settings(self, base: IndexSettings) -> IndexSettings:
        """Return a copy of `base` with the entered server."""
        return replace(
            base,
            uri=normalise(self.address.text()),
            database=self.database.text().strip(),
            ca_file=self.certificates.text().strip(),
        )

    def _lay_out(self) -> None:
        browse = QPushButton(labels.tr(labels.BROWSE))
        browse.clicked.connect(self._browse)
        certificates = QHBoxLayout()
        certificates.addWidget(self.certificates, 1)
        certificates.addWidget(browse)
        form = self._form
        form.addRow(labels.tr(labels.ADDRESS), self.address)
        form.addRow("", self._address_error)
        form.addRow(labels.tr(labels.SIGN_IN), self.sign_in)
        form.addRow(labels.tr(labels.USER), self.user)
        form.addRow(labels.tr(labels.PASSWORD), self.password)
        form.addRow(labels.tr(labels.KEY), self.key)
        form.addRow("", self._sign_in_error)
        form.addRow(labels.tr(labels.DATABASE), self.database)
        buddy = QLabel(labels.tr(labels.CERTIFICATES))
        buddy.setBuddy(self.certificates)
        form.addRow(buddy, certificates)

    def _validate(self) -> None:
        """Show the fields for the selected way to sign in, and what is wrong with the entered values."""
        with_key = self.sign_in.currentIndex() == WITH_KEY
        for field, shown in ((self.user, not with_key), (self.password, not with_key), (self.key, with_key)):
            self._form.setRowVisible(field, shown)
        address, sign_in_error = normalise(self.address.text()), self._check_sign_in()
        error = address_error(address)
        if address:
            self._address_error.show_error(error)
        else:
            self._address_error.show_hint(error)
        self._sign_in_error.show_error(sign_in_error)
        self.address.setAccessibleDescription(error)
        self.user.setAccessibleDescription(sign_in_error)
        self.edited.emit()

    def _check_sign_in(self) -> str:
        if self.sign_in.currentIndex() == WITH_KEY:
            return ""
        user, password = self.user.text().strip(), self.password.text()
        if ":" in user:
            return index_messages.colon_in_user()
        return "" if bool(user) == bool(password) else index_messages.incomplete_sign_in()

    def _browse(self) -> None:
        current = self.certificates.text().strip()
        start = Path(current).parent if current else Path(QDir.homePath())
        title = labels.tr(labels.CHOOSE_CERTIFICATES_TITLE)
        file_dialogs.ask_for_file(self, title, start, lambda file: self.certificates.setText(str(file)))


def _secret_field() -> QLineEdit:
    field = QLineEdit(placeholderText=labels.tr(labels.SAVED_SECRET))
    field.setEchoMode(QLineEdit.EchoMode.Password)
    return field
