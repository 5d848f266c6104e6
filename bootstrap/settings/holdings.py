"""List the settings of holdings: who tells strategies what accounts hold."""

from collections.abc import Container, Iterator
from dataclasses import dataclass
from uuid import UUID

from adapters.settings.addresses import is_installed, split
from adapters.settings.field import setting


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldingSettings:
    """What strategies size their orders by: our own books, or an MCP server that tells."""

    url: str | None = setting(
        None,
        "An MCP server whose tool get_holdings tells {total_value, positions}, such as"
        " https://broker.example.com/mcp; without one our own books tell.",
    )
    token: str | None = setting(None, "The token to show there.", secret=True)
    tenant: str | None = setting(None, "Whose accounts it tells of: a tenant's id.")
    plain: bool = setting(
        False,
        "Whether url may be http beyond this machine, where other means keep the token private.",
    )


def holding_faults(own: HoldingSettings, *, local: Container[str]) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with the settings together."""
    if own.url is None:
        return
    parts = split(own.url)
    host = "" if parts is None else parts.hostname
    if parts is None or not host or parts.scheme not in ("http", "https") or "@" in parts.netloc:
        yield "holdings.url", "must be an address such as https://broker.example.com/mcp"
    elif parts.scheme == "http" and host not in local and not own.plain:
        yield "holdings.url", "must be https, or holdings.plain set: the token goes there"
    try:
        UUID(own.tenant or "")
    except ValueError:
        yield "holdings.tenant", "must be a tenant's id where holdings.url is set"
    if not is_installed("mcp"):
        yield "holdings.url", "is set, which needs the package mcp (the extra mcp)"
