"""A window of another program, from which files can be dragged.

    python tests/integration/drag_source.py LEFT TOP FILE...

A press of the mouse anywhere in the window begins to drag the files.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QDrag, QMouseEvent
from PySide6.QtWidgets import QApplication, QLabel

from desktop.paths import to_url

SIDE = 120


class DragSource(QLabel):
    """Drags files when it is pressed."""

    def __init__(self, files: list[Path]) -> None:
        super().__init__("Drag from here")
        self._files = files
        self.setFixedSize(SIDE, SIDE)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        event.accept()

    def mouseMoveEvent(self, _: QMouseEvent) -> None:  # noqa: N802
        drag, mime = QDrag(self), QMimeData()
        mime.setUrls([to_url(file) for file in self._files])
        drag.setMimeData(mime)
        drag.exec(Qt.DropAction.CopyAction)


if __name__ == "__main__":
    app = QApplication(sys.argv[:1])
    source = DragSource([Path(name) for name in sys.argv[3:]])
    source.setWindowFlag(Qt.WindowType.X11BypassWindowManagerHint)
    source.move(int(sys.argv[1]), int(sys.argv[2]))
    source.show()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.exit(app.exec())
