"""Build who tells strategies what accounts hold."""

from uuid import UUID

from application.strategies.told_holdings import ToldHoldings
from bootstrap.settings.holdings import HoldingSettings
from bootstrap.system import System
from ports.holdings import Holdings


def build_holdings(settings: HoldingSettings, *, own: Holdings, system: System) -> Holdings:
    """Return our own books, or for the tenant that is set what an MCP server tells."""
    if settings.url is None or settings.tenant is None:
        return own
    # Only who uses it pays for the SDK.
    from adapters.mcp.holdings import McpHoldings, connect_to

    told = McpHoldings(connect=connect_to(settings.url, token=settings.token), clock=system.clock)
    return ToldHoldings(tenant_id=UUID(settings.tenant), told=told, own=own)
