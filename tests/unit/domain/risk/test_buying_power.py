"""What an account is told it may still open is what the gate lets it open, and no share more."""

from dataclasses import replace
from datetime import date
from decimal import ROUND_FLOOR, Decimal
from random import Random
from typing import Any

import pytest
from hypothesis import given

from domain.accounts.account import AccountKind
from domain.accounts.margin_book import Marks
from domain.accounts.positions import Position
from domain.market.instruments import AssetClass, OptionRight, OptionTerms
from domain.orders.terms import Side
from domain.risk.book_view import BookView, view_of
from domain.risk.buying_power import BuyingPower, account_power
from domain.risk.compiled_rules import compile_rules
from domain.risk.gate import decide
from domain.risk.gather_inputs import gather_inputs
from domain.risk.opening_margin import OpeningMargin, dated_rulebook
from domain.risk.verdict import Approved
from tests.unit.domain.risk.context import (
    AT,
    SEEDS,
    SESSION,
    D,
    book,
    instrument,
    order,
    quote,
    resting,
    terms,
)

ON = AT.date()
CALL = replace(
    instrument("C100"),
    multiplier=D(100),
    asset_class=AssetClass.OPTION,
    option=OptionTerms(
        underlying="AAPL", right=OptionRight.CALL, strike=D(100), expiry=date(2026, 6, 19)
    ),
)
INSTRUMENTS = {one: instrument(one) for one in ("AAPL", "MSFT", "PENNY", "NEW")} | {"C100": CALL}
PRICES = {"AAPL": D(100), "MSFT": D(50), "PENNY": D(3), "NEW": D(10), "C100": D(6)}
QUOTES = {symbol: quote(symbol, bid=at, ask=at, last=at) for symbol, at in PRICES.items()}
MARGIN = OpeningMargin(
    rulebook=dated_rulebook, marks=Marks(instrument=INSTRUMENTS.get, quote=QUOTES.get)
)


def _view(*, kind: AccountKind = AccountKind.MARGIN, leverage: int = 2, **fields: Any) -> BookView:
    made = book(**fields)
    account = replace(made.account, kind=kind, leverage=D(leverage))
    return view_of(
        replace(made, account=account), instrument=INSTRUMENTS.get, quote=QUOTES.get
    ).marked("NEW", instrument=INSTRUMENTS["NEW"], quote=QUOTES["NEW"])


def _held(symbol: str, quantity: int) -> dict[str, Position]:
    multiplier = INSTRUMENTS[symbol].multiplier
    cost = quantity * PRICES[symbol] * multiplier
    one = Position(symbol=symbol, quantity=D(quantity), cost=cost, multiplier=multiplier)
    return {symbol: one}


def _power(view: BookView, *, rulebook: str = "reg_t", on: date = ON) -> BuyingPower:
    return account_power(view, margin=MARGIN, rulebook=rulebook, on=on)


def _passes(view: BookView, shares: Decimal, *, rulebook: str) -> bool:
    asked = order(terms(symbol="NEW", quantity=shares, limit_price=PRICES["NEW"]))
    rules = compile_rules((), version=1)
    situation = gather_inputs(
        asked,
        view=view,
        rules=rules,
        now=AT,
        market_now=AT,
        session=SESSION,
        average_daily_volume=None,
    )
    situation = MARGIN.put(
        situation, order=asked, terms=asked.terms, view=view, rulebook=rulebook, on=ON
    )
    return isinstance(decide(asked, rules=rules, situation=situation), Approved)


@pytest.mark.parametrize(
    ("rulebook", "leverage", "power"),
    [
        ("reg_t", 2, 2_000),
        # Leverage caps what the rulebook would allow, and the rulebook what leverage would.
        ("portfolio", 2, 2_000),
        ("portfolio", 10, "6666.67"),
        ("reg_t", 10, 2_000),
        ("cash", 2, 1_000),
    ],
)
def test_it_comes_from_the_rulebook_within_the_leverage(
    rulebook: str, leverage: int, power: int | str
) -> None:
    hundredfold = 100 if rulebook == "portfolio" else 10
    view = _view(cash={"USD": D(1_000 * hundredfold)}, leverage=leverage)
    told = _power(view, rulebook=rulebook)
    assert told.amount is not None
    assert round(told.amount / hundredfold, 2) == Decimal(power)


