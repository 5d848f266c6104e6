"""Choose where prices come from, and tell whether they are there."""

import asyncio
from functools import partial

from adapters.market_data.bokeh.source import bokeh_file, read_bokeh
from adapters.market_data.folder.source import read_folder
from adapters.market_data.replay.history import trading_days
from adapters.market_data.replay.market import HistoricalMarket
from adapters.market_data.synthetic.source import described, read_synthetic
from adapters.system.findings import Finding, fine, missing
from bootstrap.settings.market import SYNTHETIC
from bootstrap.settings.sections import Settings
from ports.market import MarketDataCorrupt


def build_history(settings: Settings) -> HistoricalMarket:
    """Build what reads the prices of the source when it is started."""
    folder, own = settings.market.folder, settings.market
    if own.source == SYNTHETIC:
        return HistoricalMarket(
            partial(read_synthetic, seed=own.synthetic_seed, symbols=own.synthetic_symbols)
        )
    return HistoricalMarket(read_bokeh if folder is None else partial(read_folder, folder))


def made_up(settings: Settings) -> str:
    """Say that prices are made up, where they are; else nothing."""
    own = settings.market
    return described(own.synthetic_seed) if own.source == SYNTHETIC else ""


def check_prices(settings: Settings) -> Finding:
    """Tell whether the source has its prices; those of a folder are all read."""
    folder = settings.market.folder
    if settings.market.source == SYNTHETIC:
        return fine("prices", made_up(settings))
    if folder is None:
        return _shipped_prices()
    market = build_history(settings)
    try:
        asyncio.run(market.start())
        days = trading_days(market.history(), calendars=market)
    except MarketDataCorrupt as problem:
        return missing("prices", str(problem), "mend that file: see docs/prices.md")
    prices = sum(len(day.prices) for day in days)
    return fine(
        "prices",
        f"{folder}: {len(market.all()):,} symbols, {prices:,} days' prices,"
        f" {days[0].date} to {days[-1].date} in {market.calendar()}",
    )


def _shipped_prices() -> Finding:
    try:
        path = bokeh_file()
    except MarketDataCorrupt as problem:
        return missing("prices", str(problem), "pip install bokeh_sampledata")
    if not path.is_file():
        return missing(
            "prices", f"no file {path}", "pip install --force-reinstall bokeh_sampledata"
        )
    return fine("prices", str(path))
