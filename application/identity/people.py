"""Show a tenant's users, and keep one of them, or a command key, out."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from uuid import UUID

from application.identity.cancel_recovery import cancellation
from application.identity.deps import Asking, IdentityDeps
from application.identity.unknown_user import UserNotFound
from application.shared.change import again
from domain.identity.change import ChangeKind, IdentityChange
from domain.identity.member import MemberKind
from domain.identity.tenant import User
from domain.shared.refusals import Absent
from ports import identity
from ports.access import LastOwner, MemberChanged, Members
from ports.identity_scope import IdentityScope
from ports.transactions import Conflict


@dataclass(frozen=True, slots=True, kw_only=True)
class NotOneself:
    """Nobody disables themselves: the last one would lock everybody out."""


class CommandKeyNotFound(Absent):
    """There is no such command key, or it is another tenant's."""

    def __init__(self, key_id: str) -> None:
        super().__init__(f"there is no command key {key_id}")
        self.key_id = key_id


@dataclass(frozen=True, slots=True, kw_only=True)
class ManageUsers:
    """A tenant's users and command keys."""

    deps: IdentityDeps
    people: identity.People
    users: identity.Users
    members: Members
    # Told in this process at once; the others hear of it by the feed.
    changed: Callable[[UUID], None]

    async def list(
        self, asking: Asking, *, limit: int, after: UUID | None = None
    ) -> Sequence[User]:
        """Return the tenant's users, oldest first."""
        return await self.people.users(tenant_id=asking.tenant_id, limit=limit, after=after)

    async def disable(self, asking: Asking, *, user_id: UUID) -> User | NotOneself | LastOwner:
        """Keep a user out and end all of their sessions; raises UserNotFound."""
        if user_id == asking.principal.user_id:
            return NotOneself()
        return await self._keep(asking, user_id, disabled=True) or LastOwner()

    async def enable(self, asking: Asking, *, user_id: UUID) -> User:
        """Let a user in again, who has to log in anew; raises UserNotFound."""
        user = await self._keep(asking, user_id, disabled=False)
        if user is None:
            raise UserNotFound(user_id)
        return user

    async def note_keys(self, keys: Iterable[tuple[UUID, str]]) -> None:
        """Keep which command keys there are, each of a tenant."""

        async def work(scope: IdentityScope, *, tenant_id: UUID, key_id: str) -> None:
            await scope.endings.note_key(tenant_id=tenant_id, key_id=key_id)

        for tenant_id, key_id in keys:
            await self.deps.look(partial(work, tenant_id=tenant_id, key_id=key_id))

    async def set_key(self, asking: Asking, *, key_id: str, enabled: bool) -> None:
        """Let a command key be used, or refuse what it signs from now on.

        Raises CommandKeyNotFound: whoever mistyped one must not believe it to be disabled.
        """

        async def work(scope: IdentityScope) -> None:
            if not await scope.endings.knows_key(tenant_id=asking.tenant_id, key_id=key_id):
                raise CommandKeyNotFound(key_id)
            at = self.deps.clock.now()
            if enabled:
                kind = ChangeKind.KEY_ENABLED
                changed = await scope.endings.enable_key(tenant_id=asking.tenant_id, key_id=key_id)
            else:
                kind = ChangeKind.KEY_DISABLED
                changed = await scope.endings.disable_key(
                    tenant_id=asking.tenant_id, key_id=key_id, at=at
                )
            if not changed:
                return
            await scope.audit.add(
                self.deps.entry(
                    tenant_id=asking.tenant_id,
                    actor=asking.principal.actor,
                    action="command_key.enable" if enabled else "command_key.disable",
                    subject=key_id,
                    at=at,
                    trace_id=asking.trace_id,
                )
            )
            await scope.endings.tell(
                IdentityChange(
                    tenant_id=asking.tenant_id, user_id=None, token_id=key_id, kind=kind, at=at
                )
            )

        await self.deps.attempt(work)

    async def _keep(self, asking: Asking, user_id: UUID, *, disabled: bool) -> User | None:
        """Disable or enable the member that a user is; None for the last owner."""
        if not await again(partial(self._change, asking, user_id, disabled=disabled)):
            return None
        user = await self.users.find(user_id=user_id)
        if user is None:
            raise UserNotFound(user_id)
        return user

    async def _change(self, asking: Asking, user_id: UUID, *, disabled: bool) -> bool:
        """Change the member as they are now; False for the last owner."""
        member = await self.members.find(tenant_id=asking.tenant_id, member_id=user_id)
        if member is None or member.kind is not MemberKind.PERSON:
            raise UserNotFound(user_id)
        if disabled is (member.disabled_at is not None):
            return True
        at = self.deps.clock.now()
        after = replace(member, disabled_at=at if disabled else None)
        audit = self.deps.entry(
            tenant_id=asking.tenant_id,
            actor=asking.principal.actor,
            action="user.disable" if disabled else "user.enable",
            subject=str(user_id),
            at=at,
            trace_id=asking.trace_id,
        )
        cancels = partial(
            cancellation,
            actor=asking.principal.actor,
            ids=self.deps.ids,
            at=at,
            trace_id=asking.trace_id,
            why="user.disable",
        )
        match await self.members.change(member=after, audit=audit, cancels=cancels):
            case LastOwner():
                return False
            case MemberChanged():
                raise Conflict(f"member {user_id} changed meanwhile")
            case _:
                self.changed(user_id)
                self.deps.told.set()
                return True
