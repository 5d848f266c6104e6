"""List the settings of passkeys, and find what no browser would take."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from adapters.settings.field import setting

LOOPBACK = "localhost"
_DOMAIN = re.compile(r"(?=.{1,253}$)[a-z0-9](-*[a-z0-9])*(\.[a-z0-9](-*[a-z0-9])*)*")
_NAME_MAX = 64
_STANDARD = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeySettings:
    """Passkeys: which site they belong to."""

    rp_id: str = setting(
        LOOPBACK,
        "The domain that passkeys belong to, such as desk.example.com; changed later, none of"
        " them works any more.",
    )
    rp_name: str = setting("Ballast", "What browsers call us when they make a passkey.")
    origins: tuple[str, ...] = setting(
        (),
        "Origins of the pages that may ask for passkeys, of rp_id or below it. Without any:"
        " http://localhost at http.port where rp_id is localhost, else https://<rp_id>; and"
        " those of http.allowed_origins that fit.",
    )


class _Http(Protocol):
    @property
    def port(self) -> int: ...

    @property
    def allowed_origins(self) -> tuple[str, ...]: ...

    @property
    def tls_certificate(self) -> Path | None: ...


class _Settings(Protocol):
    @property
    def passkeys(self) -> PasskeySettings: ...

    @property
    def http(self) -> _Http: ...


def passkey_origins(settings: _Settings) -> tuple[str, ...]:
    """Return the origins whose pages may ask for passkeys."""
    own = settings.passkeys
    if own.origins:
        return own.origins
    fitting = (one for one in settings.http.allowed_origins if not _unfit(one, rp_id=own.rp_id))
    scheme = "http" if settings.http.tls_certificate is None else "https"
    return (*_own_page(own.rp_id, port=settings.http.port, scheme=scheme), *fitting)


def passkey_faults(settings: _Settings) -> Iterator[tuple[str, str]]:
    """Yield each setting of passkeys that no browser would take, and why."""
    own = settings.passkeys
    if not _DOMAIN.fullmatch(own.rp_id) or _is_address(own.rp_id):
        yield (
            "passkeys.rp_id",
            f"must be a domain such as desk.example.com or localhost, not {own.rp_id!r}",
        )
        return
    if not 1 <= len(own.rp_name) <= _NAME_MAX or not own.rp_name.isprintable():
        yield "passkeys.rp_name", f"must be 1 to {_NAME_MAX} printable characters"
    for origin in own.origins:
        problem = _unfit(origin, rp_id=own.rp_id)
        if problem:
            yield "passkeys.origins", f"{problem}, not {origin!r}"


def _own_page(rp_id: str, *, port: int, scheme: str) -> tuple[str, ...]:
    """Return the origin that this server itself has for browsers, as far as it is known."""
    if rp_id != LOOPBACK:
        return (f"https://{rp_id}",)
    if not port:
        # A free one: known too late.
        return ()
    return (f"{scheme}://{LOOPBACK}" + (f":{port}" if port != _STANDARD[scheme] else ""),)


def _unfit(origin: str, *, rp_id: str) -> str:
    """Return why browsers let no page of that origin ask for passkeys of that domain."""
    try:
        parts = urlsplit(origin)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "must be origins such as https://desk.example.com"
    standard = _STANDARD.get(parts.scheme)
    # As browsers write them: nothing in capitals, and no port that goes without saying.
    written = f"{parts.scheme}://{host}" + (f":{port}" if port is not None else "")
    if not host or written != origin or (port is not None and port == standard):
        return "must be origins such as https://desk.example.com"
    if parts.scheme != "https" and not (parts.scheme == "http" and host == LOOPBACK):
        return "must begin with https:// unless they are of localhost"
    if host != rp_id and not host.endswith(f".{rp_id}"):
        return f"must be of {rp_id} (passkeys.rp_id) or below it"
    return ""


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
