"""List the settings of where prices come from."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from adapters.market_data.synthetic.source import SYMBOLS_MAX
from adapters.settings.field import setting
from bootstrap.settings.brokers import PAPER
from domain.shared.values import InvalidValue, checked_symbol

BUILTIN, FOLDER, SYNTHETIC = "builtin", "folder", "synthetic"


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketSettings:
    """Where prices come from."""

    source: str = setting(
        BUILTIN,
        "Five stocks that ship with the product, a folder of your own prices (docs/prices.md), or"
        " prices that are made up for development; each source takes a data folder of its own.",
        choices=(BUILTIN, FOLDER, SYNTHETIC),
    )
    folder: Path | None = setting(None, "The folder, where the source is one.")
    synthetic_seed: int = setting(
        0, "What made-up prices follow from: the same seed, the same ticks.", low=0, high=2**53
    )
    synthetic_symbols: tuple[str, ...] = setting(
        ("SYNA", "SYNB", "SYNC"), "The symbols of made-up prices, separated by commas."
    )


def market_faults(market: MarketSettings, *, kinds: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield what of them cannot hold together, by its key; kinds are those of the brokers."""
    if market.source == FOLDER and market.folder is None:
        yield "market.folder", "must be set when market.source is folder"
    if market.source != FOLDER and market.folder is not None:
        yield "market.folder", f"is set, which needs market.source to be {FOLDER}"
    if market.source != SYNTHETIC:
        return
    if real := [name for name, kind in kinds.items() if kind != PAPER]:
        yield (
            "market.source",
            (
                f"is {SYNTHETIC}, by whose prices no broker may trade but the paper broker:"
                f" remove {', '.join(real)}"
            ),
        )
    symbols = market.synthetic_symbols
    if not 1 <= len(symbols) <= SYMBOLS_MAX or len(set(symbols)) < len(symbols):
        yield "market.synthetic_symbols", f"must be 1 to {SYMBOLS_MAX} symbols, each once"
    for symbol in symbols:
        try:
            checked_symbol(symbol, field="synthetic_symbols")
        except InvalidValue as unfit:
            yield "market.synthetic_symbols", f"{unfit.problem}, not {symbol!r}"
