"""Keep what users have us send from reaching machines that only this one can reach."""

import asyncio
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

import httpx

from domain.shared.values import InvalidValue

URL_CHARS_MAX = 2_000
LOCALHOST = "localhost"
# IPv6 that carries an IPv4 address, and leads to it (RFC 6052).
_TRANSLATED = ip_network("64:ff9b::/96")
Ip = IPv4Address | IPv6Address


class ForbiddenDestination(Exception):
    """The address leads to where nothing may be sent; again: whether it may change."""

    def __init__(self, problem: str, *, again: bool = False) -> None:
        super().__init__(problem)
        self.again = again


@dataclass(frozen=True, slots=True, kw_only=True)
class Destinations:
    """Where users may have things sent: public addresses, and the private networks named."""

    private: tuple[IPv4Network | IPv6Network, ...] = ()

    def check(self, url: str, *, field: str) -> httpx.URL:
        """Return the address taken apart; raises InvalidValue for what nothing is sent to.

        What a name leads to is looked at with each sending, for it may change.
        """
        wanted = "must be an address such as https://desk.example.com/hooks/ballast"
        try:
            if len(url) > URL_CHARS_MAX or not url.isascii() or not url.isprintable():
                raise InvalidValue(field=field, problem=wanted)
            parts = httpx.URL(url)
        except httpx.InvalidURL:
            raise InvalidValue(field=field, problem=wanted) from None
        if parts.scheme not in ("https", "http") or not parts.host or parts.userinfo:
            raise InvalidValue(field=field, problem=wanted)
        number = _number(parts.host)
        here = parts.host == LOCALHOST or (number is not None and number.is_loopback)
        if parts.scheme == "http" and not here:
            raise InvalidValue(field=field, problem="must begin with https://")
        if (number is not None or here) and not self._may_all([number] if number else _HERE):
            problem = "must lie in a public network, or in one of notifications.private_networks"
            raise InvalidValue(field=field, problem=problem)
        return parts

    async def resolve(self, url: httpx.URL) -> str:
        """Return the number to connect to; raises ForbiddenDestination.

        All numbers of a name must be allowed, and the connection goes to one of those looked at:
        a name that leads elsewhere a moment later gains nothing.
        """
        port = url.port or (443 if url.scheme == "https" else 80)
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(url.host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            raise ForbiddenDestination(f"the name {url.host} is not known", again=True) from None
        numbers = [ip_address(str(one[4][0]).partition("%")[0]) for one in found]
        if not numbers or not self._may_all(numbers):
            raise ForbiddenDestination(
                f"{url.host} leads to a private network: an operator may name it in"
                " notifications.private_networks"
            )
        if url.scheme == "http" and not all(number.is_loopback for number in numbers):
            raise ForbiddenDestination(f"{url.host} is not on this machine: use https")
        return str(numbers[0])

    def _may_all(self, numbers: Iterable[Ip]) -> bool:
        return all(self._may(each) for number in numbers for each in _leads_to(number))

    def _may(self, number: Ip) -> bool:
        if any(number in network for network in self.private):
            return True
        return number.is_global and not number.is_multicast and not number.is_reserved


_HERE: tuple[Ip, ...] = (IPv4Address("127.0.0.1"),)


def _number(host: str) -> Ip | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _leads_to(number: Ip) -> Iterable[Ip]:
    """Yield every address that a packet to this one may reach."""
    if isinstance(number, IPv4Address):
        yield number
        return
    if number.ipv4_mapped is not None:
        yield number.ipv4_mapped
        return
    yield number
    if number.sixtofour is not None:
        yield number.sixtofour
    if number.teredo is not None:
        yield from number.teredo
    if number in _TRANSLATED:
        yield IPv4Address(int(number) & 0xFFFFFFFF)
