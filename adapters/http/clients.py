"""Find out who asks through the proxies in front: only those are believed, nobody before them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from ipaddress import IPv6Address, ip_address, ip_network

from litestar.types import Scope

FORWARDED_FOR = "x-forwarded-for"
FORWARDED = "forwarded"
# Under this name the state says who a trusted proxy asks for.
CLIENT = "client"
HOPS_MAX = 32
_KNOWN_MAX = 1_024
_SECURE = {"http": "https", "ws": "wss", "https": "https", "wss": "wss"}
_PLAIN = {"http": "http", "ws": "ws", "https": "http", "wss": "ws"}

Pairs = Sequence[tuple[bytes, bytes]]


def client_of(scope: Scope) -> str:
    """Return the address that a request comes from, empty when it is not known."""
    told: str | None = scope["state"].get(CLIENT)
    if told is not None:
        return told
    client = scope.get("client")
    return client[0] if client else ""


def client_behind(
    peer: str, hops: Iterator[str], *, is_trusted: Callable[[str], bool]
) -> tuple[str, int]:
    """Return whom the peer asks for, and how many hops were believed.

    hops: what the proxies wrote, the nearest first. Each is believed only if the one that
    wrote it is trusted; from one that names nobody (RFC 7239 lets it) nothing more is read.
    """
    at, believed = peer, 0
    while believed < HOPS_MAX and is_trusted(at):
        hop = next(hops, None)
        address = address_of(hop) if hop is not None else None
        if address is None:
            break
        at, believed = address, believed + 1
    return at, believed


class Proxies:
    """The networks whose machines may say for whom they ask."""

    def __init__(self, networks: Sequence[str], *, header: str) -> None:
        self._networks = tuple(ip_network(one) for one in networks)
        self._header = header.encode()
        self._known: dict[str, bool] = {}

    def place(self, scope: Scope, *, headers: Mapping[bytes, bytes], pairs: Pairs) -> None:
        """Put into a request's state who it is from; the scheme is the one they came by."""
        peer = scope.get("client")
        at = address_of(peer[0]) if peer else None
        if at is None or not self.trusts(at):
            return
        text = b",".join(value for name, value in pairs if name == self._header).decode("latin-1")
        if self._header == FORWARDED.encode():
            elements = [_members(one) for one in _from_the_right(text)]
            hops = (one.get("for", "") for one in elements)
            client, believed = client_behind(at, hops, is_trusted=self.trusts)
            proto = elements[believed - 1].get("proto", "") if believed else ""
        else:
            client, _ = client_behind(at, _from_the_right(text), is_trusted=self.trusts)
            sent = headers.get(b"x-forwarded-proto", b"").decode("latin-1")
            proto = sent.rpartition(",")[2].strip()
        scope["state"][CLIENT] = client
        if proto.lower() in ("http", "https"):
            schemes = _SECURE if proto.lower() == "https" else _PLAIN
            scope["scheme"] = schemes.get(scope["scheme"], scope["scheme"])

    def are_of(self, peer: str) -> bool:
        """Tell whether a connection's other end is one of them."""
        address = address_of(peer)
        return address is not None and self.trusts(address)

    def trusts(self, address: str) -> bool:
        """Tell whether an address, written in the one way, is one of theirs."""
        known = self._known.get(address)
        if known is None:
            found = ip_address(address)
            known = any(found in network for network in self._networks)
            if len(self._known) >= _KNOWN_MAX:
                self._known.clear()
            self._known[address] = known
        return known


def address_of(hop: str) -> str | None:
    """Return the address of a hop such as 192.0.2.1:80 or "[2001:db8::1]:80", or None."""
    text = hop.strip().strip('"')
    if text.startswith("["):
        text, _, port = text[1:].partition("]")
        if port and not (port[0] == ":" and port[1:].isdigit()):
            return None
    elif text.count(":") == 1:
        text, _, port = text.partition(":")
        if not port.isdigit():
            return None
    if "%" in text:
        # A zone is known to the machine that wrote it only.
        return None
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address)


def _from_the_right(text: str, *, at: str = ",") -> Iterator[str]:
    """Split a list, last one first, at what stands outside of quotes.

    Quotes are counted from the right, where the proxies write: what a client leaves open
    on the left swallows nothing of theirs.
    """
    end, quoted = len(text), False
    for index in range(len(text) - 1, -1, -1):
        letter = text[index]
        if letter == '"':
            quoted = not quoted
        elif letter == at and not quoted:
            if text[index + 1 : end].strip():
                yield text[index + 1 : end].strip()
            end = index
    if text[:end].strip():
        yield text[:end].strip()


def _members(element: str) -> dict[str, str]:
    """Take one element of Forwarded apart; RFC 7239 allows each parameter once."""
    found: dict[str, str] = {}
    for pair in _from_the_right(element, at=";"):
        name, _, value = pair.partition("=")
        found.setdefault(name.strip().lower(), value.strip().strip('"'))
    return found
