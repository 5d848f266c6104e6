"""Forget answers in memory: by when they were first seen here, as they bear no time."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

from adapters.memory.database import MemoryDatabase, MemoryLink
from domain.identity.login_features import FAILURES_WITHIN
from ports.factors import UNCONFIRMED_S, address_of
from ports.time import Clock

# A begun command (its id) or an answer (its key), of a tenant.
_Key = tuple[UUID, UUID] | tuple[UUID, str]
# An answer outlives its command's beginning by so much.
_MARGIN_S = 3_600.0

# A device that nobody logged in on for a year is a stranger again.
_DEVICE = timedelta(days=366)

K = TypeVar("K", bound=_Key)


class MemorySpentRecords:
    """Begun commands and answers of one memory database (port SpentRecords).

    What was there at an earlier look is at least as old as that look: nothing goes early.
    Claimed keys, tickets and tries bound themselves where they are kept.
    """

    def __init__(self, *, link: MemoryLink, clock: Clock) -> None:
        self._link = link
        self._clock = clock
        self._seen: dict[_Key, float] = {}

    async def purge(self, *, older_than_s: float, limit: int) -> int:
        """Delete what was seen so long ago; return how many of the larger kind."""
        database = await self._link.enter()
        self._forget_sessions(database, older_than=timedelta(seconds=older_than_s))
        self._forget_unconfirmed(database)
        self._forget_notifications(database, older_than=timedelta(seconds=older_than_s))
        now = self._clock.monotonic()
        there: set[_Key] = {*database.begun, *database.replies}
        self._seen = {key: self._seen.get(key, now) for key in there}
        begun = self._older(database.begun, than=now - older_than_s, limit=limit)
        for key in begun:
            del database.begun[key]
        if len(begun) == limit:
            return limit
        answers = self._older(database.replies, than=now - older_than_s - _MARGIN_S, limit=limit)
        for answer in answers:
            del database.replies[answer]
        return max(len(begun), len(answers))

    def _forget_sessions(self, database: MemoryDatabase, *, older_than: timedelta) -> None:
        """Drop what lapsed so long ago; it bounds what log-ins leave behind."""
        since = self._clock.now() - older_than
        gone = {one.id for one in database.sessions.values() if one.expires_at < since}
        for session_id in gone:
            del database.sessions[session_id]
        for token in [one for one in database.refreshes.values() if one.session_id in gone]:
            del database.refreshes[token.digest]
        for reset in [one for one in database.resets.values() if one.expires_at < since]:
            del database.resets[reset.id]
        for made in [one for one in database.invitations.values() if one.expires_at < since]:
            del database.invitations[made.id]
        challenges = database.passkey_challenges
        for asked in [one for one in challenges.values() if one.expires_at < since]:
            del challenges[asked.digest]
        year_ago = since - _DEVICE
        for device in [one for one in database.devices.values() if one.seen_at < year_ago]:
            del database.devices[device.id]
        for login in [one for one in database.logins.values() if one.at < year_ago]:
            del database.logins[login.id]
        for notice in [one for one in database.user_notices.values() if one.at < year_ago]:
            del database.user_notices[notice.id]
        day_ago = since - FAILURES_WITHIN
        for failure in [one for one in database.login_failures.values() if one.at < day_ago]:
            del database.login_failures[failure.id]
        for token_id in [one for one, at in database.ended_tokens.items() if at < since]:
            del database.ended_tokens[token_id]

    def _forget_unconfirmed(self, database: MemoryDatabase) -> None:
        begun_before = self._clock.now() - timedelta(seconds=UNCONFIRMED_S)
        for app in list(database.totps.values()):
            if app.confirmed_at is None and app.created_at < begun_before:
                del database.totps[app.id]
                database.secrets.pop(address_of(app), None)

    def _forget_notifications(self, database: MemoryDatabase, *, older_than: timedelta) -> None:
        """Drop what people were told a year ago, or have deleted, with its deliveries."""
        since = self._clock.now() - older_than
        year_ago = since - _DEVICE
        told = _records(database, "notifications")
        deliveries = _records(database, "notification_deliveries")
        escalations = _records(database, "notification_escalations")
        gone = {
            one.id
            for one in told.values()
            if one.last_at < year_ago or (one.deleted_at is not None and one.deleted_at < since)
        }
        sent = {one.id for one in deliveries.values() if one.notification_id in gone}
        over = {one.id for one in escalations.values() if one.next_at is None and one.at < year_ago}
        for kept, ids in ((told, gone), (deliveries, sent), (escalations, over)):
            for id_ in ids:
                # Whoever has read it in an open transaction runs again.
                tenant_id = kept.pop(id_).tenant_id
                database.revisions[tenant_id] = database.revisions.get(tenant_id, 0) + 1

    def _older(self, keys: Iterable[K], *, than: float, limit: int) -> list[K]:
        return [key for key in keys if self._seen[key] < than][:limit]


def _records(database: MemoryDatabase, table: str) -> dict[UUID, Any]:
    found: dict[UUID, Any] = database.records.get(table, {})
    return found
