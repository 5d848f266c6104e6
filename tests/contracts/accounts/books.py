"""What every adapter of AccountBooks promises: all of a change, or nothing."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from domain.accounts.account import AccountKind
from domain.accounts.book import AccountBook, Channel
from domain.accounts.book_change import BookChange, Fences, Halt, Reply
from domain.accounts.ledger import EntryKind
from domain.accounts.positions import Position
from domain.audit.entry import NOBODY
from domain.kill_switch.latch import LatchCause, Level, Scope
from domain.orders.order import GroupLink, Origin, Role
from domain.orders.states import IllegalTransition, OrderState
from domain.orders.terms import OrderType, TimeInForce, TrailKind
from ports.accounts import BookCommit, ReportMarks, Stale, StaleCause
from ports.idempotency import KeyClaim, UsedOtherwise
from ports.storage import ConstraintBroken
from tests import builders
from tests.contracts.accounts.picture import HEARD, KEY, REPLY, everything, picture
from tests.contracts.storage import Storage, StorageContract

AT_ONCE = 64

# What makes a change stale: done to storage after the book was read.
Disturb = Callable[[Storage, AccountBook], Awaitable[None]]


async def _book(storage: Storage, book: AccountBook) -> None:
    await storage.store(builders.touch(book))


async def _rules(storage: Storage, book: AccountBook) -> None:
    await storage.set_rules_version(book.account.tenant_id, 2)


async def _halted(storage: Storage, book: AccountBook) -> None:
    tenant_id = book.account.tenant_id
    await storage.latches.engage(
        latch=builders.latch(scope=Scope(tenant_id=tenant_id)),
        audit=builders.audit(tenant_id=tenant_id),
        notice=builders.notice(tenant_id=tenant_id, sequence=1),
    )


async def _reducing(storage: Storage, book: AccountBook) -> None:
    tenant_id = book.account.tenant_id
    await storage.latches.engage(
        latch=builders.latch(scope=Scope(tenant_id=tenant_id), level=Level.REDUCING),
        audit=builders.audit(tenant_id=tenant_id),
        notice=builders.notice(tenant_id=tenant_id, sequence=1),
    )


async def _others(storage: Storage, book: AccountBook) -> None:
    account = builders.account(
        tenant_id=book.account.tenant_id, portfolio_id=book.account.portfolio_id
    )
    opened = builders.book(account)
    await storage.directory.open(book=opened, funding=builders.funding(opened))


async def _symbols(storage: Storage, book: AccountBook) -> None:
    account = book.account
    other = builders.book(
        builders.account(tenant_id=account.tenant_id, portfolio_id=account.portfolio_id)
    )
    await storage.directory.open(book=other, funding=builders.funding(other))
    fences = Fences(symbols=UNSEEN)
    await storage.store(builders.accept(builders.order(other.account), on=other, fences=fences))


# No order of the tenant was put there, fenced, before.
UNSEEN = (("AAPL", 0),)
DISTURBANCES: dict[StaleCause, Disturb] = {
    StaleCause.SYMBOLS: _symbols,
    StaleCause.OTHERS: _others,
    StaleCause.BOOK: _book,
    StaleCause.RULES: _rules,
    StaleCause.HALTED: _halted,
    StaleCause.REDUCING: _reducing,
}
# The first that applies is told: a repeat gets its first answer whatever else has changed.
PRECEDENCE = (
    StaleCause.REPLIED,
    StaleCause.SYMBOLS,
    StaleCause.OTHERS,
    StaleCause.BOOK,
    StaleCause.RULES,
    StaleCause.HALTED,
    StaleCause.REDUCING,
    StaleCause.HEARD,
    StaleCause.CLIENT_ID,
)
FENCES = Fences(rules_version=0, must_be_released=True)
# There is no other account of the tenant.
ALONE = replace(FENCES, others=())
TAKEN = "taken"


async def _before(storage: Storage) -> AccountBook:
    """Store an account where key, client order id and the broker's report are used up."""
    # At a broker of its own: what was heard there is no other's.
    book = await storage.opened(broker=f"broker {builders.new_id()}")
    taken = builders.order(book.account, client_order_id=TAKEN)
    change = builders.accept(taken, on=book)
    return await storage.store(builders.amended(change, replies=(REPLY,), heard=HEARD))


