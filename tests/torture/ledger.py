"""Move money and units at random and hold the ledger against a simple model.

`python -m tests.torture.ledger --runs 1000` makes that many runs of 50 steps: deposits,
withdrawals, trades in both directions, splits, repeated references and unbalanced postings.
After every step the ledger must balance per asset, say what the model says, and hold every
earlier row unchanged. It prints what it did and fails with the shortest run that breaks it.
"""

import asyncio
import sys
from collections import Counter, defaultdict
from collections.abc import Awaitable
from decimal import Decimal
from fractions import Fraction
from typing import TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import (
    invariant,
    rule,
)

from adapters.memory.database import MemoryDatabase
from domain.accounts.book import AccountBook
from domain.accounts.book_change import BookChange
from domain.accounts.ledger import (
    EntryKind,
    LedgerAccount,
    LedgerTransaction,
    Posting,
    Unbalanced,
    cash_asset,
    totals,
    transfer,
    unit_asset,
)
from domain.orders.moves import fill
from domain.orders.states import OrderState
from domain.orders.terms import Side
from ports.accounts import BookCommit
from ports.storage import ConstraintBroken
from tests import builders
from tests.contracts.storage import memory_storage
from tests.torture.machines import CountingMachine, command, played

SYMBOLS = ("AAPL", "MSFT", "IBM")
AMOUNTS = st.decimals(min_value="0.01", max_value=1_000_000, places=2)
PRICES = st.decimals(min_value="-20", max_value=2_000, places=4)
QUANTITIES = st.decimals(min_value="0.001", max_value=5_000, places=3)
COMMISSIONS = st.decimals(min_value=-1, max_value=20, places=4)

Result = TypeVar("Result")


