"""Build the accounts: books, openings, trading days."""

from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from application.accounts.facade import AccountUseCases
from application.accounts.keep_day import KeepDay
from application.accounts.open_account import AccountOpening
from application.accounts.shelf import BookShelf
from bootstrap.areas.market import Market
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


def build(
    *,
    storage: Storage,
    market: Market,
    system: System,
    brokers: Sequence[str],
    paper: Sequence[str],
) -> AccountParts:
    """Keep accounts at the brokers, of which the money of some is ours to give."""
    shelf = BookShelf(books=storage.books)
    opening = AccountOpening(
        shelf=shelf,
        directory=storage.directory,
        journal=storage.ledger,
        brokers=brokers,
        paper=paper,
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
        brokers=brokers,
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
