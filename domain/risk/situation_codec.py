"""Write the figures of a situation as canonical JSON, and read them back exactly."""

from datetime import date, datetime
from decimal import Decimal

from domain.accounts.account import AccountKind
from domain.market.condition import WELL, MarketCondition
from domain.market.prices import Quote, Session
from domain.risk.codec import Json, decimal_of, decimal_text, quoted
from domain.risk.instrument_codec import read_instrument, write_instrument
from domain.risk.optional_codec import (
    read_blocks,
    read_objections,
    read_others,
    read_readings,
    write_blocks,
    write_objections,
    write_others,
    write_readings,
)
from domain.risk.situation import (
    AccountFigures,
    MarginFigures,
    PeerFigures,
    Situation,
    SymbolFigures,
    TradedFigures,
)
from domain.risk.strategies import StrategyGap
from domain.shared.texts import kept, time_text

_NULL = "null"
_TRUTH = ("false", "true")


def write_situation(situation: Situation) -> str:
    """Write every figure of a situation, keys in their sorted order."""
    peers, session, traded = situation.peers, situation.session, situation.traded
    counts = ",".join([_NULL if count is None else str(count) for count in situation.counts])
    return (
        f'{{"account":{_write_account(situation.account)}'
        f',"ahead":{situation.ahead}'
        f',"average_daily_volume":{decimal_text(situation.average_daily_volume)}'
        f"{write_blocks(situation.blocks)}"
        f',"collar":"{situation.collar!s}"'
        f',"condition":{_write_condition(situation.condition)}'
        f',"counts":[{counts}]'
        f',"covered":"{situation.covered!s}"'
        f',"debt":"{situation.debt!s}"'
        f"{_write_margin(situation.margin)}"
        f',"market_now":"{time_text(situation.market_now)}"'
        f',"now":"{time_text(situation.now)}"'
        f"{write_objections(situation.objections)}"
        f"{write_others(situation.others)}"
        f',"peers":{_NULL if peers is None else _write_peers(peers)}'
        f"{write_readings(situation.readings)}"
        f',"sector_gross":{decimal_text(situation.sector_gross)}'
        f',"session":{_NULL if session is None else _write_session(session)}'
        f"{_write_strategy(situation.strategy)}"
        f',"symbol":{_write_symbol(situation.symbol)}'
        f',"traded":{_NULL if traded is None else _write_traded(traded)}}}'
    )


def read_situation(written: Json) -> Situation:
    """Read what write_situation wrote, in this form or an earlier one."""
    peers = written["peers"]
    traded = written.get("traded")
    session = written["session"]
    return Situation(
        account=_read_account(written["account"]),
        symbol=_read_symbol(written["symbol"]),
        now=datetime.fromisoformat(written["now"]),
        market_now=datetime.fromisoformat(written["market_now"]),
        session=None if session is None else _read_session(session),
        average_daily_volume=decimal_of(written["average_daily_volume"]),
        sector_gross=decimal_of(written["sector_gross"]),
        counts=tuple(written["counts"]),
        ahead=written.get("ahead", 0),
        peers=None
        if peers is None
        else PeerFigures(quantity=Decimal(peers["quantity"]), value=decimal_of(peers["value"])),
        covered=Decimal(written["covered"]),
        condition=_read_condition(written.get("condition")),
        collar=Decimal(written.get("collar", 0)),
        debt=Decimal(written.get("debt", 0)),
        traded=None
        if traded is None
        else TradedFigures(quantity=Decimal(traded["quantity"]), value=Decimal(traded["value"])),
        strategy=StrategyGap(written.get("strategy", "")),
        others=read_others(written.get("others")),
        blocks=read_blocks(written.get("blocks")),
        readings=read_readings(written.get("readings")),
        objections=read_objections(written.get("objections")),
        margin=_read_margin(written.get("margin")),
    )


@kept
def _write_condition(condition: MarketCondition) -> str:
    unset = f',"no_broker":{quoted(condition.no_broker)}' if condition.no_broker else ""
    return f'{{"down":{quoted(condition.down)},"ended":{_TRUTH[condition.ended]}{unset}}}'


def _read_condition(written: Json | None) -> MarketCondition:
    if written is None:
        return WELL
    return MarketCondition(**written)


def _write_strategy(gap: StrategyGap) -> str:
    # Nothing where nothing is wrong: the usual record, and every one from before, is without it.
    return f',"strategy":"{gap}"' if gap else ""


def _write_margin(margin: MarginFigures | None) -> str:
    # Left out of what was decided before there were rulebooks, and where none is asked.
    if margin is None:
        return ""
    return (
        f',"margin":{{"initial":{decimal_text(margin.initial)}'
        f',"missing":{quoted(margin.missing)}'
        f',"rulebook":{quoted(margin.rulebook)}}}'
    )