class LedgerMachine(CountingMachine):
    """The ledger and books of one account, beside a model that only adds and subtracts."""

    def __init__(self) -> None:
        super().__init__()
        self._runner = asyncio.Runner()
        self._storage = memory_storage(MemoryDatabase())
        self._book: AccountBook = self._run(self._storage.opened())
        self._model: defaultdict[str, Fraction] = defaultdict(Fraction)
        self._model["cash:USD"] = Fraction(100_000)
        self._cash_flow: dict[str, Fraction] = {symbol: Fraction(0) for symbol in SYMBOLS}
        self._written: list[LedgerTransaction] = []
        self._references: list[tuple[EntryKind, str]] = [(EntryKind.DEPOSIT, "deposit:opening")]

    def teardown(self) -> None:
        self._runner.close()

    def _run(self, work: Awaitable[Result]) -> Result:
        async def awaited() -> Result:
            return await work

        return self._runner.run(awaited())

    def _store(self, change: BookChange) -> None:
        assert self._run(self._storage.books.commit(change)) == BookCommit()
        self._book = change.book
        self._references += [(one.kind, one.reference) for one in change.ledger]

    @rule(amount=AMOUNTS, withdraw=st.booleans())
    def move_cash(self, amount: Decimal, withdraw: bool) -> None:
        """Deposit or withdraw."""
        self.steps["cash"] += 1
        signed = -amount if withdraw else amount
        draft = builders.draft(self._book)
        draft.post(
            kind=EntryKind.WITHDRAWAL if withdraw else EntryKind.DEPOSIT,
            postings=transfer(source=LedgerAccount.FUNDING, asset=cash_asset("USD"), amount=signed),
            reference=str(builders.new_id()),
        )
        self._store(draft.done())
        self._model["cash:USD"] += Fraction(signed)

    @rule(
        symbol=st.sampled_from(SYMBOLS),
        side=st.sampled_from(Side),
        quantity=QUANTITIES,
        price=PRICES,
        commission=COMMISSIONS,
    )
    def trade(
        self, symbol: str, side: Side, quantity: Decimal, price: Decimal, commission: Decimal
    ) -> None:
        """Take an order in and fill it whole."""
        self.steps["trades"] += 1
        terms = builders.terms(symbol=symbol, side=side, quantity=quantity)
        draft = builders.draft(self._book)
        order = draft.put(
            builders.to_state(builders.order(self._book.account, terms=terms), OrderState.WORKING)
        )
        done = builders.execution(order, quantity=quantity, price=price, commission=commission)
        draft.book_fill(done, multiplier=Decimal(1))
        draft.put(fill(order, execution=done, when=builders.WHEN))
        self._store(draft.done())
        signed = Fraction(done.signed_quantity)
        self._model[unit_asset(symbol)] += signed
        self._model["cash:USD"] -= signed * Fraction(price) + Fraction(commission)
        self._cash_flow[symbol] -= signed * Fraction(price)

    @rule(symbol=st.sampled_from(SYMBOLS), ratio=st.sampled_from(("2", "3", "0.5", "1.5")))
    def split(self, symbol: str, ratio: str) -> None:
        """Multiply the units held, at the same cost."""
        held = self._book.position(symbol)
        if not held.quantity:
            return
        self.steps["splits"] += 1
        after = held.quantity * Decimal(ratio)
        draft = builders.draft(self._book)
        draft.post(
            kind=EntryKind.SPLIT,
            postings=transfer(
                source=LedgerAccount.CORPORATE_ACTION,
                asset=unit_asset(symbol),
                amount=after - held.quantity,
            ),
            reference=str(builders.new_id()),
        )
        fields = {name: getattr(held, name) for name in held.__slots__}
        draft.set_position(type(held)(**(fields | {"quantity": after})))
        self._store(draft.done())
        self._model[unit_asset(symbol)] *= Fraction(ratio)

    @rule(data=st.data(), amount=AMOUNTS)
    def repeat_a_reference(self, data: st.DataObject, amount: Decimal) -> None:
        """Try to post under a reference that is used."""
        self.steps["repeats refused"] += 1
        kind, reference = data.draw(st.sampled_from(self._references))
        draft = builders.draft(self._book)
        draft.post(
            kind=kind,
            postings=transfer(source=LedgerAccount.FUNDING, asset=cash_asset("USD"), amount=amount),
            reference=reference,
        )
        try:
            self._run(self._storage.books.commit(draft.done()))
        except ConstraintBroken:
            return
        raise AssertionError(f"{kind} {reference} was posted twice")

    @rule(one=AMOUNTS, other=AMOUNTS, same_asset=st.booleans())
    def post_what_does_not_balance(self, one: Decimal, other: Decimal, same_asset: bool) -> None:
        """Try to make a transaction whose postings do not sum to zero per asset."""
        if same_asset and one == other:
            return
        self.steps["unbalanced refused"] += 1
        postings = (
            Posting(ledger=LedgerAccount.HOLDING, asset="cash:USD", amount=one),
            Posting(
                ledger=LedgerAccount.FUNDING,
                asset="cash:USD" if same_asset else "cash:EUR",
                amount=-other,
            ),
        )
        try:
            builders.draft(self._book).post(
                kind=EntryKind.DEPOSIT, postings=postings, reference="x"
            )
        except Unbalanced:
            return
        raise AssertionError("a transaction that does not balance was made")

    @invariant()
    def the_ledger_says_what_the_model_says(self) -> None:
        """Compare balances, books, the model and the rows written before."""
        account = self._book.account
        asked = {"tenant_id": account.tenant_id, "account_id": account.id}
        balances = self._run(self._storage.ledger.balances(**asked))
        assert {name: Fraction(amount) for name, amount in balances.items()} == dict(self._model)
        assert Fraction(self._book.settled_cash) == self._model["cash:USD"]
        for symbol, held in self._book.positions.items():
            assert Fraction(held.quantity) == self._model[unit_asset(symbol)]
            # What was paid is in the cost of what is held, or in the profit; at any price.
            assert Fraction(held.realised_pnl - held.cost) == self._cash_flow[symbol]
        rows = list(
            reversed(
                self._run(
                    self._storage.ledger.transactions(
                        tenant_id=account.tenant_id, account_id=account.id, limit=1_000
                    )
                )
            )
        )
        assert rows[: len(self._written)] == self._written
        for row in rows[len(self._written) :]:
            assert not any(totals(row.postings).values())
            assert all(type(one.amount) is Decimal for one in row.postings)
        self._written = rows


def run(*, runs: int) -> Counter[str]:
    """Make that many runs and return what was done in them."""
    return played(LedgerMachine, runs=runs)


if __name__ == "__main__":
    sys.exit(command(LedgerMachine, name="ledger", about=__doc__))
