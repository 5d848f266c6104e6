"""Name everything that the HTTP adapter serves and needs."""

from dataclasses import dataclass

from application.accounts.facade import AccountUseCases
from application.agents.facade import AgentUseCases
from application.audit.facade import AuditUseCases
from application.identity.access import AccessUseCases
from application.identity.facade import IdentityUseCases
from application.kill_switch.facade import KillSwitchUseCases
from application.market.use_cases import MarketUseCases
from application.orders.facade import OrderUseCases
from application.risk.facade import RiskUseCases
from application.secrets.facade import SecretsUseCases
from application.streams.facade import StreamUseCases
from application.streams.health import StreamHealthUseCases
from application.workspaces.keep_workspaces import KeepWorkspaces
from ports.health import Health
from ports.idempotency import IdempotencyKeys
from ports.rate_limits import RateLimits
from ports.tickets import Tickets
from ports.time import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Facades:
    """One facade per area, and the ports that the edge itself uses."""

    orders: OrderUseCases
    accounts: AccountUseCases
    risk: RiskUseCases
    kill_switch: KillSwitchUseCases
    market: MarketUseCases
    identity: IdentityUseCases
    access: AccessUseCases
    streams: StreamUseCases
    stream_health: StreamHealthUseCases
    agents: AgentUseCases
    workspaces: KeepWorkspaces
    audit: AuditUseCases
    secrets: SecretsUseCases
    health: Health
    keys: IdempotencyKeys
    limits: RateLimits
    tickets: Tickets
    clock: Clock
