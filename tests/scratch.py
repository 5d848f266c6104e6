"""Choose where tests keep what they throw away: in memory, where there is room for it.

Making and dropping a database writes hundreds of small files. On a disk that is most of what the
integration suite waits for; what is asked of a server is the same in both places, as no test
cuts the machine's power.
"""

import os
import tempfile
from pathlib import Path

VARIABLE = "BALLAST_TEST_SCRATCH"
ROOM_BYTES = 4 * 1024**3
_MEMORY = Path("/dev/shm")
_MEMORY_INFO = Path("/proc/meminfo")


def use_scratch() -> None:
    """Let temporary files of this process and its children lie in the scratch folder."""
    folder = scratch()
    if folder is not None:
        os.environ["TMPDIR"] = tempfile.tempdir = str(folder)


def scratch(*, memory: Path = _MEMORY) -> Path | None:
    """Return the folder, or None for the system's own: BALLAST_TEST_SCRATCH names another."""
    named = os.environ.get(VARIABLE)
    if named is not None:
        return Path(named) if named else None
    try:
        fits = has_room(os.statvfs(memory), memory_info=_MEMORY_INFO.read_text())
    except OSError:
        return None
    return memory if fits and os.access(memory, os.W_OK | os.X_OK) else None


def has_room(found: os.statvfs_result, *, memory_info: str) -> bool:
    """Tell whether programs may run from there and 4 GiB are free, there and in the machine."""
    said = dict(line.split(":", 1) for line in memory_info.splitlines() if ":" in line)
    available = 1024 * int(said.get("MemAvailable", "0").split()[0])
    runs = not found.f_flag & os.ST_NOEXEC
    return runs and min(found.f_bavail * found.f_frsize, available) >= ROOM_BYTES
