"""Put the page together from a run's summary and figures."""

from collections.abc import Mapping
from functools import partial
from html import escape
from typing import Any

from adapters.report.chart import Series, draw
from adapters.report.parts import (
    bars,
    facts,
    month_table,
    number,
    percent,
    table,
    tiles,
)
from adapters.report.parts import (
    money as money_of,
)
from adapters.report.style import STYLE
from domain.backtest.figures import Figures

_CAVEAT = (
    "Past prices through a baseline strategy: what the machinery does, not what the future holds."
)
# Nothing may be loaded from anywhere: the page works without a network, and says so.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def report_page(summary: Mapping[str, Any], *, figures: Figures) -> str:
    """Return the page; the same summary and figures give the same text."""
    strategy = summary["strategy"]
    symbols = ", ".join(summary["symbols"]) or "no symbol traded"
    title = f"Replay {summary['first_day'] or ''} to {summary['last_day'] or ''}".strip()
    lead = (
        f"{_named(strategy)} on {symbols}: "
        f"{summary['bars']:,} daily bars, {summary['orders']:,} orders through "
        f"{len(summary['rules'])} risk rules"
    )
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(title)} · Ballast</title><style>{STYLE}</style></head><body><main>",
        f"<header><h1>{escape(title)}</h1><p>{escape(lead)}</p></header>",
        *_warnings(summary),
        _tiles(summary, figures=figures),
        *_charts(summary, figures=figures),
        _section(
            "Monthly returns",
            "Percent, with dividends, net of commissions",
            month_table(figures.months),
        ),
        _denials_and_orders(summary),
        _symbols(summary),
        _section("Risk rules", "As the gate applied them", _rules(summary)),
        _section("This run", "The same facts give the same files, byte for byte", _facts(summary)),
        f"<footer>{_CAVEAT}</footer>",
        "</main></body></html>\n",
    ]
    return "\n".join(parts)


def _warnings(summary: Mapping[str, Any]) -> list[str]:
    said = []
    if summary["interrupted"]:
        said.append(
            f"Interrupted after {summary['days']:,} of {summary['days_planned']:,} sessions: "
            "everything below is up to there."
        )
    said += [f"A rule stopped the account: {reason}" for reason in summary["halted"]]
    return [f'<p class="warning">{escape(text)}</p>' for text in said]


def _money_of(summary: Mapping[str, Any]) -> "partial[str]":
    return partial(money_of, currency=summary["currency"])


def _tiles(summary: Mapping[str, Any], *, figures: Figures) -> str:
    start, end = float(summary["cash_at_start"]), float(summary["equity_at_end"])
    money = _money_of(summary)
    return tiles(
        (
            (
                "Total return",
                percent(figures.total_return, signed=True),
                f"{money(start)} → {money(end)}",
            ),
            ("CAGR", percent(figures.growth, digits=2, signed=True), "a year, compounded"),
            ("Sharpe ratio", number(figures.sharpe), "daily returns, annualised"),
            (
                "Max drawdown",
                percent(figures.drawdown.depth, digits=2),
                f"low on {summary['max_drawdown_trough'] or '–'}",
            ),
            ("Win rate", percent(figures.win_rate), f"{summary['trades']:,} round trips"),
            (
                "Exposure",
                percent(figures.exposure),
                f"of equity; {percent(figures.time_in_market, digits=0)} of closes held",
            ),
            ("Denied", f"{summary['denials']:,}", f"of {summary['orders']:,} orders"),
            (
                "Fees",
                money(float(summary["fees"])),
                f"on {money(float(summary['traded_value']))} traded",
            ),
            (
                "Dividends",
                money(float(summary["dividends"])),
                "on what was held as each ex-date opened",
            ),
        )
    )


