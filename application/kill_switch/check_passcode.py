"""Check the kill switch's passcode; every wrong try counts, none keeps a stop for long.

Tries for a release, an activation and a change are counted together: five wrong ones lock
release and change for a while. An activation is never locked, and never waits for a passcode:
stopping is safe. Only flattening, which trades, needs one; while tries are locked none is
compared, so that who guesses learns nothing, and nothing is flattened.
"""

import asyncio
import re
from dataclasses import dataclass, field, replace
from datetime import timedelta
from uuid import UUID

from application.kill_switch.commands import (
    PasscodeRefused,
    PasscodeSet,
    SetPasscode,
)
from domain.audit.entry import AuditEntry
from domain.kill_switch.passcode import Passcode
from domain.shared.values import InvalidValue
from ports.identity import HasherBusy, PasswordHasher
from ports.ids import Ids
from ports.kill_switch import Passcodes
from ports.storage import StorageUnavailable
from ports.time import Clock

FAILURES_MAX = 5
LOCKED_FOR = timedelta(minutes=15)
_DIGITS = re.compile(r"[0-9]{8,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckPasscode:
    """Verify and set passcodes."""

    passcodes: Passcodes
    hasher: PasswordHasher
    clock: Clock
    ids: Ids
    # One try at a time in each process: no more are ever checked beyond the limit than
    # there are processes. The count itself is the storage's.
    _one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def for_release(
        self, *, tenant_id: UUID, given: str | None, actor: str, trace_id: str = ""
    ) -> PasscodeRefused | None:
        """Return why the release is refused, None when the passcode is right or none is set."""
        async with self._one_at_a_time:
            return await self._try(tenant_id=tenant_id, given=given, actor=actor, trace_id=trace_id)

    async def _try(
        self, *, tenant_id: UUID, given: str | None, actor: str, trace_id: str
    ) -> PasscodeRefused | None:
        kept = await self.passcodes.load(tenant_id=tenant_id)
        if kept is None:
            return None
        now = self.clock.now()
        if kept.locked_until is not None and now < kept.locked_until:
            wait = int((kept.locked_until - now).total_seconds()) + 1
            return PasscodeRefused(problem="too many wrong passcodes", retry_after_s=wait)
        if given is not None and await self.hasher.verify(password=given, hash=kept.hash):
            if kept.failures:
                cleared = replace(kept, failures=0, locked_until=None)
                await self.passcodes.store(passcode=cleared, audit=None)
            return None
        if given is None:
            return PasscodeRefused(problem="a passcode is set and must be given")
        await self.passcodes.failed(
            passcode=kept,
            failures_max=FAILURES_MAX,
            locked_until=now + LOCKED_FOR,
            audit=AuditEntry(
                id=self.ids.new(),
                tenant_id=tenant_id,
                actor=actor,
                action="kill_switch.wrong_passcode",
                subject=str(tenant_id),
                at=now,
                trace_id=trace_id,
            ),
        )
        return PasscodeRefused(problem="the passcode is wrong", is_wrong=True)

    async def for_activation(
        self, *, tenant_id: UUID, given: str | None, actor: str, trace_id: str = ""
    ) -> PasscodeRefused | None:
        """Return what stands against flattening, None where nothing does.

        Of that a wrong passcode alone, which counts as for a release, stands against the halt.
        One that cannot be compared now is as good as missing.
        """
        try:
            async with self._one_at_a_time:
                return await self._try(
                    tenant_id=tenant_id, given=given, actor=actor, trace_id=trace_id
                )
        except (StorageUnavailable, HasherBusy):
            return PasscodeRefused(problem="the passcode cannot be checked now")

    async def set(self, command: SetPasscode) -> PasscodeSet | PasscodeRefused:
        """Set the first passcode, or change it for one who knows the current one."""
        if not _DIGITS.fullmatch(command.passcode):
            raise InvalidValue(field="passcode", problem="must be 8 to 64 digits")
        refused = await self.for_release(
            tenant_id=command.tenant_id,
            given=command.current,
            actor=command.actor,
            trace_id=command.trace_id,
        )
        if refused is not None:
            return refused
        hashed = await self.hasher.hash(command.passcode)
        known = await self.passcodes.load(tenant_id=command.tenant_id)
        entry = AuditEntry(
            id=self.ids.new(),
            tenant_id=command.tenant_id,
            actor=command.actor,
            action="kill_switch.set_passcode",
            subject=str(command.tenant_id),
            at=self.clock.now(),
            trace_id=command.trace_id,
            before=(("passcode_set", str(known is not None).lower()),),
            after=(("passcode_set", "true"),),
        )
        await self.passcodes.store(
            passcode=Passcode(tenant_id=command.tenant_id, hash=hashed), audit=entry
        )
        return PasscodeSet()
