"""Keep letters that we cannot read: take them in, hand them over, and replace their key."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self
from uuid import UUID

from application.shared.asker import Asker
from application.shared.change import Changes, KeyReused, Once, Replayed
from application.shared.keeper import Keeper
from application.succession.context import SuccessionContext
from domain.audit.entry import AuditEntry
from domain.identity.member import MemberKind
from domain.shared.refusals import Absent, Conflicting
from domain.shared.values import InvalidValue
from domain.succession.letter import (
    LETTERS_MAX,
    Handover,
    Letter,
    LetterContent,
    LetterKey,
    describe_key,
    describe_letter,
    digest_of,
)
from domain.succession.plan import SuccessionState
from ports.transactions import Conflict
from ports.work import Kind, Look, Work

LETTERS = Kind("letters", Letter, find_by=("name", "sealed_for"), proven_as="letter")
CONTENTS = Kind("letter_contents", LetterContent)
KEYS = Kind("letter_keys", LetterKey, proven_as="letter_key")
CHANNEL = "letters"


class NameTaken(Conflicting):
    """Another letter for that key has the name."""

    slug, title = "letter-name-taken", "Letter name taken"
    meaning = "Another letter that is sealed for this key has that name."


class LettersMissing(Conflicting):
    """A letter would be lost: it is not sealed for the new key yet."""

    slug, title = "letters-missing", "Letters missing"
    meaning = "Seal every letter for the new key first, or delete it: the old ones are destroyed."


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterFields:
    """What the owner says of a letter, and its age file."""

    name: str
    sealed_for: str
    content: bytes
    handover: Handover
    readers: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Reader:
    """Who asks for letters; owns says that all of them are theirs to handle."""

    tenant_id: UUID
    user_id: UUID
    owns: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepLetters:
    """Everything that can be asked of a tenant's letters."""

    keeper: Keeper[Letter]
    context: SuccessionContext

    @property
    def changes(self) -> Changes:
        """Where letters are changed."""
        return self.keeper.changes

    @classmethod
    def over(cls, context: SuccessionContext) -> Self:
        """Return it beside the succession whose state says when to hand over."""
        keeper = Keeper(
            changes=context.changes,
            kind=LETTERS,
            noun="letter",
            channel=CHANNEL,
            described=describe_letter,
            limit=LETTERS_MAX,
        )
        return cls(keeper=keeper, context=context)

    async def add(
        self, fields: LetterFields, *, by: Asker, once: Once[Letter] | None = None
    ) -> Letter | Replayed | KeyReused:
        """Store a new letter; raises NameTaken, TooMany, InvalidValue."""
        for index, reader in enumerate(fields.readers):
            found = await self.context.members.find(tenant_id=by.tenant_id, member_id=reader)
            if found is None or found.kind is not MemberKind.PERSON:
                problem = "must be the id of a person of this tenant"
                raise InvalidValue(field=f"readers[{index}]", problem=problem)
        letter = Letter(
            id=self.changes.ids.new(),
            tenant_id=by.tenant_id,
            name=fields.name,
            sealed_for=fields.sealed_for,
            handover=fields.handover,
            readers=fields.readers,
            size=len(fields.content),
            sha256=digest_of(fields.content),
            created_at=self.changes.clock.now(),
        )
        content = LetterContent(id=letter.id, tenant_id=by.tenant_id, content=fields.content)

        async def add(work: Work) -> Letter:
            same = {"name": letter.name, "sealed_for": letter.sealed_for}
            if await work.records(LETTERS).count(where=same):
                raise NameTaken(f"a letter for this key is called {letter.name}")
            await self.keeper.put(work, letter, before=None, by=by)
            await work.records(CONTENTS).add(content)
            return letter

        return await self.changes.once(add, tenant_id=by.tenant_id, once=once)

    async def list(self, *, by: Reader) -> Sequence[Letter]:
        """Return the letters that who asks may have now, in the order they were made."""
        async with self.changes.works.look(by.tenant_id) as look:
            letters = await look.records(LETTERS).list(limit=LETTERS_MAX)
            return letters if by.owns else await self._handed_over(look, letters, by=by)

    async def read(self, id: UUID, *, by: Reader, asked_by: Asker) -> tuple[Letter, bytes]:
        """Return a letter with its age file, and note in the trail who has it now.

        Raises Absent, also for one not handed over yet. What cannot be noted is not handed over.
        """

        async def read(work: Work) -> tuple[Letter, bytes]:
            letter = await work.records(LETTERS).get(id)
            content = await work.records(CONTENTS).get(id) if letter is not None else None
            if letter is None or content is None:
                raise Absent(f"no letter {id}")
            if not by.owns and not await self._handed_over(work, [letter], by=by):
                raise Absent(f"no letter {id}")
            await work.audit(
                AuditEntry(
                    id=self.changes.ids.new(),
                    tenant_id=asked_by.tenant_id,
                    actor=asked_by.actor,
                    action="letter.read",
                    subject=str(letter.id),
                    at=self.changes.clock.now(),
                    market_at=self.changes.market_now(),
                    trace_id=asked_by.trace_id,
                    detail=tuple(sorted(describe_letter(letter).items())),
                )
            )
            return letter, content.content

        return await self.changes.run(read, tenant_id=by.tenant_id)

    async def remove(self, id: UUID, *, by: Asker) -> None:
        """Destroy a letter; raises Absent."""

        async def remove(work: Work) -> None:
            await self._destroy(work, await self.keeper.seen(work, id, expected=None), by=by)

        await self.changes.run(remove, tenant_id=by.tenant_id)

    async def key(self, *, tenant_id: UUID) -> LetterKey:
        """Return the key in use; raises Absent."""
        async with self.changes.works.look(tenant_id) as look:
            for key in await look.records(KEYS).list(limit=1):
                return key
        raise Absent("no key of letters: ballast succession seal")

    async def set_key(
        self, *, recipient: str, threshold: int, trustees: tuple[str, ...], by: Asker
    ) -> LetterKey:
        """Make a key the one in use, and destroy every letter that is for another.

        Raises LettersMissing for a letter that is not sealed for it by the same name.
        """
        made = LetterKey(
            id=self.changes.ids.new(),
            tenant_id=by.tenant_id,
            recipient=recipient,
            threshold=threshold,
            trustees=trustees,
            set_at=self.changes.clock.now(),
        )

        async def set_key(work: Work) -> LetterKey:
            keys = await work.records(KEYS).list(limit=1)
            before = keys[0] if keys else None
            letters = await work.records(LETTERS).list(limit=LETTERS_MAX)
            used = before.recipient if before is not None else recipient
            kept = {one.name for one in letters if one.sealed_for == recipient}
            lost = [one.name for one in letters if one.sealed_for == used and one.name not in kept]
            if lost:
                raise LettersMissing(f"not sealed for the new key: {', '.join(sorted(lost))}")
            destroyed = [one for one in letters if one.sealed_for != recipient]
            for one in destroyed:
                await self._destroy(work, one, by=by)
            return await self._put_key(work, made, before=before, destroyed=len(destroyed), by=by)

        return await self.changes.run(set_key, tenant_id=by.tenant_id)

    async def _put_key(
        self, work: Work, made: LetterKey, *, before: LetterKey | None, destroyed: int, by: Asker
    ) -> LetterKey:
        key = made
        if before is None:
            await work.records(KEYS).add(key)
        else:
            key = replace(made, id=before.id, version=before.version + 1)
            if not await work.records(KEYS).update(key):
                raise Conflict("the key of letters changed meanwhile")
        await self.changes.record(
            work,
            "letter_key.set",
            by=by,
            subject=key.id,
            before=None if before is None else describe_key(before),
            after=describe_key(key),
            channel=CHANNEL,
            more={"destroyed": str(destroyed)},
        )
        return key

    async def _destroy(self, work: Work, letter: Letter, *, by: Asker) -> None:
        content = await work.records(CONTENTS).get(letter.id)
        removed = await work.records(LETTERS).remove(letter.id, version=letter.version)
        if not removed or content is None:
            raise Conflict(f"letter {letter.id} changed meanwhile")
        if not await work.records(CONTENTS).remove(content.id, version=content.version):
            raise Conflict(f"letter {letter.id} changed meanwhile")
        await self.changes.record(
            work,
            "letter.deleted",
            by=by,
            subject=letter.id,
            before=describe_letter(letter),
            after=None,
            channel=CHANNEL,
        )

    async def _handed_over(
        self, look: Look | Work, letters: Sequence[Letter], *, by: Reader
    ) -> Sequence[Letter]:
        """Return those that a named reader may have: of the key in use, and only when it is time.

        What is being sealed for a key to come is nobody's but the owner's.
        """
        keys = await look.records(KEYS).list(limit=1)
        used = {key.recipient for key in keys}
        named = [one for one in letters if one.sealed_for in used and by.user_id in one.readers]
        if not named:
            return []
        # Of the same moment; where it cannot be read, nothing is handed over.
        found = await self.context.found(look)
        released = found is not None and found[1].state is SuccessionState.RELEASED
        return [one for one in named if one.may_be_read_by(by.user_id, released=released)]
