"""Write the figures that most situations are without, nothing where they are, and read them back.

A record from before one of them came is written again without it.
"""

from decimal import Decimal

from domain.risk.codec import Json, decimal_of, decimal_text, quoted
from domain.risk.objections import Objection, Objections
from domain.risk.rule import Action
from domain.risk.situation import AccountSums, Blocks

_TRUTH = ("false", "true")
_REDUCING = ',"reducing":true'


def write_blocks(blocks: Blocks | None) -> str:
    """Write what stands against the order, with its key."""
    if blocks is None:
        return ""
    return (
        f',"blocks":{{"exit_astray":{quoted(blocks.exit_astray)}'
        f',"halted":{_TRUTH[blocks.halted]}'
        f',"open_orders":{blocks.open_orders}'
        f',"open_orders_max":{blocks.open_orders_max}'
        f',"paused_agent":{quoted(blocks.paused_agent)}'
        # Written where it holds: every record from before is without it.
        f"{_REDUCING if blocks.reducing else ''}"
        f',"venue_full":{_TRUTH[blocks.venue_full]}}}'
    )


def read_blocks(written: Json | None) -> Blocks | None:
    """Read what write_blocks wrote."""
    return None if written is None else Blocks(**written)


def write_others(others: AccountSums | None) -> str:
    """Write what the other accounts come to, with its key."""
    if others is None:
        return ""
    return (
        f',"others":{{"equity":{decimal_text(others.equity)}'
        f',"foreign":{quoted(others.foreign)}'
        f',"gross":{decimal_text(others.gross)}'
        f',"open_positions":{others.open_positions}'
        f',"opening_equity":{decimal_text(others.opening_equity)}'
        f',"sector_gross":{decimal_text(others.sector_gross)}'
        f',"units":"{others.units!s}"'
        f',"value":{decimal_text(others.value)}}}'
    )


def read_others(written: Json | None) -> AccountSums | None:
    """Read what write_others wrote."""
    if written is None:
        return None
    return AccountSums(
        equity=decimal_of(written["equity"]),
        opening_equity=decimal_of(written["opening_equity"]),
        gross=decimal_of(written["gross"]),
        open_positions=written["open_positions"],
        units=Decimal(written["units"]),
        value=decimal_of(written["value"]),
        sector_gross=decimal_of(written["sector_gross"]),
        foreign=written["foreign"],
    )


def write_objections(objections: Objections | None) -> str:
    """Write what other areas had against the order, with its key."""
    if objections is None:
        return ""
    raised = ",".join([_write(one) for one in objections.raised])
    silent = ",".join([quoted(source) for source in objections.silent])
    return f',"objections":{{"raised":[{raised}],"silent":[{silent}]}}'


def read_objections(written: Json | None) -> Objections | None:
    """Read what write_objections wrote."""
    if written is None:
        return None
    return Objections(
        raised=tuple(_read(one) for one in written["raised"]), silent=tuple(written["silent"])
    )


def _write(one: Objection) -> str:
    return (
        f'{{"action":"{one.action}"'
        f',"code":{quoted(one.code)}'
        f',"limit":{decimal_text(one.limit)}'
        f',"message":{quoted(one.message)}'
        f',"source":{quoted(one.source)}'
        f',"value":{decimal_text(one.value)}}}'
    )


def _read(written: Json) -> Objection:
    return Objection(
        source=written["source"],
        code=written["code"],
        action=Action(written["action"]),
        message=written["message"],
        value=decimal_of(written["value"]),
        limit=decimal_of(written["limit"]),
    )


def write_readings(readings: tuple[Decimal | None, ...]) -> str:
    """Write what some rules read, with its key."""
    if not readings:
        return ""
    return f',"readings":[{",".join([decimal_text(one) for one in readings])}]'


def read_readings(written: list[str | None] | None) -> tuple[Decimal | None, ...]:
    """Read what write_readings wrote."""
    return tuple(decimal_of(one) for one in written or ())
