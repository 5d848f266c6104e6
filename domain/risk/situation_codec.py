"""Write the figures of a situation as plain JSON values, and read them back exactly."""

from datetime import date, datetime
from decimal import Decimal

from domain.accounts.account import AccountKind
from domain.market.instruments import Instrument
from domain.market.prices import Quote, Session
from domain.risk.codec import Json, decimal_of, text_of, time_text
from domain.risk.situation import AccountFigures, PeerFigures, Situation, SymbolFigures


def write_situation(situation: Situation) -> Json:
    """Write every figure of a situation."""
    peers = situation.peers
    return {
        "account": _write_account(situation.account),
        "symbol": _write_symbol(situation.symbol),
        "now": time_text(situation.now),
        "market_now": time_text(situation.market_now),
        "session": None if situation.session is None else _write_session(situation.session),
        "average_daily_volume": text_of(situation.average_daily_volume),
        "sector_gross": text_of(situation.sector_gross),
        "counts": list(situation.counts),
        "peers": None
        if peers is None
        else {"quantity": str(peers.quantity), "value": text_of(peers.value)},
        "covered": str(situation.covered),
    }


def read_situation(written: Json) -> Situation:
    """Read what write_situation wrote."""
    peers = written["peers"]
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
        peers=None
        if peers is None
        else PeerFigures(quantity=Decimal(peers["quantity"]), value=decimal_of(peers["value"])),
        covered=Decimal(written["covered"]),
    )


def _write_account(account: AccountFigures) -> Json:
    return {
        "currency": account.currency,
        "kind": account.kind.value,
        "leverage": str(account.leverage),
        "cash": str(account.cash),
        "reserved_cash": text_of(account.reserved_cash),
        "equity": text_of(account.equity),
        "peak_equity": str(account.peak_equity),
        "opening_equity": text_of(account.opening_equity),
        "gross": text_of(account.gross),
        "open_positions": account.open_positions,
    }


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


def _write_symbol(symbol: SymbolFigures) -> Json:
    unknown_since = symbol.unknown_since
    return {
        "symbol": symbol.symbol,
        "instrument": None if symbol.instrument is None else _write_instrument(symbol.instrument),
        "quote": None if symbol.quote is None else _write_quote(symbol.quote),
        "position": str(symbol.position),
        "buys": str(symbol.buys),
        "sells": str(symbol.sells),
        "buy_value": text_of(symbol.buy_value),
        "long_value": text_of(symbol.long_value),
        "short_value": text_of(symbol.short_value),
        "gross": text_of(symbol.gross),
        "is_open": symbol.is_open,
        "parked": symbol.parked,
        "unknown_since": None if unknown_since is None else time_text(unknown_since),
    }


def _read_symbol(written: Json) -> SymbolFigures:
    unknown_since = written["unknown_since"]
    instrument = written["instrument"]
    quote = written["quote"]
    return SymbolFigures(
        symbol=written["symbol"],
        instrument=None if instrument is None else _read_instrument(instrument),
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


def _write_instrument(instrument: Instrument) -> Json:
    return {
        "symbol": instrument.symbol,
        "name": instrument.name,
        "currency": instrument.currency,
        "tick": str(instrument.tick),
        "lot": str(instrument.lot),
        "min_quantity": str(instrument.min_quantity),
        "max_quantity": str(instrument.max_quantity),
        "multiplier": str(instrument.multiplier),
        "sector": instrument.sector,
        "calendar": instrument.calendar,
    }


def _read_instrument(written: Json) -> Instrument:
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
    )


def _write_quote(quote: Quote) -> Json:
    return {
        "symbol": quote.symbol,
        "bid": str(quote.bid),
        "ask": str(quote.ask),
        "last": str(quote.last),
        "at": time_text(quote.at),
    }


def _read_quote(written: Json) -> Quote:
    return Quote(
        symbol=written["symbol"],
        bid=Decimal(written["bid"]),
        ask=Decimal(written["ask"]),
        last=Decimal(written["last"]),
        at=datetime.fromisoformat(written["at"]),
    )


def _write_session(session: Session) -> Json:
    return {
        "calendar": session.calendar,
        "at": time_text(session.at),
        "is_open": session.is_open,
        "date": session.date.isoformat(),
        "opens_at": time_text(session.opens_at),
        "closes_at": time_text(session.closes_at),
    }


def _read_session(written: Json) -> Session:
    return Session(
        calendar=written["calendar"],
        at=datetime.fromisoformat(written["at"]),
        is_open=written["is_open"],
        date=date.fromisoformat(written["date"]),
        opens_at=datetime.fromisoformat(written["opens_at"]),
        closes_at=datetime.fromisoformat(written["closes_at"]),
    )
