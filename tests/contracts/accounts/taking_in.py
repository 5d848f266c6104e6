"""What AccountBooks promises for the change that nearly all are: one plain order taken in."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from domain.accounts.book import RECENT_KEPT, REDUCING, AccountBook, Intake
from domain.accounts.book_change import BookChange, Fences, Reply
from domain.accounts.decision import Common, Decision
from domain.orders.order import Order
from domain.orders.states import OrderState
from domain.orders.terms import OrderType, Side, TimeInForce
from ports.accounts import BookCommit, Stale, StaleCause
from ports.storage import ConstraintBroken
from tests import builders
from tests.contracts.accounts.books import ALONE, DISTURBANCES, FENCES, PRECEDENCE, TAKEN, UNSEEN
from tests.contracts.accounts.picture import HEARD, KEY, REPLY, picture
from tests.contracts.storage import Storage, StorageContract

RECORD = b'{"rules":' + b"[1,2,3]" + b',"verdict":true}'
COMMON = Common(digest=b"d" * 32, start=9, end=16)
EACH = 8


def taken_in(
    book: AccountBook,
    *,
    order: Order | None = None,
    fences: Fences = FENCES,
    reply: Reply | None = REPLY,
) -> BookChange:
    """Make the change that the context makes of a plain order that passed the gate."""
    made = builders.draft(book, fences=fences)
    given = order if order is not None else builders.order(book.account)
    put = made.put(builders.to_state(given, OrderState.ACCEPTED))
    made.take_in(Intake(at=builders.AT, fingerprint="buy 10", symbol=put.symbol))
    made.decide(
        Decision(id=builders.new_id(), order_id=put.id, approved=True, record=RECORD, common=COMMON)
    )
    made.audit(
        builders.audit(
            tenant_id=put.tenant_id,
            account_id=put.account_id,
            actor=put.actor,
            action="order.submit",
            subject=str(put.id),
            market_at=builders.MARKET_AT,
            trace_id="4bf92f3577b34da6a3ce929d0e0e4736",
            detail=(("quantity", "10"), ("state", "accepted")),
        )
    )
    made.reply = reply
    return made.done()


async def _before(storage: Storage) -> AccountBook:
    """Store an account where key, client order id and the broker's report are used up."""
    broker = f"broker {builders.new_id()}"
    book = await storage.opened(broker=broker)
    await storage.books.mark_heard(broker=broker, mark=HEARD)
    # With the rules of the decisions: those that follow name them only.
    taken = builders.order(book.account, client_order_id=TAKEN)
    return await storage.store(taken_in(book, order=taken, fences=Fences()))


def _change(book: AccountBook, *causes: StaleCause) -> BookChange:
    name = TAKEN if StaleCause.CLIENT_ID in causes else "fresh"
    reply = REPLY if StaleCause.REPLIED in causes else replace(REPLY, key="fresh")
    order = builders.order(book.account, client_order_id=name)
    change = taken_in(book, order=order, reply=reply)
    if StaleCause.OTHERS in causes:
        change = replace(change, fences=ALONE)
    if StaleCause.SYMBOLS in causes:
        change = replace(change, fences=replace(change.fences, symbols=UNSEEN))
    return replace(change, heard=HEARD) if StaleCause.HEARD in causes else change


