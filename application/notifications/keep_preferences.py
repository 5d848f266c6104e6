"""Keep how people want to be told."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from application.notifications.context import PREFERENCES, NotifyContext
from application.shared.asker import Asker
from application.shared.change import KeyReused, Once, Replayed
from domain.notifications.message import Channel, NotificationType
from domain.notifications.preference import Preference, default_least
from domain.shared.refusals import Absent, Conflicting, Outdated
from ports.transactions import Conflict
from ports.work import Work

_MOST = len(Channel) * len(NotificationType)


class PreferenceNotFound(Absent):
    """There is no such preference, or it is another person's."""


class PreferenceThere(Conflicting):
    """The person has one for that type and channel."""

    slug = "preference-there"
    title = "Preference there already"
    meaning = "There is a preference for that type and channel already: change that one."


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepPreferences:
    """A person's own preferences: one a type and channel; where there is none, the default."""

    context: NotifyContext

    async def list(self, *, by: Asker) -> Sequence[Preference]:
        """Return them all: there are few."""
        async with self.context.changes.works.look(by.tenant_id) as look:
            return await look.records(PREFERENCES).list(limit=_MOST, where={"user_id": by.user_id})

    async def get(self, id: UUID, *, by: Asker) -> Preference:
        """Return one; raises PreferenceNotFound."""
        async with self.context.changes.works.look(by.tenant_id) as look:
            return _checked(await look.records(PREFERENCES).get(id), id=id, by=by)

    async def add(
        self, made: Preference, *, by: Asker, once: Once[Preference] | None = None
    ) -> Preference | Replayed | KeyReused:
        """Store a new one; raises PreferenceThere."""

        async def add(work: Work) -> Preference:
            where = {"user_id": by.user_id, "type": made.type, "channel": made.channel}
            if await work.records(PREFERENCES).count(where=where):
                what = f"{made.type.value} on {made.channel.value}"
                raise PreferenceThere(f"there is a preference for {what} already")
            await work.records(PREFERENCES).add(made)
            await self._record(work, "created", made, by=by)
            return made

        return await self.context.changes.once(add, tenant_id=by.tenant_id, once=once)

    async def change(
        self,
        id: UUID,
        change: Callable[[Preference], Preference],
        *,
        by: Asker,
        expected: int | None = None,
    ) -> Preference:
        """Replace one, with expected only of that version.

        Raises PreferenceNotFound, PreferenceThere, Outdated, InvalidValue.
        """

        async def replace(work: Work) -> Preference:
            records = work.records(PREFERENCES)
            before = _checked(await records.get(id), id=id, by=by)
            if expected is not None and before.version != expected:
                raise Outdated(before.version)
            after = change(before)
            where = {"user_id": by.user_id, "type": after.type, "channel": after.channel}
            if any(one.id != id for one in await records.list(limit=2, where=where)):
                what = f"{after.type.value} on {after.channel.value}"
                raise PreferenceThere(f"there is a preference for {what} already")
            if not await records.update(after):
                raise Conflict(f"preference {id} changed meanwhile")
            await self._record(work, "updated", after, by=by)
            return after

        return await self.context.changes.run(replace, tenant_id=by.tenant_id)

    async def remove(self, id: UUID, *, by: Asker) -> None:
        """Delete one: the default holds again. Raises PreferenceNotFound."""

        async def remove(work: Work) -> None:
            records = work.records(PREFERENCES)
            before = _checked(await records.get(id), id=id, by=by)
            if not await records.remove(id, version=before.version):
                raise Conflict(f"preference {id} changed meanwhile")
            await self._record(work, "deleted", before, by=by)

        await self.context.changes.run(remove, tenant_id=by.tenant_id)

    async def set_defaults(
        self, *, by: Asker, once: Once[Sequence[Preference]] | None = None
    ) -> Sequence[Preference] | Replayed | KeyReused:
        """Replace all by the defaults: everything in app, HIGH and URGENT by mail too."""

        async def replace(work: Work) -> Sequence[Preference]:
            records = work.records(PREFERENCES)
            for one in await records.list(limit=_MOST, where={"user_id": by.user_id}):
                await records.remove(one.id, version=one.version)
            made = [
                Preference(
                    id=self.context.changes.ids.new(),
                    tenant_id=by.tenant_id,
                    user_id=by.user_id or by.tenant_id,
                    type=type_,
                    channel=channel,
                    least_priority=least,
                )
                for type_ in NotificationType
                for channel in Channel
                if (least := default_least(channel)) is not None
            ]
            await records.add_many(made)
            await self.context.record(
                work,
                "notification_preference.defaults_set",
                subject=by.user_id or by.tenant_id,
                by=by,
            )
            return made

        return await self.context.changes.once(replace, tenant_id=by.tenant_id, once=once)

    async def _record(self, work: Work, what: str, one: Preference, *, by: Asker) -> None:
        detail = {
            "type": one.type.value,
            "channel": one.channel.value,
            "enabled": str(one.enabled).lower(),
            "least_priority": one.least_priority.value,
            "quiet": f"{one.quiet_from}-{one.quiet_to} {one.zone}" if one.quiet_from else "",
            "digest": one.digest.value,
        }
        await self.context.record(
            work, f"notification_preference.{what}", subject=one.id, by=by, detail=detail
        )


def _checked(found: Preference | None, *, id: UUID, by: Asker) -> Preference:
    if found is None or found.user_id != by.user_id:
        raise PreferenceNotFound(f"no preference {id}")
    return found
