"""Build the accounts: books, openings, trading days."""

from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from adapters.http.accounts.cases import CASES
from adapters.http.accounts.routes import account_routes
from application.accounts.book_store import BookStore
from application.accounts.facade import AccountUseCases
from application.accounts.keep_day import KeepDay
from application.accounts.open_account import AccountOpening
from application.accounts.start_late import StartLate
from application.orders.gatekeeper import Gatekeeper
from application.orders.read_power import ReadBuyingPower
from bootstrap.area import Area
from bootstrap.areas.market import Market
from bootstrap.areas.market import build as build_market
from bootstrap.brokers.registry import Brokers
from bootstrap.parts import Parts
from bootstrap.processes.roles import Role
from bootstrap.storage import Storage
from bootstrap.system import System
from domain.accounts.account import Account

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountParts:
    """The accounts' facade, and what follows the market for them."""

    book_store: BookStore
    facade: AccountUseCases
    keep_day: KeepDay


def build(
    *,
    storage: Storage,
    market: Market,
    system: System,
    brokers: Brokers,
    paper_brokers: Sequence[str],
    gatekeeper: Gatekeeper,
) -> AccountParts:
    """Keep accounts at the brokers, of which the money of some is ours to give."""
    book_store = BookStore(books=storage.books)
    opening = AccountOpening(
        book_store=book_store,
        directory=storage.directory,
        journal=storage.ledger,
        brokers=brokers.names,
        paper=paper_brokers,
        clock=system.clock,
        market_clock=market.clock,
        ids=system.ids,
        today=market.today,
        currencies=market.currencies,
        lap=market.lap,
    )
    facade = AccountUseCases(
        book_store=book_store,
        directory=storage.directory,
        journal=storage.ledger,
        latches=storage.latches,
        view=market.view,
        market_clock=market.clock,
        opening=opening,
        power=ReadBuyingPower(gatekeeper=gatekeeper, clock=system.clock),
    )
    keep_day = KeepDay(
        book_store=book_store,
        directory=storage.directory,
        brokers=brokers.names,
        view=market.view,
        instruments=market.instruments,
        clock=system.clock,
        market_clock=market.clock,
        ids=system.ids,
        on_unvalued=_unvalued,
        lap=market.lap,
    )
    return AccountParts(book_store=book_store, facade=facade, keep_day=keep_day)


def _unvalued(account: Account, symbol: str) -> None:
    log.warning("account.not_valued", account=str(account.id), symbol=symbol)


def _subscribe(parts: Parts) -> None:
    """Let the market open and close the accounts' trading days."""
    feed, keep_day = parts.of(build_market).feed, parts.of(build).keep_day
    if Role.MARKET in parts.plan.roles:
        feed.subscribe(keep_day)
    elif Role.API in parts.plan.roles:
        feed.subscribe(StartLate(keep_day=keep_day))


AREA = Area(
    name="accounts",
    sentence="Portfolios and accounts: their books, cash, positions and trading days.",
    builds={"accounts": build},
    routes=lambda parts: (account_routes(parts.of(build).facade, keys=parts.storage.keys),),
    cases=CASES,
    subscribes=_subscribe,
)
