"""Keep devices, how users log in, and what they are told, in a transaction in Postgres."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from adapters.postgres.identity import device_rows as shapes
from adapters.postgres.link.deferring import later
from adapters.postgres.link.tenancy import Connection, enter, enter_by_digest, enter_by_id
from adapters.postgres.notices import add_next
from domain.identity.login_features import (
    FAILURES_KEPT,
    LOGINS_KEPT,
    NEWEST_TOLD,
    LoginFailure,
    LoginHabits,
    LoginPast,
    LoginRecord,
)
from domain.identity.notice import NOTICES_KEPT, UserNotice, event_of
from domain.identity.session import Device

# Of one user all but the newest, which are found by an index.
_TRIM = (
    "DELETE FROM {table} WHERE user_id = $1 AND ({order}) < (SELECT {order} FROM {table}"
    " WHERE user_id = $1 ORDER BY {falling} OFFSET $2 LIMIT 1)"
)
# Beside the statement that adds one more, which it does not see yet.
_TRIM_LOGINS = """
DELETE FROM login_records WHERE user_id = $1 AND (at, id) < (
    SELECT at, id FROM (
        SELECT at, id FROM login_records WHERE user_id = $1 UNION ALL SELECT $3, $4
    ) known ORDER BY at DESC, id DESC OFFSET $2 LIMIT 1)
"""
# One that came late may be stored though it is none of the newest.
_NEWEST = f"""
SELECT * FROM login_records WHERE user_id = $1 ORDER BY at DESC, id DESC LIMIT {LOGINS_KEPT}
"""  # noqa: S608 - own names; values are parameters
_TRIM_FAILURES = _TRIM.format(table="login_failures", order="at, id", falling="at DESC, id DESC")
_TRIM_NOTICES = _TRIM.format(table="user_notices", order="id", falling="id DESC")
# In one row what a log-in is compared with; a script's log-ins have no device.
HABITS = f"""
WITH own AS (
    SELECT id, at, network, device_id, lat, lon, place FROM ({_NEWEST}) newest WHERE learned
), last AS (SELECT * FROM own ORDER BY at DESC, id DESC LIMIT 1)
SELECT (SELECT count(*) FROM own) AS logins,
    ARRAY(SELECT DISTINCT network FROM own) AS networks,
    ARRAY(SELECT DISTINCT device_id FROM own) AS devices,
    ARRAY(SELECT id FROM own ORDER BY at DESC, id DESC LIMIT $2) AS newest,
    ARRAY(SELECT at FROM login_failures WHERE user_id = $1 ORDER BY at, id) AS failed,
    last.at, last.lat, last.lon, last.place
FROM (SELECT 1) always LEFT JOIN last ON true
"""  # noqa: S608 - own names; values are parameters


@dataclass(frozen=True, slots=True)
class PostgresDevices:
    """Devices (port DeviceStore)."""

    connection: Connection

    async def of(self, user_id: UUID, *, limit: int, after: UUID | None = None) -> Sequence[Device]:
        """Return the user's devices by ascending id, behind `after`."""
        await enter_by_id(self.connection, table="users", id=user_id)
        found = await self.connection.fetch(
            "SELECT * FROM devices WHERE user_id = $1 AND ($2::uuid IS NULL OR id > $2)"
            " ORDER BY id LIMIT $3",
            user_id,
            after,
            limit,
        )
        return [shapes.device_of(row) for row in found]

    async def get(self, device_id: UUID) -> Device | None:
        """Return a device."""
        await enter_by_id(self.connection, table="devices", id=device_id)
        row = await self.connection.fetchrow("SELECT * FROM devices WHERE id = $1", device_id)
        return shapes.device_of(row) if row is not None else None

    async def find(self, digest: bytes) -> Device | None:
        """Return the device whose token has that SHA-256."""
        await enter_by_digest(self.connection, table="devices", digest=digest)
        row = await self.connection.fetchrow("SELECT * FROM devices WHERE digest = $1", digest)
        return shapes.device_of(row) if row is not None else None

    async def keep(self, device: Device) -> None:
        """Store a device, in place of the one of that id."""
        await enter(self.connection, device.tenant_id)
        sql = (
            f"INSERT INTO devices ({shapes.DEVICE})"  # noqa: S608 - own names; values are parameters
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"
            " ON CONFLICT (id) DO UPDATE SET label = excluded.label, seen_at = excluded.seen_at,"
            " fingerprint = excluded.fingerprint,"
            " fingerprint_digest = excluded.fingerprint_digest,"
            " trusted_at = excluded.trusted_at, trusted_until = excluded.trusted_until,"
            " proven_at = excluded.proven_at, homes = excluded.homes"
        )
        await later(self.connection, "devices", (sql, shapes.device_row(device)))

    async def drop(self, device_id: UUID) -> None:
        """Forget a device and the log-ins on it."""
        await enter_by_id(self.connection, table="devices", id=device_id)
        await self.connection.execute("DELETE FROM login_records WHERE device_id = $1", device_id)
        await self.connection.execute("DELETE FROM devices WHERE id = $1", device_id)


