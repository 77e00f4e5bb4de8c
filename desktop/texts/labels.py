"""The fixed texts of the window: menus, buttons, titles and hints. `tr` translates them into the user's language.

An `&` marks the letter that activates a menu entry or field together with Alt.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

if TYPE_CHECKING:  # PySide's type stubs wrongly say that QT_TRANSLATE_NOOP returns an object

    def QT_TRANSLATE_NOOP(context: str, text: str, /) -> str:
        """Mark a text for translation."""

else:
    from PySide6.QtCore import QT_TRANSLATE_NOOP

CONTEXT = "Labels"


def tr(text: str) -> str:
    """Return one of the texts below, translated into the user's language."""
    return QCoreApplication.translate(CONTEXT, text)


FILE_MENU = QT_TRANSLATE_NOOP("Labels", "&File")
SEARCH_MENU = QT_TRANSLATE_NOOP("Labels", "&Search")
PHOTO_MENU = QT_TRANSLATE_NOOP("Labels", "&Photo")
VIEW_MENU = QT_TRANSLATE_NOOP("Labels", "&View")
APPEARANCE = QT_TRANSLATE_NOOP("Labels", "&Appearance")
AS_THE_SYSTEM = QT_TRANSLATE_NOOP("Labels", "As the &system")
LIGHT = QT_TRANSLATE_NOOP("Labels", "&Light")
DARK = QT_TRANSLATE_NOOP("Labels", "&Dark")
HELP_MENU = QT_TRANSLATE_NOOP("Labels", "&Help")
PAGES = QT_TRANSLATE_NOOP("Labels", "Pages")
LIBRARY_PAGE = QT_TRANSLATE_NOOP("Labels", "&Library")
LIBRARY_PHOTOS = QT_TRANSLATE_NOOP("Labels", "All photos, newest first")
NO_PHOTOS = QT_TRANSLATE_NOOP("Labels", "No photos yet")
NO_PHOTOS_HINT = QT_TRANSLATE_NOOP("Labels", "They appear here while they are being indexed.")
NO_DATE = QT_TRANSLATE_NOOP("Labels", "Without a date")
SEARCH_PAGE = QT_TRANSLATE_NOOP("Labels", "&Search")
ADD_FOLDER = QT_TRANSLATE_NOOP("Labels", "&Add folder\N{HORIZONTAL ELLIPSIS}")
UPDATE_LIBRARY = QT_TRANSLATE_NOOP("Labels", "&Update library")
PAUSE_INDEXING = QT_TRANSLATE_NOOP("Labels", "&Pause indexing")
RESUME_INDEXING = QT_TRANSLATE_NOOP("Labels", "&Resume indexing")
STOP_INDEXING = QT_TRANSLATE_NOOP("Labels", "&Stop indexing")
FOLDERS = QT_TRANSLATE_NOOP("Labels", "F&olders and indexing\N{HORIZONTAL ELLIPSIS}")
SETTINGS = QT_TRANSLATE_NOOP("Labels", "S&ettings\N{HORIZONTAL ELLIPSIS}")
QUIT = QT_TRANSLATE_NOOP("Labels", "&Quit")
OPEN_PICTURE = QT_TRANSLATE_NOOP("Labels", "&Open picture\N{HORIZONTAL ELLIPSIS}")
PASTE_PICTURE = QT_TRANSLATE_NOOP("Labels", "&Paste picture")
PREVIEW = QT_TRANSLATE_NOOP("Labels", "&Preview")
OPEN_PHOTO = QT_TRANSLATE_NOOP("Labels", "&Open")
SHOW_IN_FOLDER = QT_TRANSLATE_NOOP("Labels", "Show in &folder")
COPY_PHOTO = QT_TRANSLATE_NOOP("Labels", "&Copy")
COPY_PATH = QT_TRANSLATE_NOOP("Labels", "Copy &path")
MORE_LIKE_THIS = QT_TRANSLATE_NOOP("Labels", "&Search for similar photos")
SHOW_WEAKER = QT_TRANSLATE_NOOP("Labels", "Show &weaker matches")
LARGER = QT_TRANSLATE_NOOP("Labels", "Lar&ger photos")
SMALLER = QT_TRANSLATE_NOOP("Labels", "S&maller photos")
PHOTO_SIZE = QT_TRANSLATE_NOOP("Labels", "Size of the photos")
LOCATE = QT_TRANSLATE_NOOP("Labels", "&Locate folder\N{HORIZONTAL ELLIPSIS}")

