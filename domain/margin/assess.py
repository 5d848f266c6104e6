"""Assess a book's margin by a rulebook."""

from collections.abc import Mapping
from datetime import date
from typing import Protocol

from domain.margin.assessment import Assessment
from domain.margin.book import MarginBook
from domain.margin.cash import assess_cash
from domain.margin.crypto import assess_crypto
from domain.margin.portfolio import assess_portfolio
from domain.margin.rulebook import NoTable, Rulebook, RulebookName, rulebook_of
from domain.margin.securities import assess_securities


class _Assess(Protocol):
    def __call__(
        self, book: MarginBook, *, rulebook: Rulebook, on: date
    ) -> Assessment | NoTable: ...


def assess(
    book: MarginBook, *, rulebook: Rulebook | RulebookName | str, on: date
) -> Assessment | NoTable:
    """Return what a book needs on a day, or NoTable for what cannot be margined.

    A name stands for the version of that day; a version is refused on a day before it holds.
    """
    if not isinstance(rulebook, Rulebook):
        found = rulebook_of(rulebook, on=on)
        if isinstance(found, NoTable):
            return found
        rulebook = found
    if on < rulebook.since:
        return NoTable(
            table=rulebook.version, problem=f"{rulebook.version} does not hold on {on} yet"
        )
    return _ASSESSED_BY[rulebook.name](book, rulebook=rulebook, on=on)


_ASSESSED_BY: Mapping[RulebookName, _Assess] = {
    RulebookName.CASH: assess_cash,
    RulebookName.REG_T: assess_securities,
    RulebookName.FINRA_4210: assess_securities,
    RulebookName.PORTFOLIO: assess_portfolio,
    RulebookName.CRYPTO_ISOLATED: assess_crypto,
    RulebookName.CRYPTO_CROSS: assess_crypto,
}
