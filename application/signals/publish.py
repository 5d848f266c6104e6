"""Take a signal in: checked, kept with its trail and notice, and never twice."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from application.shared.asker import Asker
from application.shared.change import Changes, KeyReused, Once, Replayed
from domain.shared.refusals import Conflicting
from domain.shared.values import InvalidValue
from domain.signals.signal import (
    PATTERNS,
    TTL_MAX_S,
    PublishedSignal,
    checked_name,
    describe_signal,
    own_id,
    remaining,
)
from ports.market import Instruments
from ports.signals import PUBLISHED, SIGNALS
from ports.work import Work

CHANNEL = "signals"


class SignalRepeated(Conflicting):
    """A signal of that id is there already."""

    slug, title = "signal-repeated", "Signal repeated"
    meaning = "A signal of that id was taken in before: it stands, and this one was not kept."


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalFields:
    """What a sender writes of a signal; id, timestamp and ttl_s where they say so."""

    symbol: str
    score: Decimal
    source: str
    id: str | None = None
    timestamp: datetime | None = None
    ttl_s: int | None = None
    meta: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalLimits:
    """How old a signal may be when it comes, and how long it holds where it does not say."""

    age_max_s: float = 300.0
    ttl_s: int = 3_600


@dataclass(frozen=True, slots=True)
class KnownSignal:
    """The very same alert came before: this is the signal that it became."""

    signal: PublishedSignal


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishSignal:
    """Keep a signal that somebody sends."""

    changes: Changes
    instruments: Instruments
    limits: SignalLimits
    # There is something for the readers of the stream.
    wake: Callable[[], None] = lambda: None

    async def publish(
        self, fields: SignalFields, *, by: Asker, once: Once[PublishedSignal] | None = None
    ) -> PublishedSignal | Replayed | KeyReused:
        """Keep a signal; raises InvalidValue, SignalRepeated for an id that is there."""
        self._check(fields)
        done = await self.changes.once(
            lambda work: self._keep(work, fields, by=by), tenant_id=by.tenant_id, once=once
        )
        self.wake()
        return done

    async def take_alert(
        self, fields: SignalFields, *, by: Asker, body: bytes
    ) -> PublishedSignal | KnownSignal:
        """Keep what an alert service sends; raises as publish does.

        One without an id is known by the bytes of its body for as long as a signal may be old:
        a service sends again what it got no answer for, and may alert in the same words later.
        """
        self._check(fields)
        digest = hashlib.sha256(f"{fields.source}\n".encode() + body).hexdigest()
        window = int(self.changes.clock.now().timestamp() // self.limits.age_max_s)
        ids = [own_id(by.tenant_id, f"alert {digest} {window - back}") for back in (0, 1)]

        async def keep(work: Work) -> PublishedSignal | KnownSignal:
            if fields.id is not None:
                return await self._keep(work, fields, by=by)
            for one in ids:
                if (known := await work.records(SIGNALS).get(one)) is not None:
                    return KnownSignal(known)
            return await self._keep(work, fields, by=by, kept_as=ids[0])

        done = await self.changes.run(keep, tenant_id=by.tenant_id)
        self.wake()
        return done

    async def announce(self, fields: SignalFields, *, by: Asker, told_as: str) -> bool:
        """Keep what a part of ours found, once under a name of its own; tell whether it is new.

        It is fresh whatever its time: a replay's days go by in seconds.
        """
        kept_as = own_id(by.tenant_id, told_as)

        async def keep(work: Work) -> bool:
            if await work.records(SIGNALS).get(kept_as) is not None:
                return False
            signal = self._made(fields, by=by, id_=kept_as, left=self._ttl(fields))
            await self._store(work, signal, by=by)
            return True

        new = await self.changes.run(keep, tenant_id=by.tenant_id)
        self.wake()
        return new

    def _check(self, fields: SignalFields) -> None:
        if fields.source == PATTERNS:
            problem = f"must not be {PATTERNS}: so the pattern engine calls its own signals"
            raise InvalidValue(field="source", problem=problem)
        if fields.id is not None:
            checked_name(fields.id, field="id")
        if fields.ttl_s is not None and not 1 <= fields.ttl_s <= TTL_MAX_S:
            raise InvalidValue(field="ttl_s", problem=f"must be from 1 to {TTL_MAX_S}")
        if self.instruments.find(fields.symbol) is None:
            raise InvalidValue(field="symbol", problem=f"is no instrument here: {fields.symbol}")

    async def _keep(
        self, work: Work, fields: SignalFields, *, by: Asker, kept_as: UUID | None = None
    ) -> PublishedSignal:
        # The turn of the tenant's changes has come: the order of signals is that of their times.
        changes, records = self.changes, work.records(SIGNALS)
        now, market_at = changes.clock.now(), changes.market_now()
        left = remaining(
            timestamp=fields.timestamp or now,
            ttl=self._ttl(fields),
            age_max=timedelta(seconds=self.limits.age_max_s),
            nows=(now,) if market_at is None else (now, market_at),
        )
        if fields.id is not None:
            kept_as = own_id(by.tenant_id, fields.id)
            if await records.get(kept_as) is not None:
                raise SignalRepeated(f"signal {fields.id} was taken in before")
        signal = self._made(fields, by=by, id_=kept_as or changes.ids.new(), left=left)
        await self._store(work, signal, by=by)
        return signal

    def _ttl(self, fields: SignalFields) -> timedelta:
        return timedelta(seconds=fields.ttl_s or self.limits.ttl_s)

    def _made(
        self, fields: SignalFields, *, by: Asker, id_: UUID, left: timedelta
    ) -> PublishedSignal:
        now = self.changes.clock.now()
        return PublishedSignal(
            id=id_,
            tenant_id=by.tenant_id,
            name=fields.id or "",
            symbol=fields.symbol,
            score=fields.score,
            source=fields.source,
            timestamp=fields.timestamp or now,
            received_at=now,
            expires_at=now + left,
            meta=dict(sorted(fields.meta.items())),
            published_by=by.actor,
        )

    async def _store(self, work: Work, signal: PublishedSignal, *, by: Asker) -> None:
        await work.records(SIGNALS).add(signal)
        await self.changes.record(
            work,
            PUBLISHED,
            by=by,
            subject=signal.id,
            before=None,
            after=describe_signal(signal),
            channel=CHANNEL,
        )
