"""List the settings of where prices come from."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from adapters.settings.field import setting

BUILTIN, FOLDER = "builtin", "folder"


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketSettings:
    """Where prices come from."""

    source: str = setting(
        BUILTIN,
        "Five stocks that ship with the product, or a folder of your own prices (docs/prices.md);"
        " each source takes a data folder of its own.",
        choices=(BUILTIN, FOLDER),
    )
    folder: Path | None = setting(None, "The folder, where the source is one.")


def market_faults(market: MarketSettings) -> Iterator[tuple[str, str]]:
    """Yield what of them cannot hold together, by its key."""
    if market.source == FOLDER and market.folder is None:
        yield "market.folder", "must be set when market.source is folder"
    if market.source != FOLDER and market.folder is not None:
        yield "market.folder", f"is set, which needs market.source to be {FOLDER}"
