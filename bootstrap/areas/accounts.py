"""Build the accounts: books, openings, trading days."""

from dataclasses import dataclass

import structlog

from adapters.http.accounts.routes import account_routes
from application.accounts.facade import AccountUseCases
from application.accounts.keep_day import KeepDay
from application.accounts.open_account import AccountOpening
from application.accounts.shelf import BookShelf
from application.accounts.start_late import StartLate
from bootstrap.area import Area
from bootstrap.areas.market import Market
from bootstrap.areas.market import build as build_market
from bootstrap.broker_parts import BROKER
from bootstrap.parts import Parts
from bootstrap.processes.roles import Role
from bootstrap.storage import Storage
from bootstrap.system import System
from domain.accounts.account import Account

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountParts:
    """The accounts' facade, and what follows the market for them."""

    shelf: BookShelf
    facade: AccountUseCases
    keep_day: KeepDay


def build(*, storage: Storage, market: Market, system: System) -> AccountParts:
    """Keep accounts at one broker."""
    shelf = BookShelf(books=storage.books)
    opening = AccountOpening(
        shelf=shelf,
        directory=storage.directory,
        journal=storage.ledger,
        brokers=frozenset({BROKER}),
        clock=system.clock,
        market_clock=market.clock,
        ids=system.ids,
        today=market.today,
        currencies=market.currencies,
        lap=market.lap,
    )
    facade = AccountUseCases(
        shelf=shelf,
        directory=storage.directory,
        journal=storage.ledger,
        latches=storage.latches,
        view=market.view,
        market_clock=market.clock,
        opening=opening,
    )
    keep_day = KeepDay(
        shelf=shelf,
        directory=storage.directory,
        broker=BROKER,
        view=market.view,
        instruments=market.instruments,
        clock=system.clock,
        market_clock=market.clock,
        ids=system.ids,
        on_unvalued=_unvalued,
        lap=market.lap,
    )
    return AccountParts(shelf=shelf, facade=facade, keep_day=keep_day)


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
    subscribes=_subscribe,
)
