"""Opening accounts, adding portfolios and paying in, and what is written of each."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.accounts.book_store import AccountNotFound
from application.accounts.facade import AccountSummary
from application.accounts.open_account import OpenAccount, ReferenceUsed, first_deposit
from domain.accounts.account import AccountKind
from domain.accounts.book import AccountBook, TradingDay
from domain.accounts.ledger import EntryKind, LedgerAccount, Posting
from domain.shared.values import InvalidValue
from tests import builders
from tests.unit.application.accounts.context import TODAY, AccountContext


async def test_an_account_opens_empty_with_its_day_and_an_audit_entry() -> None:
    context = AccountContext()
    account = await context.cases.open(
        context.asked(kind=AccountKind.MARGIN, leverage=Decimal("2.50"), trace_id="t-1")
    )
    assert (account.tenant_id, account.portfolio_id) == (context.tenant_id, context.portfolio.id)
    assert (account.name, account.broker, account.currency) == ("Growth", "paper", "USD")
    assert (account.kind, account.leverage) == (AccountKind.MARGIN, Decimal("2.5"))
    assert account.created_at == context.rig.clock.now()
    day = TradingDay(date=TODAY, opening_equity=Decimal(0))
    assert context.stored(account.id) == AccountBook(account=account, version=0, day=day)
    (entry,) = context.audit
    assert (entry.tenant_id, entry.account_id) == (context.tenant_id, account.id)
    assert (entry.actor, entry.action, entry.trace_id) == ("user:ada", "account.open", "t-1")
    assert (entry.subject, entry.at) == (str(account.id), account.created_at)
    assert dict(entry.after) == {
        "name": "Growth",
        "broker": "paper",
        "currency": "USD",
        "kind": "margin",
        "leverage": "2.5",
        "portfolio_id": str(context.portfolio.id),
    }
    assert entry.id not in (account.id, None)
    assert entry.before == ()


async def test_what_is_not_said_is_a_cash_account_in_dollars_at_the_paper_broker() -> None:
    context = AccountContext()
    account = await context.cases.open(context.asked())
    assert (account.kind, account.leverage) == (AccountKind.CASH, Decimal(1))
    assert (account.broker, account.currency) == ("paper", "USD")
    assert context.audit[0].trace_id == ""
    other = await context.cases.open(
        context.asked(broker="real", currency="EUR", without_trading=True)
    )
    assert (other.broker, other.currency) == ("real", "EUR")


@pytest.mark.parametrize(
    ("given", "field", "problem"),
    [
        ({"name": ""}, "name", "must be 1 to 100 characters"),
        ({"name": "x" * 101}, "name", "must be 1 to 100 characters"),
        ({"broker": "other"}, "broker", "must be one of: paper, real"),
        ({"currency": "US"}, "currency", "must be an ISO 4217 code such as USD"),
        ({"currency": "USDT"}, "currency", "must be an ISO 4217 code such as USD"),
        ({"currency": "usd"}, "currency", "must be an ISO 4217 code such as USD"),
        ({"currency": "U1D"}, "currency", "must be an ISO 4217 code such as USD"),
        ({"currency": "ÄÖÜ"}, "currency", "must be an ISO 4217 code such as USD"),
        ({"portfolio_id": None}, "portfolio_id", "must be one of your portfolios"),
    ],
)
async def test_what_cannot_be_opened_is_said_and_leaves_nothing(
    given: dict[str, Any], field: str, problem: str
) -> None:
    context = AccountContext()
    if "portfolio_id" in given:
        given = {"portfolio_id": context.strangers.id}
    before = len(context.rig.database.books)
    with pytest.raises(InvalidValue) as refused:
        await context.cases.open(context.asked(**given))
    assert (refused.value.field, refused.value.problem) == (field, problem)
    assert (len(context.rig.database.books), context.audit) == (before, [])


@pytest.mark.parametrize("name", ["x", "x" * 100])
async def test_the_shortest_and_the_longest_names_are_taken(name: str) -> None:
    context = AccountContext()
    assert (await context.cases.open(context.asked(name=name))).name == name
    added = await context.cases.add_portfolio(tenant_id=context.tenant_id, name=name, actor="x")
    assert added.name == name


async def test_a_portfolio_is_added_and_audited() -> None:
    context = AccountContext()
    made = await context.cases.add_portfolio(
        tenant_id=context.tenant_id, name="Pension", actor="user:ada", trace_id="t-2"
    )
    assert (made.tenant_id, made.name) == (context.tenant_id, "Pension")
    assert made.created_at == context.rig.clock.now()
    assert list(await context.cases.portfolios(tenant_id=context.tenant_id)) == [
        context.portfolio,
        made,
    ]
    (entry,) = context.audit
    assert (entry.action, entry.subject, entry.actor) == (
        "portfolio.add",
        str(made.id),
        "user:ada",
    )
    assert (entry.tenant_id, entry.account_id) == (context.tenant_id, None)
    assert (entry.at, entry.trace_id) == (made.created_at, "t-2")
    assert entry.after == (("name", "Pension"),)
    assert entry.id != made.id


@pytest.mark.parametrize("name", ["", "x" * 101])
async def test_a_portfolio_has_a_name_of_some_length(name: str) -> None:
    context = AccountContext()
    with pytest.raises(InvalidValue) as refused:
        await context.cases.add_portfolio(tenant_id=context.tenant_id, name=name, actor="x")
    assert (refused.value.field, refused.value.problem) == ("name", "must be 1 to 100 characters")
    assert context.audit == []


async def test_a_deposit_is_booked_twice_sided_and_is_no_profit() -> None:
    context = AccountContext()
    before = context.stored()
    told = await context.deposit("250.50")
    assert isinstance(told, AccountSummary)
    assert (told.cash, told.daily_pnl, told.drawdown) == builders.decimals("100250.50", 0, 0)
    book = context.stored()
    assert book.version == before.version + 1
    assert book.day == TradingDay(date=builders.DAY.date, opening_equity=Decimal("100250.50"))
    assert book.peak_equity == Decimal("100250.50")
    posted = context.rig.database.ledger[-1]
    assert (posted.kind, posted.reference) == (EntryKind.DEPOSIT, "deposit:r-1")
    assert (posted.tenant_id, posted.account_id) == (context.tenant_id, context.account_id)
    assert (posted.at, posted.market_at) == (builders.AT, builders.MARKET_AT)
    assert {(one.ledger, one.asset, one.amount) for one in posted.postings} == {
        (LedgerAccount.HOLDING, "cash:USD", Decimal("250.50")),
        (LedgerAccount.FUNDING, "cash:USD", Decimal("-250.50")),
    }
    (entry,) = context.audit
    assert (entry.action, entry.actor, entry.trace_id) == ("account.deposit", "user:ada", "t-9")
    assert (entry.tenant_id, entry.account_id) == (context.tenant_id, context.account_id)
    assert (entry.subject, entry.at) == (str(context.account_id), builders.AT)
    assert entry.market_at == builders.MARKET_AT
    assert entry.detail == (("amount", "250.5"), ("reference", "r-1"))
    assert (entry.before, entry.after) == ((("cash", "100000"),), (("cash", "100250.5"),))
    assert len({entry.id, posted.id, context.account_id}) == 3


async def test_a_deposit_that_is_repeated_is_booked_once() -> None:
    context = AccountContext()
    first = await context.deposit(250)
    second = await context.deposit(250)
    assert first == second
    assert context.stored().settled_cash == 100_250
    assert len(context.audit) == 1
    third = await context.deposit(250, reference="r-2")
    assert isinstance(third, AccountSummary)
    assert third.cash == 100_500


async def test_a_reference_of_another_amount_is_said_and_books_nothing() -> None:
    context = AccountContext()
    await context.deposit("250.50")
    told = await context.deposit(300)
    assert told == ReferenceUsed(reference="r-1", booked=Decimal("250.50"), asked=Decimal(300))
    assert told.sentence == "reference 'r-1' belongs to a deposit of 250.5, not of 300"
    assert context.stored().settled_cash == Decimal("100250.50")


@given(first=st.integers(1, 10**9), second=st.integers(1, 10**9))
async def test_deposits_move_cash_opening_and_peak_alike(first: int, second: int) -> None:
    context = AccountContext()
    context.hold(replace(context.stored(), peak_equity=Decimal(120_000)))
    for number, amount in enumerate((first, second)):
        await context.deposit(amount, reference=f"r-{number}")
    book, both = context.stored(), first + second
    assert book.day is not None
    figures = (book.settled_cash, book.day.opening_equity, book.peak_equity)
    assert figures == builders.decimals(100_000 + both, 100_000 + both, 120_000 + both)


async def test_without_a_day_a_deposit_makes_none_and_without_a_peak_it_is_one() -> None:
    context = AccountContext()
    context.hold(replace(context.stored(), day=None, peak_equity=Decimal(0)))
    await context.deposit(5)
    assert (context.stored().day, context.stored().peak_equity) == (None, Decimal(5))
    assert context.stored().settled_cash == 100_005


@pytest.mark.parametrize(
    ("given", "field", "problem"),
    [
        ({"amount": Decimal(0)}, "amount", "must be above 0, not 0"),
        ({"amount": Decimal(-1)}, "amount", "must be above 0, not -1"),
        ({"amount": Decimal("NaN")}, "amount", "must be a finite number, not NaN"),
        ({"reference": ""}, "reference", "must be 1 to 100 characters"),
        ({"reference": "x" * 101}, "reference", "must be 1 to 100 characters"),
    ],
)
async def test_a_deposit_that_makes_no_sense_is_refused(
    given: dict[str, Any], field: str, problem: str
) -> None:
    context = AccountContext()
    with pytest.raises(InvalidValue) as refused:
        await context.deposit(**{"amount": 1, **given})
    assert (refused.value.field, refused.value.problem) == (field, problem)
    assert context.stored().version == 0


@pytest.mark.parametrize("reference", ["x", "x" * 100])
async def test_the_shortest_and_the_longest_references_are_taken(reference: str) -> None:
    context = AccountContext()
    assert isinstance(await context.deposit(1, reference=reference), AccountSummary)


@pytest.mark.parametrize(
    ("cash", "opening", "peak", "taken"),
    [
        ("99999999999999999998", 0, 0, True),
        ("99999999999999999999", 0, 0, False),
        (0, "99999999999999999999", 0, False),
        (0, 0, "99999999999999999999", False),
        (0, "99999999999999999998", "99999999999999999998", True),
    ],
)
async def test_an_account_holds_no_more_than_storage_does(
    cash: int | str, opening: int | str, peak: int | str, taken: bool
) -> None:
    context = AccountContext()
    held, opened, most = builders.decimals(cash, opening, peak)
    day = TradingDay(date=TODAY, opening_equity=opened)
    context.hold(replace(context.stored(), cash={"USD": held}, day=day, peak_equity=most))
    if taken:
        assert isinstance(await context.deposit(1), AccountSummary)
        return
    with pytest.raises(InvalidValue) as refused:
        await context.deposit(1)
    assert refused.value.field == "amount"
    assert refused.value.problem == "must leave the account's money below 1e20 in all"
    assert context.stored().version == 0


async def test_only_the_tenants_own_paper_account_takes_a_deposit() -> None:
    context = AccountContext()
    real = await context.cases.open(context.asked(broker="real"))
    with pytest.raises(InvalidValue) as refused:
        await context.deposit(5, account_id=real.id)
    assert refused.value.field == "account_id"
    assert refused.value.problem == "only paper accounts take deposits"
    with pytest.raises(AccountNotFound) as missing:
        await context.deposit(5, tenant_id=context.strangers.tenant_id)
    assert missing.value.account_id == context.account_id
    assert context.stored().version == 0


def test_the_first_deposit_explains_the_money_that_an_account_opens_with() -> None:
    account = builders.account(currency="EUR")
    number = builders.new_id()
    made = first_deposit(
        transaction_id=number, account=account, amount=Decimal(7), when=builders.WHEN
    )
    assert (made.id, made.tenant_id, made.account_id) == (number, account.tenant_id, account.id)
    assert (made.kind, made.reference) == (EntryKind.DEPOSIT, "deposit:opening")
    assert (made.at, made.market_at) == (builders.AT, builders.MARKET_AT)
    assert made.postings == (
        Posting(ledger=LedgerAccount.HOLDING, asset="cash:EUR", amount=Decimal(7)),
        Posting(ledger=LedgerAccount.FUNDING, asset="cash:EUR", amount=Decimal(-7)),
    )


def test_a_command_needs_no_more_than_who_what_and_where() -> None:
    made = OpenAccount(
        tenant_id=builders.new_id(), actor="x", portfolio_id=builders.new_id(), name="n"
    )
    assert (made.broker, made.currency, made.kind) == (None, "USD", AccountKind.CASH)
    assert (made.leverage, made.trace_id) == (Decimal(1), "")


async def test_an_account_is_at_the_first_broker_unless_one_is_named() -> None:
    context = AccountContext()
    assert (await context.cases.open(context.asked(broker=None))).broker == "paper"
    assert (await context.cases.open(context.asked(broker="real"))).broker == "real"
    with pytest.raises(InvalidValue) as refused:
        await context.cases.open(context.asked(broker="gone"))
    assert (refused.value.field, refused.value.problem) == ("broker", "must be one of: paper, real")


async def test_an_account_that_can_never_trade_is_not_opened_without_saying_so() -> None:
    context = AccountContext()
    with pytest.raises(InvalidValue) as refused:
        await context.cases.open(context.asked(currency="EUR"))
    assert refused.value.field == "currency"
    assert "nothing is traded here (USD is): the account could never trade" in refused.value.problem
    opened = await context.cases.open(context.asked(currency="EUR", without_trading=True))
    assert opened.currency == "EUR"
