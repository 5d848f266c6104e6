"""Say what the commands of the host need of the installation that they stand at."""

from collections.abc import Awaitable, Callable, Sequence
from contextvars import ContextVar
from pathlib import Path
from typing import Any, Protocol, TextIO, TypeVar

T = TypeVar("T")
Detail = tuple[tuple[str, str], ...]


class Host(Protocol):
    """The installation of this machine's settings, whether or not a server runs on it.

    What is in the way is raised as CommandFailed. Use cases come as they are: only a command
    that is given loads them.
    """

    def tenants(self, work: Callable[[Any], Awaitable[T]]) -> T:
        """Do work with what makes tenants, lists them and stops all of them."""
        ...

    def keys(self, work: Callable[[Any, Any], Awaitable[T]]) -> T:
        """Do work with the keys of secrets, and with the storage of what they seal."""
        ...

    def new_key(self) -> str:
        """Return a new random key, as secrets.keys takes it behind its version."""
        ...

    def factors(self, work: Callable[[Any], Awaitable[T]]) -> T:
        """Do work with the second factors of users."""
        ...

    def letters(self, work: Callable[[Any], Awaitable[T]]) -> T:
        """Do work with the commands that were put aside in Kafka."""
        ...

    def told_trail(self, *, action: str, subject: str, detail: Detail = ()) -> bool:
        """Tell the audit trail of a command; where that cannot be, it is said."""
        ...

    def stop_away(self, command: Any) -> Any:
        """Stop by the channel that needs no database.

        Raises InvalidValue, and OSError or StorageUnavailable where nothing heard.
        """
        ...

    def drill(self, *, orders: int, venues: Sequence[str], within_s: float) -> Any:
        """Rehearse a stop, keep what it showed, and return that signed."""
        ...

    def check_trail(self, *, since: int) -> Any:
        """Check the audit trail from a place of each chain on."""
        ...

    def export_trail(self, *, to: TextIO, as_csv: bool, since: int) -> int:
        """Write the audit trail, and return how many entries that were."""
        ...

    def add_audit_key(self) -> str:
        """Add a key that proves entries, and return its id."""
        ...

    def give_up_anchors(self) -> Any:
        """Keep that the last anchors are lost, and return which."""
        ...

    def backup(self, *, out: Path) -> Any:
        """Write everything to one file."""
        ...

    def restore(self, *, file: Path, key_file: Path | None, accept_unproven: bool) -> Any:
        """Restore into an empty database, and verify it."""
        ...

    def verify(self) -> Sequence[Any]:
        """Check that all that is stored fits together."""
        ...


HOST: ContextVar[Host] = ContextVar("HOST")


def host() -> Host:
    """Return the installation at hand."""
    return HOST.get()


def operator_name() -> str:
    """Return the name under which the audit trail knows whoever gives a command."""
    import getpass

    try:
        return f"operator:{getpass.getuser()}"
    except (KeyError, OSError):
        # An account without a name, as containers have.
        return "operator"
