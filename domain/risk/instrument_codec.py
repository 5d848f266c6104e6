"""Write an instrument as canonical JSON, and read it back exactly."""

from datetime import date
from decimal import Decimal

from domain.market.instruments import AssetClass, Instrument, OptionRight, OptionTerms
from domain.risk.codec import Json, quoted
from domain.shared.texts import kept


# One instrument stands in many decisions.
@kept
def write_instrument(instrument: Instrument) -> str:
    """Write an instrument, keys in their sorted order."""
    return (
        f'{{{_write_asset_class(instrument)}"calendar":{quoted(instrument.calendar)}'
        f',"currency":{quoted(instrument.currency)}'
        f',"lot":"{instrument.lot!s}"'
        f',"max_quantity":"{instrument.max_quantity!s}"'
        f',"min_quantity":"{instrument.min_quantity!s}"'
        f',"multiplier":"{instrument.multiplier!s}"'
        f',"name":{quoted(instrument.name)}'
        f"{_write_option(instrument.option)}"
        f',"sector":{quoted(instrument.sector)}'
        f',"symbol":{quoted(instrument.symbol)}'
        f',"tick":"{instrument.tick!s}"}}'
    )


def read_instrument(written: Json) -> Instrument:
    """Read what write_instrument wrote, in this form or an earlier one."""
    return Instrument(
        symbol=written["symbol"],
        name=written["name"],
        currency=written["currency"],
        tick=Decimal(written["tick"]),
        lot=Decimal(written["lot"]),
        min_quantity=Decimal(written["min_quantity"]),
        max_quantity=Decimal(written["max_quantity"]),
        multiplier=Decimal(written["multiplier"]),
        sector=written["sector"],
        calendar=written["calendar"],
        asset_class=AssetClass(written.get("asset_class", AssetClass.EQUITY)),
        option=_read_option(written.get("option")),
    )


def _write_asset_class(instrument: Instrument) -> str:
    # Left out of a share, as it is of every record from before there were others.
    if instrument.asset_class is AssetClass.EQUITY:
        return ""
    return f'"asset_class":"{instrument.asset_class}",'


def _write_option(option: OptionTerms | None) -> str:
    if option is None:
        return ""
    return (
        f',"option":{{"broad_index":{str(option.broad_index).lower()}'
        f',"expiry":"{option.expiry}"'
        f',"right":"{option.right}"'
        f',"strike":"{option.strike!s}"'
        f',"underlying":{quoted(option.underlying)}}}'
    )


def _read_option(written: Json | None) -> OptionTerms | None:
    if written is None:
        return None
    return OptionTerms(
        underlying=written["underlying"],
        right=OptionRight(written["right"]),
        strike=Decimal(written["strike"]),
        expiry=date.fromisoformat(written["expiry"]),
        broad_index=written["broad_index"],
    )
