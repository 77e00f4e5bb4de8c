"""The errors that Semblance raises. `str(error)` is a sentence for the user: what, which, and what to do.

SemblanceError
+-- LibraryError            the library cannot be opened or written
|   +-- LibraryInUseError   another program holds it
+-- FolderError             a photo folder cannot be indexed or is not known
+-- DecodeError             a file is not a picture that can be read
+-- ModelError              a model is unknown, damaged or cannot run
|   +-- DownloadError       its weights cannot be fetched
+-- VectorIndexError        the search index refused or is out of reach
    +-- UnreachableIndexError   nothing answers where it should be
    +-- DamagedIndexError   its files are damaged: it is to be built again from the catalog
"""


class SemblanceError(Exception):
    """Anything that can go wrong for reasons outside the program; never a bug."""


class LibraryError(SemblanceError):
    """The library folder, its catalog or its settings cannot be used."""


class LibraryInUseError(LibraryError):
    """Another running program has the library open."""


class FolderError(SemblanceError):
    """A photo folder does not exist, cannot be read or was never added."""


class DecodeError(SemblanceError):
    """A file cannot be read as a picture. The text names the reason, not the file: the caller knows which one."""


class ModelError(SemblanceError):
    """A model is not on offer, its weights do not fit, or it cannot run."""


class DownloadError(ModelError):
    """The weights of a model could not be fetched."""


class VectorIndexError(SemblanceError):
    """The search index (Milvus) cannot be reached, opened or written."""


class UnreachableIndexError(VectorIndexError):
    """Nothing answers where the search index should be: its server or process is away."""


class DamagedIndexError(VectorIndexError):
    """The files of a local index are damaged. Nothing is lost: the catalog has everything to build it again."""
