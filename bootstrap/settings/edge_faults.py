"""Find settings of the edge that say nothing, or too much."""

import re
from collections.abc import Iterator
from ipaddress import ip_address, ip_network

from bootstrap.settings.sections import Settings

_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_NAME = re.compile(rf"(?:\*\.)?{_LABEL}(?:\.{_LABEL})*")
_GROUPS = ("auth", "open", "orders", "changes", "reads")


def edge_contradictions(settings: Settings) -> Iterator[tuple[str, str]]:
    """Tell of hosts and networks that are none, and groups that there are not."""
    for host in settings.http.allowed_hosts:
        if not _is_host(host):
            yield (
                "http.allowed_hosts",
                f"must be names such as desk.example.com or *.example.com, not {host!r}",
            )
    for network in settings.http.trusted_proxies:
        try:
            read = ip_network(network)
        except ValueError:
            read = None
        if read is None or read.prefixlen == 0:
            yield (
                "http.trusted_proxies",
                f"must be networks such as 10.0.0.0/8, and not all there are: {network!r}",
            )
    for group in settings.rates.shared:
        if group not in _GROUPS:
            yield "rates.shared", f"must be of {', '.join(_GROUPS)}, not {group!r}"


def _is_host(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return len(text) <= 255 and _NAME.fullmatch(text) is not None
    return True