def test_a_cash_account_has_its_cash_less_what_resting_buys_spend() -> None:
    buys = resting(terms(symbol="AAPL", quantity=D(3), limit_price=D(100)), number=7)
    sells = resting(
        terms(symbol="MSFT", side=Side.SELL, quantity=D(4), limit_price=D(50)), number=8
    )
    view = _view(
        kind=AccountKind.CASH,
        leverage=1,
        cash={"USD": D(1_000)},
        positions=_held("MSFT", 10),
        orders=(buys, sells),
    )
    # What it sells and what it holds gives and takes no cash until it is sold.
    assert _power(view) == BuyingPower(amount=D(700))
    owing = _view(kind=AccountKind.CASH, leverage=1, cash={"USD": D(-5)})
    assert _power(owing) == BuyingPower(amount=D(0))


def test_below_the_minimum_equity_it_is_what_is_paid_for_and_nothing_beside_a_debt_of_shares() -> (
    None
):
    assert _power(_view(cash={"USD": D(1_900)})).amount == 1_900
    held = _view(cash={"USD": D(900)}, positions=_held("AAPL", 10))
    assert _power(held).amount == 900
    short = _view(cash={"USD": D(2_900)}, positions=_held("AAPL", -10))
    assert _power(short).amount == 0
    sells = resting(terms(side=Side.SELL, quantity=D(1), limit_price=D(100)), number=7)
    assert _power(_view(cash={"USD": D(1_900)}, orders=(sells,))).amount == 0


@pytest.mark.parametrize(
    ("rulebook", "on", "says"),
    [
        ("reg_t", date(2000, 1, 3), "no table before"),
        ("regt", ON, "there is no rulebook 'regt'"),
        ("crypto_cross", ON, "crypto_cross has no table for shares"),
    ],
)
def test_a_missing_table_or_date_is_named(rulebook: str, on: date, says: str) -> None:
    told = _power(_view(), rulebook=rulebook, on=on)
    assert told.amount is None
    assert says in told.missing


@pytest.mark.parametrize("kind", AccountKind)
def test_a_missing_price_is_named(kind: AccountKind) -> None:
    unknown = resting(terms(symbol="GONE", quantity=D(1), limit_price=D(100)), number=7)
    view = _view(kind=kind, leverage=1, orders=(unknown,))
    told = _power(view)
    assert told.amount is None
    assert "price" in told.missing


@given(SEEDS)
def test_the_gate_lets_so_much_be_bought_and_no_share_more(seed: int) -> None:
    random = Random(seed)
    symbols = random.choice((("AAPL", "MSFT", "PENNY"), ("AAPL", "MSFT", "C100")))
    positions: dict[str, Position] = {}
    for symbol in symbols:
        if random.random() < 0.6:
            most = 3 if symbol == "C100" else 100
            positions |= _held(symbol, random.choice((-1, 1)) * random.randint(1, most))
    orders = tuple(
        resting(
            terms(
                symbol=(symbol := random.choice(symbols)),
                side=random.choice(tuple(Side)),
                quantity=D(random.randint(1, 3 if symbol == "C100" else 100)),
                limit_price=PRICES[symbol],
            ),
            number=50 + n,
        )
        for n in range(random.randint(0, 3))
    )
    view = _view(
        cash={"USD": D(random.choice((1_500, 20_000, 200_000)))},
        leverage=random.choice((1, 2, 4)),
        positions=positions,
        orders=orders,
    )
    rulebook = random.choice(("reg_t", "portfolio"))
    told = _power(view, rulebook=rulebook)
    if told.amount is None:
        return
    shares = (told.amount / PRICES["NEW"]).quantize(D(1), ROUND_FLOOR)
    assert shares == 0 or _passes(view, shares, rulebook=rulebook)
    assert not _passes(view, shares + 1, rulebook=rulebook)