def _read_margin(written: Json | None) -> MarginFigures | None:
    if written is None:
        return None
    return MarginFigures(
        rulebook=written["rulebook"],
        initial=decimal_of(written["initial"]),
        missing=written["missing"],
    )


def _write_peers(peers: PeerFigures) -> str:
    return f'{{"quantity":"{peers.quantity!s}","value":{decimal_text(peers.value)}}}'


def _write_traded(traded: TradedFigures) -> str:
    return f'{{"quantity":"{traded.quantity!s}","value":"{traded.value!s}"}}'


def _write_account(account: AccountFigures) -> str:
    return (
        f'{{"cash":"{account.cash!s}"'
        f',"currency":{quoted(account.currency)}'
        f',"equity":{decimal_text(account.equity)}'
        f',"gross":{decimal_text(account.gross)}'
        f',"kind":"{account.kind}"'
        f',"leverage":"{account.leverage!s}"'
        f',"open_positions":{account.open_positions}'
        f',"opening_equity":{decimal_text(account.opening_equity)}'
        f',"peak_equity":"{account.peak_equity!s}"'
        f',"reserved_cash":{decimal_text(account.reserved_cash)}}}'
    )


def _read_account(written: Json) -> AccountFigures:
    return AccountFigures(
        currency=written["currency"],
        kind=AccountKind(written["kind"]),
        leverage=Decimal(written["leverage"]),
        cash=Decimal(written["cash"]),
        reserved_cash=decimal_of(written["reserved_cash"]),
        equity=decimal_of(written["equity"]),
        peak_equity=Decimal(written["peak_equity"]),
        opening_equity=decimal_of(written["opening_equity"]),
        gross=decimal_of(written["gross"]),
        open_positions=written["open_positions"],
    )


def _write_symbol(symbol: SymbolFigures) -> str:
    instrument, quote, since = symbol.instrument, symbol.quote, symbol.unknown_since
    return (
        f'{{"buy_value":{decimal_text(symbol.buy_value)}'
        f',"buys":"{symbol.buys!s}"'
        f',"gross":{decimal_text(symbol.gross)}'
        f',"instrument":{_NULL if instrument is None else write_instrument(instrument)}'
        f',"is_open":{_TRUTH[symbol.is_open]}'
        f',"long_value":{decimal_text(symbol.long_value)}'
        f',"parked":{symbol.parked}'
        f',"position":"{symbol.position!s}"'
        f',"quote":{_NULL if quote is None else _write_quote(quote)}'
        f',"sells":"{symbol.sells!s}"'
        f',"short_value":{decimal_text(symbol.short_value)}'
        f',"symbol":{quoted(symbol.symbol)}'
        f',"unknown_since":{_NULL if since is None else quoted(time_text(since))}}}'
    )


def _read_symbol(written: Json) -> SymbolFigures:
    unknown_since = written["unknown_since"]
    instrument = written["instrument"]
    quote = written["quote"]
    return SymbolFigures(
        symbol=written["symbol"],
        instrument=None if instrument is None else read_instrument(instrument),
        quote=None if quote is None else _read_quote(quote),
        position=Decimal(written["position"]),
        buys=Decimal(written["buys"]),
        sells=Decimal(written["sells"]),
        buy_value=decimal_of(written["buy_value"]),
        long_value=decimal_of(written["long_value"]),
        short_value=decimal_of(written["short_value"]),
        gross=decimal_of(written["gross"]),
        is_open=written["is_open"],
        parked=written["parked"],
        unknown_since=None if unknown_since is None else datetime.fromisoformat(unknown_since),
    )


# One quote stands in many decisions.
@kept
def _write_quote(quote: Quote) -> str:
    return (
        f'{{"ask":"{quote.ask!s}"'
        f',"at":"{time_text(quote.at)}"'
        f',"bid":"{quote.bid!s}"'
        f',"last":"{quote.last!s}"'
        f',"symbol":{quoted(quote.symbol)}}}'
    )


def _read_quote(written: Json) -> Quote:
    return Quote(
        symbol=written["symbol"],
        bid=Decimal(written["bid"]),
        ask=Decimal(written["ask"]),
        last=Decimal(written["last"]),
        at=datetime.fromisoformat(written["at"]),
    )


def _write_session(session: Session) -> str:
    return (
        f'{{"at":"{time_text(session.at)}"'
        f',"calendar":{quoted(session.calendar)}'
        f',"closes_at":"{time_text(session.closes_at)}"'
        f',"date":"{session.date.isoformat()}"'
        f',"is_open":{_TRUTH[session.is_open]}'
        f',"opens_at":"{time_text(session.opens_at)}"}}'
    )


def _read_session(written: Json) -> Session:
    return Session(
        calendar=written["calendar"],
        at=datetime.fromisoformat(written["at"]),
        is_open=written["is_open"],
        date=date.fromisoformat(written["date"]),
        opens_at=datetime.fromisoformat(written["opens_at"]),
        closes_at=datetime.fromisoformat(written["closes_at"]),
    )
