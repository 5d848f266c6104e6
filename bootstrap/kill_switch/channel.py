"""Build the channel by which processes hear of stops without the database."""

import secrets
import ssl
from pathlib import Path

from adapters.settings.addresses import host_and_port
from adapters.system.stop_channel import SocketStops
from adapters.system.stop_listener import StopHandlers, StopListener
from adapters.system.stop_wire import tls_of
from bootstrap.kill_switch.state import folder_of
from bootstrap.settings.kill import KillSettings
from bootstrap.settings.sections import Settings


def name_of(kind: str) -> str:
    """Return a name for a process of that kind, of this life alone."""
    return f"{kind}-{secrets.token_hex(6)}"


def build_channel(settings: Settings, *, own: str) -> SocketStops:
    """Build the way to the other processes; raises OSError for a certificate that is none."""
    kill = settings.kill
    peers = tuple(address for text in kill.peers if (address := host_and_port(text)) is not None)
    return SocketStops(
        own=own,
        folder=sockets_of(settings),
        peers=peers,
        tls=_tls(kill, server=False) if peers else None,
    )


def build_listener(settings: Settings, *, own: str, handlers: StopHandlers) -> StopListener:
    """Build what hears the other processes; raises OSError for a certificate that is none."""
    kill = settings.kill
    return StopListener(
        name=own,
        folder=sockets_of(settings),
        handlers=handlers,
        address=host_and_port(kill.listen) if kill.listen is not None else None,
        tls=_tls(kill, server=True) if kill.listen is not None else None,
    )


def sockets_of(settings: Settings) -> Path:
    """Return the folder of sockets."""
    return folder_of(settings) / "sockets"


def _tls(kill: KillSettings, *, server: bool) -> ssl.SSLContext:
    assert kill.tls_certificate is not None
    assert kill.tls_key is not None
    assert kill.tls_ca is not None
    return tls_of(certificate=kill.tls_certificate, key=kill.tls_key, ca=kill.tls_ca, server=server)