def _charts(summary: Mapping[str, Any], *, figures: Figures) -> list[str]:
    equity = Series(
        title="Equity",
        days=figures.days,
        values=figures.curve[1:],
        colour="--line",
        base=figures.curve[0],
        label=_money_of(summary),
        height=300,
    )
    fall = Series(
        title="Drawdown",
        days=figures.days,
        values=[-each for each in figures.falls[1:]],
        colour="--fall",
        base=0.0,
        high=0.0,
        label=_percent_tick,
        height=170,
        ticks=3,
    )
    share = Series(
        title="Exposure",
        days=figures.days,
        values=figures.exposures,
        colour="--share",
        base=0.0,
        low=0.0,
        label=_percent_tick,
        height=170,
        ticks=3,
    )
    return [
        _section(
            "Equity", "At the close of each session, positions at the last price", draw(equity)
        ),
        _section("Drawdown", "Below the highest equity so far", draw(fall)),
        _section("Exposure", "Gross value of positions over equity", draw(share)),
    ]


def _percent_tick(value: float) -> str:
    return f"{value * 100:g} %".replace("-", "−") if round(value * 100, 6) else "0 %"


def _denials_and_orders(summary: Mapping[str, Any]) -> str:
    none = "The gate refused no order."
    return (
        '<div class="pair">'
        + _section(
            "Denials by rule",
            "Orders that each rule or built-in check refused",
            bars(summary["denials_by_rule"], none=none),
        )
        + _section(
            "Orders by state",
            "Where they ended",
            bars(summary["orders_by_state"], none="No order was made."),
        )
        + "</div>"
    )


def _symbols(summary: Mapping[str, Any]) -> str:
    money = _money_of(summary)
    rows = [
        (
            symbol,
            f"{each['orders']:,}",
            f"{each['trades']:,}",
            percent(each["win_rate"]),
            money(float(each["realised_pnl"]), digits=2),
            money(float(each["unrealised_pnl"]), digits=2),
            money(float(each["fees"]), digits=2),
            money(float(each["dividends"]), digits=2),
            each["quantity"],
        )
        for symbol, each in summary["symbols"].items()
    ]
    head = (
        "Symbol",
        "Orders",
        "Trips",
        "Won",
        "Realised",
        "Unrealised",
        "Fees",
        "Dividends",
        "Held",
    )
    return _section("Symbols", "Profit and loss before fees and dividends", table(head, rows))


def _rules(summary: Mapping[str, Any]) -> str:
    rows = [
        (
            rule["name"],
            rule["rule_type"],
            rule["action"],
            _scope(rule),
            rule["threshold"],
        )
        for rule in summary["rules"]
        if rule["is_active"]
    ]
    if not rows:
        return '<p class="note">None: only the checks that are always on.</p>'
    return table(("Rule", "Type", "Action", "For", "Threshold"), rows, texts=4)


def _scope(rule: Mapping[str, Any]) -> str:
    said = [*rule["scope"].values()]
    said += [f"{name} {_words(value)}" for name, value in rule["parameters"].items()]
    return ", ".join(said) or "everything"


def _words(value: str | list[str]) -> str:
    return value if isinstance(value, str) else " ".join(value)


def _facts(summary: Mapping[str, Any]) -> str:
    strategy = {name: value for name, value in summary["strategy"].items() if name != "id"}
    return facts(
        (
            ("Strategy", f"{summary['strategy']['id']} {_pairs(strategy)}"),
            ("Commission per share", f"{summary['currency']} {summary['commission_per_share']}"),
            ("Seed", str(summary["seed"])),
            ("Prices, SHA-256", summary["data_sha256"]),
            ("Versions", _pairs(summary["versions"])),
        )
    )


def _named(strategy: Mapping[str, Any]) -> str:
    if "fast" in strategy:
        return f"EMA cross {strategy['fast']}/{strategy['slow']}"
    return f"Strategy {strategy['id']} by {strategy['signals']:,} signals"


def _pairs(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in values.items())


def _section(title: str, note: str, body: str) -> str:
    return f'<section><h2>{escape(title)}</h2><p class="note">{escape(note)}</p>{body}</section>'
