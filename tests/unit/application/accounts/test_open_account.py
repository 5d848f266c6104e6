"""Opening accounts, adding portfolios and paying in, and what is written of each."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.accounts.facade import AccountSummary
from application.accounts.open_account import OpenAccount, ReferenceUsed, first_deposit
from application.accounts.shelf import AccountNotFound
from domain.accounts.account import AccountKind
from domain.accounts.book import AccountBook, TradingDay
from domain.accounts.ledger import EntryKind, LedgerAccount, Posting
from domain.shared.values import InvalidValue
from tests import builders
from tests.unit.application.accounts.desk import TODAY, AccountDesk


async def test_an_account_opens_empty_with_its_day_and_an_audit_entry() -> None:
    desk = AccountDesk()
    account = await desk.cases.open(
        desk.asked(kind=AccountKind.MARGIN, leverage=Decimal("2.50"), trace_id="t-1")
    )
    assert (account.tenant_id, account.portfolio_id) == (desk.tenant_id, desk.portfolio.id)
    assert (account.name, account.broker, account.currency) == ("Growth", "paper", "USD")
    assert (account.kind, account.leverage) == (AccountKind.MARGIN, Decimal("2.5"))
    assert account.created_at == desk.room.clock.now()
    day = TradingDay(date=TODAY, opening_equity=Decimal(0))
    assert desk.stored(account.id) == AccountBook(account=account, version=0, day=day)
    (entry,) = desk.audit
    assert (entry.tenant_id, entry.account_id) == (desk.tenant_id, account.id)
    assert (entry.actor, entry.action, entry.trace_id) == ("user:ada", "account.open", "t-1")
    assert (entry.subject, entry.at) == (str(account.id), account.created_at)
    assert dict(entry.after) == {
        "name": "Growth",
        "broker": "paper",
        "currency": "USD",
        "kind": "margin",
        "leverage": "2.5",
        "portfolio_id": str(desk.portfolio.id),
    }
    assert entry.id not in (account.id, None)
    assert entry.before == ()


async def test_what_is_not_said_is_a_cash_account_in_dollars_at_the_paper_broker() -> None:
    desk = AccountDesk()
    account = await desk.cases.open(desk.asked())
    assert (account.kind, account.leverage) == (AccountKind.CASH, Decimal(1))
    assert (account.broker, account.currency) == ("paper", "USD")
    assert desk.audit[0].trace_id == ""
    other = await desk.cases.open(desk.asked(broker="real", currency="EUR", without_trading=True))
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
    desk = AccountDesk()
    if "portfolio_id" in given:
        given = {"portfolio_id": desk.strangers.id}
    before = len(desk.room.database.books)
    with pytest.raises(InvalidValue) as refused:
        await desk.cases.open(desk.asked(**given))
    assert (refused.value.field, refused.value.problem) == (field, problem)
    assert (len(desk.room.database.books), desk.audit) == (before, [])


@pytest.mark.parametrize("name", ["x", "x" * 100])
async def test_the_shortest_and_the_longest_names_are_taken(name: str) -> None:
    desk = AccountDesk()
    assert (await desk.cases.open(desk.asked(name=name))).name == name
    added = await desk.cases.add_portfolio(tenant_id=desk.tenant_id, name=name, actor="x")
    assert added.name == name


async def test_a_portfolio_is_added_and_audited() -> None:
    desk = AccountDesk()
    made = await desk.cases.add_portfolio(
        tenant_id=desk.tenant_id, name="Pension", actor="user:ada", trace_id="t-2"
    )
    assert (made.tenant_id, made.name) == (desk.tenant_id, "Pension")
    assert made.created_at == desk.room.clock.now()
    assert list(await desk.cases.portfolios(tenant_id=desk.tenant_id)) == [desk.portfolio, made]
    (entry,) = desk.audit
    assert (entry.action, entry.subject, entry.actor) == (
        "portfolio.add",
        str(made.id),
        "user:ada",
    )
    assert (entry.tenant_id, entry.account_id) == (desk.tenant_id, None)
    assert (entry.at, entry.trace_id) == (made.created_at, "t-2")
    assert entry.after == (("name", "Pension"),)
    assert entry.id != made.id


@pytest.mark.parametrize("name", ["", "x" * 101])
async def test_a_portfolio_has_a_name_of_some_length(name: str) -> None:
    desk = AccountDesk()
    with pytest.raises(InvalidValue) as refused:
        await desk.cases.add_portfolio(tenant_id=desk.tenant_id, name=name, actor="x")
    assert (refused.value.field, refused.value.problem) == ("name", "must be 1 to 100 characters")
    assert desk.audit == []


async def test_a_deposit_is_booked_twice_sided_and_is_no_profit() -> None:
    desk = AccountDesk()
    before = desk.stored()
    told = await desk.deposit("250.50")
    assert isinstance(told, AccountSummary)
    assert (told.cash, told.daily_pnl, told.drawdown) == builders.decimals("100250.50", 0, 0)
    book = desk.stored()
    assert book.version == before.version + 1
    assert book.day == TradingDay(date=builders.DAY.date, opening_equity=Decimal("100250.50"))
    assert book.peak_equity == Decimal("100250.50")
    posted = desk.room.database.ledger[-1]
    assert (posted.kind, posted.reference) == (EntryKind.DEPOSIT, "deposit:r-1")
    assert (posted.tenant_id, posted.account_id) == (desk.tenant_id, desk.account_id)
    assert (posted.at, posted.market_at) == (builders.AT, builders.MARKET_AT)
    assert {(one.ledger, one.asset, one.amount) for one in posted.postings} == {
        (LedgerAccount.HOLDING, "cash:USD", Decimal("250.50")),
        (LedgerAccount.FUNDING, "cash:USD", Decimal("-250.50")),
    }
    (entry,) = desk.audit
    assert (entry.action, entry.actor, entry.trace_id) == ("account.deposit", "user:ada", "t-9")
    assert (entry.tenant_id, entry.account_id) == (desk.tenant_id, desk.account_id)
    assert (entry.subject, entry.at) == (str(desk.account_id), builders.AT)
    assert entry.market_at == builders.MARKET_AT
    assert entry.detail == (("amount", "250.5"), ("reference", "r-1"))
    assert (entry.before, entry.after) == ((("cash", "100000"),), (("cash", "100250.5"),))
    assert len({entry.id, posted.id, desk.account_id}) == 3


async def test_a_deposit_that_is_repeated_is_booked_once() -> None:
    desk = AccountDesk()
    first = await desk.deposit(250)
    second = await desk.deposit(250)
    assert first == second
    assert desk.stored().settled_cash == 100_250
    assert len(desk.audit) == 1
    third = await desk.deposit(250, reference="r-2")
    assert isinstance(third, AccountSummary)
    assert third.cash == 100_500


async def test_a_reference_of_another_amount_is_said_and_books_nothing() -> None:
    desk = AccountDesk()
    await desk.deposit("250.50")
    told = await desk.deposit(300)
    assert told == ReferenceUsed(reference="r-1", booked=Decimal("250.50"), asked=Decimal(300))
    assert told.sentence == "reference 'r-1' belongs to a deposit of 250.5, not of 300"
    assert desk.stored().settled_cash == Decimal("100250.50")


@given(first=st.integers(1, 10**9), second=st.integers(1, 10**9))
async def test_deposits_move_cash_opening_and_peak_alike(first: int, second: int) -> None:
    desk = AccountDesk()
    desk.hold(replace(desk.stored(), peak_equity=Decimal(120_000)))
    for number, amount in enumerate((first, second)):
        await desk.deposit(amount, reference=f"r-{number}")
    book, both = desk.stored(), first + second
    assert book.day is not None
    figures = (book.settled_cash, book.day.opening_equity, book.peak_equity)
    assert figures == builders.decimals(100_000 + both, 100_000 + both, 120_000 + both)


async def test_without_a_day_a_deposit_makes_none_and_without_a_peak_it_is_one() -> None:
    desk = AccountDesk()
    desk.hold(replace(desk.stored(), day=None, peak_equity=Decimal(0)))
    await desk.deposit(5)
    assert (desk.stored().day, desk.stored().peak_equity) == (None, Decimal(5))
    assert desk.stored().settled_cash == 100_005


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
    desk = AccountDesk()
    with pytest.raises(InvalidValue) as refused:
        await desk.deposit(**{"amount": 1, **given})
    assert (refused.value.field, refused.value.problem) == (field, problem)
    assert desk.stored().version == 0


@pytest.mark.parametrize("reference", ["x", "x" * 100])
async def test_the_shortest_and_the_longest_references_are_taken(reference: str) -> None:
    desk = AccountDesk()
    assert isinstance(await desk.deposit(1, reference=reference), AccountSummary)


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
    desk = AccountDesk()
    held, opened, most = builders.decimals(cash, opening, peak)
    day = TradingDay(date=TODAY, opening_equity=opened)
    desk.hold(replace(desk.stored(), cash={"USD": held}, day=day, peak_equity=most))
    if taken:
        assert isinstance(await desk.deposit(1), AccountSummary)
        return
    with pytest.raises(InvalidValue) as refused:
        await desk.deposit(1)
    assert refused.value.field == "amount"
    assert refused.value.problem == "must leave the account's money below 1e20 in all"
    assert desk.stored().version == 0


async def test_only_the_tenants_own_paper_account_takes_a_deposit() -> None:
    desk = AccountDesk()
    real = await desk.cases.open(desk.asked(broker="real"))
    with pytest.raises(InvalidValue) as refused:
        await desk.deposit(5, account_id=real.id)
    assert refused.value.field == "account_id"
    assert refused.value.problem == "only paper accounts take deposits"
    with pytest.raises(AccountNotFound) as missing:
        await desk.deposit(5, tenant_id=desk.strangers.tenant_id)
    assert missing.value.account_id == desk.account_id
    assert desk.stored().version == 0


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
    desk = AccountDesk()
    assert (await desk.cases.open(desk.asked(broker=None))).broker == "paper"
    assert (await desk.cases.open(desk.asked(broker="real"))).broker == "real"
    with pytest.raises(InvalidValue) as refused:
        await desk.cases.open(desk.asked(broker="gone"))
    assert (refused.value.field, refused.value.problem) == ("broker", "must be one of: paper, real")


async def test_an_account_that_can_never_trade_is_not_opened_without_saying_so() -> None:
    desk = AccountDesk()
    with pytest.raises(InvalidValue) as refused:
        await desk.cases.open(desk.asked(currency="EUR"))
    assert refused.value.field == "currency"
    assert "nothing is traded here (USD is): the account could never trade" in refused.value.problem
    opened = await desk.cases.open(desk.asked(currency="EUR", without_trading=True))
    assert opened.currency == "EUR"
