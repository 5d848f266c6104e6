"""Find settings of the edge that say nothing, or too much."""

from collections.abc import Iterator
from ipaddress import ip_network

from adapters.settings.addresses import is_host
from adapters.system.loopback import is_loopback
from bootstrap.settings.http import HttpSettings
from bootstrap.settings.sections import Settings

LOCAL_HOSTS = frozenset({"127.0.0.1", "::1", "localhost"})
_GROUPS = ("auth", "open", "orders", "changes", "reads")


def edge_contradictions(settings: Settings, *, listens: bool) -> Iterator[tuple[str, str]]:
    """Tell of hosts and networks that are none, and groups that there are not.

    listens: whether http.host is going to be listened on.
    """
    yield from _tls(settings.http)
    problem = unguarded(settings.http) if listens else None
    if problem is not None:
        yield "http.host", problem
    for host in settings.http.allowed_hosts:
        if not is_host(host):
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


def _tls(http: HttpSettings) -> Iterator[tuple[str, str]]:
    if (http.tls_certificate is None) != (http.tls_key is None):
        missing = "tls_key" if http.tls_key is None else "tls_certificate"
        yield f"http.{missing}", "must be set too: a certificate and its key go together"


def unguarded(http: HttpSettings) -> str | None:
    """Return why nobody may listen there, None where they may."""
    if is_loopback(http.host) or http.tls_certificate is not None:
        return None
    if http.trusted_proxies or http.plain:
        return None
    return (
        f"({http.host}) can be reached from other machines, and nothing would encrypt what"
        " they send: set http.tls_certificate and http.tls_key, name the proxies that end"
        " TLS in http.trusted_proxies, or set http.plain where other means keep it private"
    )