WELCOME = QT_TRANSLATE_NOOP("Labels", "Search your photos with a picture")
WELCOME_HINT = QT_TRANSLATE_NOOP(
    "Labels", "Add the folder with your photos, or drop it here. Your photos stay where they are and are never changed."
)
READY = QT_TRANSLATE_NOOP("Labels", "Search with a picture")
READY_HINT = QT_TRANSLATE_NOOP(
    "Labels", "Drop a picture anywhere in this window, paste it with {paste}, or open it with {open}."
)
NOTHING_FOUND = QT_TRANSLATE_NOOP("Labels", "No photos to show yet")
NOTHING_FOUND_HINT = QT_TRANSLATE_NOOP("Labels", "Photos can be found once they are indexed.")
DROP = QT_TRANSLATE_NOOP("Labels", "Drop a picture to search with it, or a folder to add it")
DROP_PICTURE = QT_TRANSLATE_NOOP("Labels", "Drop a picture to search with it")

QUERY = QT_TRANSLATE_NOOP("Labels", "Picture to search with")
NO_QUERY = QT_TRANSLATE_NOOP("Labels", "Drop a picture here")
OPEN_BUTTON = QT_TRANSLATE_NOOP("Labels", "Open picture\N{HORIZONTAL ELLIPSIS}")
PASTE_BUTTON = QT_TRANSLATE_NOOP("Labels", "Paste picture")
SEARCHING = QT_TRANSLATE_NOOP("Labels", "Searching\N{HORIZONTAL ELLIPSIS}")
PASTED_PICTURE = QT_TRANSLATE_NOOP("Labels", "Pasted picture")
DROPPED_PICTURE = QT_TRANSLATE_NOOP("Labels", "Dropped picture")
RESULTS = QT_TRANSLATE_NOOP("Labels", "Search results, best match first")
SAME_PICTURE = QT_TRANSLATE_NOOP("Labels", "Same picture")
SAME_PLACE = QT_TRANSLATE_NOOP("Labels", "Same place")
SIMILAR = QT_TRANSLATE_NOOP("Labels", "Similar")
WEAKER = QT_TRANSLATE_NOOP("Labels", "Weaker matches")
WAITING = QT_TRANSLATE_NOOP("Labels", "Waiting for the search index\N{HORIZONTAL ELLIPSIS}")
WAITING_HINT = QT_TRANSLATE_NOOP("Labels", "The search runs as soon as the search index can be reached again.")
NOT_HERE = QT_TRANSLATE_NOOP("Labels", "not on this computer")
NOT_SHOWN = QT_TRANSLATE_NOOP("Labels", "cannot be shown")

NEXT_PHOTO = QT_TRANSLATE_NOOP("Labels", "Next photo")
PREVIOUS_PHOTO = QT_TRANSLATE_NOOP("Labels", "Previous photo")
FIRST_PHOTO = QT_TRANSLATE_NOOP("Labels", "First photo")
LAST_PHOTO = QT_TRANSLATE_NOOP("Labels", "Last photo")
TEN_PHOTOS_ON = QT_TRANSLATE_NOOP("Labels", "Ten photos on")
TEN_PHOTOS_BACK = QT_TRANSLATE_NOOP("Labels", "Ten photos back")
ZOOM_IN = QT_TRANSLATE_NOOP("Labels", "Zoom in")
ZOOM_OUT = QT_TRANSLATE_NOOP("Labels", "Zoom out")
ACTUAL_SIZE = QT_TRANSLATE_NOOP("Labels", "Actual size")
FIT = QT_TRANSLATE_NOOP("Labels", "Complete picture")
COMPARE = QT_TRANSLATE_NOOP("Labels", "Compare")
ALTERNATE = QT_TRANSLATE_NOOP("Labels", "Alternate")
FULL_SCREEN = QT_TRANSLATE_NOOP("Labels", "Full screen")
SEARCHED_WITH = QT_TRANSLATE_NOOP("Labels", "Picture that you searched with")

