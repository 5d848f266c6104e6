"""Build what records and answers what accounts were worth."""

from adapters.http.performance.routes import performance_routes
from application.performance.read_equity import ReadEquity
from application.performance.record_equity import RecordEquity
from bootstrap.area import Area
from bootstrap.areas.accounts import build as build_accounts
from bootstrap.areas.market import Market, market_of
from bootstrap.areas.market import build as build_market
from bootstrap.brokers import registry
from bootstrap.parts import Parts
from bootstrap.processes.roles import Role
from bootstrap.storage import Storage


def build(*, storage: Storage, market: Market) -> ReadEquity:
    """Build the use case."""
    return ReadEquity(directory=storage.directory, history=storage.equity, lap=market.lap)


def _subscribe(parts: Parts) -> None:
    """Let whoever plays the market record, once the venue has filled."""
    if Role.MARKET not in parts.plan.roles:
        return
    market = parts.of(market_of)
    parts.of(build_market).feed.subscribe(
        RecordEquity(
            book_store=parts.of(build_accounts).book_store,
            directory=parts.storage.directory,
            brokers=parts.of(registry.build).names,
            view=market.view,
            lap=market.lap,
            history=parts.storage.equity,
        )
    )


AREA = Area(
    name="performance",
    sentence="Returns and their ratios, and what accounts were worth over time.",
    builds={"performance": build},
    routes=lambda parts: (performance_routes(parts.of(build)),),
    subscribes=_subscribe,
)
