"""The fixed texts of the window: buttons, menus and empty pages. `tr` gives them in the user's language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

if TYPE_CHECKING:  # the stubs say that a text becomes an object

    def QT_TRANSLATE_NOOP(context: str, text: str, /) -> str:
        """Mark a text for translation."""

else:
    from PySide6.QtCore import QT_TRANSLATE_NOOP

CONTEXT = "Labels"


def tr(text: str) -> str:
    """Return one of the texts below in the user's language."""
    return QCoreApplication.translate(CONTEXT, text)


FILE_MENU = QT_TRANSLATE_NOOP("Labels", "&File")
SEARCH_MENU = QT_TRANSLATE_NOOP("Labels", "&Search")
PHOTO_MENU = QT_TRANSLATE_NOOP("Labels", "&Photo")
ADD_FOLDER = QT_TRANSLATE_NOOP("Labels", "Add photo &folder\N{HORIZONTAL ELLIPSIS}")
UPDATE_LIBRARY = QT_TRANSLATE_NOOP("Labels", "&Update library")
STOP_INDEXING = QT_TRANSLATE_NOOP("Labels", "&Stop indexing")
SHOW_FAILURES = QT_TRANSLATE_NOOP("Labels", "Photos that could not be &read\N{HORIZONTAL ELLIPSIS}")
QUIT = QT_TRANSLATE_NOOP("Labels", "&Quit")
OPEN_PICTURE = QT_TRANSLATE_NOOP("Labels", "&Find like a picture\N{HORIZONTAL ELLIPSIS}")
PASTE_PICTURE = QT_TRANSLATE_NOOP("Labels", "Find like the &copied picture")
OPEN_PHOTO = QT_TRANSLATE_NOOP("Labels", "&Open")
SHOW_IN_FOLDER = QT_TRANSLATE_NOOP("Labels", "&Show in folder")
COPY_PATH = QT_TRANSLATE_NOOP("Labels", "&Copy path")
MORE_LIKE_THIS = QT_TRANSLATE_NOOP("Labels", "&Find more like this")

CHOOSE_FOLDER = QT_TRANSLATE_NOOP("Labels", "Choose photo folder\N{HORIZONTAL ELLIPSIS}")
WELCOME = QT_TRANSLATE_NOOP("Labels", "Find the photos that look like a picture")
WELCOME_HINT = QT_TRANSLATE_NOOP(
    "Labels", "Choose the folder with your photos, or drop it here. They stay where they are and are never changed."
)
READY = QT_TRANSLATE_NOOP("Labels", "Search with a picture")
READY_HINT = QT_TRANSLATE_NOOP(
    "Labels", "Drop a picture anywhere in this window, paste it with {paste}, or open it with {open}."
)
NOTHING_FOUND = QT_TRANSLATE_NOOP("Labels", "There is no photo to show yet")
NOTHING_FOUND_HINT = QT_TRANSLATE_NOOP("Labels", "Photos can be found as soon as they are indexed.")
DROP = QT_TRANSLATE_NOOP("Labels", "Drop a picture to find photos like it, or a folder to add its photos")

QUERY = QT_TRANSLATE_NOOP("Labels", "Picture to compare")
NO_QUERY = QT_TRANSLATE_NOOP("Labels", "Drop a picture here")
OPEN_BUTTON = QT_TRANSLATE_NOOP("Labels", "Open picture\N{HORIZONTAL ELLIPSIS}")
PASTE_BUTTON = QT_TRANSLATE_NOOP("Labels", "Paste")
SEARCHING = QT_TRANSLATE_NOOP("Labels", "Searching\N{HORIZONTAL ELLIPSIS}")
PASTED_PICTURE = QT_TRANSLATE_NOOP("Labels", "Pasted picture")
DROPPED_PICTURE = QT_TRANSLATE_NOOP("Labels", "Dropped picture")
RESULTS = QT_TRANSLATE_NOOP("Labels", "Photos found, best first")
NOT_SHOWN = QT_TRANSLATE_NOOP("Labels", "cannot be shown")

CANCEL = QT_TRANSLATE_NOOP("Labels", "Cancel")
CLOSE = QT_TRANSLATE_NOOP("Labels", "Close")
STARTING = QT_TRANSLATE_NOOP("Labels", "Getting ready\N{HORIZONTAL ELLIPSIS}")
STOPPING = QT_TRANSLATE_NOOP("Labels", "Stopping\N{HORIZONTAL ELLIPSIS}")
OPENING = QT_TRANSLATE_NOOP("Labels", "Opening the library\N{HORIZONTAL ELLIPSIS}")
NOT_OPEN = QT_TRANSLATE_NOOP("Labels", "The library is not open")
PROBLEM = QT_TRANSLATE_NOOP("Labels", "Problem")
DISMISS = QT_TRANSLATE_NOOP("Labels", "Dismiss this message (Esc)")
INDEXING = QT_TRANSLATE_NOOP("Labels", "Indexing")
CHOOSE_PICTURE_TITLE = QT_TRANSLATE_NOOP("Labels", "Find photos like a picture")
CHOOSE_FOLDER_TITLE = QT_TRANSLATE_NOOP("Labels", "Choose a folder with photos")
FAILURES_TITLE = QT_TRANSLATE_NOOP("Labels", "Photos that could not be read")
COPY_LIST = QT_TRANSLATE_NOOP("Labels", "&Copy")
