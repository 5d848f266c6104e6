"""See all that storage holds for one account, and make a change that writes all of it."""

from collections.abc import Mapping
from decimal import Decimal

from domain.accounts.book import AccountBook, Intake
from domain.accounts.book_change import BookChange, Fences, Halt, Reply
from domain.accounts.decision import Decision
from domain.orders.moves import fill
from domain.orders.order import Order
from domain.orders.states import OrderState
from ports.orders import OrderFilter
from tests import builders
from tests.contracts.storage import Storage

KEY = "key-1"
REPLY = Reply(key=KEY, request_hash=b"\x00hash\xff", status=201, body=b'{"id":"1"}\x00')
HEARD = 7


async def picture(storage: Storage, *, book: AccountBook) -> Mapping[str, object]:
    """Read back everything that a change of the account can write."""
    tenant_id, account_id = book.account.tenant_id, book.account.id
    orders = await storage.archive.list(
        tenant_id=tenant_id, filter=OrderFilter(account_id=account_id, limit=200)
    )
    return {
        "book": await storage.books.load(tenant_id=tenant_id, account_id=account_id),
        "balances": await storage.ledger.balances(tenant_id=tenant_id, account_id=account_id),
        "ledger": list(
            await storage.ledger.transactions(tenant_id=tenant_id, account_id=account_id, limit=200)
        ),
        "orders": list(orders),
        "decisions": [
            await storage.archive.decision(tenant_id=tenant_id, order_id=one.id) for one in orders
        ],
        "fills": list(await storage.archive.fills(tenant_id=tenant_id, account_id=account_id)),
        "notices": [one.notice for one in await storage.journal.after(cursor="", limit=1_000)],
        "audit": list(await storage.audits(tenant_id)),
        "reply": await storage.books.reply(tenant_id=tenant_id, key=KEY),
        "latches": list(await storage.latches.engaged(tenant_id=tenant_id)),
        "heard": await storage.books.heard(broker=book.account.broker),
    }


def everything(
    book: AccountBook,
    *,
    order: Order | None = None,
    fences: Fences = builders.NO_FENCES,
    reply: Reply | None = REPLY,
) -> BookChange:
    """Make a change that writes into every place at once: a new order that fills in part."""
    account = book.account
    draft = builders.draft(book, fences=fences)
    resting = order if order is not None else builders.order(account)
    for state in (OrderState.ACCEPTED, OrderState.SUBMITTED):
        resting = draft.put(builders.to_state(resting, state))
    done = builders.execution(resting, quantity=4, price="99.5", commission=Decimal("1.25"))
    draft.book_fill(done, multiplier=Decimal(1))
    draft.put(fill(resting, execution=done, when=builders.WHEN))
    draft.take_in(Intake(at=builders.AT, fingerprint="buy AAPL 10 @ 100", symbol="AAPL"))
    draft.decide(
        Decision(id=builders.new_id(), order_id=resting.id, approved=True, record=b'{"a":1}\x00')
    )
    draft.audit(
        builders.audit(
            tenant_id=account.tenant_id,
            account_id=account.id,
            action="order.submit",
            market_at=builders.MARKET_AT,
            trace_id="trace-1",
            detail=(("quantity", "10"), ("note", 'said "yes"\n')),
        )
    )
    draft.reply = reply
    draft.halt = Halt(
        latch_id=builders.new_id(), reason="a rule halted", actor="rule", at=builders.AT
    )
    draft.heard = HEARD
    return draft.done(peak_equity=Decimal("100123.45"))
