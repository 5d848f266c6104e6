"""Show users the devices they log in on; name, trust and forget them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from application.identity.access_commands import NeedsPerson
from application.identity.deps import Asking, IdentityDeps, end_one
from application.identity.trust import trust_from
from domain.identity.session import Device, SessionEnd
from domain.identity.tenant import PrincipalKind, User
from domain.shared.refusals import Absent
from ports.identity_scope import IdentityScope


class DeviceNotFound(Absent):
    """There is no such device, or it is another user's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnDevice:
    """A device, and until when its user's trust in it holds; None: it is not trusted."""

    device: Device
    trusted_until: datetime | None = None

    @property
    def id(self) -> UUID:
        """The device's own."""
        return self.device.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Devices:
    """A user's own devices."""

    deps: IdentityDeps
    trust_lasts: timedelta

    async def list(
        self, asking: Asking, *, limit: int, after: UUID | None = None
    ) -> Sequence[OwnDevice]:
        """Return the devices of who asks, oldest first."""
        user_id, now = asking.principal.user_id, self.deps.clock.now()

        async def work(scope: IdentityScope) -> Sequence[OwnDevice]:
            user = await scope.users.get(user_id)
            found = await scope.devices.of(user_id, limit=limit, after=after)
            if user is None:
                return [OwnDevice(device=one) for one in found]
            since = await trust_from(scope, user)
            return [_shown(one, since=since, now=now) for one in found]

        return await self.deps.look(work)

    async def label(self, asking: Asking, *, device_id: UUID, label: str) -> OwnDevice:
        """Give a device another name; raises DeviceNotFound."""

        async def work(scope: IdentityScope) -> OwnDevice:
            user, device = await _own(scope, asking, device_id)
            named = replace(device, label=label)
            await scope.devices.keep(named)
            detail = (("before", device.label), ("after", label))
            await self._record(scope, asking, named, action="device.label", detail=detail)
            since = await trust_from(scope, user)
            return _shown(named, since=since, now=self.deps.clock.now())

        return await self.deps.attempt(work)

    async def trust(self, asking: Asking, *, device_id: UUID) -> OwnDevice | NeedsPerson:
        """Ask no second factor on a device for a while; raises DeviceNotFound."""
        if asking.principal.kind is not PrincipalKind.PERSON:
            return NeedsPerson()

        async def work(scope: IdentityScope) -> OwnDevice:
            user, device = await _own(scope, asking, device_id)
            at = self.deps.clock.now()
            trusted = device.trusted(at=at, until=at + self.trust_lasts)
            await scope.devices.keep(trusted)
            until = (at + self.trust_lasts).isoformat()
            await self._record(
                scope, asking, trusted, action="device.trust", detail=(("until", until),)
            )
            since = await trust_from(scope, user)
            return _shown(trusted, since=since, now=at)

        return await self.deps.attempt(work)

    async def distrust(self, asking: Asking, *, device_id: UUID) -> OwnDevice:
        """Ask for the second factor on a device again; raises DeviceNotFound."""

        async def work(scope: IdentityScope) -> OwnDevice:
            _, device = await _own(scope, asking, device_id)
            plain = device.distrusted()
            await scope.devices.keep(plain)
            await self._record(scope, asking, plain, action="device.distrust")
            return OwnDevice(device=plain)

        return await self.deps.attempt(work)

    async def remove(self, asking: Asking, *, device_id: UUID) -> int:
        """Forget a device, end its sessions and return how many; raises DeviceNotFound."""

        async def work(scope: IdentityScope) -> int:
            user, device = await _own(scope, asking, device_id)
            at = self.deps.clock.now()
            told = [
                await end_one(scope, one, at=at, end=SessionEnd.REVOKED)
                for one in await scope.sessions.open_of(user.id)
                if one.device_id == device.id
            ]
            await scope.devices.drop(device.id)
            await self._record(
                scope,
                asking,
                device,
                action="device.remove",
                detail=(("label", device.label), ("sessions", str(len(told)))),
            )
            for change in told:
                await scope.endings.tell(change)
            return len(told)

        return await self.deps.attempt(work)

    async def _record(
        self,
        scope: IdentityScope,
        asking: Asking,
        device: Device,
        *,
        action: str,
        detail: tuple[tuple[str, str], ...] = (),
    ) -> None:
        await scope.audit.add(
            self.deps.entry(
                tenant_id=device.tenant_id,
                actor=asking.principal.actor,
                action=action,
                subject=str(device.id),
                at=self.deps.clock.now(),
                trace_id=asking.trace_id,
                detail=detail,
            )
        )


async def _own(scope: IdentityScope, asking: Asking, device_id: UUID) -> tuple[User, Device]:
    """Return who asks and their device; until the exit nobody else changes either."""
    user = await scope.users.get(asking.principal.user_id)
    device = await scope.devices.get(device_id)
    if user is None or device is None or device.user_id != user.id:
        raise DeviceNotFound(f"no device {device_id}")
    return user, device


def _shown(device: Device, *, since: datetime | None, now: datetime) -> OwnDevice:
    holds = device.is_trusted(now, tokens_from=since)
    return OwnDevice(device=device, trusted_until=device.trusted_until if holds else None)
