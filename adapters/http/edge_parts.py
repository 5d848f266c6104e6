"""Name what the edge itself needs, whatever the areas behind it serve."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from adapters.http.admission import Authenticates
from adapters.http.permissions import AccountPath
from application.identity.access import AccessUseCases
from application.identity.facade import IdentityUseCases
from application.market.use_cases import MarketUseCases
from application.streams.facade import StreamUseCases
from ports.health import Health
from ports.rate_limits import RateLimits
from ports.tickets import Tickets
from ports.time import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeParts:
    """Who may come in, what live readers follow, how the process is.

    bound and parameters are what the areas declare of their path parameters.
    """

    identity: IdentityUseCases
    access: AccessUseCases
    market: MarketUseCases
    streams: StreamUseCases
    health: Health
    limits: RateLimits
    tickets: Tickets
    clock: Clock
    bound: Mapping[str, AccountPath] = field(default_factory=dict)
    parameters: frozenset[str] = frozenset()
    # Who tells whose a token is, where that is not identity's own.
    authenticate: Authenticates | None = None
