"""Keep devices, how users log in, and what they are told, in a transaction over memory."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from adapters.memory.database import MemoryDatabase
from adapters.memory.table import Table
from domain.identity.login_features import (
    FAILURES_KEPT,
    LOGINS_KEPT,
    LoginFailure,
    LoginHabits,
    LoginPast,
    LoginRecord,
)
from domain.identity.notice import NOTICES_KEPT, UserNotice, event_of
from domain.identity.session import Device
from domain.shared.notices import Notice


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryDevices:
    """Devices (port DeviceStore)."""

    devices: Table[UUID, Device]
    logins: Table[UUID, LoginRecord]

    async def of(self, user_id: UUID, *, limit: int, after: UUID | None = None) -> Sequence[Device]:
        """Return the user's devices by ascending id, behind `after`."""
        found = [one for one in self.devices.values() if one.user_id == user_id]
        behind = [one for one in found if after is None or one.id > after]
        return sorted(behind, key=lambda one: one.id)[:limit]

    async def get(self, device_id: UUID) -> Device | None:
        """Return a device."""
        return self.devices.get(device_id)

    async def find(self, digest: bytes) -> Device | None:
        """Return the device whose token has that SHA-256."""
        return next((one for one in self.devices.values() if one.digest == digest), None)

    async def keep(self, device: Device) -> None:
        """Store a device, in place of the one of that id."""
        self.devices.put(device.id, device)

    async def drop(self, device_id: UUID) -> None:
        """Forget a device and the log-ins on it."""
        self.devices.drop(device_id)
        for one in [one for one in self.logins.values() if one.device_id == device_id]:
            self.logins.drop(one.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryLoginHistory:
    """How users log in (port LoginHistory)."""

    logins: Table[UUID, LoginRecord]
    failures: Table[UUID, LoginFailure]

    async def past(self, user_id: UUID) -> LoginPast:
        """Return what is remembered of a user, oldest first."""
        return LoginPast(
            logins=self._logins(user_id), failed=[one.at for one in self._failures(user_id)]
        )

    async def habits(self, user_id: UUID) -> LoginHabits:
        """Return in short what is remembered of a user."""
        return (await self.past(user_id)).habits

    async def add(self, login: LoginRecord) -> None:
        """Remember a log-in; of each user the newest stay."""
        self.logins.put(login.id, login)
        for one in self._logins(login.user_id)[:-LOGINS_KEPT]:
            self.logins.drop(one.id)

    async def fail(self, failure: LoginFailure) -> None:
        """Remember a wrong password; of each user the newest stay."""
        self.failures.put(failure.id, failure)
        for one in self._failures(failure.user_id)[:-FAILURES_KEPT]:
            self.failures.drop(one.id)

    async def confirm(self, login_id: UUID) -> None:
        """Count a log-in as the user's own from now on."""
        found = self.logins.get(login_id)
        if found is not None:
            self.logins.put(login_id, replace(found, learned=True))

    def _logins(self, user_id: UUID) -> Sequence[LoginRecord]:
        found = [one for one in self.logins.values() if one.user_id == user_id]
        return sorted(found, key=lambda one: (one.at, one.id))

    def _failures(self, user_id: UUID) -> Sequence[LoginFailure]:
        found = [one for one in self.failures.values() if one.user_id == user_id]
        return sorted(found, key=lambda one: (one.at, one.id))


@dataclass(frozen=True, slots=True)
class MemoryUserNotices:
    """What users are told (port UserNotices)."""

    notices: Table[UUID, UserNotice]
    # What goes out with the commit.
    events: list[Notice]

    async def add(self, notice: UserNotice) -> None:
        """Store a notice; of each user the newest stay."""
        self.notices.put(notice.id, notice)
        self.events.append(event_of(notice))
        for one in self._of(notice.user_id)[NOTICES_KEPT:]:
            self.notices.drop(one.id)

    async def of(
        self, user_id: UUID, *, limit: int, after: UUID | None = None, unread: bool = False
    ) -> Sequence[UserNotice]:
        """Return the user's notices by descending id, below `after`."""
        return [
            one
            for one in self._of(user_id)
            if (after is None or one.id < after) and not (unread and one.read_at)
        ][:limit]

    async def get(self, notice_id: UUID) -> UserNotice | None:
        """Return a notice."""
        return self.notices.get(notice_id)

    async def mark_acknowledged(self, notice_id: UUID, *, at: datetime) -> None:
        """Keep that a notice was acknowledged; the first time stays."""
        found = self.notices.get(notice_id)
        if found is not None and found.acknowledged_at is None:
            self.notices.put(notice_id, replace(found, acknowledged_at=at))

    async def mark_read(self, notice_id: UUID, *, at: datetime) -> None:
        """Keep that a notice was read; the first time stays."""
        found = self.notices.get(notice_id)
        if found is not None and found.read_at is None:
            self.notices.put(notice_id, replace(found, read_at=at))

    def _of(self, user_id: UUID) -> Sequence[UserNotice]:
        found = [one for one in self.notices.values() if one.user_id == user_id]
        return sorted(found, key=lambda one: one.id, reverse=True)


async def informed(
    database: MemoryDatabase, told: Sequence[Notice | UserNotice]
) -> Sequence[Notice]:
    """Store the notices to users among these, and return what goes out over the streams."""
    kept: Table[UUID, UserNotice] = Table(database.user_notices)
    events: list[Notice] = []
    for one in told:
        if isinstance(one, Notice):
            events.append(one)
        else:
            await MemoryUserNotices(kept, events).add(one)
    kept.commit()
    return events
