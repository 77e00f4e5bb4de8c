"""The errors that Semblance raises.

`str(error)` is a message for the user: what happened, to which thing, and what to do about it.

SemblanceError
+-- LibraryError                the library cannot be opened or written
|   +-- LibraryInUseError       another program has it open
|   +-- ReadOnlyLibraryError    it can be read but not written
+-- FolderError                 a photo folder cannot be read or is not in the library
+-- DecodeError                 a file cannot be read as a picture
|   +-- UnreadableError         it cannot be read from its disk
+-- QueryError                  no search is possible with what the user asked for
+-- ModelError                  a model is unknown, damaged or cannot run
|   +-- DownloadError           the weights of a model cannot be downloaded
+-- VectorIndexError            the search index cannot be reached, opened or written
    +-- UnreachableIndexError   its server or process does not respond
    +-- DamagedIndexError       its files are damaged and it must be rebuilt from the catalog
"""


class SemblanceError(Exception):
    """The base of all errors that have a cause outside the program. A bug never raises one."""


class LibraryError(SemblanceError):
    """The library folder, its catalog or its settings cannot be used."""


class LibraryInUseError(LibraryError):
    """Another running program has the library open."""


class ReadOnlyLibraryError(LibraryError):
    """The library folder or the catalog cannot be written."""


class FolderError(SemblanceError):
    """A photo folder does not exist, cannot be read or is not in the library."""


class DecodeError(SemblanceError):
    """A file cannot be read as a picture. The message has the reason but not the file, which the caller knows."""


class UnreadableError(DecodeError):
    """The file could not be read from its disk. A later attempt may succeed."""


class QueryError(SemblanceError):
    """No search is possible with the pictures and weights that the user chose."""


class ModelError(SemblanceError):
    """A model is unknown, its weights do not fit, or it cannot run."""


class DownloadError(ModelError):
    """The weights of a model could not be downloaded."""


class VectorIndexError(SemblanceError):
    """The search index (Milvus) cannot be reached, opened or written."""


class UnreachableIndexError(VectorIndexError):
    """The server or process of the search index does not respond."""


class DamagedIndexError(VectorIndexError):
    """The files of a local search index are damaged. It can be rebuilt from the catalog without loss."""
