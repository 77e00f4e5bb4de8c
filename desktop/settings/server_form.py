"""The fields that say which Milvus server to use and how to sign in there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QDir, Qt, Signal
from PySide6.QtWidgets import QComboBox, QFormLayout, QHBoxLayout, QLabel, QLineEdit, QPushButton, QSizePolicy, QWidget

from desktop.settings.server_address import cleaned, trouble_with, without_secret
from desktop.texts import index_messages, labels
from desktop.widgets import colours, file_dialogs

if TYPE_CHECKING:
    from core.library.settings import IndexSettings

WITH_PASSWORD, WITH_KEY = range(2)


class ServerForm(QWidget):
    """Address, sign-in, database and certificates of a server. Secrets are neither shown nor filled in."""

    edited = Signal()

    def __init__(self, settings: IndexSettings) -> None:
        """Show the server of these settings."""
        super().__init__()
        self.address = QLineEdit(without_secret(settings.uri), placeholderText="http://localhost:19530")
        self.sign_in = QComboBox()
        self.sign_in.addItems([labels.tr(labels.WITH_PASSWORD), labels.tr(labels.WITH_KEY)])
        self.user = QLineEdit()
        self.password, self.key = _secret(), _secret()
        self.database = QLineEdit(settings.database, placeholderText=labels.tr(labels.USUAL_DATABASE))
        self.certificates = QLineEdit(settings.ca_file, placeholderText=labels.tr(labels.USUAL_CERTIFICATES))
        self._address_trouble, self._sign_in_trouble = _sentence(), _sentence()
        self._form = QFormLayout(self)
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        self._form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        self._lay_out()
        for field in (self.address, self.user, self.password, self.key, self.database, self.certificates):
            field.textChanged.connect(self._look)
        self.sign_in.currentIndexChanged.connect(self._look)
        self._look()

    @property
    def token(self) -> str:
        """Return what was given to sign in with, as Milvus takes it; nothing where nothing was given."""
        if self.sign_in.currentIndex() == WITH_KEY:
            return self.key.text().strip()
        user, password = self.user.text().strip(), self.password.text()
        return f"{user}:{password}" if user and password else ""

    @property
    def is_complete(self) -> bool:
        """Tell whether a server can be asked for with what was given."""
        return not trouble_with(cleaned(self.address.text())) and not self._trouble_with_sign_in()

    def settings(self, before: IndexSettings) -> IndexSettings:
        """Return settings with the server that was given in them."""
        return replace(
            before,
            uri=cleaned(self.address.text()),
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
        form.addRow("", self._address_trouble)
        form.addRow(labels.tr(labels.SIGN_IN), self.sign_in)
        form.addRow(labels.tr(labels.USER), self.user)
        form.addRow(labels.tr(labels.PASSWORD), self.password)
        form.addRow(labels.tr(labels.KEY), self.key)
        form.addRow("", self._sign_in_trouble)
        form.addRow(labels.tr(labels.DATABASE), self.database)
        buddy = QLabel(labels.tr(labels.CERTIFICATES))
        buddy.setBuddy(self.certificates)
        form.addRow(buddy, certificates)

    def _look(self) -> None:
        """Show what is wrong with what was given, and the fields that belong to the way of signing in."""
        with_key = self.sign_in.currentIndex() == WITH_KEY
        for field, shown in ((self.user, not with_key), (self.password, not with_key), (self.key, with_key)):
            self._form.setRowVisible(field, shown)
        address = cleaned(self.address.text())
        self._tell(self._address_trouble, self.address, trouble_with(address), calm=not address)
        self._tell(self._sign_in_trouble, self.user, self._trouble_with_sign_in(), calm=False)
        self.edited.emit()

    def _tell(self, sentence: QLabel, field: QLineEdit, trouble: str, *, calm: bool) -> None:
        palette = self.palette()
        colour = colours.quiet(palette) if calm else colours.warning(palette)
        palette.setColor(palette.ColorRole.WindowText, colour)
        sentence.setPalette(palette)
        sentence.setText(trouble)
        field.setAccessibleDescription(trouble)
        self._form.setRowVisible(sentence, bool(trouble))

    def _trouble_with_sign_in(self) -> str:
        if self.sign_in.currentIndex() == WITH_KEY:
            return ""
        user, password = self.user.text().strip(), self.password.text()
        if ":" in user:
            return index_messages.colon_in_user()
        return "" if bool(user) == bool(password) else index_messages.half_a_sign_in()

    def _browse(self) -> None:
        chosen = self.certificates.text().strip()
        start = Path(chosen).parent if chosen else Path(QDir.homePath())
        title = labels.tr(labels.CHOOSE_CERTIFICATES_TITLE)
        file_dialogs.ask_for_file(self, title, start, lambda file: self.certificates.setText(str(file)))


def _secret() -> QLineEdit:
    field = QLineEdit(placeholderText=labels.tr(labels.KEPT_SECRET))
    field.setEchoMode(QLineEdit.EchoMode.Password)
    return field


def _sentence() -> QLabel:
    sentence = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
    sentence.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
    return sentence