def _change(book: AccountBook, *causes: StaleCause) -> BookChange:
    """Make a change that runs into those causes that lie in the change itself."""
    name = TAKEN if StaleCause.CLIENT_ID in causes else "fresh"
    reply = REPLY if StaleCause.REPLIED in causes else replace(REPLY, key="fresh")
    fences = ALONE if StaleCause.OTHERS in causes else FENCES
    if StaleCause.SYMBOLS in causes:
        fences = replace(fences, symbols=UNSEEN)
    change = everything(
        book,
        order=builders.order(book.account, client_order_id=name),
        fences=fences,
        reply=reply,
    )
    return change if StaleCause.HEARD in causes else replace(change, heard=HEARD + 1)


class AccountBooksContract(StorageContract):
    """The promises of AccountBooks."""

    async def test_what_was_stored_is_read_back_whole(self, storage: Storage) -> None:
        book = await storage.opened()
        change = everything(book)
        await storage.store(change)
        seen = await picture(storage, book=book)
        assert seen["book"] == change.book
        assert seen["orders"] == [change.orders[-1]]
        assert seen["fills"] == list(change.fills)
        assert seen["decisions"] == list(change.decisions)
        assert seen["audit"] == list(change.audit)
        assert seen["notices"] == list(change.notices)
        assert seen["reply"] == REPLY
        assert seen["heard"] == ReportMarks(above=frozenset({HEARD}))
        assert change.ledger[0] in (
            await storage.ledger.transactions(
                tenant_id=book.account.tenant_id, account_id=book.account.id, limit=1
            )
        )

    async def test_every_kind_of_order_is_read_back_as_it_was(self, storage: Storage) -> None:
        book = await storage.opened()
        group = GroupLink(
            group_id=builders.new_id(), role=Role.STOP_LOSS, parent_id=builders.new_id()
        )
        several = (
            builders.order(book.account, strategy_id="ema", origin=Origin.EXTERNAL, reason="why"),
            builders.order(book.account, link=group, waiting=True, reserved_price=None),
            builders.order(
                book.account,
                terms=builders.terms(
                    type=OrderType.TRAILING_STOP,
                    limit_price=None,
                    stop_price=Decimal("-12.5"),
                    trail=Decimal("0.000000000000000001"),
                    trail_kind=TrailKind.PERCENT,
                    reduce_only=True,
                ),
            ),
            builders.order(
                book.account,
                terms=builders.terms(
                    quantity=Decimal("99999999999999999999.999999999999999999"),
                    time_in_force=TimeInForce.GTD,
                    expires_at=builders.AT,
                    post_only=True,
                    display_quantity=Decimal("0.5"),
                ),
                reserved_price=Decimal("100.25"),
            ),
        )
        change = builders.accept(*several, on=book)
        await storage.store(change)
        account = book.account
        kept = await storage.books.load(tenant_id=account.tenant_id, account_id=account.id)
        assert kept == change.book

    async def test_the_book_follows_its_orders_through_their_lives(self, storage: Storage) -> None:
        book = await storage.opened()
        iceberg = builders.terms(display_quantity=Decimal(5))
        order = builders.order(book.account, terms=iceberg)
        book = await storage.store(builders.accept(order, on=book))
        pending = replace(
            book.orders[order.id],
            state=OrderState.SUBMITTED,
            sent_at=builders.AT,
            venue_order_id="v-1",
            settled_state=OrderState.WORKING,
            pending_terms=builders.terms(quantity=Decimal(2), display_quantity=Decimal(2)),
            pending_price=Decimal("101.5"),
            request_sent=True,
            cancel_wanted=True,
        )
        change = builders.touch(book)
        book = replace(change.book, orders={order.id: pending})
        book = await storage.store(replace(change, book=book, orders=(pending,)))
        account = book.account
        kept = await storage.books.load(tenant_id=account.tenant_id, account_id=account.id)
        assert kept == book
        changed = replace(pending, terms=builders.terms(display_quantity=Decimal("0.5")))
        change = builders.touch(book)
        book = replace(change.book, orders={order.id: changed})
        book = await storage.store(replace(change, book=book, orders=(changed,)))
        kept = await storage.books.load(tenant_id=account.tenant_id, account_id=account.id)
        assert kept == book
        done = builders.execution(changed, quantity=10)
        book = await storage.store(builders.book_fill(changed, done, on=book))
        kept = await storage.books.load(tenant_id=account.tenant_id, account_id=account.id)
        assert kept == book
        assert not book.orders

    async def test_reports_are_heard_with_their_changes_until_a_mark_covers_them(
        self, storage: Storage
    ) -> None:
        book = await storage.opened(broker="paper")
        books = storage.books
        for heard in (3, None, 2, 9):
            book = await storage.store(builders.amended(builders.touch(book), heard=heard))
        assert await books.heard(broker="paper") == ReportMarks(above=frozenset({2, 3, 9}))
        # A mark covers what it passes, the ones that changed nothing too, and never falls.
        for mark, stands in ((3, 3), (1, 3), (5, 5), (5, 5)):
            await books.mark_heard(broker="paper", mark=mark)
            seen = await books.heard(broker="paper")
            assert seen == ReportMarks(mark=stands, above=frozenset({9}))
        await books.mark_heard(broker="paper", mark=12)
        assert await books.heard(broker="paper") == ReportMarks(mark=12)

    async def test_what_was_heard_is_per_broker(self, storage: Storage) -> None:
        home = await storage.home()
        ours, theirs = [
            await storage.opened(within=home, broker=broker) for broker in ("paper", "other")
        ]
        for book in (ours, theirs):
            for heard in (4, 5):
                book = await storage.store(builders.amended(builders.touch(book), heard=heard))
        await storage.books.mark_heard(broker="other", mark=4)
        seen = [await storage.books.heard(broker=name) for name in ("paper", "other", "third")]
        assert seen == [
            ReportMarks(above=frozenset({4, 5})),
            ReportMarks(mark=4, above=frozenset({5})),
            ReportMarks(),
        ]

    @pytest.mark.parametrize("mark", [0, HEARD, HEARD + 3])
    @pytest.mark.parametrize("of_another_account", [True, False])
    async def test_a_report_is_applied_once_before_and_behind_the_mark(
        self, storage: Storage, mark: int, of_another_account: bool
    ) -> None:
        home = await storage.home()
        book = await storage.opened(within=home, broker="paper")
        book = await storage.store(builders.amended(builders.touch(book), heard=HEARD))
        if mark:
            await storage.books.mark_heard(broker="paper", mark=mark)
        if of_another_account:
            book = await storage.opened(within=home, broker="paper")
        before = await picture(storage, book=book)
        again = builders.amended(builders.touch(book), heard=HEARD)
        assert await storage.books.commit(again) == Stale(StaleCause.HEARD)
        assert await picture(storage, book=book) == before
        await storage.store(builders.amended(builders.touch(book), heard=HEARD + 4))

    async def test_a_report_applied_by_two_at_once_is_applied_by_one(
        self, storage: Storage
    ) -> None:
        home = await storage.home()
        books = [await storage.opened(within=home, broker="paper") for _ in range(8)]
        said = await asyncio.gather(
            *(
                storage.books.commit(builders.amended(builders.touch(book), heard=HEARD))
                for book in books
            )
        )
        assert sorted(said, key=repr) == [BookCommit(), *[Stale(StaleCause.HEARD)] * 7]

    async def test_a_halt_stops_the_account_with_the_change_that_brings_it(
        self, storage: Storage
    ) -> None:
        book = await storage.opened()
        change = everything(book)
        await storage.store(change)
        (latch,) = await storage.latches.engaged(tenant_id=book.account.tenant_id)
        assert change.halt is not None
        assert (latch.id, latch.cause, latch.reason, latch.actor) == (
            change.halt.latch_id,
            LatchCause.RULE,
            "a rule halted",
            "rule",
        )
        scope = Scope(tenant_id=book.account.tenant_id, account_id=book.account.id)
        assert (latch.scope, latch.engaged_at) == (scope, builders.AT)
        fenced = builders.amended(builders.touch(change.book), fences=FENCES)
        assert await storage.books.commit(fenced) == Stale(StaleCause.HALTED)
        await storage.store(builders.touch(change.book))

    @pytest.mark.parametrize("level", Level)
    @pytest.mark.parametrize("reduces", [True, False])
    async def test_a_latch_holds_back_new_orders_that_it_names_as_far_as_its_level_goes(
        self, storage: Storage, level: Level, reduces: bool
    ) -> None:
        stopped = StaleCause.HALTED if level is Level.HALTED else StaleCause.REDUCING
        through = level is Level.REDUCING and reduces
        for named in (
            {"symbol": "AAPL"},
            {"strategy_id": " EMA"},
            {"broker": "paper"},
            {"tenant_id": NOBODY},
        ):
            book = await storage.opened(broker="paper")
            tenant_id = book.account.tenant_id
            fields: dict[str, Any] = {"tenant_id": tenant_id, **named}
            scope = Scope(**fields)
            latch = builders.latch(scope=scope, level=level)
            audit = builders.audit(tenant_id=scope.tenant_id)
            told = builders.notice(tenant_id=scope.tenant_id, sequence=0)
            await storage.latches.engage(latch=latch, audit=audit, notice=told)
            fences = Fences(rules_version=0, must_be_released=True, reduces=reduces)
            ours = builders.order(book.account, strategy_id="ema")
            other = builders.order(book.account, terms=builders.terms(symbol="MSFT"))
            said = await storage.books.commit(builders.accept(ours, on=book, fences=fences))
            assert said == (BookCommit() if through else Stale(stopped)), named
            if not through and not scope.holds_accounts:
                beside = builders.accept(other, on=book, fences=fences)
                assert await storage.books.commit(beside) == BookCommit()
            told = builders.notice(tenant_id=scope.tenant_id, sequence=0)
            off = replace(latch, released_at=builders.AT, released_by="user:test")
            await storage.latches.update(latch=off, audit=None, notice=told)

    @pytest.mark.parametrize("account_of_latch", ["own", "other", "tenant", "stranger"])
    async def test_only_an_engaged_latch_that_covers_the_account_holds_it_back(
        self, storage: Storage, account_of_latch: str
    ) -> None:
        book = await storage.opened()
        account = book.account
        scope = {
            "own": Scope(tenant_id=account.tenant_id, account_id=account.id),
            "other": Scope(tenant_id=account.tenant_id, account_id=builders.new_id()),
            "tenant": Scope(tenant_id=account.tenant_id),
            "stranger": Scope(tenant_id=builders.new_id()),
        }[account_of_latch]
        latch = builders.latch(scope=scope)
        audit = builders.audit(tenant_id=scope.tenant_id)
        told = builders.notice(tenant_id=scope.tenant_id, sequence=1)
        await storage.latches.engage(latch=latch, audit=audit, notice=told)
        covered = account_of_latch in ("own", "tenant")
        fenced = builders.amended(builders.touch(book), fences=FENCES)
        said = await storage.books.commit(fenced)
        assert said == (Stale(StaleCause.HALTED) if covered else BookCommit())
        released = replace(latch, released_at=builders.AT, released_by="user:test")
        told = builders.notice(tenant_id=scope.tenant_id, sequence=2)
        await storage.latches.update(latch=released, audit=None, notice=told)
        book = book if covered else fenced.book
        fenced = builders.amended(builders.touch(book), fences=FENCES)
        assert await storage.books.commit(fenced) == BookCommit()

    async def test_an_unfenced_change_holds_whatever_the_rules_and_latches_say(
        self, storage: Storage
    ) -> None:
        book = await storage.opened()
        await _rules(storage, book)
        await _halted(storage, book)
        assert await storage.books.commit(everything(book)) == BookCommit()

    async def test_the_rules_version_decided_on_must_be_the_one_stored(
        self, storage: Storage
    ) -> None:
        book = await storage.opened()
        await storage.set_rules_version(book.account.tenant_id, 3)
        for version, said in ((2, Stale(StaleCause.RULES)), (4, Stale(StaleCause.RULES))):
            fenced = builders.amended(builders.touch(book), fences=Fences(rules_version=version))
            assert await storage.books.commit(fenced) == said
        fenced = builders.amended(builders.touch(book), fences=Fences(rules_version=3))
        assert await storage.books.commit(fenced) == BookCommit()

    @pytest.mark.parametrize("cause", PRECEDENCE)
    async def test_a_stale_change_stores_nothing_of_itself(
        self, storage: Storage, cause: StaleCause
    ) -> None:
        book = await _before(storage)
        if cause in DISTURBANCES:
            await DISTURBANCES[cause](storage, book)
        before = await picture(storage, book=book)
        assert await storage.books.commit(_change(book, cause)) == Stale(cause)
        assert await picture(storage, book=book) == before

    @pytest.mark.parametrize(
        ("first", "second"),
        [
            (first, second)
            for index, first in enumerate(PRECEDENCE)
            for second in PRECEDENCE[index + 1 :]
        ],
    )
    async def test_of_two_causes_the_earlier_is_told(
        self, storage: Storage, first: StaleCause, second: StaleCause
    ) -> None:
        book = await _before(storage)
        # A commit on an account under a latch is what _book does: the latch comes last.
        for cause in DISTURBANCES:
            if cause in (first, second):
                await DISTURBANCES[cause](storage, book)
        assert await storage.books.commit(_change(book, first, second)) == Stale(first)

    async def test_a_key_is_one_tenants_own(self, storage: Storage) -> None:
        book, other = await storage.opened(), await storage.opened(broker="other")
        await storage.store(everything(book))
        tenant_id = other.account.tenant_id
        assert await storage.books.reply(tenant_id=tenant_id, key=KEY) is None
        theirs = Reply(key=KEY, request_hash=b"theirs", status=403, body=b"")
        await storage.store(everything(other, reply=theirs))
        assert await storage.books.reply(tenant_id=tenant_id, key=KEY) == theirs
        ours = await storage.books.reply(tenant_id=book.account.tenant_id, key=KEY)
        assert ours == REPLY

    async def test_a_client_order_id_is_one_accounts_own(self, storage: Storage) -> None:
        home = await storage.home()
        book, other = await storage.opened(within=home), await storage.opened(within=home)
        await storage.store(
            builders.accept(builders.order(book.account, client_order_id=TAKEN), on=book)
        )
        await storage.store(
            builders.accept(builders.order(other.account, client_order_id=TAKEN), on=other)
        )

    async def test_two_orders_of_one_change_cannot_share_a_client_order_id(
        self, storage: Storage
    ) -> None:
        book = await storage.opened()
        twins = [builders.order(book.account, client_order_id=TAKEN) for _ in range(2)]
        before = await picture(storage, book=book)
        said = await storage.books.commit(builders.accept(*twins, on=book))
        assert said == Stale(StaleCause.CLIENT_ID)
        assert await picture(storage, book=book) == before

    @pytest.mark.parametrize("together", [True, False])
    async def test_a_trade_is_booked_once_per_order(self, storage: Storage, together: bool) -> None:
        book = await storage.opened()
        orders = [builders.order(book.account) for _ in range(2)]
        book = await storage.store(builders.accept(*orders, on=book))
        one, other = (book.orders[order.id] for order in orders)
        book = await storage.store(
            builders.advance(one, OrderState.SUBMITTED, on=book),
        )
        book = await storage.store(
            builders.advance(other, OrderState.SUBMITTED, on=book),
        )
        one, other = (book.orders[order.id] for order in orders)
        first = builders.execution(one, quantity=1, trade_id="t-1")
        again = builders.execution(one, quantity=1, trade_id="t-1")
        elsewhere = builders.execution(other, quantity=1, trade_id="t-1")
        if together:
            draft = builders.draft(book)
            draft.book_fill(first, multiplier=Decimal(1))
            draft.book_fill(again, multiplier=Decimal(1))
            refused = draft.done()
        else:
            book = await storage.store(builders.book_fill(one, first, on=book))
            refused = builders.book_fill(book.orders[one.id], again, on=book)
        before = await picture(storage, book=book)
        with pytest.raises(ConstraintBroken):
            await storage.books.commit(refused)
        assert await picture(storage, book=book) == before
        await storage.store(builders.book_fill(book.orders[other.id], elsewhere, on=book))

    @pytest.mark.parametrize("together", [True, False])
    async def test_a_ledger_reference_is_used_once_per_account_and_kind(
        self, storage: Storage, together: bool
    ) -> None:
        home = await storage.home()
        book, other = await storage.opened(within=home), await storage.opened(within=home)
        first = builders.deposit(5, on=book, reference="deposit:1")
        if together:
            again = builders.amended(
                first, ledger=(*first.ledger, replace(first.ledger[0], id=builders.new_id()))
            )
        else:
            book = await storage.store(first)
            again = builders.deposit(5, on=book, reference="deposit:1")
        before = await picture(storage, book=book)
        with pytest.raises(ConstraintBroken):
            await storage.books.commit(again)
        assert await picture(storage, book=book) == before
        await storage.store(builders.deposit(5, on=other, reference="deposit:1"))
        otherwise = builders.deposit(5, on=book, reference="deposit:1")
        kind = replace(otherwise.ledger[0], kind=EntryKind.CASH_IN_LIEU)
        await storage.store(builders.amended(otherwise, ledger=(kind,)))

    async def test_the_opening_deposit_cannot_be_booked_again(self, storage: Storage) -> None:
        book = await storage.opened()
        with pytest.raises(ConstraintBroken):
            await storage.books.commit(
                builders.deposit(100_000, on=book, reference="deposit:opening")
            )

    @pytest.mark.parametrize(
        ("before", "after"),
        [
            (None, OrderState.INITIALIZED),
            (None, OrderState.SUBMITTED),
            (OrderState.ACCEPTED, OrderState.WORKING),
            (OrderState.REJECTED, OrderState.FILLED),
            (OrderState.CANCELED, OrderState.WORKING),
        ],
    )
    async def test_an_illegal_move_is_refused_whoever_makes_it(
        self, storage: Storage, before: OrderState | None, after: OrderState
    ) -> None:
        book = await storage.opened()
        order = builders.order(book.account)
        if before is not None:
            change = builders.accept(order, on=book)
            book = await storage.store(change)
            order = change.orders[0]
        if before not in (None, OrderState.ACCEPTED):
            change = builders.advance(order, before, on=book)
            book = await storage.store(change)
            order = change.orders[0]
        seen = await picture(storage, book=book)
        change = builders.amended(
            builders.deposit(1, on=book), orders=(replace(order, state=after),)
        )
        with pytest.raises(IllegalTransition):
            await storage.books.commit(change)
        assert await picture(storage, book=book) == seen

    async def test_another_tenants_book_is_not_there(self, storage: Storage) -> None:
        book, other = await storage.opened(), await storage.opened()
        stranger = other.account.tenant_id
        kept = storage.books.load
        assert await kept(tenant_id=stranger, account_id=book.account.id) is None
        assert await kept(tenant_id=stranger, account_id=builders.new_id()) is None
        assert await kept(tenant_id=stranger, account_id=other.account.id) == other

    async def test_a_change_of_no_account_is_stale(self, storage: Storage) -> None:
        book = await storage.opened()
        nobody = builders.account(
            tenant_id=book.account.tenant_id,
            portfolio_id=book.account.portfolio_id,
            kind=AccountKind.CASH,
            leverage=Decimal(1),
        )
        said = await storage.books.commit(builders.touch(builders.book(nobody)))
        assert said == Stale(StaleCause.BOOK)

    async def test_of_many_changes_of_one_version_exactly_one_holds(self, storage: Storage) -> None:
        book = await storage.opened()
        changes = [
            builders.deposit(index + 1, on=book, reference=f"deposit:{index}")
            for index in range(AT_ONCE)
        ]
        said = await asyncio.gather(*(storage.books.commit(change) for change in changes))
        assert said.count(BookCommit()) == 1
        assert said.count(Stale(StaleCause.BOOK)) == AT_ONCE - 1
        won = changes[said.index(BookCommit())]
        account = book.account
        kept = await storage.books.load(tenant_id=account.tenant_id, account_id=account.id)
        assert kept == won.book
        balances = await storage.ledger.balances(tenant_id=account.tenant_id, account_id=account.id)
        assert balances == {"cash:USD": won.book.settled_cash}

    async def test_the_version_is_that_of_the_stored_book(self, storage: Storage) -> None:
        book = await storage.opened()
        account = book.account
        ids = {"tenant_id": account.tenant_id, "account_id": account.id}
        assert await storage.books.version(**ids) == book.version
        await storage.store(builders.touch(book))
        assert await storage.books.version(**ids) == book.version + 1
        other = await storage.opened()
        assert await storage.books.version(**{**ids, "tenant_id": other.account.tenant_id}) is None
        assert await storage.books.version(**{**ids, "account_id": builders.new_id()}) is None

    async def test_the_versions_are_those_of_all_the_tenants_books(self, storage: Storage) -> None:
        home = await storage.home()
        first, second = [await storage.opened(within=home) for _ in range(2)]
        await storage.opened()
        await storage.store(builders.touch(second))
        assert await storage.books.versions(tenant_id=home.tenant_id) == {
            first.account.id: first.version,
            second.account.id: second.version + 1,
        }
        assert await storage.books.versions(tenant_id=builders.new_id()) == {}

    async def test_a_change_may_bring_several_replies(self, storage: Storage) -> None:
        book = await storage.opened()
        tenant_id = book.account.tenant_id
        first, second, third = (replace(REPLY, key=f"many-{n}") for n in range(3))
        taken = builders.accept(builders.order(book.account), on=book)
        made = await storage.store(builders.amended(taken, replies=(first, second)))
        assert await storage.books.reply(tenant_id=tenant_id, key="many-1") == second
        for keys in ((third, first), (first, third), (third, third)):
            more = builders.accept(builders.order(book.account), on=made)
            told = await storage.books.commit(builders.amended(more, replies=keys))
            assert told == Stale(StaleCause.REPLIED)
        assert await storage.books.reply(tenant_id=tenant_id, key="many-2") is None
        account_id = book.account.id
        assert await storage.books.load(tenant_id=tenant_id, account_id=account_id) == made

    async def test_of_many_changes_with_one_key_exactly_one_holds(self, storage: Storage) -> None:
        home = await storage.home()
        books = [await storage.opened(within=home) for _ in range(8)]
        # Each comes from a report of its own: of two told the same, either cause would be right.
        changes = [
            replace(everything(book, reply=replace(REPLY, body=str(index).encode())), heard=index)
            for index, book in enumerate(books, start=HEARD)
        ]
        said = await asyncio.gather(*(storage.books.commit(change) for change in changes))
        assert said.count(BookCommit()) == 1
        assert said.count(Stale(StaleCause.REPLIED)) == len(books) - 1
        won = changes[said.index(BookCommit())]
        kept = await storage.books.reply(tenant_id=home.tenant_id, key=KEY)
        assert (kept,) == won.replies

    async def test_sequences_run_on_from_the_stored_book(self, storage: Storage) -> None:
        book = await storage.opened()
        for _ in range(3):
            book = await storage.store(builders.accept(builders.order(book.account), on=book))
        account = book.account
        kept = await storage.books.load(tenant_id=account.tenant_id, account_id=account.id)
        assert kept is not None
        assert dict(kept.sequences) == {Channel.ORDERS: 3}
        told = await storage.journal.replay(
            tenant_id=account.tenant_id,
            account_id=account.id,
            channel=Channel.ORDERS,
            after_sequence=0,
            limit=10,
        )
        assert [one.sequence for one in told] == [1, 2, 3]

    async def test_a_position_keeps_which_split_it_stands_in(self, storage: Storage) -> None:
        book = await storage.opened()
        for split_on in (None, date(2005, 2, 28), date(2014, 6, 9)):
            draft = builders.draft(book)
            draft.set_position(
                Position(
                    symbol="AAPL",
                    quantity=Decimal(10),
                    cost=Decimal(900),
                    split_on=split_on,
                    split_from=Decimal("10.5"),
                )
            )
            book = await storage.store(draft.done())
            loaded = await storage.books.load(
                tenant_id=book.account.tenant_id, account_id=book.account.id
            )
            assert loaded is not None
            assert loaded.position("AAPL").split_on == split_on
            assert loaded.position("AAPL").split_from == Decimal("10.5")

    async def test_a_rule_that_halts_again_adds_no_second_latch(self, storage: Storage) -> None:
        book = await storage.opened()
        tenant_id = book.account.tenant_id

        async def halted(reason: str) -> list[str]:
            nonlocal book
            halt = Halt(latch_id=builders.new_id(), reason=reason, actor="rule", at=builders.AT)
            change = builders.amended(builders.touch(book), halt=halt)
            book = await storage.store(change)
            return [latch.reason for latch in await storage.latches.engaged(tenant_id=tenant_id)]

        assert await halted("first") == ["first"]
        assert await halted("second") == ["first"]
        (latch,) = await storage.latches.engaged(tenant_id=tenant_id)
        await storage.latches.update(
            latch=replace(latch, released_at=builders.AT, released_by="user:boss"),
            audit=None,
            notice=builders.notice(tenant_id=tenant_id, sequence=1),
        )
        # Once released, the next one stops it again; and a latch of another cause is no reason
        # not to.
        await storage.latches.engage(
            latch=builders.latch(scope=Scope(tenant_id=tenant_id, account_id=book.account.id)),
            audit=builders.audit(tenant_id=tenant_id),
            notice=builders.notice(tenant_id=tenant_id, sequence=2),
        )
        assert sorted(await halted("third")) == ["a test", "third"]

    async def test_a_key_that_another_route_uses_is_not_new(self, storage: Storage) -> None:
        book = await storage.opened()
        tenant_id = book.account.tenant_id

        async def claim(key: str) -> object:
            return await storage.keys.claim(
                tenant_id=tenant_id, key=key, request_hash=b"other", lapse_s=60
            )

        claimed = await claim(KEY)
        assert isinstance(claimed, KeyClaim)

        def accepted(*replies: Reply) -> BookChange:
            change = builders.accept(builders.order(book.account), on=book)
            return builders.amended(change, replies=replies)

        fresh = replace(REPLY, key="fresh")
        for replies in ((REPLY,), (fresh, REPLY)):
            told = await storage.books.commit(accepted(*replies))
            assert told == Stale(StaleCause.REPLIED)
        known = await storage.books.reply(tenant_id=tenant_id, key=KEY)
        assert known is not None
        assert known.request_hash == b"other"
        # Given back, it is free; used here, it is taken there.
        await storage.keys.release(tenant_id=tenant_id, key=KEY, claim=claimed.claim)
        await storage.store(accepted(REPLY))
        assert await claim(KEY) == UsedOtherwise()
        assert await storage.books.reply(tenant_id=tenant_id, key=KEY) == REPLY
        assert isinstance(await claim("fresh"), KeyClaim)