@dataclass(frozen=True, slots=True)
class PostgresLoginHistory:
    """How users log in (port LoginHistory)."""

    connection: Connection

    async def past(self, user_id: UUID) -> LoginPast:
        """Return what is remembered of a user, oldest first."""
        await enter_by_id(self.connection, table="users", id=user_id)
        logins = await self.connection.fetch(_NEWEST, user_id)
        failed = await self.connection.fetch(
            "SELECT at FROM login_failures WHERE user_id = $1 ORDER BY at, id", user_id
        )
        return LoginPast(
            logins=[shapes.login_of(row) for row in reversed(logins)],
            failed=[row["at"] for row in failed],
        )

    async def habits(self, user_id: UUID) -> LoginHabits:
        """Return in short what is remembered of a user."""
        await enter_by_id(self.connection, table="users", id=user_id)
        row = await self.connection.fetchrow(HABITS, user_id, NEWEST_TOLD)
        assert row is not None
        return shapes.habits_of(row)

    async def add(self, login: LoginRecord) -> None:
        """Remember a log-in; of each user the newest stay."""
        await enter(self.connection, login.tenant_id)
        places = ", ".join(f"${place}" for place in range(1, 18))
        await later(
            self.connection,
            "login_records",
            (_TRIM_LOGINS, (login.user_id, LOGINS_KEPT - 1, login.at, login.id)),
            (
                f"INSERT INTO login_records ({shapes.LOGIN}) VALUES ({places})",  # noqa: S608 - own names; values are parameters
                shapes.login_row(login),
            ),
        )

    async def fail(self, failure: LoginFailure) -> None:
        """Remember a wrong password; of each user the newest stay."""
        await enter(self.connection, failure.tenant_id)
        await self.connection.execute(
            "INSERT INTO login_failures (id, tenant_id, user_id, at, network)"
            " VALUES ($1, $2, $3, $4, $5)",
            failure.id,
            failure.tenant_id,
            failure.user_id,
            failure.at,
            failure.network,
        )
        await self.connection.execute(_TRIM_FAILURES, failure.user_id, FAILURES_KEPT - 1)

    async def confirm(self, login_id: UUID) -> None:
        """Count a log-in as the user's own from now on."""
        await enter_by_id(self.connection, table="login_records", id=login_id)
        await self.connection.execute(
            "UPDATE login_records SET learned = true WHERE id = $1", login_id
        )


@dataclass(frozen=True, slots=True)
class PostgresUserNotices:
    """What users are told (port UserNotices)."""

    connection: Connection

    async def add(self, notice: UserNotice) -> None:
        """Store a notice; of each user the newest stay."""
        await enter(self.connection, notice.tenant_id)
        await self.connection.execute(
            f"INSERT INTO user_notices ({shapes.NOTICE})"  # noqa: S608 - own names; values are parameters
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            *shapes.notice_row(notice),
        )
        await self.connection.execute(_TRIM_NOTICES, notice.user_id, NOTICES_KEPT - 1)
        await add_next(self.connection, [event_of(notice)])

    async def of(
        self, user_id: UUID, *, limit: int, after: UUID | None = None, unread: bool = False
    ) -> Sequence[UserNotice]:
        """Return the user's notices by descending id, below `after`."""
        await enter_by_id(self.connection, table="users", id=user_id)
        found = await self.connection.fetch(
            "SELECT * FROM user_notices WHERE user_id = $1 AND ($2::uuid IS NULL OR id < $2)"
            " AND (NOT $3 OR read_at IS NULL) ORDER BY id DESC LIMIT $4",
            user_id,
            after,
            unread,
            limit,
        )
        return [shapes.notice_of(row) for row in found]

    async def get(self, notice_id: UUID) -> UserNotice | None:
        """Return a notice."""
        await enter_by_id(self.connection, table="user_notices", id=notice_id)
        row = await self.connection.fetchrow("SELECT * FROM user_notices WHERE id = $1", notice_id)
        return shapes.notice_of(row) if row is not None else None

    async def mark_acknowledged(self, notice_id: UUID, *, at: datetime) -> None:
        """Keep that a notice was acknowledged; the first time stays."""
        await enter_by_id(self.connection, table="user_notices", id=notice_id)
        await self.connection.execute(
            "UPDATE user_notices SET acknowledged_at = $2"
            " WHERE id = $1 AND acknowledged_at IS NULL",
            notice_id,
            at,
        )

    async def mark_read(self, notice_id: UUID, *, at: datetime) -> None:
        """Keep that a notice was read; the first time stays."""
        await enter_by_id(self.connection, table="user_notices", id=notice_id)
        await self.connection.execute(
            "UPDATE user_notices SET read_at = $2 WHERE id = $1 AND read_at IS NULL", notice_id, at
        )
