"""Keep patterns in Postgres."""

import msgspec

from adapters.postgres.link.database import Database
from domain.signals.pattern import PatternBar, PatternState
from ports.patterns import PatternRecord
from ports.storage import StorageCorrupt

_GET = "SELECT * FROM pattern_states WHERE symbol = $1 AND lap = $2"
_SAVE = """
INSERT INTO pattern_states AS kept (symbol, lap, at, number, told)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (symbol) DO UPDATE SET lap = excluded.lap, at = excluded.at,
    number = excluded.number, told = excluded.told
WHERE (excluded.lap, excluded.at, excluded.number) > (kept.lap, kept.at, kept.number)
"""


class _PatternBody(msgspec.Struct, forbid_unknown_fields=True):
    """What is kept as one text: a float comes back bit by bit."""

    state: PatternState
    bar: PatternBar | None
    price: float | None
    volume: float | None


_DECODER = msgspec.json.Decoder(_PatternBody)


class PostgresPatternStates:
    """The latest pattern of each symbol in Postgres (port PatternStates)."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    async def get(self, symbol: str, *, lap: int) -> PatternRecord | None:
        """Return the pattern of a lap; raises StorageCorrupt."""
        async with self._database.connection() as connection:
            row = await connection.fetchrow(_GET, symbol, lap)
        if row is None:
            return None
        try:
            told = _DECODER.decode(row["told"])
        except msgspec.DecodeError as problem:
            raise StorageCorrupt(f"pattern_states of {symbol}: {problem}") from problem
        return PatternRecord(
            symbol=symbol,
            lap=lap,
            at=row["at"],
            number=row["number"],
            state=told.state,
            bar=told.bar,
            price=told.price,
            volume=told.volume,
        )

    async def save(self, kept: PatternRecord) -> None:
        """Keep a pattern in place of an earlier one."""
        told = _PatternBody(state=kept.state, bar=kept.bar, price=kept.price, volume=kept.volume)
        async with self._database.system.connection() as connection:
            await connection.execute(
                _SAVE,
                kept.symbol,
                kept.lap,
                kept.at,
                kept.number,
                msgspec.json.encode(told).decode(),
            )
