"""Build who tells strategies what accounts hold."""

from uuid import UUID

from adapters.telemetry.health import HealthBoard
from application.strategies.told_holdings import ToldHoldings
from bootstrap.settings.holdings import HoldingSettings
from bootstrap.system import System
from ports.health import ComponentState
from ports.holdings import Holdings

# The part that /api/status tells of: whether the MCP server of holdings answers.
MCP = "mcp"


def build_holdings(
    settings: HoldingSettings, *, own: Holdings, system: System, health: HealthBoard
) -> Holdings:
    """Return our own books, or for the tenant that is set what an MCP server tells."""
    if settings.url is None or settings.tenant is None:
        return own
    # Only who uses it pays for the SDK.
    from adapters.mcp.holdings import McpHoldings, connect_to

    def on_state(problem: str) -> None:
        state = ComponentState.DEGRADED if problem else ComponentState.UP
        health.set(MCP, state, detail=problem)

    told = McpHoldings(
        connect=connect_to(settings.url, token=settings.token),
        clock=system.clock,
        on_state=on_state,
    )
    return ToldHoldings(tenant_id=UUID(settings.tenant), told=told, own=own)


def declare_mcp(settings: HoldingSettings, *, health: HealthBoard) -> None:
    """Name it among the parts of this process, where it is asked at all."""
    if settings.url is not None:
        health.declare(MCP, required=False)
        health.set(MCP, ComponentState.UP, detail="it was not asked yet")
