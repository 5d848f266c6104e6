"""Build the gate before every order."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import structlog

from application.orders.gatekeeper import Gatekeeper
from application.orders.messages_ahead import MessagesAhead
from application.orders.objecting import Objecting, ReadSources
from application.orders.read_activity import ReadActivity
from application.risk.strategy_stops import StopStrategy
from application.shared.change import Changes
from bootstrap.areas.market import Market
from bootstrap.settings.sections import Settings
from bootstrap.storage import Storage
from bootstrap.system import System
from domain.risk.collar import Collars
from domain.risk.commission import CommissionSchedule
from domain.risk.strategies import strategy_policy
from ports.market import ReadCondition

log = structlog.get_logger(__name__)


def build_gatekeeper(
    *,
    settings: Settings,
    storage: Storage,
    market: Market,
    system: System,
    commissions: Mapping[str, CommissionSchedule],
    condition: ReadCondition,
    collars: Collars,
    objection_sources: ReadSources,
    changes: Changes,
) -> Gatekeeper:
    """Build the gate over the market's latest prices."""
    own = settings.risk
    return Gatekeeper(
        rule_sets=storage.rule_sets,
        instruments=market.instruments,
        market=market.view,
        calendars=market.calendars,
        commissions=commissions,
        condition=condition,
        collars=collars,
        lap=market.lap,
        ahead=MessagesAhead(clock=system.clock, on_ahead=_log_ahead),
        strategies=strategy_policy(known=own.strategies, required=own.strategy_required),
        objecting=Objecting(objection_sources),
        read_activity=ReadActivity(storage.journal),
        stop_strategy=StopStrategy(changes=changes),
    )


def _log_ahead(account_id: UUID, messages: int, until: datetime) -> None:
    log.warning(
        "orders.messages_ahead",
        account=str(account_id),
        messages=messages,
        until=until.isoformat(),
    )


def collars_of(settings: Settings) -> Collars:
    """Return how far beyond the quote buys without a limit are reserved."""
    own = settings.collar
    return Collars(market_percent=own.market_percent, opening_percent=own.opening_percent)
