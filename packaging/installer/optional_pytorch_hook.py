"""Lets the frozen program import PyTorch from a folder beside it, where an optional package installs it."""

import sys
from pathlib import Path

sys.path.append(str(Path(sys.executable).with_name("pytorch")))
