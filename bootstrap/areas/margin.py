"""Declare margin: what books and accounts have to be margined with, and what gives it back."""

from adapters.http.margin.cases import CASES
from adapters.http.margin.routes import margin_routes
from application.margin.try_book import TryBook
from bootstrap.area import Area
from bootstrap.areas.market import Market
from bootstrap.margin import accounts


def build(market: Market) -> TryBook:
    """Build the use case."""
    return TryBook(instruments=market.instruments, view=market.view)


AREA = Area(
    name="margin",
    sentence="Initial and maintenance margin, calls and liquidation.",
    builds={"margin": build, "account_margin": accounts.build_account_margin},
    routes=lambda parts: (margin_routes(parts.of(build)), *accounts.routes(parts)),
    parameters=accounts.PARAMETERS,
    cases=CASES,
    tasks=accounts.TASKS,
)
