"""Keep a process on this machine: what it connects to is loopback, whoever asks.

An audit hook (PEP 578) hears each connect, send and look-up of a name that goes through Python's
sockets, of every library and thread, and cannot be taken off again. Of libraries that open sockets
in code of their own it would hear nothing: they are not let in.
"""

import socket
import sys
from ipaddress import IPv6Address, ip_address
from typing import Any

NAMES = frozenset({"localhost"})
# Its transports connect in libuv, where no hook hears them.
OWN_SOCKETS = frozenset({"uvloop"})
_SENDS = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
_LOOK_UPS = frozenset({"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"})


class BeyondLoopback(OSError):
    """Something was to leave this machine, which must not; the message says what."""


def is_loopback(host: str) -> bool:
    """Tell whether a host, by address or by name, is this machine itself."""
    try:
        address = ip_address(host)
    except ValueError:
        return host in NAMES
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped.is_loopback
    return address.is_loopback


def stay_on_loopback() -> None:
    """Refuse every connection beyond loopback from now on, until the process ends.

    What tries to gets BeyondLoopback, an OSError, as from a network that is down. Raises
    RuntimeError where something was loaded that this could not hold back.
    """
    loaded = sorted(OWN_SOCKETS & sys.modules.keys())
    if loaded:
        raise RuntimeError(f"too late to stay on loopback: {', '.join(loaded)} is loaded")
    sys.addaudithook(_hear)


def _hear(event: str, values: tuple[Any, ...]) -> None:
    if event in _SENDS:
        _check_address(*values)
    elif event in _LOOK_UPS:
        _check_name(values[0])
    elif event == "socket.getnameinfo":
        _check_name(values[0][0])
    elif event == "import" and values[0] in OWN_SOCKETS:
        raise ImportError(f"{values[0]} opens sockets that nothing could keep on loopback")


def _check_address(one: socket.socket, address: Any) -> None:
    # Connected before, when it was checked; or a file on this machine.
    if address is None or one.family == socket.AF_UNIX:
        return
    if one.family in (socket.AF_INET, socket.AF_INET6) and isinstance(address, tuple):
        host, port = _text(address[0]), address[1]
        # By its number alone: a name could lead anywhere, and is looked up before.
        if host not in NAMES and is_loopback(host):
            return
        raise _refused(f"{host or 'no address'} port {port}")
    raise _refused(f"an address of {one.family!r}")


def _check_name(host: Any) -> None:
    """Let through what asks no name server: this machine's own name, and numbers."""
    text = _text(host)
    if text == "" or text in NAMES:
        return
    try:
        ip_address(text)
    except ValueError:
        raise _refused(f"the name {text}") from None


def _text(host: Any) -> str:
    if host is None:
        return ""
    return host.decode("ascii", "replace") if isinstance(host, bytes | bytearray) else str(host)


def _refused(what: str) -> BeyondLoopback:
    return BeyondLoopback(
        f"{what} is not on this machine, and this process is offline: start it without --offline"
        " (the setting offline) to reach it"
    )