STOP = QT_TRANSLATE_NOOP("Labels", "Stop")
CANCEL = QT_TRANSLATE_NOOP("Labels", "Cancel")
OK = QT_TRANSLATE_NOOP("Labels", "OK")
PAUSE = QT_TRANSLATE_NOOP("Labels", "Pause")
RESUME = QT_TRANSLATE_NOOP("Labels", "Resume")
CLOSE = QT_TRANSLATE_NOOP("Labels", "Close")
STARTING = QT_TRANSLATE_NOOP("Labels", "Starting\N{HORIZONTAL ELLIPSIS}")
STOPPING = QT_TRANSLATE_NOOP("Labels", "Stopping\N{HORIZONTAL ELLIPSIS}")
OPENING = QT_TRANSLATE_NOOP("Labels", "Opening the library\N{HORIZONTAL ELLIPSIS}")
NOT_OPEN = QT_TRANSLATE_NOOP("Labels", "The library is not open")
LIBRARY = QT_TRANSLATE_NOOP("Labels", "Library")
MESSAGE = QT_TRANSLATE_NOOP("Labels", "Message")
DISMISS = QT_TRANSLATE_NOOP("Labels", "Dismiss this message (Esc)")
SEARCH_INDEX = QT_TRANSLATE_NOOP("Labels", "Search index")
TRY_NOW = QT_TRANSLATE_NOOP("Labels", "&Try again")
TRYING = QT_TRANSLATE_NOOP("Labels", "Trying\N{HORIZONTAL ELLIPSIS}")
GO_ON = QT_TRANSLATE_NOOP("Labels", "&Resume")
INDEXING = QT_TRANSLATE_NOOP("Labels", "Indexing")
PICTURES = QT_TRANSLATE_NOOP("Labels", "Pictures")
ALL_FILES = QT_TRANSLATE_NOOP("Labels", "All files")
CHOOSE_PICTURE_TITLE = QT_TRANSLATE_NOOP("Labels", "Choose a picture to search with")
CHOOSE_FOLDER_TITLE = QT_TRANSLATE_NOOP("Labels", "Choose a folder with photos")
PROBLEMS_PAGE = QT_TRANSLATE_NOOP("Labels", "Pro&blems")
NO_PROBLEMS = QT_TRANSLATE_NOOP("Labels", "No problems")
NO_PROBLEMS_HINT = QT_TRANSLATE_NOOP("Labels", "All photos could be read, and all folders are available.")
FOLDERS_AWAY = QT_TRANSLATE_NOOP("Labels", "Folders that are not available. Connect their drives. Photos are kept.")
NAME_COLUMN = QT_TRANSLATE_NOOP("Labels", "Name")
FOLDER_COLUMN = QT_TRANSLATE_NOOP("Labels", "Folder")
TRY_AGAIN = QT_TRANSLATE_NOOP("Labels", "Try &again")
LEAVE_OUT = QT_TRANSLATE_NOOP("Labels", "&Leave out")
COPY_LIST = QT_TRANSLATE_NOOP("Labels", "&Copy list")

SETTINGS_TITLE = QT_TRANSLATE_NOOP("Labels", "Settings")
APPLY_INDEX = QT_TRANSLATE_NOOP("Labels", "&Use this index")
INDEX_LOCATION = QT_TRANSLATE_NOOP("Labels", "Location of the search index")
HERE = QT_TRANSLATE_NOOP("Labels", "On &this computer (Milvus Lite)")
ON_SERVER = QT_TRANSLATE_NOOP("Labels", "On a Milvus &server")
ADDRESS = QT_TRANSLATE_NOOP("Labels", "&Address:")
SIGN_IN = QT_TRANSLATE_NOOP("Labels", "S&ign in with:")
WITH_PASSWORD = QT_TRANSLATE_NOOP("Labels", "User name and password")
WITH_KEY = QT_TRANSLATE_NOOP("Labels", "Token or API key")
USER = QT_TRANSLATE_NOOP("Labels", "Us&er name:")
PASSWORD = QT_TRANSLATE_NOOP("Labels", "&Password:")
KEY = QT_TRANSLATE_NOOP("Labels", "&Key:")
SAVED_SECRET = QT_TRANSLATE_NOOP("Labels", "leave empty to use the saved one")
DATABASE = QT_TRANSLATE_NOOP("Labels", "&Database:")
DEFAULT_DATABASE = QT_TRANSLATE_NOOP("Labels", "leave empty for the default database")
CERTIFICATES = QT_TRANSLATE_NOOP("Labels", "&Certificates:")
DEFAULT_CERTIFICATES = QT_TRANSLATE_NOOP("Labels", "leave empty to trust the usual certificate authorities")
BROWSE = QT_TRANSLATE_NOOP("Labels", "&Browse\N{HORIZONTAL ELLIPSIS}")
CHOOSE_CERTIFICATES_TITLE = QT_TRANSLATE_NOOP("Labels", "Choose a file with CA certificates")
TEST = QT_TRANSLATE_NOOP("Labels", "Test c&onnection")
STOP_TEST = QT_TRANSLATE_NOOP("Labels", "St&op test")
TESTING = QT_TRANSLATE_NOOP("Labels", "Testing the connection\N{HORIZONTAL ELLIPSIS}")
TEST_RESULT = QT_TRANSLATE_NOOP("Labels", "Test result")
SEARCH_METHOD = QT_TRANSLATE_NOOP("Labels", "Search method")
INDEX_TYPE = QT_TRANSLATE_NOOP("Labels", "T&ype:")
METRIC = QT_TRANSLATE_NOOP("Labels", "&Metric:")
AUTOMATIC = QT_TRANSLATE_NOOP("Labels", "Automatic")
REBUILDING = QT_TRANSLATE_NOOP(
    "Labels",
    "Changing the location, type or metric rebuilds the search index in the background from stored data. Photos are "
    "not read again, and searches use the current index until the new one is complete.",
)

