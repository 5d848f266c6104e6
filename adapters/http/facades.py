"""Hold what the HTTP edge is given to serve: one facade per area."""

from dataclasses import dataclass

from application.accounts.facade import AccountUseCases
from application.identity.facade import IdentityUseCases
from application.kill_switch.facade import KillSwitchUseCases
from application.market.use_cases import MarketUseCases
from application.orders.facade import OrderUseCases
from application.risk.facade import RiskUseCases
from application.streams.facade import StreamUseCases
from ports.health import Health
from ports.idempotency import IdempotencyKeys
from ports.randomness import Randomness
from ports.time import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Facades:
    """The application, area by area, and the few ports that the edge itself needs."""

    identity: IdentityUseCases
    accounts: AccountUseCases
    orders: OrderUseCases
    risk: RiskUseCases
    kill_switch: KillSwitchUseCases
    market: MarketUseCases
    streams: StreamUseCases
    health: Health
    keys: IdempotencyKeys
    clock: Clock
    randomness: Randomness
