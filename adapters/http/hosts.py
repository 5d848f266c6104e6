"""Answer only to our own names: a page that rebinds its name to our address gets nothing."""

import re
from collections.abc import Iterable, Mapping
from ipaddress import ip_address

from adapters.http.open_paths import HEALTH, METRICS
from adapters.http.problem_kinds import MISDIRECTED
from adapters.http.problems import Problem, unfit

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")
# Of RFC 3986, what a name or an address in brackets can be; then the port.
_HOST = re.compile(
    r"(?:\[([0-9A-Fa-f:.]{2,45})\]|([A-Za-z0-9](?:[A-Za-z0-9._-]{0,253}[A-Za-z0-9])?)\.?)"
    r"(?::[0-9]{0,5})?"
)
_PROBED = HEALTH | {METRICS}
_KNOWN_MAX = 256


class AllowedHosts:
    """The names and addresses that requests may call us by; the port does not matter.

    A name beginning with "*." stands for every name below the rest. any_address lets every
    literal address through: a browser names the address only if the page came from there.
    """

    def __init__(self, names: Iterable[str], *, any_address: bool = False) -> None:
        lowered = [name.lower() for name in names]
        self._names = frozenset(_plain(name) for name in lowered if not name.startswith("*."))
        self._below = tuple(name[1:] for name in lowered if name.startswith("*."))
        self._any_address = any_address
        # As they were sent: what was looked at once need not be taken apart again.
        self._known: set[bytes] = set()

    def refusal(self, headers: Mapping[bytes, bytes], *, path: str) -> Problem | None:
        """Return why a request is not for us, None when it is.

        Whoever probes health or scrapes metrics may name any address, or nothing.
        """
        host = headers.get(b"host")
        return None if host in self._known else self._looked_at(host, path=path)

    def _looked_at(self, host: bytes | None, *, path: str) -> Problem | None:
        if not host:
            return None if path in _PROBED else unfit("#Host", "must name whom it is for")
        found = _HOST.fullmatch(host.decode("latin-1"))
        if found is None:
            return unfit("#Host", "must be a name or an address, and perhaps a port")
        name = _plain((found[1] or found[2]).lower())
        is_address = found[1] is not None or _is_address(name)
        if name in self._names or name.endswith(self._below) or (self._any_address and is_address):
            if len(self._known) < _KNOWN_MAX:
                self._known.add(host)
            return None
        if path in _PROBED and is_address:
            return None
        return Problem(kind=MISDIRECTED, detail=MISDIRECTED.meaning)


def _plain(name: str) -> str:
    """Write an address in one way; names stay as they are."""
    try:
        return str(ip_address(name))
    except ValueError:
        return name


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
