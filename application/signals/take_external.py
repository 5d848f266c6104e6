"""Take signals in from a plain stream that somebody else fills."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from application.shared.asker import Asker
from application.signals.publish import PublishSignal, SignalFields, SignalRepeated
from domain.shared.amounts import read_amount
from domain.shared.values import InvalidValue
from ports.signals import ExternalEntry, ExternalSignals, SignalsUnavailable
from ports.storage import StorageUnavailable
from ports.time import Sleeper
from ports.transactions import Conflict

_FIELDS = frozenset({"id", "symbol", "score", "timestamp", "meta"})
BATCH = 10
WAIT_S = 1.0
AGAIN_S = 1.0
_AWAY = (SignalsUnavailable, StorageUnavailable, Conflict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalBinding:
    """Whose the stream's signals are, what they are called by, and of which symbols they may be."""

    tenant_id: UUID
    source: str
    symbols: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeExternal:
    """Keep what lies in the stream, each entry once; what is no signal is told and passed over."""

    entries: ExternalSignals
    binding: ExternalBinding
    publish: PublishSignal
    sleeper: Sleeper
    on_refused: Callable[[str, str], None]
    on_away: Callable[[str], None]

    async def __call__(self) -> None:
        """Run until cancelled."""
        while True:
            try:
                await self.drain(wait_s=WAIT_S)
            # An entry is acknowledged when it is kept: the rest comes again.
            except _AWAY as problem:
                self.on_away(str(problem))
                await self.sleeper.sleep(AGAIN_S)

    async def drain(self, *, wait_s: float) -> int:
        """Take in what lies there and return how many entries that were."""
        found = await self.entries.read(limit=BATCH, wait_s=wait_s)
        for entry in found:
            await self._take(entry)
            await self.entries.ack([entry.place])
        return len(found)

    async def _take(self, entry: ExternalEntry) -> None:
        by = Asker(tenant_id=self.binding.tenant_id, actor=f"external:{self.binding.source}")
        try:
            await self.publish.publish(self._fields(entry.fields), by=by)
        except (InvalidValue, SignalRepeated) as refused:
            self.on_refused(entry.place, str(refused))
        except _AWAY:
            raise
        # Whatever it is about this one, those behind it are not to wait for it.
        except Exception as defect:  # noqa: BLE001
            self.on_refused(entry.place, f"cannot be taken in: {type(defect).__name__}")

    def _fields(self, fields: Mapping[str, str]) -> SignalFields:
        """Read an entry; raises InvalidValue."""
        unknown = sorted(fields.keys() - _FIELDS)
        missing = sorted(_FIELDS - {"meta"} - fields.keys())
        if unknown or missing:
            problem = f"must be id, symbol, score, timestamp and meta: {unknown or missing}"
            raise InvalidValue(field="entry", problem=problem)
        if fields["symbol"] not in self.binding.symbols:
            problem = f"is not among signals.external_symbols: {fields['symbol']}"
            raise InvalidValue(field="symbol", problem=problem)
        return SignalFields(
            id=fields["id"],
            symbol=fields["symbol"],
            score=read_amount(fields["score"], field="score"),
            source=self.binding.source,
            timestamp=_time(fields["timestamp"]),
            meta=_meta(fields.get("meta", "{}")),
        )


def _time(text: str) -> datetime:
    """Read RFC 3339, or seconds since 1970."""
    try:
        if text.isascii() and text.replace(".", "", 1).isdigit():
            return datetime.fromtimestamp(float(Decimal(text)), tz=UTC)
        at = datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        at = None
    if at is None or at.tzinfo is None:
        problem = f"must be RFC 3339 or seconds since 1970, not {text[:64]}"
        raise InvalidValue(field="timestamp", problem=problem)
    return at


def _meta(text: str) -> Mapping[str, str]:
    try:
        read = json.loads(text or "{}")
        # Half a surrogate pair may be escaped there, and is no text that can be kept.
        json.dumps(read, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        read = None
    if not isinstance(read, dict):
        raise InvalidValue(field="meta", problem="must be a JSON object")
    return {
        key: value if isinstance(value, str) else json.dumps(value) for key, value in read.items()
    }