class TakingInContract(StorageContract):
    """The promises of AccountBooks for plain orders."""

    @pytest.mark.parametrize("keyed", [True, False])
    async def test_what_is_taken_in_is_read_back_whole(self, storage: Storage, keyed: bool) -> None:
        book = await _before(storage)
        for number, terms in enumerate(
            (
                builders.terms(quantity=Decimal("0.000000000000000001")),
                builders.terms(type=OrderType.MARKET, limit_price=None, side=Side.SELL),
                builders.terms(limit_price=Decimal("-1E+2"), time_in_force=TimeInForce.GTC),
            )
        ):
            given = builders.order(
                book.account,
                terms=terms,
                strategy_id="ema" if number else None,
                reserved_price=Decimal("99.5") if number else None,
            )
            reply = replace(REPLY, key=f"k{number}") if keyed else None
            before = await picture(storage, book=book)
            change = taken_in(book, order=given, reply=reply)
            assert await storage.books.commit(change) == BookCommit()
            seen = await picture(storage, book=book)
            assert seen["book"] == change.book
            for name in ("orders", "decisions", "audit", "notices"):
                stored = seen[name]
                assert isinstance(stored, list)
                assert list(getattr(change, name)) == [
                    one for one in stored if one not in _listed(before[name])
                ]
            if reply is not None:
                tenant_id = book.account.tenant_id
                assert await storage.books.reply(tenant_id=tenant_id, key=reply.key) == reply
            book = change.book

    async def test_cash_day_and_peak_stay_as_they_are(self, storage: Storage) -> None:
        book = await storage.store(builders.deposit(Decimal("12.5"), on=await _before(storage)))
        book = await storage.store(taken_in(book, reply=None))
        account = book.account
        kept = await storage.books.load(tenant_id=account.tenant_id, account_id=account.id)
        assert kept == book
        assert book.cash

    @pytest.mark.parametrize("cause", PRECEDENCE)
    async def test_a_stale_order_stores_nothing_of_itself(
        self, storage: Storage, cause: StaleCause
    ) -> None:
        book = await _before(storage)
        if cause in DISTURBANCES:
            await DISTURBANCES[cause](storage, book)
        before = await picture(storage, book=book)
        assert await storage.books.commit(_change(book, cause)) == Stale(cause)
        assert await picture(storage, book=book) == before

    @pytest.mark.parametrize("then", [(), (OrderState.SUBMITTED, OrderState.WORKING)])
    async def test_an_order_is_taken_in_once(
        self, storage: Storage, then: tuple[OrderState, ...]
    ) -> None:
        book = await _before(storage)
        order = builders.order(book.account)
        book = await storage.store(taken_in(book, order=order, reply=None))
        for state in then:
            book = await storage.store(builders.advance(book.orders[order.id], state, on=book))
        before = await picture(storage, book=book)
        with pytest.raises(ConstraintBroken):
            await storage.books.commit(taken_in(book, order=order, reply=None))
        assert await picture(storage, book=book) == before

    async def test_a_repeat_gets_its_first_answer_whatever_else_has_changed(
        self, storage: Storage
    ) -> None:
        book = await _before(storage)
        for cause in (StaleCause.BOOK, StaleCause.RULES, StaleCause.HALTED):
            await DISTURBANCES[cause](storage, book)
        change = _change(book, *PRECEDENCE)
        assert await storage.books.commit(change) == Stale(StaleCause.REPLIED)

    async def test_orders_of_many_accounts_each_meet_their_own_fate(self, storage: Storage) -> None:
        causes: list[StaleCause | None] = []
        for cause in (None, *StaleCause):
            causes += [cause] * (EACH if cause is None else 2)
        befores = [await _before(storage) for _ in causes]
        changes = [
            _change(book, *([cause] if cause else []))
            for book, cause in zip(befores, causes, strict=True)
        ]
        pictures = []
        for book, cause in zip(befores, causes, strict=True):
            if cause in DISTURBANCES:
                await DISTURBANCES[cause](storage, book)
            pictures.append(await picture(storage, book=book))
        told = await asyncio.gather(*(storage.books.commit(change) for change in changes))
        for change, cause, outcome, before in zip(changes, causes, told, pictures, strict=True):
            assert outcome == (BookCommit() if cause is None else Stale(cause))
            seen = await picture(storage, book=change.book)
            if cause is None:
                assert seen["book"] == change.book
                assert change.decisions[0] in _listed(seen["decisions"])
            else:
                for name in ("book", "orders", "decisions", "audit", "reply"):
                    assert seen[name] == before[name]

    async def test_of_many_orders_with_one_key_exactly_one_is_stored(
        self, storage: Storage
    ) -> None:
        home = await storage.home()
        books = [await storage.opened(within=home) for _ in range(EACH)]
        for number, book in enumerate(books):
            reply = replace(REPLY, key=f"first {number}")
            books[number] = await storage.store(taken_in(book, reply=reply))
        told = await asyncio.gather(
            *(storage.books.commit(taken_in(book, reply=REPLY)) for book in books)
        )
        assert told.count(BookCommit()) == 1
        assert told.count(Stale(StaleCause.REPLIED)) == EACH - 1
        kept = await storage.books.reply(tenant_id=books[0].account.tenant_id, key=KEY)
        assert kept == REPLY

    async def test_messages_that_only_reduce_crowd_out_no_others(self, storage: Storage) -> None:
        book = await storage.opened()
        now = datetime.now(UTC)
        for fingerprint, count in (("sell 1", 3), (f"{REDUCING}sell 2", RECENT_KEPT + 2)):
            draft = builders.draft(book)
            for number in range(count):
                at = now - timedelta(seconds=count - number)
                draft.take_in(Intake(at=at, fingerprint=fingerprint, symbol="AAPL"))
            book = await storage.store(draft.done())
        assert (len(book.recent), len(book.recent_reducing)) == (3, RECENT_KEPT)
        assert await _kept(storage, book) == (book.recent, book.recent_reducing)

    async def test_messages_of_a_clock_ahead_come_before_those_of_now(
        self, storage: Storage
    ) -> None:
        book = await storage.opened()
        now = datetime.now(UTC)
        draft = builders.draft(book)
        for age_h in (-1, -2, 2, 1):
            age = timedelta(hours=age_h)
            draft.take_in(Intake(at=now - age, fingerprint="sell 1", symbol="AAPL"))
        book = await storage.store(draft.done())
        assert (await _kept(storage, book))[0] == book.recent


def _listed(found: object) -> list[object]:
    assert isinstance(found, list)
    return found


async def _kept(
    storage: Storage, book: AccountBook
) -> tuple[tuple[Intake, ...], tuple[Intake, ...]]:
    account = book.account
    kept = await storage.books.load(tenant_id=account.tenant_id, account_id=account.id)
    assert kept is not None
    return kept.recent, kept.recent_reducing
