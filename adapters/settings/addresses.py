"""Take the addresses apart that settings name."""

import re
from importlib.util import find_spec
from ipaddress import ip_address
from urllib.parse import SplitResult, parse_qs, urlsplit

_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_NAME = re.compile(rf"(?:\*\.)?{_LABEL}(?:\.{_LABEL})*")


def split(url: str) -> SplitResult | None:
    """Take an address apart; None when its brackets or its port are none."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts


def is_http(url: str) -> bool:
    """Tell whether it is an address of HTTP with a host."""
    parts = split(url)
    return parts is not None and parts.scheme in ("http", "https") and bool(parts.hostname)


def hosts_of(url: str) -> tuple[str, ...]:
    """Return every host of an address; Postgres' may name several, and in its query too."""
    parts = urlsplit(url)
    asked = parse_qs(parts.query)
    further = [one for name in ("host", "hostaddr") for one in asked.get(name, ())]
    named = parts.netloc.rpartition("@")[2]
    hosts = [one for text in (named, *further) if text for one in text.split(",")]
    return tuple(map(host_of, hosts)) or ("",)


def host_of(text: str) -> str:
    """Return the host of host:port, of [::1]:port, or of a host alone."""
    text = text.strip()
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text if text.count(":") != 1 else text.partition(":")[0]


def host_and_port(text: str) -> tuple[str, int] | None:
    """Return host and port, None for what is none."""
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65_536:
        return None
    return host.strip("[]"), int(port)


def is_host(text: str) -> bool:
    """Tell whether requests may name such a host: a name, *.name, or an address."""
    try:
        ip_address(text)
    except ValueError:
        return len(text) <= 255 and _NAME.fullmatch(text) is not None
    return True


def is_installed(module: str) -> bool:
    """Tell whether a package that a setting needs is there."""
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False