FOLDERS_TITLE = QT_TRANSLATE_NOOP("Labels", "Folders and indexing")
FOLDERS_LIST = QT_TRANSLATE_NOOP("Labels", "Folders in the library")
REMOVE_FOLDER = QT_TRANSLATE_NOOP("Labels", "&Remove folder\N{HORIZONTAL ELLIPSIS}")
REMOVE = QT_TRANSLATE_NOOP("Labels", "&Remove")
REMOVING = QT_TRANSLATE_NOOP("Labels", "removing\N{HORIZONTAL ELLIPSIS}")
AVAILABLE = QT_TRANSLATE_NOOP("Labels", "available")
NOT_AVAILABLE = QT_TRANSLATE_NOOP("Labels", "not available")
SKIP_RULES = QT_TRANSLATE_NOOP("Labels", "Skip in this folder")
EXCLUDE = QT_TRANSLATE_NOOP("Labels", "&Names:")
EXCLUDE_HINT = QT_TRANSLATE_NOOP(
    "Labels",
    "One pattern per line, as in a .gitignore file: *.png skips PNG files, Screenshots/ skips folders of that name. "
    "Hidden folders, recycle bins, snapshots, and the previews that photo programs keep are always skipped.",
)
SMALLEST = QT_TRANSLATE_NOOP("Labels", "Files &smaller than:")
KILOBYTES = QT_TRANSLATE_NOOP("Labels", " KB")
ANY_SIZE = QT_TRANSLATE_NOOP("Labels", "none")
INDEXING_OPTIONS = QT_TRANSLATE_NOOP("Labels", "Indexing")
GENTLE = QT_TRANSLATE_NOOP("Labels", "Index &gently (slower, on one core only)")
PAUSE_ON_BATTERY = QT_TRANSLATE_NOOP("Labels", "Pause on &battery power")
KEEP_UP_TO_DATE = QT_TRANSLATE_NOOP("Labels", "&Keep the library up to date while Semblance is open")

LICENCES = QT_TRANSLATE_NOOP("Labels", "&Licences\N{HORIZONTAL ELLIPSIS}")
LICENCES_TITLE = QT_TRANSLATE_NOOP("Labels", "Licences")
LIBRARIES = QT_TRANSLATE_NOOP("Labels", "Libraries")
ALL_LIBRARIES = QT_TRANSLATE_NOOP("Labels", "All libraries")
LICENCE_TEXT = QT_TRANSLATE_NOOP("Labels", "Text of the licence")
CHECK_FOR_UPDATES = QT_TRANSLATE_NOOP("Labels", "&Check for updates")
TELL_ABOUT_UPDATES = QT_TRANSLATE_NOOP("Labels", "&Tell me when there is a newer version")
CHECKING_FOR_UPDATES = QT_TRANSLATE_NOOP("Labels", "Checking for updates\N{HORIZONTAL ELLIPSIS}")
SHOW_WHAT_IS_NEW = QT_TRANSLATE_NOOP("Labels", "Show &what is new")
NOT_NOW = QT_TRANSLATE_NOOP("Labels", "&Not now")
ABOUT = QT_TRANSLATE_NOOP("Labels", "&About Semblance")
ABOUT_TITLE = QT_TRANSLATE_NOOP("Labels", "About Semblance")
PURPOSE = QT_TRANSLATE_NOOP("Labels", "Finds the photos in your own library that look like a picture.")
VERSION = QT_TRANSLATE_NOOP("Labels", "&Version:")
LICENCE = QT_TRANSLATE_NOOP("Labels", "&Licence:")
LICENCE_NAME = QT_TRANSLATE_NOOP("Labels", "Apache License 2.0")
MODEL = QT_TRANSLATE_NOOP("Labels", "&Model:")
INDEX_AT = QT_TRANSLATE_NOOP("Labels", "Search &index:")
LIBRARY_FOLDER = QT_TRANSLATE_NOOP("Labels", "Library &folder:")
