"""Answer for mailed links: a page changes nothing, its button counts once, in one step."""

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from application.shared.asker import Asker
from application.succession.acts import SuccessionActs
from application.succession.context import LINK_PATH, LINKS, People
from domain.identity.one_time import SECRET_BYTES, Prefix
from domain.shared.refusals import Absent, Conflicting, Forbidden
from domain.succession.link import Asks, SuccessionLink
from domain.succession.stored_plan import StoredPlan, SuccessionClock
from ports.randomness import Randomness
from ports.transactions import Conflict
from ports.work import Look, Work

_ID_BYTES = 16
# Tenant and link stand in front of the secret, so that it is looked for in one place.
_TOKEN_BYTES = _ID_BYTES * 2 + SECRET_BYTES
_TOKEN_LENGTH = len(Prefix.SUCCESSION) + -(-_TOKEN_BYTES * 4 // 3)


@dataclass(frozen=True, slots=True)
class DeadLink:
    """There is no such link, it was used, it lapsed, or its step is over: nobody is told which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SuccessionLinks:
    """Makes the tokens of links as they are mailed, and takes the answers."""

    acts: SuccessionActs
    randomness: Randomness

    async def path(self, *, tenant_id: UUID, user_id: UUID, link: str) -> str | None:
        """Return where a message leads to: a notice's link with a token that is kept nowhere.

        Called anew by each attempt to send. None for a link that is dead, or none of this
        user's, as when others are told of the same: then the message goes without.
        """
        try:
            link_id = UUID(link.removeprefix(LINK_PATH))
        except ValueError:
            return None
        secret = self.randomness.token(SECRET_BYTES)

        async def mint(work: Work) -> str | None:
            found = await work.records(LINKS).get(link_id)
            if found is None or found.user_id != user_id:
                return None
            if not await self._is_live(work, found):
                return None
            if not await work.records(LINKS).update(found.with_token(_digest(secret))):
                raise Conflict("the link changed meanwhile")
            return LINK_PATH + _written(tenant_id, link_id, secret)

        return await self.acts.context.changes.run(mint, tenant_id=tenant_id)

    async def look(self, token: str) -> SuccessionLink | DeadLink:
        """Return what the page of a link asks; changes nothing."""
        read = _read(token)
        if read is None:
            return DeadLink()
        tenant_id, link_id, digest = read
        async with self.acts.context.changes.works.look(tenant_id) as look:
            found = await look.records(LINKS).get(link_id)
            if found is None or not found.opened_by(digest):
                return DeadLink()
            return found if await self._is_live(look, found) else DeadLink()

    async def press(self, token: str, *, trace_id: str = "") -> Asks | DeadLink:
        """Take the answer of who pressed the button, once."""
        read = _read(token)
        if read is None:
            return DeadLink()
        tenant_id, link_id, digest = read

        async def press(work: Work) -> Asks | DeadLink:
            link = await work.records(LINKS).get(link_id)
            if link is None or not link.opened_by(digest):
                return DeadLink()
            if not await self._is_live(work, link):
                return DeadLink()
            if not await work.records(LINKS).update(link.used(self._now)):
                raise Conflict("the link changed meanwhile")
            by = Asker(tenant_id=tenant_id, actor=f"user:{link.user_id}", trace_id=trace_id)
            plan, clock = await self.acts.context.there(work)
            people = await self.acts.context.people_of(work)
            await self._do(work, link, plan=plan, clock=clock, people=people, by=by)
            return link.asks

        try:
            done = await self.acts.context.changes.run(press, tenant_id=tenant_id)
        except (Absent, Forbidden, Conflicting):
            # Who asked is no trustee or owner any more, or the state allows it no more.
            return DeadLink()
        if not isinstance(done, DeadLink):
            by = Asker(tenant_id=tenant_id, actor="succession link", trace_id=trace_id)
            await self.acts.settle(tenant_id=tenant_id, by=by)
        return done

    async def _do(
        self,
        work: Work,
        link: SuccessionLink,
        *,
        plan: StoredPlan,
        clock: SuccessionClock,
        people: People,
        by: Asker,
    ) -> None:
        acts = self.acts
        if link.asks is Asks.CONFIRM:
            await acts.confirmed(work, plan, clock, people, trustee=link.user_id, by=by)
            return
        if link.user_id not in {one.id for one in people.owners}:
            raise Forbidden("no owner any more")
        if link.asks is Asks.WELL:
            await acts.heard(work, plan, clock, people, by=by, what="link")
        else:
            await acts.vetoed(work, plan, clock, people, by=by)

    @property
    def _now(self) -> datetime:
        return self.acts.context.changes.clock.now()

    async def _is_live(self, look: Look | Work, link: SuccessionLink) -> bool:
        found = await self.acts.context.found(look)
        if found is None or link.used_at is not None or self._now >= link.expires_at:
            return False
        return found[1].step == link.step


def _written(tenant_id: UUID, link_id: UUID, secret: bytes) -> str:
    packed = tenant_id.bytes + link_id.bytes + secret
    return Prefix.SUCCESSION + urlsafe_b64encode(packed).rstrip(b"=").decode()


def _read(token: str) -> tuple[UUID, UUID, str] | None:
    """Return tenant, link and the secret's digest of a token, None for what is none."""
    prefix = Prefix.SUCCESSION.value
    if not token.startswith(prefix) or not token.isascii() or len(token) != _TOKEN_LENGTH:
        return None
    try:
        packed = urlsafe_b64decode(token[len(prefix) :] + "==")
    except ValueError:
        return None
    if len(packed) != _TOKEN_BYTES:
        return None
    ids, secret = packed[: _ID_BYTES * 2], packed[_ID_BYTES * 2 :]
    return UUID(bytes=ids[:_ID_BYTES]), UUID(bytes=ids[_ID_BYTES:]), _digest(secret)


def _digest(secret: bytes) -> str:
    return hashlib.sha256(secret).hexdigest()
