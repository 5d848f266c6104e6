"""Keep the file that says which servers `make services-up` started, and where they are."""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.services.kinds import TYPES
from tests.services.process import Running
from tests.services.service import Place, Service

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "out" / "services"
_NAME = "state.json"


class StateUnreadable(Exception):
    """The file is not what was written; the message says which and what to do."""


@dataclass(frozen=True, slots=True)
class State:
    """What is known of the servers in a folder."""

    folder: Path = FOLDER

    @property
    def path(self) -> Path:
        """The file."""
        return self.folder / _NAME

    def read(self) -> dict[str, Service]:
        """Return the services that were started and not stopped, alive or crashed."""
        try:
            said = json.loads(self.path.read_text())
            return {name: _service(name, entry) for name, entry in said.items()}
        except FileNotFoundError:
            return {}
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise StateUnreadable(
                f"{self.path} cannot be read ({error!r}); end its servers by hand and remove it"
            ) from error

    def write(self, services: Mapping[str, Service]) -> None:
        """Replace the file; it holds passwords and is for this user alone."""
        fresh = self.path.with_suffix(".new")
        fresh.touch(mode=0o600)
        fresh.write_text(
            json.dumps({name: _entry(one) for name, one in services.items()}, indent=2) + "\n"
        )
        fresh.replace(self.path)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep others from starting and stopping meanwhile."""
        self.folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        # Postgres' own user passes through, whatever the umask was.
        os.chmod(self.folder, 0o755)
        with (self.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _entry(service: Service) -> dict[str, Any]:
    place, running = service.server.place, service.running
    return {
        "folder": str(place.folder),
        "logs": str(place.logs),
        "ports": list(place.ports),
        "secret": place.secret,
        "url": service.url,
        "pid": None if running is None else running.pid,
        "started": None if running is None else running.started,
    }


def _service(name: str, entry: dict[str, Any]) -> Service:
    ports = tuple(int(port) for port in entry["ports"])
    folder = Path(entry["folder"])
    place = Place(
        folder=folder,
        logs=Path(entry.get("logs", folder.parent)),
        ports=ports,
        secret=str(entry["secret"]),
    )
    known = entry["pid"] is not None
    running = Running(pid=int(entry["pid"]), started=str(entry["started"])) if known else None
    return Service(server=TYPES[name](place=place), running=running)
