"""Keep what a run wrote when a promise was broken, and throw it away when none was."""

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sized
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def kept_folder(*, wrongs: Sized, label: str, say: Callable[[str], None]) -> Iterator[Path]:
    """Give an empty folder; it stays, and is told of, when the block fails or adds wrongs."""
    folder = Path(tempfile.mkdtemp(prefix="ballast-torture-"))
    before, ended = len(wrongs), False
    try:
        yield folder
        ended = True
    finally:
        if ended and len(wrongs) == before:
            shutil.rmtree(folder)
        else:
            say(f"{label}: everything is kept in {folder}")
