"""Read `postmaster.pid` and find servers left over in a cluster's folder."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

PID_FILE = "postmaster.pid"
_BYTES_MAX = 4096
_DIGITS_MAX = 10
_PS_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PidFile:
    """What a server wrote about itself: its pid, port and state."""

    pid: int
    port: int | None
    status: str

    @property
    def ready(self) -> bool:
        """Tell whether the server takes connections (line 8)."""
        return self.status == "ready"


def parse_pid_file(text: str) -> PidFile | None:
    """Return what the file says, or None when it names no pid (torn or garbage)."""
    lines = [line.strip() for line in text.splitlines()]
    # A standalone backend writes its pid negated.
    pid = _number(lines[0].removeprefix("-")) if lines else None
    if pid is None or pid <= 1:
        return None
    port = _number(lines[3]) if len(lines) > 3 else None
    return PidFile(pid=pid, port=port, status=lines[7] if len(lines) > 7 else "")


def read_pid_file(*, cluster: Path) -> PidFile | None:
    """Return the cluster's pid file; None when there is none or it cannot be understood."""
    try:
        with (cluster / PID_FILE).open("rb") as file:
            raw = file.read(_BYTES_MAX)
    except FileNotFoundError:
        return None
    return parse_pid_file(raw.decode("ascii", "replace"))


def sees_every_server() -> bool:
    """Tell whether `servers_in` asks the kernel, not only the pid file."""
    return sys.platform == "linux"


def servers_in(*, cluster: Path) -> frozenset[int]:
    """Return the pids of all Postgres processes that work in the cluster's folder.

    Every process of a server has the cluster as its working folder, so on Linux the kernel
    tells, whatever the pid file says. Elsewhere only the pid file's own process is looked at.
    """
    if sys.platform != "linux":
        return _by_pid_file(cluster)
    return _by_working_folder(cluster)


def _number(word: str) -> int | None:
    return int(word) if word.isascii() and word.isdigit() and len(word) <= _DIGITS_MAX else None


def _by_pid_file(cluster: Path) -> frozenset[int]:
    named = read_pid_file(cluster=cluster)
    return (
        frozenset() if named is None or not _ps_says_postgres(named.pid) else frozenset({named.pid})
    )


def _by_working_folder(cluster: Path) -> frozenset[int]:
    wanted = cluster.stat()
    found = set()
    for entry in os.scandir("/proc"):
        if not entry.name.isdigit():
            continue
        try:
            place = os.stat(f"/proc/{entry.name}/cwd")
            name = Path(f"/proc/{entry.name}/comm").read_text("ascii", "replace").strip()
        except OSError:
            # Ended meanwhile, or another user's: that one could not open our files either.
            continue
        if name == "postgres" and os.path.samestat(place, wanted):
            found.add(int(entry.name))
    return frozenset(found)


def _ps_says_postgres(pid: int) -> bool:
    printed = subprocess.run(  # noqa: S603 - our own program, no shell
        ["ps", "-p", str(pid), "-o", "comm="],  # noqa: S607 - asked about a process id; its answer is checked
        capture_output=True,
        text=True,
        timeout=_PS_TIMEOUT_S,
        check=False,
    ).stdout
    return Path(printed.strip()).name == "postgres"


def is_alive(pid: int) -> bool:
    """Tell whether there is a process of that id, whoever's it is."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
