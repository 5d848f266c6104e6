"""Keep the session that `ballast login` opened, in a file for its user alone."""

import fcntl
import json
import os
import stat
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from adapters.cli.failures import REFUSED, CommandFailed

_FILE, _LOCK = "session.json", "session.lock"
# Renewed so long before its end: a request that is under way must not outlive it.
_EARLY_S = 15.0
_BYTES_MAX = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Where somebody is logged in, and the tokens of it; renew_at is by this machine's clock."""

    server: str
    email: str
    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    device_token: str = field(repr=False)
    renew_at: float

    def is_fresh(self) -> bool:
        """Tell whether the access token still lasts for a request."""
        return time.time() < self.renew_at

    def renewed(self, told: Mapping[str, Any]) -> "Session":
        """Return the session with the tokens that an answer has."""
        return replace(
            self,
            access_token=str(told["access_token"]),
            refresh_token=str(told.get("refresh_token") or self.refresh_token),
            device_token=str(told.get("device_token") or self.device_token),
            renew_at=time.time() + float(told["expires_in"]) - _EARLY_S,
        )


def session_folder() -> Path:
    """Return where the session is kept: the user's folder for state (XDG base directories)."""
    named = os.environ.get("XDG_STATE_HOME", "")
    # A relative one is to be ignored.
    state = Path(named) if os.path.isabs(named) else Path.home() / ".local" / "state"
    return state / "ballast"


def kept_session() -> Session | None:
    """Return the session, None where nobody is logged in; raises CommandFailed."""
    path = session_folder() / _FILE
    try:
        with path.open("rb") as file:
            found = os.fstat(file.fileno())
            if found.st_uid != os.geteuid() or stat.S_IMODE(found.st_mode) & 0o077:
                raise CommandFailed(
                    f"{path} is not for its owner alone: others may have read its tokens. Log in"
                    " anew with `ballast login`, or end it with `ballast logout`",
                    code=REFUSED,
                )
            read = json.loads(file.read(_BYTES_MAX))
        return Session(**read)
    except FileNotFoundError:
        return None
    except OSError as problem:
        raise CommandFailed(f"{path} cannot be read: {problem.strerror}", code=REFUSED) from problem
    except (ValueError, TypeError) as problem:
        raise CommandFailed(
            f"{path} holds no session: remove it, and log in with `ballast login`", code=REFUSED
        ) from problem


def keep_session(session: Session) -> None:
    """Put the session into its file, whole or not at all."""
    folder = _own_folder()
    handle, name = tempfile.mkstemp(prefix=".session-", dir=folder)
    try:
        with os.fdopen(handle, "w") as file:
            json.dump(asdict(session), file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, folder / _FILE)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(name)
        raise


def drop_session() -> None:
    """Remove the file, if there is one."""
    (session_folder() / _FILE).unlink(missing_ok=True)


@contextmanager
def alone() -> Iterator[None]:
    """Let no other command change the session meanwhile: a refresh token is good once."""
    handle = os.open(_own_folder() / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _own_folder() -> Path:
    folder = session_folder()
    try:
        folder.mkdir(parents=True, mode=0o700, exist_ok=True)
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
            raise CommandFailed(f"{folder} is not your own folder", code=REFUSED)
        folder.chmod(0o700)
    except OSError as problem:
        raise CommandFailed(
            f"{folder} cannot be made: {problem.strerror}; XDG_STATE_HOME names another place",
            code=REFUSED,
        ) from problem
    return folder
